"""Texts in their counted form, and what is measured of one text: known answers."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.datatypes.texts import discourse, readability
from analysis.datatypes.texts.features import FEATURES, PLACES, figures_of
from analysis.datatypes.texts.passages import Passage, cut_to, is_foreign, passage

TWO_SENTENCES = "The cat sat. Extraordinary elephants wandered."
"""Six words, 3 + 3 + 3 + 13 + 9 + 8 = 39 letters, three words of more than six letters."""


def _passage(text: str) -> Passage:
    found = passage(text)
    assert found is not None
    return found


def _figure(name: str, text: str) -> float:
    return float(figures_of(_passage(text))[PLACES[name]])


def test_preparation_leaves_no_trace() -> None:
    """Capitals, curly quotes, contractions and spaces around marks do not change any figure."""
    ours = _passage("I don't know. It’s “late”, SAID he.\nReally!")
    theirs = _passage('i do not know . it is "late" , said he .\n\n  really !')
    assert ours.plain == theirs.plain
    assert np.array_equal(figures_of(ours), figures_of(theirs), equal_nan=True)


def test_a_line_break_ends_a_paragraph_and_a_sentence() -> None:
    """A heading without a full stop is a sentence of its own; lines without a word are no paragraphs."""
    found = _passage("My day\n***\nIt was long. It ended")
    assert found.paragraphs == ("my day", "it was long. it ended")
    assert [turn.plain for turn in found.speech.turns] == ["my day", "it was long.", "it ended"]


@pytest.mark.parametrize("text", ["", " \n ", "?! ..."])
def test_a_text_without_a_word_is_none(text: str) -> None:
    """There is nothing to measure."""
    assert passage(text) is None


def test_cutting_keeps_the_first_words_and_their_paragraphs() -> None:
    """Four words of "a b. / c d e." are "a b. / c d"; more than there are leaves all, none leaves None."""
    whole = _passage("a b.\nc d e.")
    shorter = cut_to(whole, 4)
    assert shorter is not None
    assert shorter.plain == "a b.\nc d"
    assert cut_to(whole, 9) == whole
    assert cut_to(whole, 0) is None


def test_readability_by_its_formulas() -> None:
    """LIX 6/2 + 100·3/6 = 53; ARI 4.71·39/6 + .5·3 - 21.43 = 10.685; (5.88·39 - 29.6·2)/6 - 15.8 = 12.5533."""
    text = _passage(TWO_SENTENCES)
    assert readability.lix(text) == pytest.approx(53)
    assert readability.automated_readability(text) == pytest.approx(10.685)
    assert readability.coleman_liau(text) == pytest.approx(12.55333)


def test_connectives_are_counted_by_relation() -> None:
    """Of ten words one phrase each is of contrast, cause and conclusion; "butter" holds no "but"."""
    text = "However, butter melts because of heat. In conclusion, avoid that."
    assert _figure("contrast_connectives", text) == pytest.approx(10)
    assert _figure("cause_connectives", text) == pytest.approx(10)
    assert _figure("conclusion_connectives", text) == pytest.approx(10)
    assert _figure("addition_connectives", text) == 0


def test_formulae_at_beginning_and_end() -> None:
    """They are seen at the first sentence and at the last paragraph or sentence, nowhere else."""
    formal = _passage("Nowadays cars are common.\nThey are loud.\nIn conclusion, I walk. It is nice.")
    plain = _passage("Cars nowadays are common.\nIn conclusion, I thought, no.\nThey are loud.")
    assert (discourse.opens_with_formula(formal), discourse.closes_with_formula(formal)) == (1, 1)
    assert (discourse.opens_with_formula(plain), discourse.closes_with_formula(plain)) == (0, 0)


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("Sure, here is an essay.", 1),
        ("Certainly! Cars are loud.", 1),
        ("In today's world cars are loud.", 1),
        ("Sure enough he came.", 0),
        ("As a child I lived there.", 0),
        ("As a language model, I have no country.", 0),
    ],
)
def test_what_opens_with_a_formula(text: str, opens: int) -> None:
    """Words that begin sentences of any kind are none; nor is a model that speaks of itself, which is told apart."""
    assert discourse.opens_with_formula(_passage(text)) == opens


def test_lists_and_headings() -> None:
    """Two of three paragraphs begin with the mark of a list; a year does not."""
    assert discourse.listed_share(_passage("1. Eat\n- drink\n1984 was bad")) == pytest.approx(2 / 3)


def test_cohesion_is_the_share_of_topic_words_that_come_again() -> None:
    """ "dogs" is one of the two topic words of the second sentence ("dogs", "bark") and was in the first."""
    assert _figure("cohesion", "I like dogs. The dogs bark.") == pytest.approx(0.5)


def test_punctuation_is_counted_in_a_hundred_words() -> None:
    """Two commas, one dash and one colon in ten words; a hyphen is no dash and a time has no colon."""
    text = "Met at 10:30, a well-known hour, and — note: late."
    assert _figure("commas", text) == pytest.approx(20)
    assert _figure("dashes", text) == pytest.approx(10)
    assert _figure("colons", text) == pytest.approx(10)


def test_what_cannot_be_measured_is_missing_not_zero() -> None:
    """Five words are too few for the measures of diversity, for metaphor and for the spread of sentences."""
    for name in ("mattr", "hdd", "metaphor", "sentence_variation", "paragraph_variation"):
        assert np.isnan(_figure(name, "Five words are too few.")), name


def test_a_cut_text_has_no_figures_of_the_whole() -> None:
    """Its length and its end are not its own."""
    found = figures_of(_passage(TWO_SENTENCES), is_cut=True)
    of_whole = {name for name, feature in FEATURES.items() if feature.is_of_whole}
    assert {"words", "closing"} <= of_whole
    assert all(np.isnan(found[PLACES[name]]) for name in of_whole)
    assert found[PLACES["lix"]] == pytest.approx(53)


def test_other_languages_are_known() -> None:
    """The measures know English only."""
    assert is_foreign("Das ist ein Text, der nicht auf Englisch ist, und ich weiß es auch.")
    assert not is_foreign("This is a text, and it is in English.")
