"""Effects, intervals and tests against answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import (
    Interval,
    cliffs_delta,
    conversations_needed,
    delta_interval,
    holm,
    placements,
    quantiles_of,
    rank_test,
    rate_interval,
    split_half_deltas,
    values_from_quantiles,
)

NUMBERS = st.lists(st.integers(-5, 5), min_size=1, max_size=12).map(lambda numbers: np.array(numbers, dtype=float))


def array(*numbers: float) -> np.ndarray:
    """One value a conversation."""
    return np.array(numbers, dtype=np.float64)


def counts(*numbers: int) -> np.ndarray:
    """One count a conversation."""
    return np.array(numbers, dtype=np.int64)


def test_cliffs_delta_counts_pairs() -> None:
    """Of the 6 pairs of (1, 3, 5) and (2, 3), 3 are won, 2 lost and 1 tied: delta is (3 - 2) / 6."""
    assert cliffs_delta(array(1, 3, 5), array(2, 3)) == pytest.approx(1 / 6)


def test_cliffs_delta_of_nothing_is_missing() -> None:
    """Without values on either side there is no effect, rather than 0."""
    assert cliffs_delta(array(), array(1)) is None
    assert cliffs_delta(array(1), array()) is None


@given(NUMBERS, NUMBERS)
def test_cliffs_delta_agrees_with_all_pairs(x: np.ndarray, y: np.ndarray) -> None:
    """The rank-based figure is the mean sign over all pairs, and swapping the groups turns its sign."""
    delta = cliffs_delta(x, y)
    assert delta == pytest.approx(np.sign(x[:, None] - y[None, :]).mean())
    assert cliffs_delta(y, x) == pytest.approx(-delta)


def test_placements_say_where_each_value_stands() -> None:
    """Against (1, 2, 3): 0 is below all (-1), 2 is level with one (0), 9 is above all (1)."""
    assert placements(array(0, 2, 9), array(1, 2, 3)).tolist() == [-1, 0, 1]


def test_delta_interval_has_the_normal_width_for_plain_samples() -> None:
    """Under no difference var(delta) = (1/n + 1/m) / 3 + 1/(3nm); with 200 a side the half-width is 1.972 * 0.0578."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=200), rng.normal(size=200)
    interval = delta_interval(x, y, seed=1)
    assert interval is not None
    assert (interval.high - interval.low) / 2 == pytest.approx(1.972 * 0.0578, rel=0.08)


def test_delta_interval_of_complete_separation_is_wilsons() -> None:
    """10 of 10 above: Wilson's lower limit of the share is 10 / (10 + 1.96²) = .7225, as a delta 2 * .7225 - 1."""
    interval = delta_interval(np.arange(10.0) + 100, np.arange(50.0), seed=1)
    assert interval is not None
    assert (interval.low, interval.high) == (pytest.approx(0.4450, abs=1e-4), 1.0)


def test_delta_interval_of_values_all_alike_is_not_a_point() -> None:
    """Nobody in 20 shows the feature: four more might all have, 3.84 / (20 + 3.84) = .161."""
    interval = delta_interval(np.zeros(20), np.zeros(500), seed=1)
    assert interval == Interval(pytest.approx(-0.1611, abs=1e-4), pytest.approx(0.1611, abs=1e-4))


def test_delta_interval_needs_two_a_side() -> None:
    """One conversation has no spread, so there is no interval."""
    assert delta_interval(array(1), array(1, 2, 3), seed=1) is None


def test_delta_interval_is_the_same_for_the_same_seed_only() -> None:
    """The draws come from the seed, and from nothing else."""
    x, y = np.arange(30.0), np.arange(25.0) * 1.1
    assert delta_interval(x, y, seed=1) == delta_interval(x, y, seed=1)
    assert delta_interval(x, y, seed=1) != delta_interval(x, y, seed=2)


@pytest.mark.parametrize(("shift", "size"), [(0.0, 30), (0.5, 30), (1.5, 30), (0.0, 10)])
def test_delta_interval_covers_the_truth(shift: float, size: int) -> None:
    """For normal groups delta is 2 Phi(shift / sqrt 2) - 1; at least 91 % of 150 intervals hold it (95 % less 2 se)."""
    rng = np.random.default_rng(5)
    truth = 2 * stats.norm.cdf(shift / np.sqrt(2)) - 1
    held = 0
    for seed in range(150):
        interval = delta_interval(rng.normal(shift, size=size), rng.normal(size=200), seed=seed, draws=300)
        assert interval is not None
        held += interval.low <= truth <= interval.high
    assert held / 150 >= 0.91


def test_rank_test_is_exact_for_small_groups() -> None:
    """4 above 4: 2 of the C(8, 4) = 70 orders are as extreme, so p = 2 / 70."""
    assert rank_test(array(5, 6, 7, 8), array(1, 2, 3, 4)) == pytest.approx(2 / 70)


def test_rank_test_of_values_all_alike_is_one() -> None:
    """Where nothing differs there is no evidence, and no NaN."""
    assert rank_test(np.zeros(5), np.zeros(9)) == 1.0
    assert rank_test(array(), array(1)) is None


def test_holm_multiplies_by_the_number_left() -> None:
    """.01 * 4 = .04, .02 * 3 = .06, .03 * 2 = .06 and .5 * 1 = .5, as R's p.adjust(c(.5, .01, .03, .02), "holm")."""
    assert holm([0.5, 0.01, 0.03, 0.02]) == pytest.approx((0.5, 0.04, 0.06, 0.06))


def test_holm_leaves_missing_out_of_the_count() -> None:
    """A p that could not be computed is no test: the other one is corrected for one test only."""
    assert holm([None, 0.02]) == (None, 0.02)
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_never_lowers_a_p_nor_changes_the_order(p_values: list[float]) -> None:
    """Corrected p-values are at least the raw ones, at most 1, and rank the same way."""
    adjusted = holm(p_values)
    assert all(raw <= new <= 1 for raw, new in zip(p_values, adjusted, strict=True))
    ranked = [adjusted[place] for place in np.argsort(p_values, kind="stable")]
    assert ranked == sorted(ranked)


def test_rate_interval_of_zero_flags_is_the_rule_of_three() -> None:
    """59 clean conversations exclude 5 %: 1 - .05^(1/59) = .0495, however many turns they have."""
    for turns in (1, 40):
        interval = rate_interval(np.zeros(59, dtype=np.int64), np.full(59, turns), seed=0)
        assert interval == Interval(0.0, pytest.approx(0.0495, abs=1e-4))


def test_rate_interval_of_all_flags_mirrors_it() -> None:
    """The bound from below is .05^(1/59) = .9505."""
    interval = rate_interval(np.full(59, 3), np.full(59, 3), seed=0)
    assert interval == Interval(pytest.approx(0.9505, abs=1e-4), 1.0)


def test_rate_interval_of_single_turns_is_clopper_pearsons() -> None:
    """One turn a conversation is no cluster: 20 of 100 gives (.127, .292), here a little wider by Student's factor."""
    interval = rate_interval(counts(*[1] * 20, *[0] * 80), np.ones(100, dtype=np.int64), seed=0)
    exact = stats.binomtest(20, 100).proportion_ci(0.95, method="exact")
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high), abs=0.006)


def test_rate_interval_widens_when_flags_cluster() -> None:
    """100 flagged of 1,000 turns say less when they fill ten of a hundred conversations than when spread over all."""
    judged = np.full(100, 10)
    spread = rate_interval(np.ones(100, dtype=np.int64), judged, seed=0)
    clustered = rate_interval(counts(*[10] * 10, *[0] * 90), judged, seed=0)
    assert spread is not None
    assert clustered is not None
    assert clustered.high - clustered.low > 2.5 * (spread.high - spread.low)


def test_rate_interval_of_one_conversation_says_next_to_nothing() -> None:
    """A single conversation counts as one observation, whatever its turns."""
    interval = rate_interval(counts(3), counts(10), seed=0)
    assert interval is not None
    assert interval.low < 0.01
    assert interval.high > 0.9


def test_rate_interval_of_nothing_is_missing() -> None:
    """Without a judged turn there is no rate to bound."""
    assert rate_interval(counts(0, 0), counts(0, 0), seed=0) is None
    assert rate_interval(counts(), counts(), seed=0) is None


def test_values_from_quantiles_invert_numpys_quantiles() -> None:
    """101 values are their own 101 quantiles, so they come back as they were."""
    values = np.sort(np.random.default_rng(1).normal(size=101))
    quantiles = np.quantile(values, np.linspace(0, 1, 101))
    assert values_from_quantiles(quantiles.tolist(), 101) == pytest.approx(values)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=99))
def test_few_values_are_kept_whole_by_their_quantiles(values: list[float]) -> None:
    """Up to 99 values come back from their 101 quantiles as they were, ties and all."""
    ordered = np.sort(np.array(values))
    assert values_from_quantiles(quantiles_of(ordered, 101).tolist(), len(values)).tolist() == ordered.tolist()


def test_values_from_quantiles_keep_ties() -> None:
    """Where nine tenths of people show nothing, so do nine tenths of the values that come back, give or take 1 %."""
    values = np.concatenate([np.zeros(900), np.linspace(0.1, 1, 100)])
    back = values_from_quantiles(np.quantile(values, np.linspace(0, 1, 101)).tolist(), 1000)
    assert (back == 0).mean() == pytest.approx(0.9, abs=0.0101)


def test_split_halves_of_untied_values_differ_as_theory_says() -> None:
    """Two groups of 100: |delta| has median .6745 * sqrt(2 / 300 + 1 / 30000) = .0552."""
    deltas = split_half_deltas(np.arange(1000.0), per_half=100, splits=600, seed=1)
    assert np.median(deltas) == pytest.approx(0.0552, rel=0.15)


def test_split_halves_need_two_groups() -> None:
    """More values are asked for than there are: an error that says so."""
    with pytest.raises(ValueError, match="two groups of 6 from 10"):
        split_half_deltas(np.arange(10.0), per_half=6, splits=1, seed=1)


def test_conversations_needed_follows_the_normal_formula() -> None:
    """Endless y: n = var(placements) * (1.96 + .8416)² / delta²."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(0.2, size=40), rng.normal(size=200_000)
    delta = cliffs_delta(x, y)
    assert delta is not None
    expected = placements(x, y).var(ddof=1) * (1.959964 + 0.841621) ** 2 / delta**2
    assert conversations_needed(x, y, margin=None) == pytest.approx(max(expected, 41), rel=0.02)


def test_conversations_needed_grows_with_the_number_of_tests() -> None:
    """A stricter level asks for more conversations."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(0.15, size=60), rng.normal(size=100_000)
    alone, among_twenty = (conversations_needed(x, y, margin=None, tests=tests) for tests in (1, 20))
    assert alone is not None
    assert among_twenty is not None
    assert among_twenty > alone


def test_conversations_needed_is_missing_where_no_number_would_do() -> None:
    """With 12 in the reference a delta this small can never be told from zero, however many are simulated."""
    rng = np.random.default_rng(2)
    assert conversations_needed(rng.normal(0.05, size=50), rng.normal(size=12), margin=0.05) is None
    assert conversations_needed(array(1), array(1, 2), margin=0.1) is None
