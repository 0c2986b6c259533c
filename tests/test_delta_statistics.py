"""Cliff's delta with its interval, tests and sizes: known answers, and coverage with and without scenarios."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.proof.deltas import DESIGNS, SHAPES, Design, delta_errors
from analysis.statistics.common import Interval, cluster_deviations, effective_number
from analysis.statistics.delta import Delta, Group, conversations_needed, delta, no_scenarios, rank_test, shift_test
from analysis.statistics.units import unit_between, unit_of

NUMBERS = st.lists(st.integers(-3, 3), min_size=2, max_size=12).map(lambda numbers: np.array(numbers, dtype=float))


def array(*numbers: float) -> np.ndarray:
    """One value a conversation."""
    return np.array(numbers, dtype=np.float64)


def repeated(values: np.ndarray, scenarios: int) -> Group:
    """Conversations that are of so many scenarios, in blocks."""
    size = len(values) // scenarios
    return Group(values, tuple(f"s{place // size}" for place in range(len(values))))


def found(x: np.ndarray, y: np.ndarray) -> Delta:
    """The delta of conversations that are of no scenario."""
    one = delta(no_scenarios(x), no_scenarios(y))
    assert one is not None
    return one


def test_interval_has_the_normal_width_for_plain_samples() -> None:
    """Under no difference var(delta) = (1/n + 1/m) / 3 + 1/(3nm); with 200 a side the half-width is 1.972 * 0.0578."""
    rng = np.random.default_rng(3)
    interval = found(rng.normal(size=200), rng.normal(size=200)).interval
    assert (interval.high - interval.low) / 2 == pytest.approx(1.972 * 0.0578, rel=0.08)


def test_interval_of_complete_separation_is_wilsons() -> None:
    """10 of 10 above: Wilson's lower limit of the share is 10 / (10 + 1.96²) = .7225, as a delta 2 * .7225 - 1."""
    interval = found(np.arange(10.0) + 100, np.arange(50.0)).interval
    assert (interval.low, interval.high) == (pytest.approx(0.4450, abs=1e-4), 1.0)


def test_interval_of_values_all_alike_is_not_a_point() -> None:
    """Nobody in 20 shows the feature: four more might all have, 3.84 / (20 + 3.84) = .161."""
    interval = found(np.zeros(20), np.zeros(500)).interval
    assert interval == Interval(pytest.approx(-0.1611, abs=1e-4), pytest.approx(0.1611, abs=1e-4))


@given(NUMBERS, NUMBERS)
def test_interval_holds_the_effect_and_turns_with_the_groups(x: np.ndarray, y: np.ndarray) -> None:
    """Whatever the ties: -1 <= low <= delta <= high <= 1, and swapping the groups mirrors all of it."""
    one, other = found(x, y), found(y, x)
    assert -1 <= one.interval.low <= one.effect + 1e-9
    assert one.effect - 1e-9 <= one.interval.high <= 1
    assert other.effect == pytest.approx(-one.effect)
    assert other.interval.low == pytest.approx(-one.interval.high)


@given(NUMBERS, NUMBERS, st.floats(0.05, 0.9))
def test_likeness_and_interval_agree(x: np.ndarray, y: np.ndarray, margin: float) -> None:
    """The interval lies within the margin exactly where the p of likeness is below .025."""
    one = found(x, y)
    reach = max(-one.interval.low, one.interval.high)
    if abs(reach - margin) > 1e-6:
        assert (reach < margin) == (one.p_alike(margin) < 0.025)


def test_fewer_than_two_units_have_no_delta() -> None:
    """One conversation has no spread, nor have the repeats of one scenario where the scenario is the unit."""
    assert delta(no_scenarios(array(1)), no_scenarios(array(1, 2, 3))) is None
    assert delta(no_scenarios(array()), no_scenarios(array(1, 2))) is None
    assert delta(repeated(array(1, 2, 3), 1), no_scenarios(array(1, 2, 3)), unit="scenario") is None


def test_scenarios_that_are_copied_out_count_once() -> None:
    """Ten repeats word for word of 20 scenarios are as sure as the 20 alone: widths agree to a few per cent."""
    rng = np.random.default_rng(1)
    values, people = rng.normal(size=20), no_scenarios(rng.normal(size=2000))
    alone = delta(no_scenarios(values), people)
    copied = delta(repeated(np.repeat(values, 10), 20), people, unit="scenario")
    assert alone is not None
    assert copied is not None
    width = alone.interval.high - alone.interval.low
    assert copied.interval.high - copied.interval.low == pytest.approx(width, rel=0.05)


def test_what_scenarios_differ_in_is_no_spread_within_them() -> None:
    """Five scenarios far apart, each all but constant: about these scenarios delta is nearly certain."""
    values = np.repeat(np.arange(5.0) * 10, 10) + np.tile(np.arange(10.0) / 100, 5)
    people = no_scenarios(np.linspace(-20, 60, 5000))
    within, plain = delta(repeated(values, 5), people), delta(no_scenarios(values), people)
    assert within is not None
    assert plain is not None
    assert within.x_variance < plain.x_variance / 10


def test_rank_test_is_exact_for_small_groups() -> None:
    """4 above 4: 2 of the C(8, 4) = 70 orders are as extreme, so p = 2 / 70."""
    assert rank_test(no_scenarios(array(5, 6, 7, 8)), no_scenarios(array(1, 2, 3, 4))) == pytest.approx(2 / 70)


def test_rank_test_of_values_all_alike_is_one() -> None:
    """Where nothing differs there is no evidence, and no NaN; where nothing is there, no test."""
    assert rank_test(no_scenarios(np.zeros(5)), no_scenarios(np.zeros(9))) == 1.0
    assert rank_test(repeated(np.zeros(6), 2), repeated(np.zeros(6), 2)) == 1.0
    assert rank_test(no_scenarios(array()), no_scenarios(array(1))) is None


def test_rank_test_within_scenarios_has_the_variance_of_all_exchanges() -> None:
    """Ranks 1 3 | 2 4 and 5 7 | 6 8: the x sums are 16 of a mean 18; each scenario adds 2·2/4 · 5/3 to the variance."""
    x = Group(array(1, 3, 5, 7), ("a", "a", "b", "b"))
    y = Group(array(2, 4, 6, 8), ("a", "a", "b", "b"))
    variance = 2 * (2 * 2 / 4) * (5 / 3)
    assert rank_test(x, y) == pytest.approx(2 * stats.norm.sf((2 - 0.5) / np.sqrt(variance)))


@pytest.mark.parametrize("least", [-9.0, 0.8])
def test_scenario_test_keeps_its_level_where_the_plain_one_does_not(least: float) -> None:
    """20 scenarios of 5, no shift, also where 79 % are tied at the least: of 250 tests at .05 at most 25 (P = .001)."""
    rng = np.random.default_rng(8)

    rejected, plainly = 0, 0
    for _ in range(250):
        values = np.repeat(rng.normal(size=20) * np.sqrt(0.3), 5) + rng.normal(size=100) * np.sqrt(0.7)
        x, y = repeated(np.maximum(values, least), 20), no_scenarios(np.maximum(rng.normal(size=200), least))
        one = delta(x, y, unit="scenario")
        assert one is not None
        rejected += (shift_test(x, y, one, unit="scenario") or 1) < 0.05
        plainly += (rank_test(x, y) or 1) < 0.05
    assert rejected <= 25
    assert plainly > 25


def test_conversations_needed_follows_the_normal_formula() -> None:
    """Endless y and z = 1 at 40: 40 * (1.96 + .8416)² = 314; for likeness of one test the same deviate counts."""
    p = 2 * float(stats.norm.sf(1))
    for found_p in ({"p": p, "p_alike": None}, {"p": None, "p_alike": p / 2}):
        assert conversations_needed(40, 1.0, **found_p, tests=1) == 314


@given(st.floats(1e-6, 1), st.floats(1e-6, 1), st.floats(0.01, 1), st.integers(1, 60))
def test_conversations_needed_are_more_than_there_are(p: float, p_alike: float, share: float, tests: int) -> None:
    """Where no test reaches its level at 100, 100 is not what it takes, nor 101."""
    level = 0.05 / tests
    needed = conversations_needed(100, share, p=max(p, level), p_alike=max(p_alike, level / 2), tests=tests)
    assert needed is None or needed > 105


def test_conversations_needed_grows_with_the_number_of_tests() -> None:
    """Of 20 tests at z = 1.28: 60 * ((3.023 + .842) / 1.282)² = 546, to tell from people as to be like them."""
    for found_p in ({"p": 0.2, "p_alike": None}, {"p": None, "p_alike": 0.1}):
        alone, among_twenty = (conversations_needed(60, 0.9, **found_p, tests=tests) for tests in (1, 20))
        assert alone is not None
        assert among_twenty is None or among_twenty > alone
    assert conversations_needed(60, 1.0, p=0.2, p_alike=None, tests=20) == 546


def test_conversations_needed_is_missing_where_no_number_would_do() -> None:
    """Where y adds most of the variance, z = 1 grows to 1 / sqrt(.8) at most, below 2.8."""
    assert conversations_needed(50, 0.2, p=0.3173, p_alike=0.9, tests=1) is None


def test_conversations_needed_are_enough_four_times_of_five() -> None:
    """Delta .3 seen in 40 against 2,000: with the number foretold 70 to 92 of 100 runs are found (sd 4)."""
    rng, rise = np.random.default_rng(11), float(np.sqrt(2) * stats.norm.ppf(0.65))
    y, typical = rng.normal(size=2000), stats.norm.ppf((np.arange(40) + 0.5) / 40) + rise
    one, group = found(typical, y), no_scenarios(typical)
    p = rank_test(group, no_scenarios(y))
    needed = conversations_needed(40, one.share_here, p=p, p_alike=None, tests=20)
    assert needed is not None
    runs = [no_scenarios(rng.normal(rise, size=needed)) for _ in range(100)]
    assert 70 <= sum((rank_test(run, no_scenarios(y)) or 1) < 0.05 / 20 for run in runs) <= 92


@pytest.mark.parametrize("sizes", [[100, *[3] * 11], [20, *[5] * 11]])
def test_one_large_scenario_does_not_feign_certainty(sizes: list[int]) -> None:
    """Correlation .3, no shift: of 200 intervals 181 (P = .001) or more hold 0, and few tests reject."""
    rng = np.random.default_rng(6)
    labels = tuple(str(place) for place, size in enumerate(sizes) for _ in range(size))
    held, rejected = 0, 0
    for _ in range(200):
        own = rng.normal(size=len(labels)) * np.sqrt(0.7)
        x = Group(np.repeat(rng.normal(size=len(sizes)) * np.sqrt(0.3), sizes) + own, labels)
        y = no_scenarios(rng.normal(size=300))
        one = delta(x, y, unit="scenario")
        assert one is not None
        held += one.interval.low <= 0 <= one.interval.high
        rejected += (shift_test(x, y, one, unit="scenario") or 1) < 0.05
    assert held >= 181
    assert rejected <= 19


def test_the_effective_number_of_scenarios() -> None:
    """133² / (100² + 11 * 3²) = 1.75 of twelve; equal ones count in full."""
    assert effective_number(np.repeat(np.arange(12), [100, *[3] * 11])) == pytest.approx(1.7516, abs=1e-4)
    assert effective_number(np.repeat(np.arange(12), 5)) == pytest.approx(12)


def test_cluster_deviations_are_the_jackknife() -> None:
    """Means without each cluster of (1, 2 | 6): 6 and 1.5 about 3; of single rows the sum is s² / n."""
    values, clusters = array(1, 2, 6), np.array([0, 0, 1])
    assert cluster_deviations(values - 3, clusters) == pytest.approx(np.array([-3, 1.5]) * np.sqrt(1 / 2))
    alone = cluster_deviations(values - 3, np.arange(3))
    assert (alone**2).sum() == pytest.approx(values.var(ddof=1) / 3)
    assert cluster_deviations(values - 3, np.zeros(3, dtype=np.int64)).tolist() == [0]


def test_ten_scenarios_make_the_scenario_the_unit() -> None:
    """Ten, some repeated: yes; nine, or ten that never repeat: no; runs that share ten are pairs of them."""
    ten = [f"s{place}" for place in range(10)]
    assert unit_of([*ten, "s0"]) == "scenario"
    assert unit_of(ten) == "conversation"
    assert unit_of([*ten[:9], "s0"]) == "conversation"
    assert unit_between(ten, ten) == "scenario"
    assert unit_between([*ten, "s0"], []) == "scenario"
    assert unit_between([*ten, "s0"], ["s0", "s0"]) == "conversation"
    assert unit_between([None, None], [None]) == "conversation"


@pytest.mark.parametrize(
    "design",
    [Design(1, 30, 200), Design(5, 10, 200, correlation=0.3), Design(20, 5, 200, "scenario", 0.3)],
    ids=lambda design: design.name,
)
def test_interval_covers_the_truth(design: Design) -> None:
    """Of 200 intervals 95 % hold the true delta of a tied share, give or take three standard errors (1.5 points)."""
    errors = delta_errors(SHAPES["share of 8"], design, 0.5, draws=200)
    assert errors.truth > 0.2
    assert 0.903 <= errors.coverage <= 0.997


@pytest.mark.campaign
@pytest.mark.parametrize("rise", [0.0, 0.5, 1.8])
@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_stated_coverage(design: Design, rise: float) -> None:
    """Of 2,000 intervals of tied shares 93 to 97 % hold the truth; under 6.5 % of tests reject without a shift."""
    errors = delta_errors(SHAPES["share of 8"], design, rise, draws=2000)
    assert 0.93 <= errors.coverage <= 0.97
    assert rise or errors.rejected <= 0.065
