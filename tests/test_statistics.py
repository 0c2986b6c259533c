"""Effects, intervals and tests against answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics.common import (
    cliffs_delta,
    holm,
    placements,
    quantiles_of,
    split_half_deltas,
    values_from_quantiles,
)

NUMBERS = st.lists(st.integers(-5, 5), min_size=1, max_size=12).map(lambda numbers: np.array(numbers, dtype=float))


def array(*numbers: float) -> np.ndarray:
    """One value a conversation."""
    return np.array(numbers, dtype=np.float64)


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
