"""Preferences: the strongest effects, steadier voters and texts without spaces; known answers."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.datatypes.preferences.bias_sections import bias_section, length_part_section
from analysis.datatypes.preferences.biases import biases
from analysis.datatypes.preferences.choices import Choice
from analysis.datatypes.preferences.cues import cue_table
from analysis.datatypes.preferences.locality import locality, predicted_sides
from analysis.datatypes.preferences.pairs import Pair, votes_of
from analysis.datatypes.preferences.sections import predicted_section
from analysis.datatypes.preferences.side_words import other_reading
from analysis.datatypes.preferences.sides import Sides, share_sides
from analysis.datatypes.preferences.steadiness import LengthPart, part_of, shared_scores
from analysis.statistics.clusters import Estimate
from analysis.statistics.common import Counts, Values
from sims.seeds import generator

VOTES: tuple[Choice, Choice] = ("a", "b")


def test_a_side_that_is_wholly_predictable_is_told_so() -> None:
    """The model takes the answer with "!" always: 100 %, not the 50 % it is held against, and far from people's."""
    made = []
    for place in range(100):
        rng = generator("separable", place)
        marks = ("!", ".") if rng.random() < 0.5 else (".", "!")
        texts = [" ".join(rng.choice(("apple", "river", "stone")) for _ in range(8)) + mark for mark in marks]
        made.append(Pair(texts[0], texts[1], rng.choice(VOTES), VOTES[marks[0] != "!"], str(place)))
    found = locality(votes_of(made), cue_table(made))
    assert found.predicted is not None
    assert found.predicted.llm.value == 1
    assert 0.9 < (found.predicted.llm.low or 0) < (found.predicted.llm.high or 0) == 1
    assert (found.predicted.llm.p or 1) < 0.001
    assert "100.0% of the model's choices" in predicted_section(found).answer


def test_sides_alike_in_every_vote_differ_by_nothing() -> None:
    """The same choices are predicted alike, and the difference is 0, not 1/2."""
    rng = np.random.default_rng(1)
    differences, chosen = rng.normal(size=(60, 2)), np.where(rng.random(60) < 0.5, 1, -1)
    found = predicted_sides(differences, chosen, chosen, clusters=np.arange(60))
    assert found.difference.value == 0
    assert found.human == found.llm


@pytest.mark.parametrize("clusters", [8, 15, 40, 200])
def test_the_interval_of_a_share_and_its_p_say_the_same(clusters: int) -> None:
    """p below .05 where, and only where, 1/2 lies outside the interval: of every share of unequal clusters."""
    rng = np.random.default_rng(clusters)
    for share in (0.0, 0.3, 0.4, 0.6, 0.7, 0.95, 1.0):
        for _ in range(5):
            numbers = np.repeat(np.arange(clusters), rng.integers(1, 9, size=clusters))
            hits = rng.random(len(numbers)) < np.clip(share + rng.normal(0, 0.1, clusters)[numbers], 0, 1)
            found = share_sides(hits, hits, numbers).human
            assert found.low is not None
            assert found.high is not None
            assert ((found.p or 0) < 0.05) == (not found.low <= 0.5 <= found.high)


def test_people_who_always_choose_the_first_answer_are_no_even_order() -> None:
    """The strongest of all position effects: told from 1/2, and nothing is concluded of the model's difference."""
    made = [Pair(f"one {n}", f"two {n}", "a", VOTES[n % 4 == 0], str(n)) for n in range(100)]
    found = biases(votes_of(made), cue_table(made))
    assert found.position is not None
    assert (found.position.human.p or 1) < 0.001
    assert not found.is_order_even
    assert (found.position.difference.p or 1) < 0.001
    answer = bias_section(found, is_decided=True).answer
    assert "first answer" not in answer
    assert "no bias for it can be measured" in answer


def voters(seed: int, *, people: int, bias: float = 0.0, other: float = 1.0) -> tuple[Values, Counts, Counts]:
    """Differences (length, another cue, noise), one person's votes, and those of a majority that adds a bias."""
    rng = np.random.default_rng(seed)
    differences = np.concatenate([rng.normal(0, 1.2, (600, 1)), rng.normal(size=(600, 5))], axis=1)
    taste = 0.8 * differences[:, 0] + other * differences[:, 1]
    human = np.where(rng.random(600) < 1 / (1 + np.exp(-taste)), 1, -1)
    chance = 1 / (1 + np.exp(-taste - bias * differences[:, 0]))
    return differences, human, np.where((rng.random((people, 600)) < chance).mean(axis=0) > 0.5, 1, -1)


def part(differences: Values, human: Counts, llm: Counts) -> LengthPart:
    """The length part of the sides."""
    clusters = np.arange(len(human))
    scores = shared_scores(differences, human, llm, clusters=clusters)
    found = part_of(differences[:, 0], scores, human, llm, clusters=clusters)
    assert found is not None
    return found


@pytest.mark.parametrize("other", [0.0, 1.0])
def test_a_majority_of_people_has_no_length_bias_of_its_own(other: float) -> None:
    """Of five voters of the same taste the majority takes the longer answer more often, at the same part of length."""
    differences, human, llm = voters(3, people=5, other=other)
    is_longer = differences[:, 0] > 0
    shares = share_sides((human > 0) == is_longer, (llm > 0) == is_longer, np.arange(600))
    assert shares.difference.excludes_zero
    found = part(differences, human, llm)
    assert not found.part.difference.excludes_zero
    assert found.part.difference.value == pytest.approx(0, abs=0.1)
    assert "is not shown" in length_part_section(found).answer


@pytest.mark.parametrize("people", [1, 5])
def test_a_bias_for_length_is_told_from_a_steadier_hand(people: int) -> None:
    """A voter, steady or not, who goes more by length than by the rest has a greater part of it."""
    found = part(*voters(5, people=people, bias=0.8))
    assert (found.part.difference.p or 1) < 0.01
    assert (found.part.difference.value or 0) > 0.1
    assert "length is more in the model than in people" in length_part_section(found).answer


@pytest.mark.parametrize(
    ("human", "llm", "reading"),
    [
        ((0.60, 0.55, 0.65), 0.8, "; a steadier voter"),
        ((0.80, 0.75, 0.85), 0.6, "; a less steady voter"),
        ((0.20, 0.15, 0.25), 0.1, "; a steadier voter"),  # the shorter answer, more surely
        ((0.40, 0.35, 0.45), 0.7, ""),
        ((0.48, 0.43, 0.53), 0.9, "; a steadier voter"),  # people may go either way
    ],
)
def test_what_a_hand_could_look_like_is_said(human: tuple[float, float, float], llm: float, reading: str) -> None:
    """A steadier hand goes further the same way, a less steady one less far; no hand turns round."""
    sides = Sides(Estimate(*human, 100, 100), Estimate(llm, None, None, 100, 100), Estimate(None, None, None, 0, 0))
    assert other_reading([(sides, 0.5)]).startswith(reading)
    assert bool(other_reading([(sides, 0.5)])) == bool(reading)


def test_choices_that_cues_do_not_explain_have_no_length_part() -> None:
    """People who choose by lot: nothing to hold the model's length against, and that is said."""
    differences, _, llm = voters(7, people=1)
    human = np.where(np.random.default_rng(7).random(600) < 0.5, 1, -1)
    scores = shared_scores(differences, human, llm, clusters=np.arange(600))
    assert part_of(differences[:, 0], scores, human, llm, clusters=np.arange(600)) is None
    assert length_part_section(None).answer.startswith("Cannot be told")


def test_scripts_without_spaces_are_measured_by_the_character() -> None:
    """Six characters against two: log2(7 / 3) apart; one English and one Thai text are measured in their own way."""
    table = cue_table([Pair("\u6211\u4f60\u4ed6\u662f\u7684\u5728", "\u4e2d\u5927", "a", "b", "q")])
    assert table.words[0] == pytest.approx(np.log2(7 / 3))
    assert table.by_character.tolist() == [True]
    mixed = cue_table([Pair("good tea", "\u0e0a\u0e32", "a", "b", "q"), Pair("one 1", "Stra\u00dfe", "a", "b", "q")])
    assert mixed.by_character.tolist() == [True, False]
