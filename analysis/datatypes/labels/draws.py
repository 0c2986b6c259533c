"""What is expected of annotators drawn from an item's, in closed form: so that sides of unequal size can be compared.

All draws are without replacement: of an item's n labels, of which `given` are of one class, k are drawn.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from analysis.statistics.common import Counts, Values


def chance_of_none(given: Counts, n: Counts, k: Counts) -> Values:
    """The chance that none of the k drawn labels is of the class; in [0, 1]. Needs k <= n.

    >>> chance_of_none(np.array([1]), np.array([3]), np.array([2])).tolist()  # two of three, not the one: 1 of 3 ways
    [0.333333333333333...]
    """
    return _chance(np.zeros_like(given), given, n, k)


def expected_disagreement(counts: Counts, k: Counts) -> Values:
    """By item: the chance that k of its labels are not all the same; 0 where k is 1."""
    n = counts.sum(axis=1, keepdims=True)
    return np.asarray(1 - chance_of_none(n - counts, n, k.reshape(-1, 1)).sum(axis=1))


def expected_entropy(counts: Counts, k: Counts) -> Values:
    """By item: the mean entropy, in nats, of the shares of labels among k drawn ones."""
    n, drawn = counts.sum(axis=1, keepdims=True), k.reshape(-1, 1)
    total = np.zeros(len(counts))
    for hits in range(1, int(k.max(initial=0)) + 1):
        share = np.minimum(hits / np.maximum(k, 1), 1.0)
        chance = _chance(np.full_like(counts, hits), counts, n, drawn).sum(axis=1)
        total -= chance * share * np.log(share)
    return total


def _chance(hits: Counts, given: Counts, n: Counts, k: Counts) -> Values:
    """The hypergeometric chance of so many hits; 0 where they cannot be."""
    possible = (hits <= given) & (hits <= k) & (k - hits <= n - given)
    given, hits, misses, others = (np.where(possible, one, 0) for one in (given, hits, k - hits, n - given))
    chance = np.exp(_log_choose(given, hits) + _log_choose(others, misses) - _log_choose(n, k))
    return np.asarray(np.where(possible, chance, 0.0))


def _log_choose(n: Counts, k: Counts) -> Values:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))
