"""What is measured of a text: the catalogue, and the figures of one text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from statistics import fmean, stdev
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from analysis.datatypes.texts import discourse, readability
from analysis.datatypes.texts.passages import Passage
from analysis.datatypes.tone import sentiment
from analysis.features import measures
from analysis.features.speech import Speech
from analysis.features.words import ENTHUSIASM, FIRST_PERSON, HEDGES, SECOND_PERSON
from analysis.statistics.common import Values
from judges.formality_scale import formality_scale, measure_text
from judges.metaphor_words import read_texts

Family: TypeAlias = Literal[
    "length", "register", "readability", "diversity", "tone", "discourse", "punctuation", "metaphor"
]
Measure: TypeAlias = Callable[[Passage], float | None]


@dataclass(frozen=True, slots=True)
class TextFeature:
    """One figure of a text. `measure` gives None where it has none.

    `is_of_whole` says that it speaks of the whole text, so that a cut text has none: its length, or how it ends.
    """

    name: str
    label: str
    unit: str
    family: Family
    measure: Measure
    is_of_whole: bool = False


def figures_of(text: Passage, *, is_cut: bool = False) -> Values:
    """The figures of a text, one for each of `FEATURES`; NaN where it has none, six significant digits else.

    Of a cut text those that speak of the whole are NaN, too.
    """
    return np.array([_figure(one, text, is_cut=is_cut) for one in FEATURES.values()])


def _figure(feature: TextFeature, text: Passage, *, is_cut: bool) -> float:
    found = None if is_cut and feature.is_of_whole else feature.measure(text)
    return nan if found is None else float(f"{found:.6g}")


def _of_speech(measure: Callable[[Speech], float | None]) -> Measure:
    """What is counted of the turns of a speaker, counted of the sentences of a text."""
    return lambda text: measure(text.speech)


def _per_100_words(marks: str) -> Measure:
    pattern = re.compile(marks)
    return lambda text: 100 * len(pattern.findall(text.plain)) / len(text.speech.words)


def formality_with_length(text: Passage) -> float | None:
    """The mean formality of the sentences, length counted in, each weighted by its words; about -3 to 3."""
    scored = [(_full_formality(turn.plain), len(turn.words)) for turn in text.speech.turns]
    known = [(value, weight) for value, weight in scored if value is not None]
    return fmean((value for value, _ in known), (weight for _, weight in known)) if known else None


def _full_formality(sentence: str) -> float | None:
    measured = measure_text(sentence, is_cased=False)
    if measured is None:
        return None
    scale = formality_scale()
    return scale.scores(scale.effects(measured))[0]


def metaphor_share(text: Passage) -> float | None:
    """The expected share of metaphor-related words, in [0, 1]; None under 20 words.

    The register is that of the whole text. Blind spots are those of the metaphor judge.
    """
    if len(text.speech.words) < measures.METAPHOR_MIN_WORDS:
        return None
    return read_texts([text.plain])[0].share


def words_per_paragraph(text: Passage) -> float:
    """The mean number of words in a paragraph."""
    return len(text.speech.words) / len(text.paragraphs)


def paragraph_variation(text: Passage) -> float | None:
    """The standard deviation of paragraph length over its mean, in characters; None under 3 paragraphs."""
    sizes = [len(paragraph) for paragraph in text.paragraphs]
    return stdev(sizes) / fmean(sizes) if len(sizes) >= 3 else None


_RATE = "per 100 words"

_DECLARED: Sequence[TextFeature] = (
    TextFeature("words", "Length", "words", "length", lambda text: float(len(text.speech.words)), is_of_whole=True),
    TextFeature(
        "paragraphs", "Paragraphs", "count", "length", lambda text: float(len(text.paragraphs)), is_of_whole=True
    ),
    TextFeature("words_per_paragraph", "Paragraph length", "words", "length", words_per_paragraph, is_of_whole=True),
    TextFeature(
        "paragraph_variation",
        "Spread of paragraph length",
        "sd / mean",
        "length",
        paragraph_variation,
        is_of_whole=True,
    ),
    TextFeature("words_per_sentence", "Sentence length", "words", "length", _of_speech(measures.words_per_turn)),
    TextFeature(
        "sentence_variation",
        "Spread of sentence length",
        "sd / mean",
        "length",
        _of_speech(measures.turn_length_variation),
    ),
    TextFeature("formality", "Formality without length", "-3 to 3", "register", _of_speech(measures.formality)),
    TextFeature("formality_with_length", "Formality", "-3 to 3", "register", formality_with_length),
    TextFeature("hedges", "Hedges", _RATE, "register", _of_speech(measures.per_100_words(HEDGES))),
    TextFeature("first_person", "First person", "share", "register", _of_speech(measures.share_of_words(FIRST_PERSON))),
    TextFeature(
        "second_person", "Second person", "share", "register", _of_speech(measures.share_of_words(SECOND_PERSON))
    ),
    TextFeature("metaphor", "Metaphor-related words", "share", "metaphor", metaphor_share),
    TextFeature("lix", "Difficulty (LIX)", "points", "readability", readability.lix),
    TextFeature("automated_readability", "Difficulty (ARI)", "grade", "readability", readability.automated_readability),
    TextFeature("coleman_liau", "Difficulty (Coleman-Liau)", "grade", "readability", readability.coleman_liau),
    TextFeature("mattr", "Variety of words (MATTR)", "share", "diversity", _of_speech(measures.mattr)),
    TextFeature("hdd", "Variety of words (HD-D)", "share", "diversity", _of_speech(measures.hdd)),
    TextFeature("sentiment", "Sentiment", "-1 to 1", "tone", lambda text: sentiment(text.plain)),
    TextFeature("enthusiasm", "Enthusiasm", _RATE, "tone", _of_speech(measures.per_100_words(ENTHUSIASM))),
    *(
        TextFeature(f"{name}_connectives", f"Connectives: {name}", _RATE, "discourse", _per_100_words(marks.pattern))
        for name, marks in discourse.CONNECTIVES.items()
    ),
    TextFeature("opening", "Opens with a formula", "share", "discourse", discourse.opens_with_formula),
    TextFeature(
        "closing",
        "Closes with a formula",
        "share",
        "discourse",
        discourse.closes_with_formula,
        is_of_whole=True,
    ),
    TextFeature(
        "cohesion",
        "Topic words taken up from the sentence before",
        "share",
        "discourse",
        _of_speech(measures.partner_repetition),
    ),
    TextFeature(
        "questions",
        "Questions",
        "share",
        "discourse",
        _of_speech(measures.share_of_turns(measures.asks)),
    ),
    TextFeature("listed", "Lists and headings", "share", "discourse", discourse.listed_share),
    TextFeature("commas", "Commas", _RATE, "punctuation", _per_100_words(",")),
    TextFeature("exclamations", "Exclamation marks", _RATE, "punctuation", _per_100_words("!")),
    TextFeature("colons", "Colons and semicolons", _RATE, "punctuation", _per_100_words(r"[:;](?!\d)")),
    TextFeature("dashes", "Dashes", _RATE, "punctuation", _per_100_words(r"[–—]|(?<=\s)--?(?=\s)|(?<=\w)--(?=\w)")),
    TextFeature("quotes", "Quotation marks", _RATE, "punctuation", _per_100_words('"')),
    TextFeature("brackets", "Brackets", _RATE, "punctuation", _per_100_words(r"\(")),
)

FEATURES: Mapping[str, TextFeature] = MappingProxyType({one.name: one for one in _DECLARED})
"""By name, in the order of figures."""
PLACES: Mapping[str, int] = MappingProxyType({name: place for place, name in enumerate(FEATURES)})
"""Where the figure of each feature stands in a row."""
