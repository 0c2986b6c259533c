"""Shallow cues of an answer: what can be seen of it without understanding it, as differences within a pair."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import log2
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.datatypes.preferences.pairs import Pair
from analysis.datatypes.tone import sentiment
from analysis.features.words import ENTHUSIASM, FIRST_PERSON, FUNCTION_WORDS, HEDGES, POLITENESS, SECOND_PERSON
from analysis.statistics.common import Values
from judges.formality_features import canonical
from judges.formality_scale import formality_scores
from judges.text_features import sentences
from sims.words import words

Kind: TypeAlias = Literal["surface", "lexical", "overlap"]

_LAYOUT = re.compile(r"^\s*(?:[-*•+] |\d+[.)] |#{1,6} |\||```)|\*\*", re.MULTILINE)
_MARKS = re.compile(r"[^\w\s]")
_WITHOUT_SPACES = re.compile("[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese letters: scripts that are written without spaces between words."""


@dataclass(frozen=True, slots=True, eq=False)
class TextView:
    """What the cues look at in one text, read once. `content` are its different words without function words.

    In a script without spaces each character counts as a word.
    """

    text: str
    plain: str
    words: tuple[str, ...]
    content: frozenset[str]
    sentences: int

    def per_100_words(self, count: int) -> float:
        """A count among a hundred words, in [0, ...)."""
        return 100 * count / max(1, len(self.words))


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue of an answer; `measure` is given the answer, the other answer and the reference (None if there is none).

    The cue of a pair is the first answer's less the second's; it is missing where either is None.
    """

    name: str
    label: str
    kind: Kind
    measure: Callable[[TextView, TextView, TextView | None], float | None]


@dataclass(frozen=True, slots=True, eq=False)
class CueTable:
    """Differences within pairs, a row a complete pair and a column a cue; where not `known` they are 0 and not counted.

    `words` and `content` are log2 of (1 + words) and of (1 + different content words), first less second;
    `by_character` is where either text is mostly in a script without spaces, whose characters are counted as words.
    """

    differences: Values
    known: npt.NDArray[np.bool_]
    words: Values
    content: Values
    by_character: npt.NDArray[np.bool_]


def cue_table(pairs: Iterable[Pair]) -> CueTable:
    """The cues of the complete pairs, in their order."""
    rows = [_row(pair) for pair in pairs if pair.is_complete]
    found = [[0.0 if value is None else value for value in row.cues] for row in rows]
    return CueTable(
        np.array(found, dtype=np.float64).reshape(len(rows), len(CUES)),
        np.array([[value is not None for value in row.cues] for row in rows]).reshape(len(rows), len(CUES)),
        np.array([row.words for row in rows]),
        np.array([row.content for row in rows]),
        np.array([row.by_character for row in rows], dtype=bool),
    )


class _CueRow(NamedTuple):
    """The differences within one pair."""

    cues: list[float | None]
    words: float
    content: float
    by_character: bool


def _row(pair: Pair) -> _CueRow:
    a, b = view(pair.a), view(pair.b)
    reference = view(pair.reference) if pair.reference.strip() else None
    cues = [_less(cue.measure(a, b, reference), cue.measure(b, a, reference)) for cue in CUES]
    content = log2(1 + len(a.content)) - log2(1 + len(b.content))
    by_character = any(2 * len(_WITHOUT_SPACES.findall(one.text)) > len("".join(one.words)) for one in (a, b))
    return _CueRow(cues, log2(1 + len(a.words)) - log2(1 + len(b.words)), content, by_character)


@lru_cache(maxsize=256)
def view(text: str) -> TextView:
    """What the cues look at in the text."""
    found = tuple(words(_WITHOUT_SPACES.sub(r" \g<0> ", text)))
    content = frozenset(found) - FUNCTION_WORDS
    return TextView(text, canonical(text), found, content, max(1, sum(1 for _ in sentences(text))))


def _less(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _alone(
    measure: Callable[[TextView], float | None],
) -> Callable[[TextView, TextView, TextView | None], float | None]:
    """A cue of the answer alone, measured once a text."""
    kept = lru_cache(maxsize=256)(measure)
    return lambda answer, other, reference: kept(answer)


def _matches(pattern: re.Pattern[str]) -> Callable[[TextView, TextView, TextView | None], float | None]:
    """How often the phrases occur in a hundred words."""
    return _alone(lambda answer: answer.per_100_words(len(pattern.findall(answer.plain))))


def _listed(listed: frozenset[str]) -> Callable[[TextView, TextView, TextView | None], float | None]:
    """How many of a hundred words are of the list."""
    return _alone(lambda answer: answer.per_100_words(sum(word in listed for word in answer.words)))


def _marks(marks: str) -> Callable[[TextView, TextView, TextView | None], float | None]:
    return _alone(lambda answer: answer.per_100_words(sum(answer.text.count(mark) for mark in marks)))


def _formality(answer: TextView) -> float | None:
    found = formality_scores(answer.text)
    return None if found is None else found.length_free


def _covered(of: TextView | None, by: TextView | None) -> float | None:
    """The share of the different content words of one text that stand in the other; None where it has none."""
    if of is None or by is None or not of.content:
        return None
    return len(of.content & by.content) / len(of.content)


CUES: tuple[Cue, ...] = (
    Cue("words", "words (log)", "surface", _alone(lambda answer: log2(1 + len(answer.words)))),
    Cue(
        "words_per_sentence",
        "words a sentence (log)",
        "surface",
        _alone(lambda answer: log2(1 + len(answer.words) / answer.sentences)),
    ),
    Cue(
        "word_length",
        "letters a word",
        "surface",
        _alone(lambda answer: sum(map(len, answer.words)) / max(1, len(answer.words))),
    ),
    Cue(
        "punctuation",
        "punctuation per 100 words",
        "surface",
        _alone(lambda answer: answer.per_100_words(len(_MARKS.findall(answer.text)))),
    ),
    Cue("exclamations", "! per 100 words", "surface", _marks("!")),
    Cue("questions", "? per 100 words", "surface", _marks("?")),
    Cue("digits", "digits per 100 words", "surface", _marks("0123456789")),
    Cue(
        "layout",
        "lists, headings, code, bold (log)",
        "surface",
        _alone(lambda answer: log2(1 + len(_LAYOUT.findall(answer.text)))),
    ),
    Cue("sentiment", "sentiment", "lexical", _alone(lambda answer: sentiment(answer.text))),
    Cue("formality", "formality", "lexical", _alone(_formality)),
    Cue("hedges", "hedges per 100 words", "lexical", _matches(HEDGES)),
    Cue("politeness", "polite words per 100", "lexical", _matches(POLITENESS)),
    Cue("enthusiasm", "enthusiastic words per 100", "lexical", _matches(ENTHUSIASM)),
    Cue("first_person", "I and we per 100 words", "lexical", _listed(FIRST_PERSON)),
    Cue("second_person", "you per 100 words", "lexical", _listed(SECOND_PERSON)),
    Cue("covers_other", "covers the other answer's words", "overlap", lambda answer, other, _: _covered(other, answer)),
    Cue(
        "covers_reference",
        "covers the reference's words",
        "overlap",
        lambda answer, _, reference: _covered(reference, answer),
    ),
    Cue(
        "within_reference",
        "its words stand in the reference",
        "overlap",
        lambda answer, _, reference: _covered(answer, reference),
    ),
)
"""Every cue, in the order they are told."""
