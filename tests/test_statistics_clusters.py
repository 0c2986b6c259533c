"""Figures over clustered rows: known answers with their arithmetic, and how often the intervals hold the truth."""

from __future__ import annotations

from collections.abc import Callable
from math import atanh, sqrt, tanh

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics.clusters import Estimate, cluster_numbers, mean_of, of_one_voice, share_of, statistic_of

Array = npt.NDArray[np.float64]


def clusters(*numbers: int) -> npt.NDArray[np.int64]:
    """The cluster of each row."""
    return np.array(numbers, dtype=np.int64)


def test_clusters_are_numbered_as_they_come() -> None:
    """Any hashable name; the first seen is 0."""
    assert cluster_numbers(["b", 3, "b", ("c",), 3]).tolist() == [0, 1, 0, 2, 1]
    assert cluster_numbers([]).tolist() == []


def test_rows_of_their_own_give_the_t_interval() -> None:
    """One row a cluster: mean 2.5, s² / n = (5/3) / 4, t of 3 degrees: that of scipy's one-sample t-test."""
    values = np.array([1.0, 2.0, 3.0, 4.0])
    found = mean_of(values, clusters(0, 1, 2, 3))
    test = stats.ttest_1samp(values, 0)
    low, high = test.confidence_interval()
    assert (found.value, found.n, found.clusters) == (2.5, 4, 4)
    assert (found.low, found.high, found.p) == pytest.approx((low, high, test.pvalue))


def test_two_clusters_of_two_by_hand() -> None:
    """Rows 1, 3 | 5, 7: mean 4; without the first cluster 6, without the second 2.

    Jackknife variance = (2 - 1) / 2 * ((6 - 4)² + (2 - 4)²) = 4, error 2; t(.975, 1) = 12.706.
    """
    found = mean_of(np.array([1.0, 3.0, 5.0, 7.0]), clusters(0, 0, 1, 1))
    assert found.value == 4
    assert (found.low, found.high) == pytest.approx((4 - 12.7062 * 2, 4 + 12.7062 * 2), rel=1e-4)
    assert found.p == pytest.approx(2 * stats.t.sf(2, 1))


def test_a_mean_and_any_statistic_agree() -> None:
    """The closed form of the mean is the jackknife that `statistic_of` does by leaving out."""
    values, of = np.array([1.0, 2.0, 4.0, 8.0, 3.0, 5.0]), clusters(0, 0, 1, 1, 2, 2)
    one, other = mean_of(values, of), statistic_of(lambda rows: float(values[rows].mean()), of)
    assert (one.value, one.n, one.clusters) == (other.value, other.n, other.clusters)
    assert (one.low, one.high, one.p) == pytest.approx((other.low, other.high, other.p))


def test_unequal_clusters_have_fewer_degrees_of_freedom() -> None:
    """Rows 1, 3 | 2 | 6: mean 3, left out 4, 10/3 and 2; variance 2/3 (1 + 1/9 + 1) = 38/27.

    Sizes 2, 1 and 1 are worth 16 / 6 clusters: t with 5/3 degrees.
    """
    found = mean_of(np.array([1.0, 3.0, 2.0, 6.0]), clusters(0, 0, 1, 2))
    assert found.p == pytest.approx(2 * stats.t.sf(3 / sqrt(38 / 27), 5 / 3))
    assert width(found) == pytest.approx(2 * stats.t.ppf(0.975, 5 / 3) * sqrt(38 / 27))


@pytest.mark.parametrize("sizes", [[1, 2, 4, 6, 8], [30, *[3] * 9], [60, *[3] * 19]])
@pytest.mark.parametrize("icc", [0.3, 0.9])
def test_means_of_unequal_clusters_hold_the_truth(sizes: list[int], icc: float) -> None:
    """In 95 % of 800 samples, less three standard errors (.0231), at least; as many clusters less one: .90 to .93."""
    rng, of = np.random.default_rng([len(sizes), round(10 * icc)]), np.repeat(np.arange(len(sizes)), sizes)
    found = [mean_of(alike(rng, of, icc), of) for _ in range(800)]
    held = [one.low is not None and one.high is not None and one.low <= 0 <= one.high for one in found]
    assert np.mean(held) >= 0.95 - 0.0231


def test_copies_of_a_row_say_nothing_new() -> None:
    """Each row five times in its cluster: the same interval as once; as rows of their own it would be narrower."""
    values = np.array([0.2, 0.9, 0.4, 0.7, 0.1, 0.6])
    once = mean_of(values, np.arange(6))
    copied = mean_of(np.repeat(values, 5), np.repeat(np.arange(6), 5))
    naive = mean_of(np.repeat(values, 5), np.arange(30))
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))
    assert width(naive) < 0.5 * width(copied)
    hits = np.array([True, False, True, True, False, False] * 5)
    shares = share_of(np.repeat(hits, 5), np.repeat(np.arange(30), 5)), share_of(np.repeat(hits, 5), np.arange(150))
    assert width(shares[0]) > 1.5 * width(shares[1])


def test_a_share_without_clusters_is_nearly_the_exact_one() -> None:
    """30 of 100 rows of their own: Clopper-Pearson .2124 to .3998, or a little wider."""
    found = share_of(np.arange(100) < 30, np.arange(100))
    assert (found.value, found.n, found.clusters, found.p) == (0.3, 100, 100, None)
    exact = stats.binomtest(30, 100).proportion_ci()
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.005)


def test_a_correlation_stays_inside() -> None:
    """r of 20 pairs: value that of numpy, the interval on Fisher's scale is symmetric there and inside (-1, 1)."""
    x = np.arange(20.0)
    y = x + np.tile([2.0, -2.0, 1.0, -1.0], 5)
    found = statistic_of(lambda rows: float(np.corrcoef(x[rows], y[rows])[0, 1]), np.arange(20), scale="correlation")
    assert found.value == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found.low is not None
    assert found.high is not None
    assert -1 < found.low < (found.value or 0) < found.high < 1
    assert tanh((atanh(found.low) + atanh(found.high)) / 2) == pytest.approx(found.value)


def test_many_clusters_are_left_out_in_groups() -> None:
    """250 clusters in 100 groups: 1 + 100 computations, an interval close to that of leaving out each, and t of 99."""
    values = np.random.default_rng(3).normal(1, 1, 250)
    calls: list[int] = []

    def mean(rows: npt.NDArray[np.int64]) -> float:
        calls.append(len(rows))
        return float(values[rows].mean())

    grouped = statistic_of(mean, np.arange(250))
    assert len(calls) == 101
    assert set(calls[1:]) == {247, 248}
    each = statistic_of(mean, np.arange(250), groups=250)
    assert width(grouped) == pytest.approx(width(each), rel=0.25)
    assert width(each) == pytest.approx(2 * stats.t.ppf(0.975, 249) * values.std(ddof=1) / sqrt(250), rel=0.01)
    assert grouped == statistic_of(mean, np.arange(250))


NOTHING = np.array([], dtype=np.float64)


def test_nothing_is_none() -> None:
    """No rows: no value, no interval, no p; never NaN."""
    none = Estimate(None, None, None, 0, 0)
    assert mean_of(NOTHING, clusters()) == none
    assert share_of(np.array([], dtype=np.bool_), clusters()) == none
    assert statistic_of(lambda rows: None, clusters()) == none


def test_one_cluster_has_no_interval() -> None:
    """However many rows: a value alone."""
    assert mean_of(np.array([1.0, 3.0]), clusters(0, 0)) == Estimate(2.0, None, None, 2, 1)
    assert statistic_of(lambda rows: 0.5, clusters(0, 0)) == Estimate(0.5, None, None, 2, 1)
    one = np.zeros(20, dtype=np.int64)
    assert share_of(np.arange(20) < 12, one) == Estimate(0.6, None, None, 20, 1)
    assert share_of(np.ones(20, dtype=np.bool_), one) == Estimate(1.0, None, None, 20, 1)
    assert of_one_voice(0.5, one, bounds=(-0.5, 0.5)) == Estimate(0.5, None, None, 20, 1)


@pytest.mark.parametrize("value", [0.1, 1e9, -1 / 3])
def test_clusters_that_all_say_the_same_have_the_p_of_flipped_signs(value: float) -> None:
    """Without bounds: no interval (others could differ by anything), p = 2 * .5^4 of four clusters, by rounding too.

    Of any other statistic nothing is said.
    """
    values = np.full(4, value)
    found = mean_of(values, clusters(0, 1, 2, 3))
    assert (found.value, found.p) == pytest.approx((value, 0.125))
    assert (found.low, found.high, found.n, found.clusters) == (None, None, 4, 4)
    assert not found.excludes_zero
    found = statistic_of(lambda rows: float(values[rows].mean()), clusters(0, 1, 2, 3))
    assert (found.low, found.high, found.p) == (None, None, None)


def test_clusters_that_all_say_the_same_are_bounded_by_what_others_could_say() -> None:
    """100 clusters at -2/3 of [-1, 1]: at most 1 - .025^(1/100) = .0362 say otherwise, -1 or 1.

    Ends -2/3 - .0362 / 3 and -2/3 + .0362 * 5/3; with a true mean of zero at most 1 / (1 + 2/3) = .6 can say it.
    """
    found = mean_of(np.full(100, -2 / 3), np.arange(100), bounds=(-1, 1))
    assert (found.low, found.high) == pytest.approx((-0.678739, -0.606306), abs=1e-6)
    assert found.p == pytest.approx(2 * 0.6**100)
    at_bound = mean_of(np.full(7, 1.0), np.arange(7), bounds=(-1, 1))
    assert at_bound.p == pytest.approx(2 * 0.5**7)
    assert (at_bound.low, at_bound.high) == pytest.approx((2 * 0.025 ** (1 / 7) - 1, 1))


def test_clusters_that_all_say_zero_are_no_effect() -> None:
    """p 1, with or without bounds, and an interval about zero where there are bounds; one cluster alone: nothing."""
    assert mean_of(np.zeros(7), np.arange(7)) == Estimate(0.0, None, None, 7, 7, 1.0)
    found = mean_of(np.zeros(7), np.arange(7), bounds=(-1, 1))
    assert (found.p, found.high) == pytest.approx((1.0, 1 - 0.025 ** (1 / 7)))
    assert mean_of(np.ones(7), np.zeros(7, dtype=np.int64), bounds=(-1, 1)) == Estimate(1.0, None, None, 7, 1)


def test_large_clusters_that_say_the_same_count_for_less() -> None:
    """Clusters of 5, 1 and 1 rows are worth 49 / 27 of equal ones, so fewer than three: a p above 2 * .5^3."""
    found = mean_of(np.ones(7), clusters(0, 0, 0, 0, 0, 1, 2), bounds=(-1, 1))
    assert found.p == pytest.approx(2 * 0.5 ** (49 / 27))


def test_an_interval_stays_within_the_bounds() -> None:
    """Values of 0 and 1, bounds there: the t interval is cut; that the mean is zero is no question, so no p."""
    values = np.array([0.0, 0, 0, 0, 1])
    free, found = mean_of(values, np.arange(5)), mean_of(values, np.arange(5), bounds=(0, 1))
    assert free.low is not None
    assert free.low < 0
    assert (found.low, found.high, found.p) == (0.0, free.high, None)
    assert mean_of(np.ones(5), np.arange(5), bounds=(0, 1)).p is None


@pytest.mark.parametrize("number", [6, 12, 40])
@pytest.mark.parametrize(("usual", "other"), [(1.0, -1.0), (0.4, -1.0), (0.0, 1.0)])
def test_one_voice_seldom_misleads(number: int, usual: float, other: float) -> None:
    """Of 2,000 samples, all agree and the interval misses the truth in 2.5 % (+ 3 errors: 3.6 %) a side at most.

    Whatever share of the clusters says otherwise, as far off as the bounds allow.
    """
    rng = np.random.default_rng([number, round(10 * usual)])
    for share in (0.01, 0.05, 0.1, 0.3, 0.5):
        agreeing = int((rng.random((2_000, number)) >= share).all(axis=1).sum())
        found = mean_of(np.full(number, usual), np.arange(number), bounds=(-1, 1))
        truth = (1 - share) * usual + share * other
        assert found.low is not None
        assert found.high is not None
        assert found.low <= truth <= found.high or agreeing / 2_000 < 0.036


def test_a_share_of_none_or_all_still_has_an_interval() -> None:
    """None of 100: Clopper-Pearson, 0 to 1 - .025^(1/100) = .0362; ten copies of each say no more; all mirrors it."""
    none, all_ = (share_of(np.full(100, hit), np.arange(100)) for hit in (False, True))
    copied = share_of(np.zeros(1000, dtype=np.bool_), np.repeat(np.arange(100), 10))
    exact = stats.binomtest(0, 100).proportion_ci()
    assert (none.low, none.high) == (copied.low, copied.high) == pytest.approx((0, exact.high))
    assert (all_.low, all_.high) == pytest.approx((1 - exact.high, 1))


@pytest.mark.parametrize("number", [2, 5, 6, 30])
def test_a_share_of_all_is_held_against_a_half_by_its_clusters(number: int) -> None:
    """All 10 rows of k clusters hit: with a true share of 1/2 of clusters that agree 2 · .5^k do so by chance.

    The interval ends at .025^(1/k) and excludes a half just where that is below .05, with six clusters and more.
    """
    of = np.repeat(np.arange(number), 10)
    p = of_one_voice(0.5, of, bounds=(-0.5, 0.5)).p
    found = share_of(np.ones(len(of), dtype=np.bool_), of)
    assert p == pytest.approx(min(1.0, 2 * 0.5**number))
    assert (found.low, found.high) == pytest.approx((0.025 ** (1 / number), 1))
    assert ((found.low or 0) > 0.5) == (p < 0.05) == (number >= 6)


@pytest.mark.parametrize("number", [2, 3, 4, 6, 12])
def test_clusters_that_agree_within_seldom_mislead(number: int) -> None:
    """Each cluster says all or nothing, by chance of a half: a share of 1/2 is missed in 5 % of 600 samples (+ .0267).

    With 2 to 5 clusters never. (By `rate_interval` alone it is in 49 % with 2, 25 % with 3, 13-16 % with 4.)
    """
    rng, missed = np.random.default_rng(number), 0
    for _ in range(600):
        found = share_of(np.repeat(rng.random(number) < 0.5, 10), np.repeat(np.arange(number), 10))
        missed += not (found.low or 0) <= 0.5 <= (found.high or 0)
    assert missed <= (0.0767 * 600 if number > 5 else 0)


def test_gaps_in_the_numbers_count_for_nothing() -> None:
    """Rows were left out, so clusters 1 and 3 are not there: the same as if numbered without gaps."""
    values, gapped, dense = np.array([1.0, 2.0, 4.0, 8.0]), clusters(0, 2, 2, 4), clusters(0, 1, 1, 2)
    assert mean_of(values, gapped) == mean_of(values, dense)
    assert share_of(values > 1, gapped) == share_of(values > 1, dense)
    assert statistic_of(lambda rows: float(values[rows].mean()), gapped) == statistic_of(
        lambda rows: float(values[rows].mean()), dense
    )


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf")])
def test_a_part_without_a_value_has_no_interval(nothing: float | None) -> None:
    """A statistic that fails without the last cluster, or altogether: None, never NaN."""
    found = statistic_of(lambda rows: 0.5 if 2 in rows else nothing, clusters(0, 1, 2))
    assert found == Estimate(0.5, None, None, 3, 3)
    assert statistic_of(lambda rows: nothing, clusters(0, 1, 2)).value is None


def test_an_interval_tells_its_side_of_zero() -> None:
    """Both ends above, both below; not where zero is an end or inside, or nothing is known."""
    known = [(0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1), (0.0, 0.2), (None, None)]
    assert [Estimate(0.1, low, high, 9, 9).excludes_zero for low, high in known] == [True, True, False, False, False]


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 5)), max_size=30))
def test_order_and_names_do_not_matter(rows: list[tuple[float, int]]) -> None:
    """Rows in another order, clusters under other names: the same figures, finite, value within its interval."""
    values, of = np.array([value for value, _ in rows], dtype=np.float64), clusters(*(name for _, name in rows))
    found = mean_of(values, of)
    turned = mean_of(values[::-1], 10 - of[::-1])
    assert (turned.n, turned.clusters) == (found.n, found.clusters)
    assert turned.value == pytest.approx(found.value, abs=1e-6)
    if found.low is not None and found.high is not None:
        assert found.low <= (found.value or 0.0) <= found.high
        assert np.isfinite([found.low, found.high, found.p]).all()


def width(found: Estimate) -> float:
    """The width of an interval."""
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def mean_case(rng: np.random.Generator, of: npt.NDArray[np.int64], icc: float) -> tuple[Estimate, float]:
    """A mean of normal values whose clusters are alike."""
    return mean_of(alike(rng, of, icc), of), 0.0


def share_case(rng: np.random.Generator, of: npt.NDArray[np.int64], icc: float) -> tuple[Estimate, float]:
    """A share of .3; each cluster has one of its own, beta-distributed."""
    spread = 1 / icc - 1
    own = rng.beta(0.3 * spread, 0.7 * spread, of.max() + 1)
    return share_of(rng.random(len(of)) < own[of], of), 0.3


def correlation_case(rng: np.random.Generator, of: npt.NDArray[np.int64], icc: float) -> tuple[Estimate, float]:
    """A correlation of .4, between clusters and within."""
    x, other = alike(rng, of, icc), alike(rng, of, icc)
    y = 0.4 * x + sqrt(1 - 0.4**2) * other
    return statistic_of(lambda rows: float(np.corrcoef(x[rows], y[rows])[0, 1]), of, scale="correlation"), 0.4


def alike(rng: np.random.Generator, of: npt.NDArray[np.int64], icc: float) -> Array:
    """Standard normal values with that intraclass correlation."""
    return sqrt(icc) * rng.normal(size=of.max() + 1)[of] + sqrt(1 - icc) * rng.normal(size=len(of))


CASES = [mean_case, share_case, correlation_case]
Case = Callable[[np.random.Generator, npt.NDArray[np.int64], float], tuple[Estimate, float]]


def coverage(case: Case, *, number: int, icc: float, samples: int) -> float:
    """The share of samples whose interval holds the truth: clusters of 1 to 8 rows."""
    rng = np.random.default_rng([number, samples, round(100 * icc)])
    held = 0
    for _ in range(samples):
        found, truth = case(rng, np.repeat(np.arange(number), rng.integers(1, 9, number)), icc)
        held += found.low is not None and found.high is not None and found.low <= truth <= found.high
    return held / samples


@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth(case: Case) -> None:
    """95 % of 300 samples of 30 clusters, to three standard errors (.0378); shares, which are exact, at least that."""
    found = coverage(case, number=30, icc=0.3, samples=300)
    assert 0.95 - 0.0378 <= found <= (1 if case is share_case else 0.95 + 0.0378)


@pytest.mark.campaign
@pytest.mark.parametrize("icc", [0.01, 0.3])
@pytest.mark.parametrize("number", [30, 100, 200])
@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth_everywhere(case: Case, number: int, icc: float) -> None:
    """3,000 samples each: 95 % to 1.37 points (3.45 standard errors: 1 % over the 18 cases); shares up to 98 %."""
    found = coverage(case, number=number, icc=icc, samples=3_000)
    assert 0.9363 <= found <= (0.98 if case is share_case else 0.9637)
