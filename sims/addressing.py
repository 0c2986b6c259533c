"""Whom a turn speaks to, and which turn it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sims.transcript import Turn


def addressees(text: str, *, speaker: str, cast: Sequence[str]) -> tuple[str, ...]:
    """The participants a turn calls by name, in the order of the calls; empty when it is meant for all.

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
    places = {name: place for name in others if (place := _called_at(name, text)) is not None}
    return tuple(sorted(places, key=lambda name: places[name]))


def _called_at(name: str, text: str) -> int | None:
    """Where the last call of that name stands."""
    called = re.escape(name)
    calls = re.finditer(
        rf"(?:^|[.!?…]\s+|\n)\s*{called}(?:\s*[,:—–]|\s+-\s)|,\s*{called}\s*(?:[.!?,;:…]|$)|@{called}\b",
        text,
        re.IGNORECASE,
    )
    return max((call.start() for call in calls), default=None)


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
