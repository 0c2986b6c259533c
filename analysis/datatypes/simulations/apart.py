"""Human or LLM: can a classifier tell whose a conversation is by its commonest words, and by which?

Three readings, since texts prepared by different hands are told apart by the preparation alone: as they stand, in one
form (analysis.features.speech), and in one form cut to one length. The last is the one to read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.datatypes.simulations.conversations import Conversation
from analysis.statistics.clusters import Estimate, cluster_numbers
from analysis.statistics.common import Counts, Values, cliffs_delta
from analysis.statistics.two_samples import Rows, columns_of, separation

COMMONEST = 100
LEAST_CONVERSATIONS = 20
LEAST_WORDS = 30
_LENGTH_QUANTILE = 0.2
_MOST_TELLTALES = 8
SUSPECT = 0.97
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Telltale:
    """A word that one side uses more: its rate per 1,000 words on each, and Cliff's delta in [-1, 1] (above 0: LLM)."""

    word: str
    llm: float
    human: float
    delta: float


@dataclass(frozen=True, slots=True)
class Apart:
    """How well a classifier tells conversations with LLMs from people's.

    `auc` in [0, 1] is the chance that it orders an unseen pair rightly, .5 is guessing; its p is the exact one of a
    permutation test of no difference, one-sided. `as_they_stand` and `in_one_form` are the same before the texts are
    cut to `words` words. All None with fewer than 20 conversations of at least 30 words on a side.
    """

    auc: Estimate | None
    as_they_stand: float | None
    in_one_form: float | None
    words: int
    llm: int
    human: int
    too_short: int
    telltales: tuple[Telltale, ...]

    @property
    def is_preparation(self) -> bool:
        """Whether texts as they stand are nearly always told apart, which mostly comes of how they were prepared."""
        return self.as_they_stand is not None and self.as_they_stand > SUSPECT


def tell_apart(llm: Sequence[Conversation], human: Sequence[Conversation], *, seed: int = 0) -> Apart:
    """How well the two sides are told apart by the shares of the 100 commonest words, in folds by cluster.

    The cut is the length that four of five conversations of either side reach; shorter ones are left out and counted.
    Source: analysis.statistics.two_samples, the classifier, its interval and its exact p. Blind spots: word order,
    rare words, meaning; the sides' topics count as a difference, too.
    """
    together = [*llm, *human]
    said = [one.words for one in together]
    lengths = np.array([len(words) for words in said])
    is_llm = np.arange(len(together)) < len(llm)
    cut = int(min(np.quantile(lengths[group], _LENGTH_QUANTILE) for group in (is_llm, ~is_llm)))
    kept = np.flatnonzero(lengths >= max(cut, LEAST_WORDS))
    counts = int(is_llm[kept].sum()), int((~is_llm[kept]).sum())
    if cut < LEAST_WORDS or min(counts) < LEAST_CONVERSATIONS:
        return Apart(None, None, None, cut, *counts, len(together) - len(kept), ())
    clusters = cluster_numbers(together[place].cluster for place in kept)
    readings = (
        [tuple(_TOKEN.findall(together[place].text)) for place in kept],
        [said[place] for place in kept],
        [said[place][:cut] for place in kept],
    )
    found = [_separation(texts, is_llm[kept], clusters, seed=seed) for texts in readings]
    telltales = _telltales(readings[-1], is_llm[kept])
    return Apart(found[2], found[0].value, found[1].value, cut, *counts, len(together) - len(kept), telltales)


def _separation(texts: Sequence[Sequence[str]], is_llm: np.ndarray, clusters: Counts, *, seed: int) -> Estimate:
    columns, feature_of = columns_of(_shares(texts)[1])
    found = separation(Rows(columns, feature_of, is_llm, clusters), seed=seed)
    return Estimate(found.auc, found.interval.low, found.interval.high, len(texts), int(clusters.max()) + 1, found.p)


def _shares(texts: Sequence[Sequence[str]]) -> tuple[list[str], Values]:
    """The words that most texts have, and the share of each among the words of each text."""
    having = Counter(word for text in texts for word in set(text))
    common = sorted(having, key=lambda word: (-having[word], word))[:COMMONEST]
    counts = [Counter(text) for text in texts]
    return common, np.array(
        [[count[word] / len(text) for word in common] for count, text in zip(counts, texts, strict=True)]
    )


def _telltales(texts: Sequence[Sequence[str]], is_llm: np.ndarray) -> tuple[Telltale, ...]:
    words, shares = _shares(texts)
    found = [
        Telltale(
            word,
            1000 * float(column[is_llm].mean()),
            1000 * float(column[~is_llm].mean()),
            cliffs_delta(column[is_llm], column[~is_llm]) or 0.0,
        )
        for word, column in zip(words, shares.T, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.delta), one.word))[:_MOST_TELLTALES])
