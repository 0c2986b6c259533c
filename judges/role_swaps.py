"""From the likelihood of single turns to that of swapped stretches: a hidden Markov model of three states.

A turn is as it should be, in a swap that will end, or in one that lasts to the end of the conversation. The last costs
its prior once, however long it is, so that a tail is found whose every turn is only moderately foreign.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_TURNS_PER_SWAP = 10
_MOST_LIKELY_START = 0.2

Row = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often roles are swapped in a conversation, and for how long.

    `swaps` is how many swaps that end begin in a conversation of up to ten turns (in a longer one, in ten of its
    turns), so that many turns do not add up to an alarm; `tails` is the chance that the roles stay swapped from some
    turn to the end; `stay` is the chance that a swap that ends goes on for another turn. With `stay` and `tails` 0
    turns are independent.
    """

    swaps: float
    tails: float
    stay: float

    def transitions(self, turns: int) -> tuple[Row, Row, Row]:
        """The chances of the next turn's state, by the state of this one: as it should be, swapped, swapped for good.

        >>> Rhythm(swaps=0.1, tails=0.0, stay=0.5).transitions(10)[0]
        (0.99, 0.01, 0.0)
        """
        start = min(self.swaps / max(min(turns, _TURNS_PER_SWAP), 1), _MOST_LIKELY_START)
        for_good = min(self.tails / max(turns, 1), _MOST_LIKELY_START)
        afresh = (1 - start - for_good, start, for_good)
        going_on = (afresh[0] * (1 - self.stay), self.stay + start * (1 - self.stay), for_good * (1 - self.stay))
        return afresh, going_on, (0.0, 0.0, 1.0)


def swap_posteriors(llrs: Sequence[float], rhythm: Rhythm) -> list[float]:
    """The chance, in [0, 1], of each turn to be swapped, given all turns (forward-backward).

    `llrs` are log likelihood ratios swapped : normal.

    >>> [round(p, 3) for p in swap_posteriors([0.0], Rhythm(swaps=0.01, tails=0.0, stay=0.0))]
    [0.01]
    """
    steps = rhythm.transitions(len(llrs))
    ratios = [math.exp(llr) for llr in llrs]
    ahead = _forward(ratios, steps)
    behind: Row = (1.0, 1.0, 1.0)
    posteriors = [0.0] * len(ratios)
    for index in range(len(ratios) - 1, -1, -1):
        normal, swapped, for_good = (here * later for here, later in zip(ahead[index], behind, strict=True))
        posteriors[index] = (swapped + for_good) / (normal + swapped + for_good)
        weighed = (behind[0], ratios[index] * behind[1], ratios[index] * behind[2])
        behind = _shared((_dot(steps[0], weighed), _dot(steps[1], weighed), _dot(steps[2], weighed)))
    return posteriors


def _forward(ratios: Sequence[float], steps: tuple[Row, Row, Row]) -> list[Row]:
    chances: list[Row] = []
    prior = steps[0]
    for ratio in ratios:
        normal, swapped, for_good = _shared((prior[0], prior[1] * ratio, prior[2] * ratio))
        chances.append((normal, swapped, for_good))
        prior = (
            normal * steps[0][0] + swapped * steps[1][0],
            normal * steps[0][1] + swapped * steps[1][1],
            normal * steps[0][2] + swapped * steps[1][2] + for_good,
        )
    return chances


def _shared(weights: Row) -> Row:
    total = sum(weights)
    return weights[0] / total, weights[1] / total, weights[2] / total


def _dot(left: Row, right: Row) -> float:
    return left[0] * right[0] + left[1] * right[1] + left[2] * right[2]
