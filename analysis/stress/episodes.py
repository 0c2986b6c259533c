"""Stretches in which one speaker's turns are flagged, and how they end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Episode:
    """A run of one speaker's flagged turns, `length` of them.

    "repaired": the speaker's next judged turn is clean; "lasting": flagged up to the speaker's last judged turn;
    "open": it begins with that turn, so nothing tells.
    """

    length: int
    ending: Literal["repaired", "lasting", "open"]


def episodes_of(turns: Iterable[tuple[str, bool]]) -> Iterator[Episode]:
    """The episodes of a conversation whose judged turns are given: the speaker, and whether the turn is flagged.

    >>> list(episodes_of([("a", True), ("b", False), ("a", True), ("a", False), ("b", True)]))
    [Episode(length=2, ending='repaired'), Episode(length=1, ending='open')]
    """
    running: dict[str, int] = {}
    for speaker, is_flagged in turns:
        if is_flagged:
            running[speaker] = running.get(speaker, 0) + 1
        elif speaker in running:
            yield Episode(running.pop(speaker), "repaired")
    for length in running.values():
        yield Episode(length, "open" if length == 1 else "lasting")
