"""A permutation test of paired units: had the two sides of each unit been swapped by a coin, how often this much?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.statistics.common import Counts, Values, random_numbers

EXACT_UNITS = 12
"""Up to this many units that differ, all their swaps are gone through."""
_TOLERANCE = 1e-12
_BLOCK_CELLS = 4_000_000


def swap_test(candidate: Counts, baseline: Counts, *, seed: int, draws: int) -> tuple[float, float]:
    """The one-sided p (candidate above baseline) and the two-sided one, of the difference of two ratios of totals.

    Each side has one row a unit: its numerator and its denominator. Hypothesis: the two sides of a unit are
    exchangeable. With more than twelve differing units `draws` random swaps stand for all, p = (1 + as extreme) /
    (1 + draws), which keeps the test exact. The order of units does not matter.
    """
    totals = np.stack([candidate.sum(axis=0), baseline.sum(axis=0)])
    gains, times = _kinds(baseline - candidate)
    is_exact = int(times.sum()) <= EXACT_UNITS
    observed = _differences(totals, np.zeros((1, 2), dtype=np.int64))[0]
    worse = differs = total = 0 if is_exact else 1
    for swaps in _all_swaps(times) if is_exact else _random_swaps(times, seed=seed, draws=draws):
        found = _differences(totals, swaps @ gains)
        worse += int((found >= observed - _TOLERANCE).sum())
        differs += int((np.abs(found) >= abs(observed) - _TOLERANCE).sum())
        total += len(found)
    return worse / total, differs / total


def _kinds(gains: Counts) -> tuple[Counts, Counts]:
    """What the candidate gains by swapping a unit: each kind that is not nothing, and how many units are of it."""
    kinds, times = np.unique(gains, axis=0, return_counts=True)
    changes = kinds.any(axis=1)
    return kinds[changes], times[changes]


def _differences(totals: Counts, gained: Counts) -> Values:
    """The candidate's ratio less the baseline's, once it has gained and the baseline lost that much.

    A side that is left with nothing to divide by has the ratio 0.
    """
    ours, theirs = (
        np.divide(side[:, 0], side[:, 1], out=np.zeros(len(side)), where=side[:, 1] > 0)
        for side in (totals[0] + gained, totals[1] - gained)
    )
    return np.asarray(ours - theirs)


def _all_swaps(times: Counts) -> Iterator[Counts]:
    """Every choice of units to swap, one row each: how many of each kind."""
    units = int(times.sum())
    chosen = (np.arange(2**units)[:, None] >> np.arange(units)) & 1
    yield chosen @ np.repeat(np.eye(len(times), dtype=np.int64), times, axis=0)


def _random_swaps(times: Counts, *, seed: int, draws: int) -> Iterator[Counts]:
    rng = random_numbers("swaps", seed)
    block = max(1, _BLOCK_CELLS // len(times))
    for size in (min(block, draws - done) for done in range(0, draws, block)):
        yield rng.binomial(times, 0.5, size=(size, len(times)))
