"""How likely each word of a text is used metaphorically, by a table of words and contexts.

A logistic regression on the features of `judges.metaphor_features`, fitted by `judges.fitting.metaphor` on the
VU Amsterdam Metaphor Corpus and calibrated on texts left out. The table is data of its own with its own terms:
`judges/weights/metaphor_vua.json.gz` names them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources
from math import exp
from typing import Any

from judges.metaphor_features import (
    END,
    START,
    Form,
    content_before,
    form_features,
    is_word,
    pair_features,
    sentence_features,
    tokens,
)
from judges.text_features import sentences


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """A word with the probability, in [0, 1], that people mark it as metaphor-related: `source[start:end] == text`."""

    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A form with the weights that it adds to its own sum and to those of its neighbours."""

    form: Form
    own: float
    as_previous: float
    as_next: float
    two_before: float
    two_after: float
    as_content_before: float
    as_content_after: float


@dataclass(frozen=True)
class MetaphorTable:
    """Weights of features, and the bias and slope that turn their sum into a calibrated log-odds.

    The sums are those over `context_features`, taken form by form, since most forms come again and again.
    """

    weights: Mapping[str, float]
    bias: float
    slope: float

    def probabilities(self, forms: Sequence[str]) -> list[float]:
        """The probability of each token of one sentence."""
        return [1 / (1 + exp(-self.bias - self.slope * total)) for total in self.sums(forms)]

    def sums(self, forms: Sequence[str]) -> list[float]:
        """The summed weights of each token of one sentence."""
        row = [self._weighed(form) for form in (START, START, *forms, END, END)]
        persons, shared = sentence_features(forms)
        whole = self._sum(shared)
        flags = [weighed.form.is_content for weighed in row]
        earlier, later = content_before(flags), content_before(flags[::-1])[::-1]
        totals = []
        for place in range(2, len(row) - 2):
            here, before, after = row[place], row[place - 1], row[place + 1]
            total = whole + here.own + before.as_previous + after.as_next
            total += row[place - 2].two_before + row[place + 2].two_after
            total += self._sum(
                pair_features(before.form.kind, here.form.lemma, here.form.kind, after.form.kind, persons)
            )
            left, right = earlier[place], later[place]
            total += 0.0 if left is None else row[left].as_content_before
            total += 0.0 if right is None else row[len(row) - 1 - right].as_content_after
            totals.append(total)
        return totals

    def _sum(self, names: Iterable[str]) -> float:
        get = self.weights.get
        return sum([get(name, 0.0) for name in names])

    @cached_property
    def _weighed(self) -> Callable[[str], _Weighed]:
        """What each form adds, remembered for the forms met last."""

        @lru_cache(maxsize=1 << 15)
        def weighed(form: str) -> _Weighed:
            features = form_features(form)
            given = (self._sum([name]) for name in features.given)
            return _Weighed(features, self._sum(features.own), *given)

        return weighed


def metaphor_words(text: str) -> tuple[ScoredToken, ...]:
    """The words of a text with the probability that each is metaphor-related, in the sense of the MIPVU procedure.

    That sense is wide: conventional metaphors ("spend time", "in trouble") and most prepositions count. A mean over
    the words is the expected share of metaphor-related words. Numbers and marks are left out; empty for a text
    without words. Blind spots: English, words alone; a fresh image made of words that are otherwise literal ("the
    moon is a balloon") and idioms as wholes are not seen, and a word the corpus lacks is judged by its ending and
    its neighbours.

    >>> found = metaphor_words("They attacked my argument at length.")
    >>> [(token.text, token.start, token.end) for token in found][:2]
    [('They', 0, 4), ('attacked', 5, 13)]
    >>> max(found, key=lambda token: token.score).text
    'attacked'
    >>> metaphor_words("...")
    ()
    """
    return tuple(ScoredToken(text[start:end], start, end, score) for start, end, score in scored_places(text))


def scored_places(text: str) -> list[tuple[int, int, float]]:
    """Start, end and probability of each word."""
    table, found = metaphor_table(), []
    for sentence in sentences(text):
        row = tokens(sentence.text, sentence.start)
        scores = table.probabilities([token.form for token in row])
        for token, score in zip(row, scores, strict=True):
            if is_word(token.form):
                found.append((token.start, token.end, score))
    return found


@cache
def metaphor_table() -> MetaphorTable:
    """The shipped table."""
    packed = resources.files("judges").joinpath("weights", "metaphor_vua.json.gz").read_bytes()
    return table_from(json.loads(gzip.decompress(packed)))


def table_from(content: Mapping[str, Any]) -> MetaphorTable:
    """The table of a stored file, where the weights are grouped by value in hundredths."""
    weights = {name: int(value) / 100 for value, names in content["weights"].items() for name in names.split()}
    return MetaphorTable(weights, content["bias"], content["slope"])
