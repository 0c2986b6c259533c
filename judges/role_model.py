"""Whose words are these? Log-odds of "somebody else's role" against "the speaker's own", by word sequence.

A naive Bayes model over one-, two- and three-word sequences, learnt from the other conversations of a batch in folds,
or shipped for the usual pair of one who asks (seeker) and one who gives (helper). Calibrated so that a score is a
log likelihood ratio. Blind spots: English; what both roles say alike ("yes, please"); a role whose holders mostly
flip looks like the role itself.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from judges.text_features import without_markers
from judges.topic_words import is_common

_STRONGEST_LLR = 8.0
_SENTENCE_GRAMS = 7

LENGTH_POWER = 0.35  # between a sum (words are not independent) and a mean (long turns tell more); best of .2, .35, .5

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d|\?")

Weights = Mapping[str, float]


def role_grams(text: str) -> list[str]:
    """The word sequences of one sentence that the model looks at; digits and "?" count as words, "^" is its start."""
    plain = without_markers(text) if any(mark in text for mark in "#<[") else text
    tokens = _TOKEN.findall(plain.replace("’", "'").lower())
    if not tokens:
        return []
    pairs = [f"{left} {right}" for left, right in itertools.pairwise(tokens)]
    triples = [f"{pair} {right}" for pair, right in zip(pairs, tokens[2:], strict=False)]
    return [f"^ {tokens[0]}", *tokens, *pairs, *triples]


@lru_cache(maxsize=1 << 16)
def is_everyday(gram: str) -> bool:
    """Whether a sequence is made of everyday words only, and so speaks of the role rather than of the topic."""
    return all(is_common(word) or word in "^?" for word in gram.split())


@dataclass(frozen=True, slots=True)
class RoleTable:
    """What one role's own words look like against everybody else's: a ratio > 0 speaks for somebody else's role.

    `bias` belongs to whole turns. A single sentence says as much as `part_bias` + `part_slope` times its own sum.
    """

    bias: float
    weights: Weights
    part_bias: float = 0.0
    part_slope: float = 1.0

    def turn_llr(self, by_sentence: Sequence[Sequence[str]]) -> float:
        """Log likelihood ratio of "flipped, wholly or in one sentence" for a turn, in [-8, 8]; 0 without words.

        Half of the weight is on the whole turn, half on the most foreign of its sentences of about four words and
        more, so that one foreign sentence among ordinary ones is found.
        """
        sums = [(self._sum(grams), len(grams)) for grams in by_sentence if grams]
        if not sums:
            return 0.0
        whole = self._llr(sum(total for total, _ in sums), sum(size for _, size in sums))
        parts = [self._part_llr(total, size) for total, size in sums if size >= _SENTENCE_GRAMS]
        if len(sums) == 1 or not parts:
            return whole
        return math.log(0.5 * math.exp(whole) + 0.5 * max(map(math.exp, parts)) / len(parts))

    def sentence_llr(self, grams: Sequence[str]) -> float:
        """The same for one sentence of several."""
        return self._part_llr(self._sum(grams), len(grams)) if grams else 0.0

    def _sum(self, grams: Sequence[str]) -> float:
        get = self.weights.get
        return sum([get(gram, 0.0) for gram in grams])

    def _llr(self, total: float, size: int) -> float:
        return _bounded(self.bias + total / math.pow(size, LENGTH_POWER))

    def _part_llr(self, total: float, size: int) -> float:
        return _bounded(self.part_bias + self.part_slope * total / math.pow(size, LENGTH_POWER))

    def telling(self, grams: Sequence[str], *, count: int = 3) -> tuple[str, ...]:
        """The sequences that speak most for somebody else's role, strongest first, none inside another."""
        ranked = sorted(set(grams), key=lambda gram: (-self.weights.get(gram, 0.0), gram))
        chosen: list[str] = []
        for gram in ranked:
            if self.weights.get(gram, 0.0) <= 0 or len(chosen) == count:
                break
            plain = gram.removeprefix("^ ")
            if not any(plain in other or other in plain for other in chosen):
                chosen.append(plain)
        return tuple(chosen)


def _bounded(llr: float) -> float:
    return max(-_STRONGEST_LLR, min(_STRONGEST_LLR, llr))


def auc(scores: NDArray[np.float64], is_positive: NDArray[np.bool_]) -> float:
    """The chance that a positive scores above a negative, ties counting half; 0.5 where one kind is missing.

    >>> auc(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True]))
    0.75
    """
    positives, negatives = int(is_positive.sum()), int((~is_positive).sum())
    if not positives or not negatives:
        return 0.5
    _, place, tied = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(tied) - (tied - 1) / 2)[place]
    return float((ranks[is_positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))
