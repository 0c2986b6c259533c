"""How likely each turn is swapped: posteriors of turns, tails and stretches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.role_swaps import Rhythm, swap_posteriors

LINKED = Rhythm(swaps=0.1, tails=0.0, stay=0.6)


APART = Rhythm(swaps=0.1, tails=0.0, stay=0.0)


def test_posterior_of_one_turn_is_bayes_rule() -> None:
    """Prior .01, ratio 99: odds .01/.99 * 99 = 1, so the chance is one half."""
    once = Rhythm(swaps=0.01, tails=0.0, stay=0.6)
    assert swap_posteriors([float(np.log(99))], once) == pytest.approx([0.5])
    assert swap_posteriors([], once) == []


def test_a_tail_pays_its_prior_once() -> None:
    """Tail of two at .1 over 2 turns: paths none .95 * .95, tail from 0 .05, from 1 .95 * .05; ratios 1 and 19.

    none .9025, from 0 .05 * 19 = .95, from 1 .0475 * 19 = .9025: turn 1 is swapped with (.95 + .9025) / 2.755 = .672,
    turn 0 with .95 / 2.755 = .345.
    """
    found = swap_posteriors([0.0, float(np.log(19))], Rhythm(swaps=0.0, tails=0.1, stay=0.0))
    assert found == pytest.approx([0.95 / 2.755, 1.8525 / 2.755])


def test_a_long_tail_of_moderately_foreign_turns_is_found() -> None:
    """Ten turns of ratio e each: the tail has e^10 for one prior; without tails every turn would pay for itself."""
    llrs = [-3.0] * 10 + [1.0] * 10
    with_tails = swap_posteriors(llrs, Rhythm(swaps=0.05, tails=0.05, stay=0.6))
    assert with_tails[10] > 0.5
    assert min(with_tails[11:]) > 0.75
    assert max(with_tails[:9]) < 0.05
    assert max(swap_posteriors(llrs, APART)) < 0.05


def test_many_turns_do_not_add_up_to_an_alarm() -> None:
    """A turn of ratio e^4 is likely swapped in a conversation of two and not in one of ten ordinary turns."""
    assert swap_posteriors([4.0, -5.0], APART)[0] > 0.7
    assert swap_posteriors([4.0] + [-5.0] * 9, APART)[0] < 0.5


def test_a_stretch_carries_a_turn_that_says_nothing() -> None:
    """Between two plainly swapped turns a neutral one is likely swapped too; alone it is not."""
    stretch = swap_posteriors([-4.0, 6.0, 0.0, 6.0, -4.0], LINKED)
    alone = swap_posteriors([-4.0, -4.0, 0.0, -4.0, -4.0], LINKED)
    assert stretch[2] > 0.8
    assert alone[2] < 0.02


def test_unlinked_turns_are_independent() -> None:
    """With stay and tails 0 the chance of a turn is its own odds: start .1/4 = .025, ratio e^2."""
    odds = 0.025 / 0.975 * np.exp(2)
    assert swap_posteriors([6.0, 2.0, 6.0, -6.0], APART)[1] == pytest.approx(odds / (1 + odds))


@given(st.lists(st.floats(-16, 16), max_size=30), st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0, 0.99))
def test_posteriors_are_chances(llrs: list[float], swaps: float, tails: float, stay: float) -> None:
    """Whatever the evidence, each posterior lies in [0, 1] and there is one a turn."""
    found = swap_posteriors(llrs, Rhythm(swaps, tails, stay))
    assert len(found) == len(llrs)
    assert all(0 <= chance <= 1 + 1e-12 for chance in found)
