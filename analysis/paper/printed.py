"""Differences worked out from printed figures alone: of two shares, of two correlations."""

from __future__ import annotations

from math import atanh, sqrt
from typing import TypeAlias

import numpy as np
from scipy import stats

from analysis.statistics.clusters import Estimate
from analysis.statistics.common import ALPHA

Counted: TypeAlias = tuple[int, int]
"""How many of how many."""

SAME_PAIRS = (
    "both r are of the same pairs and taken for independent; were the two sides' choices opposite, the standard error"
    " would be 1.41 times as large."
)


def of_counts(ours: Counted, others: Counted) -> Estimate:
    """The difference of two shares: Newcombe's interval from Wilson's, Fisher's exact p."""
    (hits, n), (other_hits, m) = ours, others
    one, other = hits / n, other_hits / m
    (low, high), (other_low, other_high) = _wilson(ours), _wilson(others)
    return Estimate(
        one - other,
        one - other - sqrt((one - low) ** 2 + (other_high - other) ** 2),
        one - other + sqrt((high - one) ** 2 + (other - other_low) ** 2),
        n + m,
        n + m,
        float(stats.fisher_exact(np.array([[hits, n - hits], [other_hits, m - other_hits]])).pvalue),
    )


def of_correlations(one: float, other: float, *, pairs: int) -> Estimate:
    """The difference of two correlations by Fisher's scale, as if they and all pairs were independent."""
    gap, error = atanh(one) - atanh(other), sqrt(2 / (pairs - 3))
    reach = float(stats.norm.ppf(1 - ALPHA / 2)) * error
    p = float(2 * stats.norm.sf(abs(gap) / error))
    return Estimate(one - other, one - other - reach, one - other + reach, pairs, pairs, p)


def _wilson(counted: Counted) -> tuple[float, float]:
    found = stats.binomtest(*counted).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
