"""The paper's match rule, on lists and on tables of counts, and its companion corrected for chance."""

from __future__ import annotations

import numpy as np
import pytest
from label_parts import drawn, votes

from analysis.datatypes.labels.matching import majority, majority_sets, match_labels, minority, minority_sets

# (labels, majority, minority) by the definitions of the authors' code: majority is empty where all of two or more
# labels are unique, minority where all counts are equal.
RULE = [
    ("", "", ""),
    ("a", "a", ""),
    ("ab", "", ""),
    ("aa", "a", ""),
    ("aab", "a", "b"),
    ("abc", "", ""),
    ("aabb", "ab", ""),
    ("aabc", "a", "bc"),
    ("aabbc", "ab", "c"),
    ("aaabb", "a", "b"),
]


@pytest.mark.parametrize(("labels", "most", "least"), RULE)
def test_the_rule(labels: str, most: str, least: str) -> None:
    """Majority and minority of a list of labels."""
    assert (majority(list(labels)), minority(list(labels))) == (frozenset(most), frozenset(least))


def test_the_rule_on_tables_is_that_on_lists() -> None:
    """Every item of a table of counts has the sets that its labels have."""
    table = drawn(1, items=200, people=(1, 2, 3, 4, 5), model=5).human
    for counts, most, least in zip(table, majority_sets(table), minority_sets(table), strict=True):
        labels = list(np.repeat(list("abcd"), counts))
        assert {"abcd"[place] for place in np.flatnonzero(most)} == majority(labels)
        assert {"abcd"[place] for place in np.flatnonzero(least)} == minority(labels)


def test_a_match_is_a_label_in_common() -> None:
    """Majorities a|a, ab|b, none|a, b|a: two of four match; minorities b|none, none|a, none|none, a|b: none does."""
    found = match_labels(votes(["aab", "aabb", "abc", "bba"], ["aaa", "bba", "aaa", "aab"]))
    assert (found.majority.share.value, found.minority.share.value) == (0.5, 0.0)


def test_a_constant_model_is_at_chance() -> None:
    """A model that always says "a" matches three of four, and would wherever its labels were dealt: beyond chance 0."""
    found = match_labels(votes(["aaa", "aab", "aab", "bbb"], ["aaa"] * 4))
    assert (found.majority.share.value, found.majority.chance) == (0.75, 0.75)
    assert found.majority.beyond_chance.value == 0


def test_a_perfect_model_is_beyond_chance() -> None:
    """Half "a", half "b", all matched: chance .5, beyond chance 1."""
    found = match_labels(votes(["aaa", "bbb"] * 10, ["aaa", "bbb"] * 10))
    assert (found.majority.chance, found.majority.beyond_chance.value) == (0.5, 1.0)


def test_sets_that_always_meet_have_no_chance_to_beat() -> None:
    """Where every dealing matches, nothing lies beyond chance: unknown, not 0."""
    found = match_labels(votes(["aaa", "aab"], ["aaa", "aaa"]))
    assert (found.majority.chance, found.majority.beyond_chance.value) == (1.0, None)
