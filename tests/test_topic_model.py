"""What words tell of a topic: odds against general English, divergence, evidence."""

from __future__ import annotations

import numpy as np
import pytest

from judges.topic_evidence import evidence
from judges.topic_model import Scale, divergence, word_odds
from judges.topic_words import general_rates, topic_words


def test_topic_words_are_stems_and_names_keep_their_capital() -> None:
    """Plural and possessive endings go, numbers and markers too; an unknown capitalised word is likely a name."""
    assert topic_words("The flights of Zorblax's dogs, 42 [DONE]") == ["the", "flight", "of", "Zorblax's", "dog"]
    assert topic_words("I am mia_li_3668, mia.li@example.com, see https://example.com/dogs") == ["i", "am", "see"]


def test_word_odds_are_log_ratios_to_general_english() -> None:
    """One word of two, smoothed with 500 words of general English: log((1e6 / rate + 500) / 502), at most 5."""
    rate = general_rates()["flight"]
    odds = word_odds({"flight": 1, "the": 1})
    assert odds.of("flight") == pytest.approx(min(5.0, np.log((1e6 / rate + 500) / 502)))
    assert odds.of("dog") == pytest.approx(np.log(500 / 502))
    assert odds.of("Zorblax") == 0.0


def test_divergence_is_nought_without_words() -> None:
    """No words, no topic; a text of rare words alone is far from general English."""
    assert divergence({}) == 0.0
    assert divergence({"flight": 5, "reservation": 5}) > 2


def test_chance_rises_with_strange_words() -> None:
    """Of three scores with the same length, the one with the stranger words is higher; all are chances."""
    scale = Scale(bias=1.0, explained=-2.0, length=0.5, threshold=0.5)
    home, mixed, strange = (scale.chance([[odds] * 6]) for odds in (3.0, 0.0, -2.0))
    assert 0 < home < mixed < strange < 1
    assert scale.chance([[3.0] * 6, [-2.0] * 6]) > scale.chance([[3.0] * 12])


def test_evidence_names_things_before_acts_and_no_people() -> None:
    """Raisins, cinnamon and bread are three things; a name counts for nothing, and words at home are not named.

    "Baked" is no noun and here no act: what is neither takes .35 off, so the weight is 3 - .35.
    """
    sentence = "Then Ryan baked bread with raisins and cinnamon."
    words = topic_words(sentence)
    named = evidence(sentence, words, [-2.0] * len(words))
    assert sorted(named.things) == ["bread", "cinnamon", "raisin"]
    assert named.weight == pytest.approx(3 - 0.35)
    assert evidence(sentence, words, [3.0] * len(words)).things == ()
