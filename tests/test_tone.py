"""Sentiment by a word list: signs, texts without a word, and agreement with people."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest
from scipy import stats

from analysis.datatypes import tone
from analysis.datatypes.tone import sentiment

DATA = Path(__file__).parents[2] / "shared" / "data"
RATED = DATA / "tasklabels_human_vs_gpt3.jsonl"


def test_the_examples_in_the_docstrings_hold() -> None:
    """They are run as they stand."""
    assert doctest.testmod(tone).failed == 0


def test_sentiment_has_the_sign_of_the_words_and_heeds_negation() -> None:
    """Positive, negative and negated words give the signs that people would."""
    assert sentiment("The food was wonderful.") > 0.3
    assert sentiment("The food was terrible.") < -0.3
    assert sentiment("The food was not good.") < 0


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("I am happy.", 1),
        ("She was angry and mad.", -1),
        ("She cried at the funeral.", -1),
        ("I am scared.", -1),
        ("He was thrilled and delighted.", 1),
        ("In this sense it has a face.", 0),
    ],
)
def test_sentiment_of_words_of_emotion(text: str, sign: int) -> None:
    """Words that an emotion list missed have their sign, and "sense" and "face", which it took for fear, none."""
    found = sentiment(text)
    assert (found > 0.05) - (found < -0.05) == sign


def test_sentiment_of_a_text_is_the_mean_over_its_sentences() -> None:
    """A text of a good and a bad sentence lies midway between them; marks alone do not count as a sentence."""
    good, bad = sentiment("What a wonderful day."), sentiment("What a terrible day.")
    assert sentiment("What a wonderful day. What a terrible day. ...") == pytest.approx((good + bad) / 2)


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_a_text_without_a_word_is_neutral(text: str) -> None:
    """Nothing said is neither positive nor negative."""
    assert sentiment(text) == 0


@pytest.mark.skipif(not RATED.exists(), reason="needs ../shared/data/tasklabels_human_vs_gpt3.jsonl")
def test_sentiment_agrees_with_people_on_short_texts() -> None:
    """Spearman's correlation with the mean of four people is .44 on 847 texts (measured once with the bare library)."""
    with RATED.open(encoding="utf-8") as lines:
        rated = [row for row in map(json.loads, lines) if len(row["human"]) == 4]
    people = [sum(map(float, row["human"])) / 4 for row in rated]
    found = stats.spearmanr(people, [sentiment(row["text"]) for row in rated]).statistic
    assert len(rated) == 847
    assert found == pytest.approx(0.44, abs=0.03)
