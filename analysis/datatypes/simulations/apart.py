"""Human or LLM: can a classifier tell whose a conversation is by its commonest words, and by which?

Three readings, since texts prepared by different hands are told apart by the preparation alone: as they stand, in one
form (analysis.features.speech), and in one form cut to one length. The last is the one to read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.datatypes.simulations.conversations import Conversation
from analysis.statistics.clusters import Estimate, cluster_numbers
from analysis.statistics.common import Counts, Values, cliffs_delta
from analysis.statistics.two_samples import Rows, columns_of, separation

COMMONEST = 100
LEAST_CONVERSATIONS = 20
LEAST_WORDS = 30
LEAST_CLUSTERS = 5
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
    cut to `words` words. All None with fewer than 20 conversations of at least 30 words on a side, or of fewer than 5
    clusters. `same` conversations with LLMs say word for word what one of people's does.
    """

    auc: Estimate | None
    as_they_stand: float | None
    in_one_form: float | None
    words: int
    llm: int
    human: int
    llm_clusters: int
    human_clusters: int
    too_short: int
    same: int
    telltales: tuple[Telltale, ...]

    @property
    def is_enough(self) -> bool:
        """Whether there are enough words, conversations and clusters to tell anything."""
        return (
            self.words >= LEAST_WORDS
            and min(self.llm, self.human) >= LEAST_CONVERSATIONS
            and min(self.llm_clusters, self.human_clusters) >= LEAST_CLUSTERS
        )

    @property
    def is_preparation(self) -> bool:
        """Whether texts as they stand are nearly always told apart, which mostly comes of how they were prepared."""
        return self.as_they_stand is not None and self.as_they_stand > SUSPECT

    @property
    def is_below_guessing(self) -> bool:
        """Whether the interval of the AUC lies below .5, as it does where the same texts stand on both sides."""
        return self.auc is not None and self.auc.high is not None and self.auc.high < 0.5


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
    is_llm = is_llm[kept]
    clusters = cluster_numbers((side, together[place].cluster) for side, place in zip(is_llm, kept, strict=True))
    too_short = len(together) - len(kept)
    unknown = _unknown(clusters, is_llm, words=cut, too_short=too_short, same=_same(llm, human))
    if not unknown.is_enough:
        return unknown
    readings = (
        [tuple(_TOKEN.findall(together[place].text)) for place in kept],
        [said[place] for place in kept],
        [said[place][:cut] for place in kept],
    )
    as_they_stand, in_one_form, auc = (_separation(texts, is_llm, clusters, seed=seed) for texts in readings)
    return replace(
        unknown,
        auc=auc,
        as_they_stand=as_they_stand.value,
        in_one_form=in_one_form.value,
        telltales=_telltales(readings[-1], is_llm),
    )


def _unknown(clusters: Counts, is_llm: np.ndarray, *, words: int, too_short: int, same: int) -> Apart:
    """What there is to be told apart, before anything is."""
    groups = is_llm, ~is_llm
    llm, human = (int(group.sum()) for group in groups)
    llm_clusters, human_clusters = (len(np.unique(clusters[group])) for group in groups)
    return Apart(None, None, None, words, llm, human, llm_clusters, human_clusters, too_short, same, ())


def _same(llm: Sequence[Conversation], human: Sequence[Conversation]) -> int:
    theirs = {one.words for one in human}
    return sum(one.words in theirs for one in llm)


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
