"""Drift by class and flips between the majorities."""

from __future__ import annotations

import numpy as np
import pytest
from label_parts import drawn, votes

from analysis.datatypes.labels.drift import measure_drift
from analysis.datatypes.labels.flips import measure_flips
from analysis.statistics.common import holm


def test_shares_weigh_items_alike() -> None:
    """a | bb and aaaa | ab: people give a in 1 and 1 of each item, the model in 0 and 1/2: 100 % and 25 %."""
    found = measure_drift(votes(["a", "aaaa"], ["bb", "ab"], labels="ab"))
    first, second = found.classes
    assert (first.label, first.human.value, first.llm.value, first.difference.value) == ("a", 1.0, 0.25, -0.75)
    assert (first.ratio, second.ratio) == (0.25, None)  # no person said b


def test_classes_come_by_frequency_and_holm_corrects_over_them() -> None:
    """The commonest among people first; p are Holm's of the classes' own."""
    found = measure_drift(votes(["aab", "aac", "aad", "abb"] * 5, ["aaa", "abb", "aaa", "bbb"] * 5))
    shares = [one.human.value or 0 for one in found.classes]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    adjusted = holm([one.difference.p for one in found.classes])
    assert [one.p_adjusted for one in found.classes] == list(adjusted)


def test_the_distance_has_known_ends() -> None:
    """Nothing in common is 1, the same shares 0; (1, 0) and (1/2, 1/2) are sqrt(1 - .75 log2 3 + ...) = .5579 apart.

    Jensen-Shannon divergence there is H(3/4, 1/4) - H(1/2, 1/2) / 2 = .8113 - .5 = .3113, its root .5579.
    """
    far = measure_drift(votes(["aa", "aa"], ["bb", "bb"])).distance
    same = measure_drift(votes(["ab", "ab"], ["ab", "ab"])).distance
    between = measure_drift(votes(["aa", "aa"], ["ab", "ab"])).distance
    assert (far.value, same.value, between.value) == pytest.approx((1.0, 0.0, 0.5579), abs=1e-4)


def test_the_floor_holds_what_luck_does() -> None:
    """A model that labels as people do stays below the floor's upper end in most of 30 audits; halves are smaller."""
    found = [measure_drift(drawn(seed, items=100, people=(4,), model=4)) for seed in range(30)]
    below = sum((one.distance.value or 1) <= (one.floor_high or 0) for one in found)
    assert below >= 27


def test_the_floor_is_the_same_every_time_and_needs_two_people() -> None:
    """Splits follow the seed; one label an item cannot be split."""
    items = drawn(5, items=60, people=(3,), model=3)
    assert measure_drift(items, seed=3).floor == measure_drift(items, seed=3).floor
    assert measure_drift(items, seed=3).floor != measure_drift(items, seed=4).floor
    assert measure_drift(votes(["a", "b"], ["a", "a"])).floor is None


def test_flips_by_hand() -> None:
    """aab|bbb flips, aaa|aab and bbb|abb do not; abc and aabb have no single majority, bba|ab has none of the model."""
    found = measure_flips(votes(["aab", "aaa", "bbb", "abc", "aabb", "bba"], ["bbb", "aab", "abb", "aaa", "aaa", "ab"]))
    assert (found.items, found.human_ties, found.llm_ties, found.share.value) == (3, 2, 1, 1 / 3)
    assert found.table == ((1, 1, 0, 0), (0, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))
    a, b, *_ = found.classes
    assert [(one.items, one.flipped.value) for one in (a, b)] == [(2, 0.5), (1, 0.0)]
    assert [one.shift.value for one in (a, b)] == pytest.approx([-1 / 3, 1 / 3])


def test_flips_need_a_majority_on_both_sides() -> None:
    """Where no item has one, the share is unknown, not 0."""
    found = measure_flips(votes(["ab", "ab"], ["aa", "bb"]))
    assert (found.items, found.share.value, found.human_ties) == (0, None, 2)


def test_equal_margins_are_tested_by_class() -> None:
    """As many flips either way leave the margins equal (p 1); flips of one way do not."""
    both_ways = measure_flips(votes(["aa", "bb"] * 20, ["bb", "aa"] * 20))
    one_way = measure_flips(votes(["aa", "bb"] * 20, ["bb", "bb"] * 20))
    assert both_ways.classes[0].shift.value == 0
    assert (one_way.classes[0].p_adjusted or 1) < 0.001
    assert np.array(one_way.table).sum() == 40
