"""How far two distributions lie apart in size and shape: what Cliff's delta, which sees order only, cannot tell."""

from __future__ import annotations

import numpy as np
from scipy import stats

from analysis.statistics.common import Counts, Values, random_numbers

FLOOR_DRAWS = 200
FLOOR_LEVEL = 0.95
LEAST_PEOPLE = 20
"""Fewer values than this are no measure of how much people vary."""


def standardised_distance(x: Values, reference: Values) -> float | None:
    """The Wasserstein-1 distance over the standard deviation of the reference, at least 0.

    It is by how many standard deviations a value has to be moved on average to turn one distribution into the other.
    None where x has fewer than two values, the reference fewer than 20, or the reference does not vary. Blind spot: a
    long tail stretches the standard deviation and so shortens the distance.
    """
    if not _is_known(len(x), reference):
        return None
    return float(stats.wasserstein_distance(x, reference) / reference.std(ddof=1))


def distance_floor(reference: Values, n: int, *, seed: int, draws: int = FLOOR_DRAWS) -> float | None:
    """How far apart two groups of people lie by luck: the 95th percentile of their standardised distance.

    The groups have `n` values and as many as the reference has; both are drawn from the reference with replacement.
    None where there is no distance. Blind spot: conversations of one scenario are more alike than that, so repeats
    lift the distance above this floor by luck more often than one time in twenty.
    """
    if not _is_known(n, reference):
        return None
    cells, places = np.unique(reference, return_inverse=True)
    rng = random_numbers("distance floor", seed)
    here = _shares(rng.choice(places, size=(draws, n)), len(cells))
    there = _shares(rng.choice(places, size=(draws, len(reference))), len(cells))
    distances = np.abs(here - there)[:, :-1] @ np.diff(cells)
    return float(np.quantile(distances, FLOOR_LEVEL) / reference.std(ddof=1))


def _is_known(n: int, reference: Values) -> bool:
    return n >= 2 and len(reference) >= LEAST_PEOPLE and bool(reference.min() < reference.max())


def _shares(drawn: Counts, cells: int) -> Values:
    """The cumulative share of each cell, a row a draw."""
    draws, size = drawn.shape
    rows = np.arange(draws)[:, None] * cells
    counts = np.bincount((drawn + rows).ravel(), minlength=draws * cells).reshape(draws, cells)
    shares: Values = np.cumsum(counts, axis=1) / size
    return shares
