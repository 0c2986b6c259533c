"""What so many clusters can show at all: the least p that any outcome could have."""

from __future__ import annotations

from itertools import count
from math import comb, exp, lgamma, log

import numpy as np

from analysis.statistics.common import ALPHA, Counts


def least_p(human: Counts, llm: Counts, *, is_paired: bool) -> float:
    """The least two-sided p of exchanging whole clusters, in (0, 1]; given the cluster of each text of both sides.

    A pair, or a cluster that both sides have, can be exchanged one way; clusters of one side only are dealt anew.
    """
    ours, theirs = np.unique(human), np.unique(llm)
    shared = len(ours) if is_paired else len(np.intersect1d(ours, theirs))
    alone = len(ours) - shared, 0 if is_paired else len(theirs) - shared
    ways = shared * log(2) + lgamma(sum(alone) + 1) - sum(lgamma(one + 1) for one in alone)
    return min(1.0, 2 * exp(-ways))


def can_show(p: float, *, tests: int) -> bool:
    """Whether a p that low stays significant after Holm over so many tests."""
    return tests > 0 and p * tests < ALPHA


def clusters_needed(tests: int, *, is_paired: bool) -> int:
    """The fewest clusters with which any of so many tests can be significant; on each side, where not paired.

    >>> clusters_needed(36, is_paired=True), clusters_needed(36, is_paired=False)
    (11, 7)
    """
    least = (2.0 ** (1 - n) if is_paired else 2 / comb(2 * n, n) for n in count(1))
    return next(n for n, p in enumerate(least, start=1) if can_show(p, tests=max(tests, 1)))
