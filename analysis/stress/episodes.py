"""Stretches in which one speaker's turns are flagged, and how they end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Episode:
    """A run of one speaker's flagged turns, `length` of them.

    It is repaired when the speaker's next judged turn is clean; else it runs up to the speaker's last judged turn, and
    nobody knows how it would have gone on.
    """

    length: int
    is_repaired: bool

    @property
    def watched(self) -> int:
        """After how many of its turns a next one was seen, flagged or clean."""
        return self.length if self.is_repaired else self.length - 1


def episodes_of(turns: Iterable[tuple[str, bool]]) -> Iterator[Episode]:
    """The episodes of a conversation whose judged turns are given: the speaker, and whether the turn is flagged.

    >>> list(episodes_of([("a", True), ("b", False), ("a", True), ("a", False), ("b", True)]))
    [Episode(length=2, is_repaired=True), Episode(length=1, is_repaired=False)]
    """
    running: dict[str, int] = {}
    for speaker, is_flagged in turns:
        if is_flagged:
            running[speaker] = running.get(speaker, 0) + 1
        elif speaker in running:
            yield Episode(running.pop(speaker), is_repaired=True)
    for length in running.values():
        yield Episode(length, is_repaired=False)
