"""Whether two groups of rows can be told apart: known answers, level, coverage."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.statistics import two_samples
from analysis.statistics.common import Values
from analysis.statistics.two_samples import Rows, Separation, chance_floor, columns_of, importances, separation


def rows(first: Values, second: Values, *, per_cluster: int = 1) -> Rows:
    """Both groups as the classifier sees them; the rows of the first come in clusters."""
    columns, feature_of = columns_of(np.concatenate([first, second]))
    clusters = np.concatenate([np.arange(len(first)) // per_cluster, len(first) + np.arange(len(second))])
    return Rows(columns, feature_of, np.arange(len(columns)) < len(first), clusters)


def noise(seed: int, size: int, features: int = 5) -> Values:
    """Normal values that mean nothing."""
    return np.random.default_rng(seed).normal(size=(size, features))


def clustered(seed: int, clusters: int, each: int, features: int = 5) -> Values:
    """Rows of which half the variance is their cluster's."""
    between = np.repeat(noise(seed, clusters, features), each, axis=0)
    return np.asarray(np.sqrt(0.5) * (between + noise(seed + 1_000, clusters * each, features)))


@pytest.fixture
def few_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that need many p and none of them precisely."""
    monkeypatch.setattr(two_samples, "PERMUTATIONS", 199)


def test_a_feature_that_separates_tells_every_pair() -> None:
    """All of one group above all of the other: AUC 1, the least p there is, Wilson's interval of 30."""
    found = separation(rows(noise(1, 30, 1) + 10, noise(2, 40, 1)), seed=0)
    assert found.auc == 1.0
    assert found.p == pytest.approx(1 / 1001)
    assert found.interval.high == pytest.approx(1.0)
    assert found.interval.low == pytest.approx((1 + (30 - 3.8415) / (30 + 3.8415)) / 2, abs=1e-4)


def test_a_group_that_varies_less_is_told_apart() -> None:
    """Equal in the mean of every feature and a fifth as varied: order alone would be blind to it."""
    found = separation(rows(noise(1, 100) / 5, noise(2, 100)), seed=0)
    assert found.auc > 0.9


def test_rows_all_alike_are_a_guess() -> None:
    """No column varies, so there is nothing to learn: .5, and p is 1."""
    found = separation(rows(np.ones((30, 2)), np.ones((30, 2))), seed=0)
    assert (found.auc, found.p) == (0.5, 1.0)
    assert found.interval.low < 0.5 < found.interval.high


def test_missing_stands_in_the_middle_and_has_a_column() -> None:
    """Of [1, 2, 3, missing] the ranks are [-1/3, 0, 1/3, 0], standardised; whether it is missing is a column."""
    columns, feature_of = columns_of(np.array([[1.0], [2.0], [3.0], [np.nan]]))
    middle, spread, is_missing = columns.T
    assert feature_of.tolist() == [0, 0, 0]
    assert middle == pytest.approx(np.array([-1, 0, 1, 0]) * np.sqrt(2))
    assert spread[3] == pytest.approx(0.0)
    assert is_missing == pytest.approx(np.array([-1, -1, -1, 3]) / np.sqrt(3))


def test_what_does_not_vary_has_no_column() -> None:
    """A feature of one value cannot tell anything; of two values, the spread cannot."""
    columns, feature_of = columns_of(np.array([[5.0, 0.0], [5.0, 1.0]] * 10))
    assert columns.shape == (20, 1)
    assert feature_of.tolist() == [1]


def test_the_importance_is_that_of_the_feature_that_tells() -> None:
    """One feature of five is shifted: without it nothing is left, without another nothing is lost."""
    table = rows(noise(1, 100) + np.array([0, 0, 2, 0, 0]), noise(2, 100))
    drops = importances(table, 5, seed=0)
    assert drops[2] == pytest.approx(separation(table, seed=0).auc - 0.5, abs=0.08)
    assert np.abs(np.delete(drops, 2)).max() < 0.03


def test_two_halves_of_one_group_reach_no_more_than_the_floor_mostly() -> None:
    """With 100 rows a half the 95th percentile is near .5 + 1.64 x .043, the sd of such an AUC."""
    floor = chance_floor(columns_of(noise(3, 200))[0], seed=0)
    assert floor == pytest.approx(0.57, abs=0.02)


def test_the_same_seed_gives_the_same_result() -> None:
    """And another one deals other folds."""
    table = rows(noise(1, 40) + 0.3, noise(2, 60))
    assert separation(table, seed=4) == separation(table, seed=4)
    assert separation(table, seed=4) != separation(table, seed=5)


@pytest.mark.usefixtures("few_permutations")
def test_the_level_holds() -> None:
    """Of 100 pairs of groups of one distribution at most 12 have p below .05 (P < .01 at the 5 % level)."""
    found = [separation(rows(noise(s, 30), noise(s + 500, 60)), seed=s).p < 0.05 for s in range(100)]
    assert sum(found) <= 12


@pytest.mark.usefixtures("few_permutations")
def test_the_level_holds_for_clusters() -> None:
    """Twelve scenarios of five rows that resemble each other; as rows of their own they were rejected far too often."""

    def rejected(per_cluster: int) -> int:
        tables = (rows(clustered(s, 12, 5), noise(s + 500, 100), per_cluster=per_cluster) for s in range(60))
        return sum(separation(table, seed=s).p < 0.05 for s, table in enumerate(tables))

    assert rejected(5) <= 9
    assert rejected(1) > 9


def test_clusters_of_both_groups_are_not_parted() -> None:
    """Thirty pairs and a row more on either side: the rows of a pair share their fold, and one of them gives the p."""
    columns, feature_of = columns_of(noise(1, 62))
    clusters = np.array([*range(30), 30, *range(30), 31])
    table = Rows(columns, feature_of, np.arange(62) < 31, clusters)
    folds = two_samples._folds(table, seed=0)
    assert np.array_equal(folds[:30], folds[31:61])
    assert {len(np.unique(folds[group, 0])) for group in (table.is_first, ~table.is_first)} == {two_samples.FOLDS}
    chosen = two_samples._one_of_each(table)
    assert sorted(clusters[chosen]) == list(range(32))
    assert table.is_first[chosen].sum() == 16


@pytest.mark.usefixtures("few_permutations")
def test_the_level_holds_for_pairs() -> None:
    """Of 60 draws of 30 pairs that resemble each other at most 9 have p below .05 (P < .01 at the 5 % level)."""

    def p(seed: int) -> float:
        columns, feature_of = columns_of(clustered(seed, 30, 2)[np.argsort(np.arange(60) % 2, kind="stable")])
        return separation(Rows(columns, feature_of, np.arange(60) < 30, np.arange(60) % 30), seed=seed).p

    assert sum(p(seed) < 0.05 for seed in range(60)) <= 9


def _covered(shift: float, *, first: int, second: int, features: int, draws: int) -> float:
    """The share of intervals that hold the mean AUC; three features are shifted."""
    by = np.where(np.arange(features) < 3, shift, 0.0)
    found: list[Separation] = [
        separation(rows(noise(s, first, features) + by, noise(s + 10_000, second, features)), seed=s)
        for s in range(draws)
    ]
    truth = np.mean([one.auc for one in found])
    return float(np.mean([one.interval.low <= truth <= one.interval.high for one in found]))


@pytest.mark.usefixtures("few_permutations")
def test_intervals_cover() -> None:
    """Of 60 intervals at least 52 hold the mean AUC (P < .01 where 95 % do)."""
    assert _covered(0.7, first=40, second=80, features=10, draws=60) >= 52 / 60


@pytest.mark.campaign
@pytest.mark.usefixtures("few_permutations")
@pytest.mark.parametrize("features", [16, 50])
@pytest.mark.parametrize("sizes", [(30, 200), (100, 200), (200, 200)])
@pytest.mark.parametrize("shift", [0.0, 0.3, 0.7])
def test_intervals_cover_over_a_campaign(shift: float, sizes: tuple[int, int], features: int) -> None:
    """Of 400 at least 91 % (the nominal 95 % less three standard errors and the error of the truth)."""
    first, second = sizes
    assert _covered(shift, first=first, second=second, features=features, draws=400) >= 0.91
