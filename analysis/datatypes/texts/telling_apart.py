"""Human or machine: whether a simple classifier tells a model's texts from people's by their figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.datatypes.texts.samples import Samples
from analysis.datatypes.texts.sides import Measured
from analysis.statistics.clusters import cluster_numbers
from analysis.statistics.common import Counts, random_numbers
from analysis.statistics.two_samples import Rows, columns_of, separation

LEAST_TEXTS = 20
LEAST_CLUSTERS = 5
"""On each side, one for each fold; those that both sides have count half."""
MOST_TEXTS = 2000
_LEAST_KNOWN = 0.5


@dataclass(frozen=True, slots=True)
class ToldApart:
    """How well texts that the classifier has not seen are told apart.

    `auc` in [0, 1] is the chance that it picks the model's text of two, .5 is guessing; with its 95 % interval and the
    p of guessing (permutation). None where a side has fewer than 20 texts or 5 clusters, those that both sides have
    counted half. `human` and `llm` count the texts used, at most 2,000 a side, chosen by the seed, `clusters` theirs.
    """

    human: int
    llm: int
    clusters: int
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


def told_apart(samples: Samples, *, is_cut: bool = False, seed: int = 0) -> ToldApart:
    """Whether they are told apart by all features, in five folds that keep clusters whole, dealt thrice.

    `analysis.statistics.two_samples` has the classifier and its figures. With `is_cut`, by the texts of equal length.
    Features that are known of less than half of either side are left out. The texts of a pair, and of a prompt that
    both sides have, fall into one fold. Blind spot: it knows these features only.
    """
    sides = [_chosen(side, is_cut=is_cut, seed=seed) for side in (samples.human, samples.llm)]
    figures = [(side.cut if is_cut else side.whole)[rows] for side, rows in zip(_both(samples), sides, strict=True)]
    names = [[side.clusters[row] for row in rows] for side, rows in zip(_both(samples), sides, strict=True)]
    ours, theirs = set(names[0]), set(names[1])
    fewest = min(len(ours), len(theirs)) - (len(ours & theirs) + 1) // 2
    counts = len(sides[0]), len(sides[1]), len(ours | theirs)
    if min(counts[:2]) < LEAST_TEXTS or fewest < LEAST_CLUSTERS:
        return ToldApart(*counts)
    known = np.min([(~np.isnan(values)).mean(axis=0) for values in figures], axis=0) >= _LEAST_KNOWN
    columns, feature_of = columns_of(np.concatenate([values[:, known] for values in figures]))
    if not columns.shape[1]:
        return ToldApart(*counts)
    is_llm = np.arange(len(columns)) >= counts[0]
    found = separation(Rows(columns, feature_of, is_llm, cluster_numbers([*names[0], *names[1]])), seed=seed)
    return ToldApart(*counts, found.auc, found.interval.low, found.interval.high, found.p)


def _both(samples: Samples) -> tuple[Measured, Measured]:
    return samples.human, samples.llm


def _chosen(side: Measured, *, is_cut: bool, seed: int) -> Counts:
    """The rows that have figures, at most `MOST_TEXTS` of them."""
    has_any = ~np.isnan(side.cut if is_cut else side.whole).all(axis=1)
    rows = np.flatnonzero(has_any)
    if len(rows) > MOST_TEXTS:
        rows = np.sort(random_numbers("told apart", seed).permutation(rows)[:MOST_TEXTS])
    return np.asarray(rows, dtype=np.int64)
