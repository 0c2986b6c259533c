"""The words of texts with how likely each is metaphor-related, and the share of such words with an interval.

Two numbers a word, kept apart: `score` is for decisions (.5 and more is the choice that gives the best F1 against
annotators), `probability` is for shares (its mean is the expected share, corrected for the register of the text).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import sqrt
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judges.embeddings import Encoder
from judges.metaphor_embeddings import state_model
from judges.metaphor_features import PRONOUNS, forms_of, is_word, pieces
from judges.metaphor_table import Floats, metaphor_table
from judges.text_features import Span, sentences

MIN_WORDS = 4
"""A share of fewer words says nothing."""
GATE_WORDS = 1000
"""A share of fewer words is too uncertain to decide anything on."""
REGISTER_WORDS = 100
"""At this many words a text's register counts half as much as in a very long one."""
_Z95 = 1.96
_EXTREME = 30.0


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """A word, `source[start:end] == text`, both numbers in [0, 1].

    `score` is .5 and more where people are more likely than not to mark it, tuned for the best F1; `probability` is
    calibrated and lower, since most words are not metaphors. Take means of probabilities only.
    """

    text: str
    start: int
    end: int
    score: float
    probability: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes log-odds of a model into scores and probabilities; fitted on texts that the model had not seen."""

    bias: float
    slope: float
    threshold: float
    register: tuple[float, float, float]
    text_sd: float

    def scores(self, log_odds: Floats) -> Floats:
        """Decision scores: .5 at the log-odds with the best F1."""
        return _sigmoid(self.bias + self.slope * log_odds - self.threshold)

    def probabilities(self, log_odds: Floats, pronouns: float) -> Floats:
        """Probabilities given the share of pronouns, which tells the register: it counts more in longer texts."""
        plain = self.bias + self.slope * log_odds
        constant, own, of_pronouns = self.register
        moved = constant + own * plain + of_pronouns * pronouns
        return _sigmoid(plain + len(plain) / (len(plain) + REGISTER_WORDS) * moved)


def _sigmoid(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -_EXTREME, _EXTREME))))


def metaphor_words(text: str, *, encoder: Encoder | None = None) -> tuple[ScoredToken, ...]:
    """The words of a text with how likely each is metaphor-related, in the sense of the MIPVU procedure.

    That sense is wide: conventional metaphors ("spend time", "in trouble") and most prepositions count. Numbers and
    marks are left out; empty for a text without words. With an encoder that the shipped weights know, its view of
    each word in its sentence counts too. Blind spots: English, single words; idioms as wholes are not seen, and a
    word the corpus lacks is judged by its ending and its neighbours.

    >>> found = metaphor_words("They attacked my argument at length.")
    >>> [(token.text, token.start, token.end) for token in found][:2]
    [('They', 0, 4), ('attacked', 5, 13)]
    >>> max(found, key=lambda token: token.score).text
    'attacked'
    >>> metaphor_words("...")
    ()
    """
    return words_of_texts([text], encoder=encoder)[0]


def words_of_texts(
    texts: Sequence[str], *, authors: Sequence[str] | None = None, encoder: Encoder | None = None
) -> list[tuple[ScoredToken, ...]]:
    """The words of each of some texts, say the turns of a conversation; those of one author are of one register.

    Without `authors` one author wrote all. Scores are those of `metaphor_words`; probabilities differ slightly, since
    more is known of the register.
    """
    return [reading.words() for reading in read_texts(texts, authors=authors, encoder=encoder)]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one text: its sentences with words in them, their forms, and two numbers a word."""

    sentences: tuple[Span, ...]
    forms: tuple[list[str], ...]
    scores: Floats
    probabilities: Floats

    @property
    def share(self) -> float | None:
        """The expected share of metaphor-related words, in [0, 1]; None for fewer than four words."""
        count = len(self.probabilities)
        return float(self.probabilities.sum()) / count if count >= MIN_WORDS else None

    def words(self) -> tuple[ScoredToken, ...]:
        """The words with their places, which take longer to find than the numbers."""
        places = [
            (span.text[start:end], span.start + start, span.start + end)
            for span in self.sentences
            for form, start, end in pieces(span.text)
            if is_word(form)
        ]
        numbers = zip(self.scores.tolist(), self.probabilities.tolist(), strict=True)
        return tuple(ScoredToken(*place, *two) for place, two in zip(places, numbers, strict=True))


def read_texts(
    texts: Sequence[str], *, authors: Sequence[str] | None = None, encoder: Encoder | None = None
) -> list[Reading]:
    """What `words_of_texts` tells, one reading a text."""
    found = [_sentences_of(text) for text in texts]
    rows = [forms for of_text in found for _, forms in of_text]
    tokens = [form for forms in rows for form in forms]
    is_kept = np.fromiter(map(is_word, tokens), np.bool_, len(tokens))
    is_pronoun = np.fromiter(map(PRONOUNS.__contains__, tokens), np.bool_, len(tokens))[is_kept]
    ends = _words_before(found, is_kept)
    writers = _numbered(authors or [""] * len(texts))
    scores, probabilities = _judged(rows, is_kept, is_pronoun, np.repeat(writers, np.diff(ends)), encoder)
    return [
        Reading(
            tuple(span for span, _ in of_text),
            tuple(forms for _, forms in of_text),
            scores[start:end],
            probabilities[start:end],
        )
        for of_text, start, end in zip(found, ends[:-1], ends[1:], strict=True)
    ]


def _sentences_of(text: str) -> list[tuple[Span, list[str]]]:
    """The sentences of a text that have a word, each with its tokens."""
    found = [(span, forms_of(span.text)) for span in sentences(text)]
    return [(span, forms) for span, forms in found if any(map(is_word, forms))]


def _words_before(found: Sequence[Sequence[tuple[Span, list[str]]]], is_kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many words stand before each text, and in all."""
    tokens = np.cumsum([0, *[sum([len(forms) for _, forms in of_text]) for of_text in found]])
    return np.asarray(np.concatenate([[0], np.cumsum(is_kept)])[tokens])


def _numbered(authors: Sequence[str]) -> NDArray[np.int64]:
    """The authors as numbers from 0, in the order of their first texts."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(authors))}
    return np.array([numbers[name] for name in authors], dtype=np.int64)


def _judged(
    rows: Sequence[Sequence[str]],
    is_kept: NDArray[np.bool_],
    is_pronoun: NDArray[np.bool_],
    writers: NDArray[np.int64],
    encoder: Encoder | None,
) -> tuple[Floats, Floats]:
    """Score and probability of each word, given the words among the tokens, and the writer of each word."""
    log_odds, calibration = metaphor_table().log_odds(rows), calibrations()["table"]
    model = None if encoder is None else state_model(encoder.name)
    if encoder is not None and model is not None and rows:
        log_odds = log_odds + model.log_odds(rows, encoder)
        calibration = calibrations()[encoder.name]
    of_words = log_odds[is_kept]
    probabilities = np.zeros(len(of_words))
    for writer in range(int(writers.max(initial=-1)) + 1):
        places = np.flatnonzero(writers == writer)
        if len(places):
            pronouns = float(is_pronoun[places].mean())
            probabilities[places] = calibration.probabilities(of_words[places], pronouns)
    return calibration.scores(of_words), probabilities


def share(found: Sequence[ScoredToken]) -> float | None:
    """The expected share of metaphor-related words, in [0, 1]; None for fewer than four words."""
    return sum([token.probability for token in found]) / len(found) if len(found) >= MIN_WORDS else None


@dataclass(frozen=True, slots=True)
class ShareInterval:
    """A share with its 95 % interval; `is_too_short` where the text has under 1,000 words: no gate may rest on it."""

    share: float
    low: float
    high: float
    words: int
    is_too_short: bool


def share_interval(found: Sequence[ScoredToken], *, model: str = "table") -> ShareInterval | None:
    """The share of a text with the interval in which annotators' share lies 19 times in 20; None under four words.

    Two sources of error are added: which of the uncertain words are metaphors (the sum of p (1 - p)), and how far the
    model is off for a text as a whole, measured on texts it had not seen; `model` is "table" or the encoder's name.
    """
    expected = share(found)
    if expected is None:
        return None
    chance = sum([token.probability * (1 - token.probability) for token in found]) / len(found) ** 2
    reach = _Z95 * sqrt(chance + calibrations()[model].text_sd ** 2)
    low, high = max(0.0, expected - reach), min(1.0, expected + reach)
    return ShareInterval(expected, low, high, len(found), is_too_short=len(found) < GATE_WORDS)


@cache
def calibrations() -> Mapping[str, Calibration]:
    """The shipped calibration of the table alone ("table") and with each encoder."""
    stored = shipped_figures()["calibration"]
    return MappingProxyType(
        {name: Calibration(**{**figures, "register": tuple(figures["register"])}) for name, figures in stored.items()}
    )


@cache
def shipped_figures() -> Mapping[str, Any]:
    """The content of `judges/weights/metaphor.json`: calibrations, and the threshold of `density`."""
    packed = resources.files("judges").joinpath("weights", "metaphor.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(packed)
    return MappingProxyType(content)
