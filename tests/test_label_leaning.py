"""The majority index and the vanished views: 0 for a model that labels as people do, the extreme for one that never."""

from __future__ import annotations

import numpy as np
import pytest
from label_parts import drawn, votes

from analysis.datatypes.labels.leaning import measure_leaning
from analysis.datatypes.labels.matching import majority_sets
from analysis.datatypes.labels.vanishing import measure_vanishing
from analysis.statistics.clusters import Estimate


def differences(seed: int, *, people: tuple[int, ...], model: int) -> list[Estimate]:
    """The four figures that are 0 for a model that labels as people do."""
    items = drawn(seed, items=250, people=people, model=model, per_cluster=2)
    leaning, vanishing = measure_leaning(items), measure_vanishing(items)
    found = (leaning.majority, leaning.minority, vanishing.views, vanishing.views_backed)
    return [sides.difference for sides in found]


@pytest.mark.parametrize(("people", "model"), [((3,), 5), ((3, 4, 5), 5), ((5,), 1), ((6,), 3)])
def test_a_model_that_labels_as_people_do_has_index_zero(people: tuple[int, ...], model: int) -> None:
    """Over 80 simulated audits the mean is within 3.5 standard errors of 0 and 86 % or more of the intervals hold it.

    Whatever the numbers of annotators; of 80 intervals of 95 % fewer than 69 hold 0 about once in 1,000 times.
    """
    runs = [differences(seed, people=people, model=model) for seed in range(80)]
    for figures in zip(*runs, strict=True):
        values = np.array([one.value for one in figures if one.value is not None])
        if not len(values):
            assert people == (3,)  # three people an item: others' minority cannot be told
            continue
        assert abs(values.mean()) < 3.5 * values.std() / len(values) ** 0.5
        assert sum(not one.excludes_zero for one in figures) >= 0.86 * len(values)


def test_a_majority_of_all_people_would_favour_people() -> None:
    """Why one is left out: against the majority of all, each a part of it, that same model seems to give it less often.

    With three people an item by ten points and more.
    """
    items = drawn(7, items=4000, people=(3,), model=5)
    chosen = majority_sets(items.human)
    model = (items.llm * chosen).sum() / 5
    assert (model - (items.human * chosen).sum() / 3) / chosen.any(axis=1).sum() < -0.1
    assert abs(measure_leaning(items).majority.difference.value or 1) < 0.03


def test_always_the_majority_is_the_most_there_can_be() -> None:
    """Of aaab and aabb, by hand, with a model that says "aa" to the first and "ab" to the second.

    aaab: leaving an a out (3 times) the others are aab, majority a: hit; leaving b out: aaa, b misses: people 3/4, the
    model 1. aabb: each leaves abb or aab, and misses: people 0, the model 1/2. Together 3/8 and 3/4.
    """
    found = measure_leaning(votes(["aaab", "aabb"], ["aa", "ab"])).majority
    assert (found.human.value, found.llm.value, found.difference.value) == pytest.approx((3 / 8, 3 / 4, 3 / 8))


def test_the_index_of_a_model_of_majorities_reaches_its_maximum() -> None:
    """Always the majority of items that have one: the model's share is 1, the index 1 less people's share."""
    items = ["aaaab", "aaabc", "bbbbb", "ccccd", "dddda"]
    found = measure_leaning(votes(items, [max(item, key=item.count) * 3 for item in items])).majority
    assert found.llm.value == pytest.approx(1)
    assert found.difference.value == pytest.approx(1 - (found.human.value or 0))


def test_minority_labels_that_are_never_given() -> None:
    """aaab, by hand: leaving an a out the others' minority is b, which that a is not; leaving b out there is none.

    Of 20 such items people hit 0 of the minorities; of aabbc a left-out c finds none, an a finds a and c as minority
    of abbc: (2/5 + 2/5) of 4/5, all hits. A model of majorities hits never.
    """
    never = measure_leaning(votes(["aaab"] * 20, ["aaa"] * 20)).minority
    assert (never.human.value, never.llm.value) == (0.0, 0.0)
    found = measure_leaning(votes(["aabbc"] * 20, ["b"] * 20)).minority
    assert found.human.value == pytest.approx(1.0)
    assert found.llm.value == pytest.approx(0.5)  # b is in the minority where a b was left out: 2 of 4 splits


def test_three_people_have_no_minority_to_leave_one_out_of() -> None:
    """Unknown, not 0."""
    found = measure_leaning(votes(["aab", "abb", "abc"], ["aaa", "aaa", "aaa"]))
    assert found.minority.difference.value is None


def test_vanished_labels_by_hand() -> None:
    """Items aab|aaa, aabb|aaa, abc|abc, aaa|bbb.

    A label of some person is missing in the first, second and fourth: 3/4; one of two people in the second and fourth:
    2/4. Only the first has a majority and another label: it lost it, 1 of 1.
    """
    found = measure_vanishing(votes(["aab", "aabb", "abc", "aaa"], ["aaa", "aaa", "abc", "bbb"]))
    assert (found.items.value, found.items_backed.value, found.items_minority.value) == (0.75, 0.5, 1.0)


def test_vanished_views_against_other_people() -> None:
    """aab against five a: k = 2 others. a is among a b always, b among a a never: people 1/3; the model lacks b: 1/3.

    Pairs that agree: one, a a, against k = 1: the other is b, missing; the model has a: people 1, the model 0.
    """
    found = measure_vanishing(votes(["aab"] * 5, ["aaaaa"] * 5))
    assert (found.views.human.value, found.views.llm.value) == pytest.approx((1 / 3, 1 / 3))
    assert (found.views_backed.human.value, found.views_backed.llm.value) == pytest.approx((1, 0))


def test_one_person_an_item_leaves_chance_unknown() -> None:
    """Without other people nobody knows what would be missing by chance."""
    found = measure_vanishing(votes(["a", "b"], ["aa", "aa"]))
    assert (found.items.value, found.views.difference.value) == (0.5, None)
