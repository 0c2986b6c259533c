"""Rates and their differences against answers worked out by hand and by simulation."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rate_parts import counts, drawn, side
from scipy import stats

from analysis.statistics.common import Interval
from analysis.statistics.rates import (
    TurnCounts,
    minimum_detectable,
    paired_difference,
    rate_bounds,
    rate_interval,
    units_needed,
    worst_rates,
)

UNIT = st.tuples(*[st.integers(0, 6)] * 4).map(lambda unit: (min(unit[:2]), unit[1], min(unit[2:]), unit[3]))
UNITS = st.lists(UNIT, max_size=9)


def test_rate_interval_of_zero_flags_is_the_rule_of_three() -> None:
    """1 - .05^(1/n) with the independent turns: 59 of 59 single ones, 50 * 16 / (1 + .3 * 15) = 145.5 of long ones."""
    for units, turns, high in ((59, 1, 0.0495), (50, 16, 0.0204)):
        interval = rate_interval(np.zeros(units, dtype=np.int64), np.full(units, turns))
        assert interval == Interval(0.0, pytest.approx(high, abs=1e-4))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), min_size=1, max_size=40))
def test_no_flags_bound_a_rate_from_above_least(units: list[tuple[int, int]]) -> None:
    """Whatever is flagged, both bounds are at least those with nothing flagged, and at most those with everything."""
    judged = counts(*[turns for _, turns in units])
    flagged = np.minimum(counts(*[count for count, _ in units]), judged)
    clean, some, every = (rate_bounds(TurnCounts(one, judged), bound=0.1) for one in (judged * 0, flagged, judged))
    assert clean is not None
    assert some is not None
    assert every is not None
    assert clean.lower <= some.lower <= every.lower
    assert clean.upper <= some.upper + 1e-12
    assert some.upper <= every.upper


@given(st.integers(20, 60), st.integers(1, 30), st.data())
def test_one_more_flag_hardly_lowers_a_bound(units: int, turns: int, data: st.DataObject) -> None:
    """A flag outside the few conversations that hold most shows that not all gather: then by 40 % at most, 10 points.

    The lower bound falls by a point at most: a flag more in a conversation of many shows that they gather.
    """
    flagged = np.array(data.draw(st.lists(st.integers(0, turns), min_size=units, max_size=units)), dtype=np.int64)
    flagged *= np.array(data.draw(st.lists(st.booleans(), min_size=units, max_size=units)), dtype=np.int64)
    more = flagged.copy()
    more[np.argmin(flagged)] += 1
    judged = np.full(units, turns)
    if more.max() > turns:
        return
    before, after = (rate_bounds(TurnCounts(one, judged), bound=0.1) for one in (flagged, more))
    assert before is not None
    assert after is not None
    assert after.upper > max(0.6 * before.upper, before.upper - 0.1)
    assert after.lower > before.lower - 0.01


def test_flags_spread_over_conversations_never_lower_a_bound() -> None:
    """None, one, two ... 50 flags, each in a conversation of its own: neither bound ever falls."""
    found = [rate_bounds(side([1] * flagged + [0] * (50 - flagged), 16), bound=0.1) for flagged in range(51)]
    for bounds in ([one.upper for one in found if one], [one.lower for one in found if one]):
        assert all(later >= earlier - 1e-12 for earlier, later in pairwise(bounds))


def test_rate_interval_of_all_flags_mirrors_it() -> None:
    """59 conversations of three turns are worth 177 / 1.6 = 110.6: the bound from below is .05^(1/110.6) = .9733."""
    interval = rate_interval(np.full(59, 3), np.full(59, 3))
    assert interval == Interval(pytest.approx(0.9733, abs=1e-4), 1.0)


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
    assert interval.low == pytest.approx(stats.beta.ppf(0.025, 1.066, 255.9 - 1.066 + 1), rel=0.005)


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
    """Three flags in one of ten scenarios of 8,000 turns: 30 + 7,970 / 2 turns of a scenario may hang together.

    So the bound is no lower than that of 80,000 / (1 + .3 * 4,014) = 66.4 clean turns, .044, not 3 / 10,000.
    """
    interval = rate_interval(counts(3, *[0] * 9), np.full(10, 8000))
    assert interval is not None
    assert interval.high == pytest.approx(1 - 0.05 ** (1 / 66.4), rel=0.001)


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


def test_one_conversation_of_most_turns_widens_the_interval() -> None:
    """A hundredfold one with nothing flagged among eleven says little: 2 of 10 turns in each leave 40 % open."""
    equal = rate_interval(counts(*[2] * 12), np.full(12, 10))
    interval = rate_interval(counts(0, *[2] * 11), counts(1000, *[10] * 11))
    assert equal is not None
    assert interval is not None
    assert interval.high > 0.4
    assert interval.high > equal.high


def test_what_is_missing_bounds_the_rate() -> None:
    """A missing one has the complete ones' 10 turns, or its own 16: (1 + 10 + 14) / (10 + 10 + 16) at worst."""
    found = worst_rates(side([1, 0, 0], [10, 0, 2]), turns=counts(10, 0, 16), is_missing=np.array([False, True, True]))
    assert found == Interval(pytest.approx(1 / 36), pytest.approx(25 / 36))


def test_where_no_conversation_is_complete_any_rate_is_possible() -> None:
    """Two flags of the four turns judged before all broke off: 0 to 1. With nothing missing nor judged: None."""
    everything, nothing = np.array([True, True]), np.array([False, False])
    assert worst_rates(side([2, 0], [4, 0]), turns=counts(9, 9), is_missing=everything) == Interval(0.0, 1.0)
    assert worst_rates(side([0, 0], 0), turns=counts(9, 9), is_missing=nothing) is None
    assert worst_rates(side([]), turns=counts(), is_missing=np.array([], dtype=bool)) is None


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
    """59 clean single turns bound the rate by .0495, 58 by .0503; none of them speaks against the limit."""
    found = [rate_bounds(side([0] * units, 1), bound=0.05) for units in (58, 59)]
    assert [one.upper < 0.05 for one in found if one] == [False, True]
    assert [one.p_above for one in found if one] == [1.0, 1.0]


def test_all_swaps_of_few_pairs_are_counted() -> None:
    """Three pairs, each one flag more in the candidate: only 1 of the 2^3 swaps is as extreme, 2 of them two-sided."""
    found = paired_difference(side([1, 1, 1]), side([0, 0, 0]), seed=0)
    assert found is not None
    assert (found.p_worse, found.p_differs) == (1 / 8, 2 / 8)
    assert found.difference == pytest.approx(0.1)


@given(UNITS)
def test_the_swap_test_of_equal_partners_agrees_with_going_through_all_swaps(
    units: list[tuple[int, int, int, int]],
) -> None:
    """Swapping each unit or not, 2^n times, and counting differences as large gives the same p, to the last digit."""
    table = np.array(units, dtype=np.int64).reshape(-1, 4)
    ours, theirs, judged = table[:, 0], table[:, 2], np.maximum(table[:, 1], table[:, 3])
    found = paired_difference(TurnCounts(ours, judged), TurnCounts(theirs, judged), seed=0)
    if found is None:
        assert (judged > 0).sum() < 2
        return
    signs = 1 - 2 * np.array(list(product([0, 1], repeat=len(table))))
    gained = signs @ (ours - theirs)
    assert found.p_worse == pytest.approx((gained >= gained[0]).mean())
    assert found.p_differs == pytest.approx((np.abs(gained) >= abs(gained[0])).mean())


@given(UNITS)
def test_bounds_hold_the_difference(units: list[tuple[int, int, int, int]]) -> None:
    """Partners of any lengths: the bounds are in order and within [-1, 1], each p within (0, 1]."""
    table = np.array(units, dtype=np.int64).reshape(-1, 4)
    found = paired_difference(TurnCounts(table[:, 0], table[:, 1]), TurnCounts(table[:, 2], table[:, 3]), seed=0)
    if found is None:
        assert len(table) < 2 or not table[:, 1].sum() or not table[:, 3].sum() or _units_with_turns(table) < 2
        return
    assert 0 < found.p_worse <= 1
    assert 0 < found.p_differs <= 1
    assert -1 <= found.ci_low <= found.difference + 1e-9
    assert found.difference - 1e-9 <= found.upper <= found.ci_high + 1e-9 <= 1 + 2e-9


def _units_with_turns(table: np.ndarray) -> int:
    return int(((table[:, 1] > 0) | (table[:, 3] > 0)).sum())


@pytest.mark.parametrize(("longer", "shorter"), [(24, 8), (8, 24)])
def test_longer_conversations_are_no_regression(longer: int, shorter: int) -> None:
    """20 pairs at a rate of 5 %, correlation .2, 24 turns against 8, or the reverse: p < .05 in 5 % of 600, < .01 in 1.

    Give or take two standard errors; swapping lengths along with flags, as the test once did, gave 12.9 %.
    """
    rng = np.random.default_rng(longer)
    p_values = []
    for place in range(600):
        sides = [
            TurnCounts(rng.binomial(turns, rng.beta(0.2, 3.8, 20)), np.full(20, turns)) for turns in (longer, shorter)
        ]
        found = paired_difference(*sides, seed=place, draws=999)
        p_values += [found.p_worse] if found else []
    assert np.mean(np.array(p_values) < 0.05) <= 0.068
    assert np.mean(np.array(p_values) < 0.01) <= 0.018


def test_flags_all_on_the_longer_side_are_worth_less() -> None:
    """Six of 20 pairs flagged, all on the side of 24 turns against 8: by chance with .75^6 = .18, not .5^6 = .016."""
    flagged, clean = [1] * 6 + [0] * 14, [0] * 20
    found = paired_difference(side(flagged, 24), side(clean, 8), seed=0)
    assert found is not None
    assert found.p_worse == pytest.approx(7 / 64, abs=1e-9)


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
    [([0] * 59, [0] * 59, -0.0186, 0.0186), ([10] * 59, [10] * 59, -0.0186, 0.0186), ([10] * 59, [0] * 59, 0.974, 1)],
    ids=["none", "all", "all against none"],
)
def test_the_extremes_have_finite_intervals(candidate: list[int], baseline: list[int], low: float, high: float) -> None:
    """590 turns are worth 590 / 3.7 = 159.5, so each side is bounded by .0186; joined, never a point nor beyond 1."""
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
