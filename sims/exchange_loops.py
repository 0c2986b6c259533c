"""Loops: exchanges that come back, as when two models thank each other without end.

Definition. An exchange is two turns in a row by different speakers. It loops when, a fixed number of turns later (its
period, at most `LONGEST_PERIOD`), the same two speakers say nearly the same again. Two turns are nearly the same when
their sets of words, lower-cased, overlap by at least `LEAST_OVERLAP` (Jaccard index). Exchanges of fewer than
`LEAST_WORDS` different words are passed over: people say "Yeah." and "Right." again all the time.

Blind spots: the same said in other words, exchanges that come back at uneven distances, writing systems without
spaces between words, where a turn is one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sims.transcript import Turn

LONGEST_PERIOD = 12
LEAST_OVERLAP = 0.8
LEAST_WORDS = 8

_WORD = re.compile(r"\w+")
_Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Loop:
    """The exchange at turns `first` and `first + 1` occurs `times` times (2 or more), every `period` turns."""

    first: int
    period: int
    times: int

    @property
    def last(self) -> int:
        """The last turn that belongs to the loop."""
        return self.first + self.period * (self.times - 1) + 1


def find_loops(turns: Sequence[Turn]) -> tuple[Loop, ...]:
    """The loops of a conversation, by first turn; of those that overlap, the one with the shortest period.

    Time grows with turns x `LONGEST_PERIOD`.
    """
    said = [frozenset(_WORD.findall(turn.text.casefold())) for turn in turns]
    found: list[Loop] = []
    taken = [False] * len(turns)
    for period in range(2, LONGEST_PERIOD + 1):
        for loop in _loops_of(period, turns, said):
            if not any(taken[loop.first : loop.last + 1]):
                found.append(loop)
                taken[loop.first : loop.last + 1] = [True] * (loop.last + 1 - loop.first)
    return tuple(sorted(found, key=lambda loop: loop.first))


def _loops_of(period: int, turns: Sequence[Turn], said: Sequence[_Words]) -> Iterator[Loop]:
    """The loops of one period; those that overlap, too."""
    count = len(turns) - period
    returns = [
        turns[i].speaker == turns[i + period].speaker and _alike(said[i], said[i + period]) for i in range(count)
    ]
    starts = {i for i in range(count - 1) if returns[i] and returns[i + 1] and _is_exchange(i, turns, said)}
    for first in sorted(starts):
        if first - period not in starts:
            times = 2
            while first + period * (times - 1) in starts:
                times += 1
            yield Loop(first, period, times)


def _alike(one: _Words, other: _Words) -> bool:
    smaller, larger = sorted((len(one), len(other)))
    if not smaller or smaller < LEAST_OVERLAP * larger:
        return False
    shared = len(one & other)
    return shared >= LEAST_OVERLAP * (len(one) + len(other) - shared)


def _is_exchange(first: int, turns: Sequence[Turn], said: Sequence[_Words]) -> bool:
    return turns[first].speaker != turns[first + 1].speaker and len(said[first] | said[first + 1]) >= LEAST_WORDS
