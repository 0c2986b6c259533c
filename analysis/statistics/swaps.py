"""A permutation test of paired units: had the two sides of each unit been swapped by a coin, how often this much?"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from analysis.statistics.common import Counts, Values, random_numbers

EXACT_UNITS = 12
"""Up to this many units that differ, all their swaps are gone through."""
_TOLERANCE = 1e-9
_BLOCK_CELLS = 4_000_000


def swap_test(candidate: Counts, baseline: Counts, *, seed: int, draws: int) -> tuple[float, float]:
    """The one-sided p (candidate above baseline) and the two-sided one, of the difference of two rates.

    Each side has one row a unit, its flagged and its judged turns, and has judged something. Swapped are the units'
    shares in the difference: what either side flagged beyond the common rate, over all that it judged. So a side may
    be longer than the other; units of equal length are swapped as a whole, and the test is exact if the two sides of
    a unit are exchangeable. With more than twelve differing units `draws` random swaps stand for all, p = (1 + as
    extreme) / (1 + draws). The order of units does not matter.

    Few flags that chance left all on the longer side weigh less than they would have on the other: swaps are widened
    to the deviation that both sides together let expect. docs/statistics.md has the simulated levels.
    """
    beyond = [_beyond(side, rate=_common_rate(candidate, baseline)) for side in (candidate, baseline)]
    turns = [int(side[:, 1].sum()) for side in (candidate, baseline)]
    shares = beyond[0] / turns[0] - beyond[1] / turns[1]
    widening = _widening(candidate, baseline, shares)
    sizes, times = _kinds(np.abs(shares))
    reach, observed = float(sizes @ times), float(shares.sum())
    slack = _TOLERANCE * reach
    is_exact = int(times.sum()) <= EXACT_UNITS
    worse = differs = total = 0 if is_exact else 1
    for swaps in _all_swaps(times) if is_exact else _random_swaps(times, seed=seed, draws=draws):
        found = widening * (reach - 2 * (swaps @ sizes))
        worse += int((found >= observed - slack).sum())
        differs += int((np.abs(found) >= abs(observed) - slack).sum())
        total += len(found)
    return worse / total, differs / total


def _common_rate(candidate: Counts, baseline: Counts) -> float:
    flagged, judged = candidate.sum(axis=0) + baseline.sum(axis=0)
    return float(flagged / judged)


def _beyond(side: Counts, *, rate: float) -> Values:
    """What each unit flagged beyond the rate."""
    return np.asarray(side[:, 0] - rate * side[:, 1])


def _widening(candidate: Counts, baseline: Counts, shares: Values) -> float:
    """The standard deviation of the difference by both sides' common variance of a turn, over that of the swaps.

    At least 1, and 1 where partners are equally long. A unit's variance grows with its turns m as m + c m (m - 1), c
    being the correlation of turns of one unit.
    """
    seen, rate = float((shares**2).sum()), _common_rate(candidate, baseline)
    if not seen:
        return 1.0
    ours, theirs = (_beyond(side, rate=rate) for side in (candidate, baseline))
    squares = float((ours**2).sum() + (theirs**2).sum())
    turns = [float(side[:, 1].sum()) for side in (candidate, baseline)]
    couples = [float((side[:, 1] * (side[:, 1] - 1.0)).sum()) for side in (candidate, baseline)]
    correlation = (squares / (rate * (1 - rate)) - sum(turns)) / max(1.0, sum(couples))
    sizes = [one + min(1.0, max(0.0, correlation)) * more for one, more in zip(turns, couples, strict=True)]
    common = squares / sum(sizes) * (sizes[0] / turns[0] ** 2 + sizes[1] / turns[1] ** 2)
    return sqrt(max(1.0, (common - 2 * float(ours @ theirs) / (turns[0] * turns[1])) / seen))


def _kinds(sizes: Values) -> tuple[Values, Counts]:
    """How far units shift the difference: each size that is not nothing, and how many units are of it."""
    found, times = np.unique(sizes[sizes > _TOLERANCE * sizes.max(initial=0.0)], return_counts=True)
    return found, times


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
