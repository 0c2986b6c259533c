"""A classifier two-sample test over plain arrays: can a simple classifier tell which of two groups a row is from?

Source: Lopez-Paz & Oquab (2017), Revisiting classifier two-sample tests. Here the classifier is Fisher's linear
discriminant with a ridge, on ranks. It has a closed form, so that every permutation is a full refit and the test is
exact, where an iterative classifier would have to make do with a handful of permutations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.statistics.common import (
    ALPHA,
    Counts,
    Interval,
    Values,
    cluster_deviations,
    effective_number,
    random_numbers,
)

Marks = npt.NDArray[np.bool_]

FOLDS = 5
REPEATS = 3
PERMUTATIONS = 1000
RIDGE = 0.3
_PERMUTED_AGAIN = 5
_BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of two groups to be told apart.

    `columns` is what the classifier sees, one row a conversation, and `feature_of` the number of the feature that
    each column belongs to. `is_first` marks the rows of the first group. `cluster` numbers what must not be torn
    apart: the rows of one cluster fall into one fold, and count as one in the interval. Where one has rows of both
    groups, these count apart in the interval, which is wider for it.
    """

    columns: Values
    feature_of: Counts
    is_first: Marks
    cluster: Counts

    def taken(self, rows: Counts) -> Rows:
        """These rows only."""
        return Rows(self.columns[rows], self.feature_of, self.is_first[rows], self.cluster[rows])


@dataclass(frozen=True, slots=True)
class Separation:
    """How well rows that the classifier has not seen are told apart.

    `auc` in [0, 1] is the chance that it puts a row of each group in their order, .5 is chance; with its 95 % interval.
    `p` is one-sided, in [1 / 1,001, 1], the null being that there is nothing to tell.
    """

    auc: float
    interval: Interval
    p: float


def columns_of(figures: Values) -> tuple[Values, Counts]:
    """What the classifier sees of a table of figures, and the number of the feature behind each column.

    A feature gives its rank among all rows, the square of the rank's distance from the middle (so that a group which
    varies less is seen, too), and whether it is missing (NaN in `figures`; such a row stands in the middle).
    Columns have mean 0 and variance 1; those that never vary are left out. No label is used.
    """
    known = ~np.isnan(figures)
    counts = np.maximum(known.sum(axis=0), 1)
    ranks = (stats.rankdata(figures, axis=0, nan_policy="omit") - 0.5) / counts - 0.5
    middle = np.where(known, ranks, 0.0)
    spread = np.where(known, middle**2, (middle**2).sum(axis=0) / counts)
    columns = np.concatenate([middle, spread, ~known], axis=1)
    feature_of = np.tile(np.arange(figures.shape[1]), 3)
    deviation = columns.std(axis=0)
    kept = deviation > 1e-9
    return (columns[:, kept] - columns[:, kept].mean(axis=0)) / deviation[kept], feature_of[kept]


def separation(rows: Rows, *, seed: int) -> Separation:
    """How well the two groups are told apart in folds that the classifier was not trained on, and the exact p.

    Pairs are compared within folds, over 5 folds, dealt 3 times. The null of p is that all rows are independent
    draws from one distribution; each permutation trains and tests anew. Of clusters larger than one row it takes one
    row each, since the others are not exchangeable; of those that are in both groups, half give a row of either.
    Each group needs 5 clusters, those in both counted half.

    The interval covers the AUC that such a classifier, trained on as many rows, has on further rows. On Fisher's z
    scale it adds two variances: DeLong's over clusters, and what training on a sample adds, which permutation
    measures. As the interval of Cliff's delta, it always admits that z² further clusters of the smaller group had
    all fallen to one end.
    """
    folds = _folds(rows, seed=seed)
    white = _whitened(rows.columns)
    scores = _scores(white[None], rows.is_first, folds)
    auc = float(_auc(_ranks_within(scores, folds), rows.is_first, folds)[0])
    null = _permuted(white, rows.is_first, folds, seed=seed)
    if len(np.unique(rows.cluster)) == len(rows.cluster):
        return Separation(auc, _interval(auc, scores[0], rows, folds, null=null), _p(auc, null))
    return Separation(auc, _interval(auc, scores[0], rows, folds, null=null), _thinned_p(rows, seed=seed))


def _thinned_p(rows: Rows, *, seed: int) -> float:
    """The p of one row a cluster."""
    chosen = _one_of_each(rows)
    folds = _folds(rows.taken(chosen), seed=seed)
    white, is_first = _whitened(rows.columns[chosen]), rows.is_first[chosen]
    found = _auc(_ranks_within(_scores(white[None], is_first, folds), folds), is_first, folds)[0]
    return _p(float(found), _permuted(white, is_first, folds, seed=seed))


def _one_of_each(rows: Rows) -> Counts:
    """A row of each cluster: its first, or in turn its first of either group where it has both."""
    is_wanted = rows.is_first == (np.searchsorted(_shared(rows), rows.cluster) % 2 == 0)
    order = np.lexsort((~is_wanted, rows.cluster))
    return np.asarray(order[np.unique(rows.cluster[order], return_index=True)[1]])


def _shared(rows: Rows) -> Counts:
    """The clusters that have rows of both groups."""
    return np.intersect1d(rows.cluster[rows.is_first], rows.cluster[~rows.is_first])


def _p(found: float, null: Values) -> float:
    return (1 + int((null >= found - 1e-12).sum())) / (1 + len(null))


def chance_floor(columns: Values, *, seed: int) -> float:
    """The 95th percentile of the AUC between two random halves of one group."""
    size = len(columns)
    is_first = np.arange(size) < size // 2
    rows = Rows(columns, np.zeros(columns.shape[1], dtype=np.int64), is_first, np.arange(size))
    null = _permuted(_whitened(columns), is_first, _folds(rows, seed=seed), seed=seed)
    return float(np.quantile(null, 0.95))


def importances(rows: Rows, features: int, *, seed: int) -> Values:
    """How much the AUC falls when the values of a feature are shuffled among the rows of a fold; one entry a feature.

    Features that say the same stand in for each other, so each of them seems to matter little.
    """
    folds = _folds(rows, seed=seed)
    whitener = _whitener(rows.columns)
    white = rows.columns @ whitener
    scores = _scores(white[None], rows.is_first, folds)
    base = _auc(_ranks_within(scores, folds), rows.is_first, folds)[0]
    weights = _directions(white[None], rows.is_first, folds)[0] @ whitener.T
    rng = random_numbers("importances", seed)
    drops = np.zeros(features)
    for feature in np.unique(rows.feature_of):
        mine = rows.feature_of == feature
        parts = _per_fold(rows.columns[:, mine][None] @ weights[:, mine].T[None], folds)[0]
        moved = np.stack([scores[0] - parts + _shuffled(parts, folds, rng) for _ in range(_PERMUTED_AGAIN)])
        drops[feature] = base - _auc(_ranks_within(moved, folds), rows.is_first, folds).mean()
    return drops


def _folds(rows: Rows, *, seed: int) -> Counts:
    """The fold of each row, one column a repeat; clusters of both groups are dealt out in turn, then those of each."""
    folds = np.zeros((len(rows.is_first), REPEATS), dtype=np.int64)
    rng, shared = random_numbers("folds", seed), _shared(rows)
    fold_of = np.zeros(rows.cluster.max() + 1, dtype=np.int64)
    for repeat in range(REPEATS):
        fold_of[shared] = rng.permutation(len(shared)) % FOLDS
        for group in (rows.is_first, ~rows.is_first):
            alone = np.setdiff1d(rows.cluster[group], shared)
            fold_of[alone] = (len(shared) + rng.permutation(len(alone))) % FOLDS
        folds[:, repeat] = fold_of[rows.cluster]
    return folds


def _whitener(columns: Values) -> Values:
    """What makes the columns uncorrelated, up to the ridge."""
    covariance = columns.T @ columns / len(columns)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors / np.sqrt(np.maximum(values, 0) + RIDGE))


def _whitened(columns: Values) -> Values:
    return np.asarray(columns @ _whitener(columns))


def _directions(white: Values, is_first: Marks, folds: Counts) -> Values:
    """The difference of the groups' means outside each fold; axes are draw, repeat and fold, column.

    On whitened columns this is Fisher's discriminant.
    """
    outside = np.arange(FOLDS)[None, :, None] != folds.T[:, None, :]
    first, second = outside & is_first, outside & ~is_first
    weights = first / first.sum(axis=2, keepdims=True) - second / second.sum(axis=2, keepdims=True)
    return np.asarray(weights.reshape(-1, len(is_first)) @ white)


def _scores(white: Values, is_first: Marks, folds: Counts) -> Values:
    """The score of each row by the classifier that has not seen it; axes are draw, row, repeat."""
    directions = _directions(white, is_first, folds)
    return _per_fold(white @ directions.transpose(0, 2, 1), folds)


def _per_fold(scores: Values, folds: Counts) -> Values:
    """Of the scores by all classifiers, that of the row's own fold."""
    own = folds + FOLDS * np.arange(REPEATS)
    return np.take_along_axis(scores, np.broadcast_to(own, (len(scores), *own.shape)), axis=2)


def _ranks_within(scores: Values, folds: Counts) -> Values:
    """The rank of each row among those of its fold."""
    reach = 2 * np.abs(scores).max() + 1
    everywhere = np.asarray(stats.rankdata(scores + reach * folds, axis=1))
    sizes = np.stack([np.bincount(column, minlength=FOLDS) for column in folds.T], axis=1)
    before = np.cumsum(sizes, axis=0) - sizes
    return np.asarray(everywhere - np.take_along_axis(before, folds, axis=0))


def _auc(ranks: Values, is_first: Marks, folds: Counts) -> Values:
    """The share of pairs within a fold that are in order, over all folds and repeats; one a draw."""
    first = np.stack([np.bincount(column[is_first], minlength=FOLDS) for column in folds.T])
    second = np.stack([np.bincount(column[~is_first], minlength=FOLDS) for column in folds.T])
    won = ranks[:, is_first].sum(axis=(1, 2)) - (first * (first + 1) / 2).sum()
    return np.asarray(won / (first * second).sum())


def _permuted(white: Values, is_first: Marks, folds: Counts, *, seed: int) -> Values:
    """The AUC with the rows dealt to the places at random."""
    rng = random_numbers("permutations", seed)
    block = max(1, _BLOCK_CELLS // (len(white) * max(white.shape[1], FOLDS * REPEATS)))
    found = []
    for size in (min(block, PERMUTATIONS - done) for done in range(0, PERMUTATIONS, block)):
        orders = np.stack([rng.permutation(len(white)) for _ in range(size)])
        found.append(_auc(_ranks_within(_scores(white[orders], is_first, folds), folds), is_first, folds))
    return np.concatenate(found)


def _shuffled(parts: Values, folds: Counts, rng: np.random.Generator) -> Values:
    """The values of each column, moved about within folds."""
    moved = np.empty_like(parts)
    for repeat, column in enumerate(folds.T):
        order = np.argsort(column, kind="stable")
        shuffled = np.lexsort((rng.random(len(column)), column))
        moved[order, repeat] = parts[shuffled, repeat]
    return moved


def _interval(auc: float, scores: Values, rows: Rows, folds: Counts, *, null: Values) -> Interval:
    placements = _placements(scores, rows.is_first, folds)
    groups = rows.is_first, ~rows.is_first
    clusters = [rows.cluster[group] for group in groups]
    testing = sum(_variance(placements[group], rows.cluster[group]) for group in groups)
    one_by_one = sum(_variance(placements[group], np.arange(group.sum())) for group in groups)
    clustering = max(1.0, testing / one_by_one) if one_by_one else 1.0
    training = max(0.0, float(null.var()) - one_by_one / 2) * clustering
    size = min(effective_number(_numbered(cluster)) for cluster in clusters)
    delta, z2 = 2 * auc - 1, float(stats.norm.ppf(1 - ALPHA / 2)) ** 2
    low, high = ((size * delta + sign * z2) / (size + z2) for sign in (-1, 1))
    if abs(delta) < 1:
        spread = 2 * sqrt(testing / (1 - delta**2) ** 2 + training)
        reach = float(stats.t.ppf(1 - ALPHA / 2, max(1.0, size - 1))) * spread
        low, high = min(low, tanh(atanh(delta) - reach)), max(high, tanh(atanh(delta) + reach))
    return Interval((low + 1) / 2, (high + 1) / 2)


def _placements(scores: Values, is_first: Marks, folds: Counts) -> Values:
    """For each row the share of the other group's rows in its fold that it is in order with, over the repeats."""
    placed = np.zeros_like(scores)
    for repeat, column in enumerate(folds.T):
        for mine in _fold_members(column):
            first, second = mine & is_first, mine & ~is_first
            below = (scores[first, repeat][:, None] > scores[second, repeat]) + 0.5 * (
                scores[first, repeat][:, None] == scores[second, repeat]
            )
            placed[first, repeat], placed[second, repeat] = below.mean(axis=1), below.mean(axis=0)
    return np.asarray(placed.mean(axis=1))


def _fold_members(column: Counts) -> Iterator[Marks]:
    return (column == fold for fold in range(FOLDS))


def _variance(values: Values, cluster: Counts) -> float:
    """The variance of the mean of values that come in clusters."""
    return float((cluster_deviations(values - values.mean(), _numbered(cluster)) ** 2).sum())


def _numbered(cluster: Counts) -> Counts:
    """The clusters, numbered from 0."""
    return np.unique(cluster, return_inverse=True)[1]
