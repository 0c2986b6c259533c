"""Whom a turn speaks to, and which turn it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sims.transcript import Turn


def addressees(text: str, *, speaker: str, cast: Sequence[str]) -> tuple[str, ...]:
    """The participants a turn calls by name, in the order of the cast; empty when it is meant for all.

    With two participants it is always the other one. Among more, a name counts where it stands as a call:
    at the start of a sentence and followed by a comma, colon or dash, before the end of a sentence after a
    comma, or behind an @. Blind spot: a call without punctuation ("Ana what do you think").

    >>> addressees("Thanks. Ben, what did users say?", speaker="Ana", cast=["Ana", "Ben", "Cem"])
    ('Ben',)
    >>> addressees("I agree with Ben.", speaker="Ana", cast=["Ana", "Ben", "Cem"])
    ()
    """
    others = [name for name in cast if name != speaker]
    if len(others) == 1:
        return (others[0],)
    return tuple(name for name in others if _is_called(name, text))


def _is_called(name: str, text: str) -> bool:
    called = re.escape(name)
    return bool(
        re.search(
            rf"(?:^|[.!?…]\s+|\n)\s*{called}\s*[,:—–-]|,\s*{called}\s*(?:[.!?,;:…]|$)|@{called}\b", text, re.IGNORECASE
        )
    )


def answered_turn(speaker: str, turns: Sequence[Turn]) -> int | None:
    """The index of the turn that a new turn by `speaker` answers; None when nobody else has spoken.

    It is the last turn by somebody else that calls the speaker since the speaker last spoke, and failing that
    the last turn by somebody else.
    """
    last_other: int | None = None
    for index in range(len(turns) - 1, -1, -1):
        turn = turns[index]
        if turn.speaker == speaker:
            if last_other is not None:
                return last_other
            continue
        if speaker in turn.to:
            return index
        if last_other is None:
            last_other = index
    return last_other
