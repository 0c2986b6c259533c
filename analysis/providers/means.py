"""Means over units: a conversation, or a scenario with all its conversations. Intervals, and a test of differences."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from scipy import stats

from analysis.statistics.common import ALPHA, POWER, Values, random_numbers

FLIPS = 9_999
MOST_UNITS_FLIPPED = 1_000
"""With more units than this the test takes its normal limit, Student's."""
_BLOCK_CELLS = 4_000_000
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class MeanEstimate:
    """A mean with its 95 % interval and the standard deviation of one unit's share in it."""

    mean: float
    low: float
    high: float
    spread: float


def mean_of_units(sums: Values, counts: Values) -> MeanEstimate | None:
    """The mean of all values, given their sum and number in each unit; None with fewer than two units that have any.

    The interval is Student's over units, on the linearised ratio of sums: with one value a unit, the ordinary one.
    Simulated coverage (4,000 draws each, 30 and 100 units): .95 and .96 of normal values, .95 of uniform ones, .94 and
    .96 of log-normal ones (sigma .5), .95 of five clustered values a unit.
    """
    has_any = counts > 0
    sums, counts = sums[has_any], counts[has_any]
    units = len(counts)
    if units < 2:
        return None
    mean = float(sums.sum() / counts.sum())
    spread = float(((sums - mean * counts) / counts.mean()).std(ddof=1))
    reach = float(stats.t.ppf(1 - ALPHA / 2, units - 1)) * spread / sqrt(units)
    return MeanEstimate(mean, mean - reach, mean + reach, spread)


def flip_test(sums: Values, *, seed: int, draws: int = FLIPS) -> Values:
    """The two-sided p of each column: that within a unit the two sides could as well be swapped.

    `sums` has a row a unit and a column a test; an entry is the sum of that unit's paired differences, 0 where it has
    none. Signs are flipped at random, the same for all columns, p = (1 + as extreme) / (1 + draws). With more than
    1,000 units p is that of Student's test, which the flips approach.
    """
    units = len(sums)
    if units > MOST_UNITS_FLIPPED:
        return _student_p(sums)
    observed = np.abs(sums.sum(axis=0))
    floor = observed - _TOLERANCE * np.maximum(1.0, np.abs(sums).sum(axis=0))
    rng, extreme = random_numbers("flips", seed), np.zeros(sums.shape[1])
    block = max(1, _BLOCK_CELLS // max(units, sums.shape[1], 1))
    for size in (min(block, draws - done) for done in range(0, draws, block)):
        signs = 2.0 * rng.integers(0, 2, size=(size, units)) - 1
        extreme += (np.abs(signs @ sums) >= floor).sum(axis=0)
    return np.asarray((1 + extreme) / (1 + draws))


def _student_p(sums: Values) -> Values:
    units = len(sums)
    scale = sums.std(axis=0, ddof=1) * sqrt(units)
    t = np.divide(sums.sum(axis=0), scale, out=np.zeros(sums.shape[1]), where=scale > 0)
    return np.asarray(2 * stats.t.sf(np.abs(t), units - 1))


def units_to_tell(estimate: MeanEstimate, *, tests: int) -> int | None:
    """How many units would, with 80 % power, tell the mean from zero at .05 / `tests`; None where it is zero."""
    if not estimate.mean:
        return None
    reach = float(stats.norm.isf(ALPHA / (2 * tests)) + stats.norm.ppf(POWER))
    return max(2, ceil((reach * estimate.spread / estimate.mean) ** 2))
