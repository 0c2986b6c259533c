"""From the likelihood of single turns to that of swapped stretches: a two-state hidden Markov model."""

from __future__ import annotations

import math
from collections.abc import Sequence


def swap_posteriors(llrs: Sequence[float], *, start: float, stay: float) -> list[float]:
    """The chance, in [0, 1], of each turn to be swapped, given all turns (forward-backward).

    `llrs` are log likelihood ratios swapped : normal. `start` is the chance that a swap begins at a turn, `stay` that
    it goes on to the next; `stay == start` makes turns independent.

    >>> [round(p, 3) for p in swap_posteriors([0.0], start=0.01, stay=0.01)]
    [0.01]
    """
    ratios = [math.exp(llr) for llr in llrs]
    ahead = _forward(ratios, start, stay)
    behind = (1.0, 1.0)
    posteriors = [0.0] * len(ratios)
    for index in range(len(ratios) - 1, -1, -1):
        swapped, normal = ahead[index] * behind[1], (1 - ahead[index]) * behind[0]
        posteriors[index] = swapped / (swapped + normal)
        to_swapped, to_normal = ratios[index] * behind[1], behind[0]
        before = (start * to_swapped + (1 - start) * to_normal, stay * to_swapped + (1 - stay) * to_normal)
        behind = (before[0] / sum(before), before[1] / sum(before))
    return posteriors


def _forward(ratios: Sequence[float], start: float, stay: float) -> list[float]:
    chances, swapped = [], 0.0
    for ratio in ratios:
        prior = swapped * stay + (1 - swapped) * start
        odds = prior * ratio
        swapped = odds / (odds + 1 - prior)
        chances.append(swapped)
    return chances
