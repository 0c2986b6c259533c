"""Drift by class and flips between the majorities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from label_parts import drawn, votes

from analysis.datatypes.labels.columns import LabelColumns, labelled_items
from analysis.datatypes.labels.drift import measure_drift, worth_of
from analysis.datatypes.labels.flips import measure_flips
from analysis.datatypes.labels.votes import Votes, read_votes
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
    assert (far, same, between) == pytest.approx((1.0, 0.0, 0.5579), abs=1e-4)


def posing(seed: int, *, people: int, model: int, copies: int = 1) -> Votes:
    """A model whose labels are drawn as people's are, each repeated so many times."""
    items = drawn(seed, items=60, people=(people,), model=model)
    return Votes(items.labels, items.human, items.llm * copies, items.clusters)


@pytest.mark.parametrize(("people", "model", "copies"), [(4, 4, 1), (3, 1, 1), (1, 1, 1), (5, 1, 5)])
def test_a_model_that_labels_as_people_do_stays_at_the_floor(people: int, model: int, copies: int) -> None:
    """Of 50 such audits 2.5 exceed what one in twenty deals does; 8 and more would come three times in 1,000.

    So for one label an item, on either side, and for five that are copies of one. The floor is the mean distance.
    """
    found = [measure_drift(posing(seed, people=people, model=model, copies=copies)) for seed in range(50)]
    distances = np.array([one.distance for one in found], dtype=np.float64)
    assert sum(distances > [one.floor_high for one in found]) <= 7
    floor = np.mean([one.floor for one in found])
    assert distances.mean() == pytest.approx(floor, abs=3.5 * distances.std() / 50**0.5 + 0.05 * floor)


def test_a_person_who_poses_as_the_model_stays_at_the_floor(data: Path) -> None:
    """One of the 70 people who rated each of DICES' conversations, drawn at random, as the LLM: no more than chance."""
    items = labelled_items([data / "tasklabels_dices990.jsonl"], LabelColumns(human=("ratings",)))
    people = read_votes(items, with_llm=False).votes
    rng = np.random.default_rng(4)
    one = np.stack([rng.multivariate_hypergeometric(counts, 1) for counts in people.human])
    found = measure_drift(Votes(people.labels, people.human - one, one, people.clusters))
    assert found.distance < found.floor_high


def test_copies_are_worth_one_label() -> None:
    """Pairs of people differ in 2/3 of aab's. Those of aaa in none: worth 1 of 3; those of aab as often: all 3.

    Half as often (every other item aab): r = 1/2, so 3 / (1 + 2 / 2) = 1.5, rounded to even 2. One person: unknown, 1.
    """
    people = ["aab"] * 4
    assert worth_of(votes(people, ["aaa"] * 4)).tolist() == [1] * 4
    assert worth_of(votes(people, ["aab"] * 4)).tolist() == [3] * 4
    assert worth_of(votes(people, ["aab", "aaa"] * 2)).tolist() == [2] * 4
    assert worth_of(votes(["a"] * 4, ["aab"] * 4)).tolist() == [1] * 4


def test_the_floor_is_the_same_every_time() -> None:
    """Deals follow the seed."""
    items = drawn(5, items=60, people=(3,), model=3)
    assert measure_drift(items, seed=3).floor == measure_drift(items, seed=3).floor
    assert measure_drift(items, seed=3).floor != measure_drift(items, seed=4).floor


def test_items_that_all_drift_alike_are_the_strongest_drift() -> None:
    """People aab on each of 100 items, the model always b: both classes differ, and each item flips.

    -2/3 in each item: an interval from what 3.6 % of unseen items could say, and p far below .001.
    """
    items = votes(["aab"] * 100, ["bbb"] * 100, labels="ab")
    first, second = measure_drift(items).classes
    assert (first.p_adjusted or 1, second.p_adjusted or 1) < (0.001, 0.001)
    assert first.difference.excludes_zero
    assert (first.difference.low, first.difference.high) == pytest.approx((-0.678739, -0.606306), abs=1e-6)
    shift = measure_flips(items).classes[0]
    assert (shift.shift.value, shift.shift.excludes_zero) == (-1.0, True)
    assert (shift.p_adjusted or 1) < 0.001


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
