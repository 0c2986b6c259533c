"""Wilcoxon's signed-rank test, exact and quick with few values, tied or not."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import stats

from analysis.statistics.common import Values

_MOST_EXACT = 13
"""2^13 ways to sign the ranks are quickly counted. scipy counts tied ones, too, but takes a second for each test."""


def signed_rank_p(values: Values) -> float:
    """The two-sided p of the values lying around zero, in (0, 1]; zeros are left out, and 1 where all are.

    Exact up to 13 values: the share of signs that make the sum of ranks as extreme. Beyond that it is scipy's.
    """
    known = values[values != 0]
    if not len(known):
        return 1.0
    if len(known) > _MOST_EXACT:
        return float(stats.wilcoxon(known).pvalue)
    ranks = stats.rankdata(np.abs(known))
    found = abs(float(ranks @ np.sign(known)))
    return float((np.abs(_signs(len(known)) @ ranks) >= found - 1e-9).mean())


@cache
def _signs(count: int) -> Values:
    """All ways to sign so many values, a row each."""
    bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    return np.asarray(2 * bits - 1, dtype=np.float64)
