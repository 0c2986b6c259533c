"""What the statistics share: intervals, placements, Holm's correction, quantiles, split halves; plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from sims.seeds import Part, derive_seed

Values: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]

ALPHA = 0.05
"""A test is positive where its p is below this; intervals are of 95 %."""
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float

    def is_within(self, margin: float) -> bool:
        """Whether the whole interval lies in [-margin, margin]."""
        return -margin <= self.low and self.high <= margin

    def excludes_zero(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0 or self.high < 0


def random_numbers(*parts: Part) -> np.random.Generator:
    """A numpy generator of its own for this place, the same on every machine."""
    return np.random.default_rng(derive_seed(*parts))


def placements(x: Values, y: Values) -> Values:
    """For each value of x: the share of y below it less the share above it, in [-1, 1]."""
    ordered = np.sort(y)
    below, not_above = np.searchsorted(ordered, x, "left"), np.searchsorted(ordered, x, "right")
    return (below + not_above - len(y)) / len(y)


def cluster_deviations(deviations: Values, clusters: Counts, *, count: int = 0) -> Values:
    """What each cluster adds to the mean of `deviations` (from that mean); the sum of the squares is its variance.

    The jackknife that leaves out a cluster at a time: a cluster that makes up most of the rows draws the mean to
    itself, so its deviation is stretched by 1 / (1 - its share). `clusters` are numbered from 0; at least `count`
    entries are returned. One cluster alone tells nothing: its entry is 0.

    Source: MacKinnon, Nielsen & Webb (2023), variance CV3. Clusters of one row give s² / n.
    """
    sizes = np.bincount(clusters, minlength=count)
    sums = np.asarray(np.bincount(clusters, weights=deviations, minlength=count), dtype=np.float64)
    number = np.count_nonzero(sizes)
    if number < 2:
        return np.zeros_like(sums)
    return np.asarray(sums / (len(deviations) - sizes) * sqrt((number - 1) / number))


def effective_number(clusters: Counts) -> float:
    """How many clusters of equal size say as much as these: (sum m)² / sum m², at most the number of clusters.

    >>> effective_number(np.array([0, 0, 1, 1])), effective_number(np.array([0, 0, 0, 1]))
    (2.0, 1.6)
    """
    sizes = np.bincount(clusters)
    return float(len(clusters) ** 2 / (sizes**2).sum())


def cliffs_delta(x: Values, y: Values) -> float | None:
    """Cliff's delta in [-1, 1]: P(x > y) - P(x < y) over all pairs; None where either side is empty.

    Source: Cliff (1993), Dominance statistics. Blind spot: it sees order only, so two groups of equal typical
    size and different spread have delta 0.

    >>> cliffs_delta(np.array([2.0, 3.0]), np.array([1.0, 2.0]))  # pairs: + = + +
    0.75
    """
    if not len(x) or not len(y):
        return None
    return float(placements(x, y).mean())


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """The p-values after Holm's step-down correction, in their order; a missing one stays missing and is not counted.

    Source: Holm (1979). The k-th smallest of m is multiplied by m - k + 1, never falls below the one before it,
    and is at most 1.

    >>> holm([0.01, 0.04, None, 0.03])
    (0.03, 0.06, None, 0.06)
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for step, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - step) * p))
        adjusted[place] = highest
    return tuple(adjusted)


FEW = 100
"""Fewer values than this are kept whole by 101 quantiles."""


def quantiles_of(values: Values, count: int) -> Values:
    """Evenly spaced quantiles from the least to the largest of at least one value.

    Of fewer than 100 values each quantile is one of them, so that 101 quantiles hold them all; of more it is
    interpolated linearly.
    """
    method: Literal["inverted_cdf", "linear"] = "inverted_cdf" if len(values) < FEW else "linear"
    return np.asarray(np.quantile(values, np.linspace(0, 1, count), method=method), dtype=np.float64)


def values_from_quantiles(quantiles: Sequence[float], n: int) -> Values:
    """`n` values whose quantiles are those given by `quantiles_of`, ascending.

    Fewer than 100 come back as they were. Of more, the i-th of n stands at (i - 1) / (n - 1) and is interpolated
    linearly: over all pairs of corpora, sides and features at hand, Cliff's delta against these differs from that
    against the sample by .001 on average and .013 at most.
    """
    if n < FEW:
        places = np.rint((np.arange(n) + 0.5) / n * (len(quantiles) - 1)).astype(np.int64)
        return np.asarray(quantiles, dtype=np.float64)[places]
    levels = np.linspace(0, 1, len(quantiles))
    return np.asarray(np.interp(np.linspace(0, 1, n), levels, quantiles), dtype=np.float64)


def split_half_deltas(values: Values, *, per_half: int, splits: int, seed: int) -> Values:
    """|Cliff's delta| between two random groups of `per_half` different values each, `splits` times.

    Raises:
        ValueError: there are fewer than two groups' worth of values.
    """
    if not 0 < 2 * per_half <= len(values):
        raise ValueError(f"cannot take two groups of {per_half} from {len(values)} values")
    rng = random_numbers("split halves", seed)
    orders = [rng.permutation(len(values))[: 2 * per_half] for _ in range(splits)]
    halves = [(values[order[:per_half]], values[order[per_half:]]) for order in orders]
    return np.array([abs(float(placements(first, second).mean())) for first, second in halves])
