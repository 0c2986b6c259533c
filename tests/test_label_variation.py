"""Variation between annotators: expectations over draws, alpha from the library, and equal numbers of annotators."""

from __future__ import annotations

from itertools import combinations
from math import log

import numpy as np
import pytest
from label_parts import drawn, votes

from analysis.datatypes.labels import variation
from analysis.datatypes.labels.draws import chance_of_none, expected_disagreement, expected_entropy
from analysis.datatypes.labels.variation import measure_variation
from analysis.datatypes.labels.votes import Votes


def entropy(labels: tuple[str, ...]) -> float:
    """In nats."""
    shares = np.unique(list(labels), return_counts=True)[1] / len(labels)
    return float(-(shares * np.log(shares)).sum())


@pytest.mark.parametrize(
    ("labels", "k"),
    [(labels, k) for labels in ("ab", "aab", "aabbc", "aaaab", "abcd", "aaaa") for k in range(1, len(labels) + 1)],
)
def test_expectations_are_those_of_all_subsets(labels: str, k: int) -> None:
    """Disagreement and entropy expected of k labels are the means over all subsets of k."""
    subsets = list(combinations(labels, k))
    counts, drawn_ones = votes([labels]).human, np.array([k])
    differ = sum(len(set(subset)) > 1 for subset in subsets) / len(subsets)
    assert expected_disagreement(counts, drawn_ones)[0] == pytest.approx(differ)
    assert expected_entropy(counts, drawn_ones)[0] == pytest.approx(sum(map(entropy, subsets)) / len(subsets))


def test_chance_of_none_is_that_of_all_subsets() -> None:
    """Of the 10 pairs out of aabbb, 3 have no "a"; of four labels every draw has one."""
    given, n = np.array([2, 2]), np.array([5, 5])
    assert chance_of_none(given, n, np.array([2, 4])).tolist() == pytest.approx([0.3, 0.0])


def test_disagreement_entropy_and_deviation() -> None:
    """Items 0 0 2 and 1 1 1 against 2 2 and 1 1, by hand.

    Disagreement 1/2 and 0. Entropy of (2/3, 1/3) is .6365 nats, over log 3 .5794, halved .2897. The sample standard
    deviation of 0 0 2 is sqrt(4/3) = 1.1547, halved .5774.
    """
    found = measure_variation(votes(["002", "111"], ["22", "11"], labels="012"), with_llm=True)
    assert (found.disagreement.human.value, found.disagreement.llm.value) == (0.5, 0.0)
    assert found.entropy.human.value == pytest.approx((log(3) - 2 / 3 * log(2)) / log(3) / 2)
    assert found.sd is not None
    assert found.sd.human.value == pytest.approx((4 / 3) ** 0.5 / 2)
    assert found.sd.difference.value == pytest.approx(-((4 / 3) ** 0.5) / 2)


def test_equal_numbers_take_the_number_of_annotators_out() -> None:
    """Three people and five model labels from one distribution: raw disagreement differs, at equal numbers it does not.

    Five labels disagree more often than three; over 4,000 items the raw difference is far above zero.
    """
    found = measure_variation(drawn(2, items=4000, people=(3,), model=5), with_llm=True)
    assert (found.disagreement.difference.low or 0) > 0.05
    for sides in (found.disagreement_equal, found.entropy_equal):
        assert not sides.difference.excludes_zero
        assert abs(sides.difference.value or 1) < 0.02


def test_words_have_no_deviation_and_single_labels_no_variation() -> None:
    """Letters have no standard deviation; one label an item says nothing of variation, and that is no zero."""
    assert measure_variation(votes(["aab", "abb"], ["aa", "ab"]), with_llm=True).sd is None
    single = measure_variation(votes(["a", "b"], ["a", "b"]), with_llm=True)
    assert (single.disagreement.human.value, single.alpha.human.value) == (None, None)


def test_one_model_label_an_item_leaves_people_to_be_told() -> None:
    """The commonest file: people's variation stands, the model's and the difference are unknown."""
    found = measure_variation(votes(["aab", "aaa"], ["a", "b"]), with_llm=True)
    assert (found.disagreement.human.value, found.disagreement.llm.value) == (0.5, None)
    assert found.disagreement_equal.difference.value is None


def test_alpha_is_that_of_the_literature() -> None:
    """Krippendorff's own example (2011: 12 units, 4 observers): nominal .743, ordinal .815, interval .849."""
    units = ["111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"]
    one = votes(units, labels="12345")
    for scale, alpha in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)):
        found = measure_variation(one, with_llm=False, scale=scale)  # type: ignore[arg-type]
        assert found.alpha.human.value == pytest.approx(alpha, abs=0.0005)


def test_alpha_of_one_label_only_is_unknown() -> None:
    """A model that always says the same has no alpha, not an alpha of 1."""
    found = measure_variation(votes(["aab", "bba", "aaa"], ["aa", "aa", "aa"]), with_llm=True)
    assert (found.alpha.llm.value, found.alpha.difference.value) == (None, None)
    assert found.alpha.human.value is not None


def test_alpha_of_very_many_items_is_a_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its n says of how many items it is."""
    monkeypatch.setattr(variation, "_MOST_CELLS", 16 * 50)
    found = measure_variation(drawn(3, items=200, people=(4,), model=2), with_llm=True)
    assert (found.alpha.human.n, found.disagreement.human.n) == (50, 200)


def test_intervals_count_clusters() -> None:
    """The same items four times over, in clusters of four, say no more than once: the interval stays as wide."""
    once = drawn(4, items=150, people=(4,), model=4)
    copies = np.repeat(np.arange(150), 4)
    fourfold = Votes(once.labels, once.human[copies], once.llm[copies], copies)
    first, second = (measure_variation(one, with_llm=True).disagreement_equal.difference for one in (once, fourfold))
    assert (second.value, second.low, second.high) == pytest.approx((first.value, first.low, first.high))
