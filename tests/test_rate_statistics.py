"""Rates and their differences against answers worked out by hand and by simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics.common import Interval
from analysis.statistics.rates import (
    TurnCounts,
    minimum_detectable,
    paired_difference,
    rate_bounds,
    rate_interval,
    units_needed,
)

UNIT = st.tuples(*[st.integers(0, 6)] * 4).map(lambda unit: (min(unit[:2]), unit[1], min(unit[2:]), unit[3]))
UNITS = st.lists(UNIT, max_size=9)


def counts(*numbers: int) -> np.ndarray:
    """One count a unit."""
    return np.array(numbers, dtype=np.int64)


def side(flagged: list[int], judged: int | list[int] = 10) -> TurnCounts:
    """The counts of one side, ten judged turns a unit by default."""
    turns = [judged] * len(flagged) if isinstance(judged, int) else judged
    return TurnCounts(counts(*flagged), counts(*turns))


def drawn(rate: float, units: int, *, seed: int, correlation: float = 0.1) -> TurnCounts:
    """Simulated units of 16 turns, flagged in clusters."""
    rng = np.random.default_rng(seed)
    odds = 1 / correlation - 1
    return TurnCounts(rng.binomial(16, rng.beta(rate * odds, (1 - rate) * odds, units)), np.full(units, 16))


def test_rate_interval_of_zero_flags_is_the_rule_of_three() -> None:
    """59 clean conversations exclude 5 %: 1 - .05^(1/59) = .0495, however many turns they have."""
    for turns in (1, 40):
        interval = rate_interval(np.zeros(59, dtype=np.int64), np.full(59, turns))
        assert interval == Interval(0.0, pytest.approx(0.0495, abs=1e-4))


def test_rate_interval_of_all_flags_mirrors_it() -> None:
    """The bound from below is .05^(1/59) = .9505."""
    interval = rate_interval(np.full(59, 3), np.full(59, 3))
    assert interval == Interval(pytest.approx(0.9505, abs=1e-4), 1.0)


def test_rate_interval_of_single_turns_is_clopper_pearsons() -> None:
    """One turn a conversation is no cluster: 20 of 100 gives (.127, .292), here a hair wider for n / (n - 1)."""
    interval = rate_interval(counts(*[1] * 20, *[0] * 80), np.ones(100, dtype=np.int64))
    exact = stats.binomtest(20, 100).proportion_ci(0.95, method="exact")
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high), abs=0.002)


def test_rate_interval_widens_when_flags_cluster() -> None:
    """100 flagged of 1,000 turns say less when they fill ten of a hundred conversations than when spread over all."""
    judged = np.full(100, 10)
    spread = rate_interval(np.ones(100, dtype=np.int64), judged)
    clustered = rate_interval(counts(*[10] * 10, *[0] * 90), judged)
    assert spread is not None
    assert clustered is not None
    assert clustered.high - clustered.low > 2.5 * (spread.high - spread.low)


def test_few_flags_are_taken_to_cluster_more_than_is_seen() -> None:
    """Two flags in 30 conversations of 16 turns, seen design effect .97; guessed excess .3 * 15 with weight .5 of 2.5.

    So 1 + (2 * -.03 + .5 * 4.5) / 2.5 = 1.876, and 480 turns count as 255.9 with 1.066 flags.
    """
    interval = rate_interval(counts(1, 1, *[0] * 28), np.full(30, 16))
    assert interval is not None
    assert interval.high == pytest.approx(stats.beta.ppf(0.975, 1.066 + 1, 255.9 - 1.066), rel=0.001)


def test_the_guess_does_not_grow_with_the_size_of_a_scenario() -> None:
    """12 scenarios of 8,000 turns, 40 flags each: independent turns would give 480 +- 1.96 sqrt(480) flags, +- .00045.

    The guess is of 30 turns and 7,970 / 2^12: 1 + (-12 + .5 * .3 * 30.95) / 12.5 < 1, so every turn counts.
    """
    flagged, judged = counts(*[40] * 12), np.full(12, 8000)
    interval = rate_interval(flagged, judged)
    exact = stats.binomtest(480, 96_000).proportion_ci(0.95, method="exact")
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high), rel=0.001)


def test_flags_of_one_scenario_leave_the_others_in_doubt() -> None:
    """Three flags in one of ten scenarios of 8,000 turns: the guess is half a scenario's .3 * 4,014 with a third.

    Seen is an excess of 2 (variance 10 / 9 * 8.1 over 3), raised by 1 + 5 / 1 to 12, so 1 + (12 + .5 * 1204.2) / 1.5
    = 410.4, and 80,000 turns count as 194.9 with .0073 flags: the bound is about 3.7 / 195 = .019, not 3 / 10,000.
    """
    interval = rate_interval(counts(3, *[0] * 9), np.full(10, 8000))
    assert interval is not None
    assert interval.high == pytest.approx(stats.beta.ppf(0.975, 1.0073, 194.9 - 0.0073), rel=0.01)
    assert 0.015 < interval.high < 0.025


def test_rate_interval_mirrors_clean_and_flagged() -> None:
    """What is said of flagged turns is said of clean ones, the other way round."""
    flagged, judged = counts(3, 0, 1, 7, 2, 0, 0, 4), counts(9, 12, 7, 8, 20, 6, 6, 11)
    one, other = rate_interval(flagged, judged), rate_interval(judged - flagged, judged)
    assert one is not None
    assert other is not None
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))


def test_rate_interval_of_one_conversation_says_next_to_nothing() -> None:
    """A single conversation counts as one observation, whatever its turns."""
    interval = rate_interval(counts(3), counts(10))
    assert interval is not None
    assert interval.low < 0.01
    assert interval.high > 0.9


def test_rate_interval_of_nothing_is_missing() -> None:
    """Without a judged turn there is no rate to bound."""
    assert rate_interval(counts(0, 0), counts(0, 0)) is None
    assert rate_interval(counts(), counts()) is None
    assert rate_bounds(side([]), bound=0.1) is None


def test_the_p_of_a_limit_reaches_five_percent_where_the_lower_bound_reaches_the_limit() -> None:
    """p and the one-sided lower bound are two readings of one distribution."""
    sample = side([2, 0, 1, 0, 3, 0, 0, 1, 0, 0, 0, 2])
    found = rate_bounds(sample, bound=0.05)
    assert found is not None
    at_the_bound = rate_bounds(sample, bound=found.lower)
    assert at_the_bound is not None
    assert at_the_bound.p_above == pytest.approx(0.05)


def test_a_limit_is_held_by_enough_clean_conversations() -> None:
    """59 clean ones bound the rate by .0495, one of 58 by .0503; none of them speaks against the limit."""
    found = [rate_bounds(side([0] * units), bound=0.05) for units in (58, 59)]
    assert [one.upper < 0.05 for one in found if one] == [False, True]
    assert [one.p_above for one in found if one] == [1.0, 1.0]


def test_all_swaps_of_few_pairs_are_counted() -> None:
    """Three pairs, each one flag more in the candidate: only 1 of the 2^3 swaps is as extreme, 2 of them two-sided."""
    found = paired_difference(side([1, 1, 1]), side([0, 0, 0]), seed=0)
    assert found is not None
    assert (found.p_worse, found.p_differs) == (1 / 8, 2 / 8)
    assert found.difference == pytest.approx(0.1)


@given(UNITS)
def test_the_swap_test_agrees_with_going_through_all_swaps(units: list[tuple[int, int, int, int]]) -> None:
    """Swapping each unit or not, 2^n times, and counting differences of ratios as large gives the same p."""
    table = np.array(units, dtype=np.int64).reshape(-1, 4)
    found = paired_difference(TurnCounts(table[:, 0], table[:, 1]), TurnCounts(table[:, 2], table[:, 3]), seed=0)
    if found is None:
        assert len(table) < 2 or not table[:, 1].sum() or not table[:, 3].sum() or _units_with_turns(table) < 2
        return
    differences = [_difference(table, swaps) for swaps in product([False, True], repeat=len(table))]
    assert found.p_worse == pytest.approx(np.mean([one >= found.difference - 1e-12 for one in differences]))
    assert -1 <= found.ci_low <= found.difference + 1e-9
    assert found.difference - 1e-9 <= found.upper <= found.ci_high + 1e-9 <= 1 + 2e-9


def _units_with_turns(table: np.ndarray) -> int:
    return int(((table[:, 1] > 0) | (table[:, 3] > 0)).sum())


def _difference(table: np.ndarray, swaps: tuple[bool, ...]) -> float:
    turned = np.where(np.array(swaps)[:, None], table[:, [2, 3, 0, 1]], table).sum(axis=0)
    rates = [flagged / judged if judged else 0.0 for flagged, judged in (turned[:2], turned[2:])]
    return rates[0] - rates[1]


def test_random_swaps_come_near_the_exact_p() -> None:
    """One flag each in 12 candidate and 4 baseline units: P(at least 12 of 16 by a coin) = 2517 / 65536 = .0384."""
    found = paired_difference(side([1] * 12 + [0] * 4), side([0] * 12 + [1] * 4), seed=3)
    assert found is not None
    assert found.p_worse == pytest.approx(2517 / 65536, abs=0.008)
    assert found.p_differs == pytest.approx(2 * 2517 / 65536, abs=0.012)


def test_the_order_of_units_does_not_matter() -> None:
    """The same units in another order give the same figures, p included; another seed gives another p."""
    ours, theirs = drawn(0.1, 40, seed=1), drawn(0.1, 40, seed=2)
    order = np.random.default_rng(0).permutation(40)
    shuffled = [TurnCounts(one.flagged[order], one.judged[order]) for one in (ours, theirs)]
    found, again = paired_difference(ours, theirs, seed=5), paired_difference(*shuffled, seed=5)
    assert found is not None
    assert again is not None
    assert (found.p_worse, found.p_differs) == (again.p_worse, again.p_differs)
    assert (found.ci_low, found.ci_high) == pytest.approx((again.ci_low, again.ci_high))
    assert found != paired_difference(ours, theirs, seed=6)


@pytest.mark.parametrize(
    ("candidate", "baseline", "low", "high"),
    [([0] * 59, [0] * 59, -0.05, 0.05), ([10] * 59, [10] * 59, -0.05, 0.05), ([10] * 59, [0] * 59, 0.93, 1.0)],
    ids=["none", "all", "all against none"],
)
def test_the_extremes_have_finite_intervals(candidate: list[int], baseline: list[int], low: float, high: float) -> None:
    """By the rule of three 59 units bound each side by .0495; joined, the interval never is a point, nor beyond 1."""
    found = paired_difference(side(candidate), side(baseline), seed=0)
    assert found is not None
    assert found.ci_low == pytest.approx(low, abs=0.002)
    assert found.ci_high == pytest.approx(high, abs=0.002)
    assert found.ci_low < found.upper <= found.ci_high


def test_differences_that_cannot_be_said_are_missing() -> None:
    """One unit, or nothing judged on a side: None throughout."""
    for ours, theirs in [(side([1]), side([0])), (side([0, 0], 0), side([1, 2])), (side([]), side([]))]:
        assert paired_difference(ours, theirs, seed=0) is None
        assert minimum_detectable(ours, theirs, level=0.05) is None
        assert units_needed(ours, theirs, margin=0.02, level=0.05) is None


def test_agreeing_partners_narrow_the_interval() -> None:
    """Where the same units are flagged on both sides, less is left to luck than where others are."""
    flagged = [0, 3, 0, 1, 0, 5, 0, 2] * 5
    same = paired_difference(side(flagged), side(flagged), seed=0)
    other = paired_difference(side(flagged), side(flagged[::-1]), seed=0)
    assert same is not None
    assert other is not None
    assert same.ci_high < 0.6 * other.ci_high


def test_the_minimum_detectable_rise_follows_the_normal_formula() -> None:
    """400 single turns a side at .1: rise = (.84 + 1.64) s / sqrt(400 - 1.64² / 2), s² coming from .09 and q(1 - q)."""
    flagged = [1] * 40 + [0] * 360
    rise = minimum_detectable(side(flagged, 1), side(flagged[::-1], 1), level=0.05)
    assert rise is not None
    correlation = -40 / 360
    raised = (0.1 + rise) * (0.9 - rise)
    spread = np.sqrt(0.09 + raised - 2 * correlation * np.sqrt(0.09 * raised))
    assert rise == pytest.approx((0.8416 + 1.6449) * spread / np.sqrt(400 - 1.6449**2 / 2), rel=0.01)


def test_the_minimum_detectable_rise_is_found_in_four_of_five() -> None:
    """100 pairs at 5 %, clustered: of 200 candidates raised by it, 80 % are found, give or take 3 standard errors."""
    alike = [(drawn(0.05, 100, seed=seed), drawn(0.05, 100, seed=1000 + seed)) for seed in range(40)]
    rise = np.mean([minimum_detectable(*pair, level=0.05) for pair in alike])
    found = [
        paired_difference(drawn(0.05 + rise, 100, seed=seed), drawn(0.05, 100, seed=5000 + seed), seed=seed, draws=199)
        for seed in range(200)
    ]
    assert np.mean([one.p_worse < 0.05 for one in found if one]) == pytest.approx(0.8, abs=0.085)


def test_scenarios_of_many_turns_detect_small_rises() -> None:
    """12 scenarios of 8,000 independent turns at .005: about 2.49 sqrt(2 * .005 / 8000 / (12 - 1.35)) = .0009."""
    rng, judged = np.random.default_rng(4), np.full(12, 8000)
    ours, theirs = (TurnCounts(rng.binomial(judged, 0.005), judged) for _ in range(2))
    rise = minimum_detectable(ours, theirs, level=0.05)
    assert rise is not None
    assert 0.0007 < rise < 0.002
    found = paired_difference(ours, theirs, seed=0)
    assert found is not None
    assert found.upper - found.difference < 0.002


def test_too_few_units_detect_nothing() -> None:
    """Four units have 16 swaps, so p is 1 / 16 at the least: no rise could be found at .05; five units have 32."""
    assert minimum_detectable(side([1, 0, 0, 1]), side([0, 1, 0, 0]), level=0.05) is None
    assert minimum_detectable(side([1, 0, 0, 1, 0]), side([0, 1, 0, 0, 0]), level=0.05) is not None


def test_units_needed_by_clean_runs_is_the_rule_of_three() -> None:
    """Nothing flagged on either side: the bound 1 - .05^(1/n) is below .02 from n = 149 on."""
    assert units_needed(side([0] * 30), side([0] * 30), margin=0.02, level=0.05) == 149


def test_units_needed_grow_as_the_margin_shrinks() -> None:
    """No difference seen: half the margin takes about four times as many; at the margin itself no number would do."""
    ours = drawn(0.1, 50, seed=1)
    theirs = TurnCounts(ours.flagged[::-1], ours.judged)
    wide, narrow = (units_needed(ours, theirs, margin=margin, level=0.05) for margin in (0.02, 0.01))
    assert wide is not None
    assert narrow == pytest.approx(4 * wide, rel=0.05)
    assert units_needed(ours, theirs, margin=0.0, level=0.05) is None


@pytest.mark.parametrize(("rise", "seed"), [(0.0, 4), (0.0, 6), (0.02, 6)])
def test_units_needed_settle_four_of_five(rise: float, seed: int) -> None:
    """Of 200 samples of so many units, drawn again from those seen, about 80 % show a rise or rule out the margin."""
    ours, theirs = drawn(0.05 + rise, 60, seed=seed), drawn(0.05, 60, seed=seed + 50)
    needed = units_needed(ours, theirs, margin=0.02, level=0.05)
    assert needed is not None
    rng, settled = np.random.default_rng(1), 0
    for place in range(200):
        units = rng.integers(0, 60, needed)
        again = [TurnCounts(one.flagged[units], one.judged[units]) for one in (ours, theirs)]
        found = paired_difference(*again, seed=place, draws=199)
        assert found is not None
        settled += found.p_worse < 0.05 or found.upper < 0.02
    assert settled / 200 == pytest.approx(0.8, abs=0.1)
