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
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from judges.folds import FOLDS
from judges.text_features import without_markers
from judges.topic_words import is_common

MIN_CONVERSATIONS = 3
"""Fewer conversations of one kind teach too little; the shipped figures are used instead."""
MIN_ROLE_AUC = 0.8
"""Below this, roles cannot be told apart by text and the model abstains (persona chat has .55, service talk .99)."""
MIN_TURNS_PER_ROLE = 20
_STRONGEST_LLR = 8.0
_SENTENCE_GRAMS = 7
_ALPHA = 0.5
_RIDGE = 2.0
_WRONG_LABELS = 0.05
_MOST_WRONG = 0.3
_MIXED_AUC = 0.85
_ROUNDS = 8
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
    """What one role's own words look like against everybody else's: a ratio > 0 speaks for somebody else's role."""

    bias: float
    weights: Weights

    def turn_llr(self, by_sentence: Sequence[Sequence[str]]) -> float:
        """Log likelihood ratio of "flipped, wholly or in one sentence" for a turn, in [-8, 8]; 0 without words.

        Half of the weight is on the whole turn, half spread evenly over its sentences of three words and more, so
        that one foreign sentence among ordinary ones is found.
        """
        sums = [(self._sum(grams), len(grams)) for grams in by_sentence if grams]
        if not sums:
            return 0.0
        whole = self._llr(sum(total for total, _ in sums), sum(size for _, size in sums), self.bias)
        long_enough = [(total, size) for total, size in sums if size >= _SENTENCE_GRAMS]
        if len(sums) == 1 or not long_enough:
            return whole
        parts = [math.exp(self._llr(total, size, min(self.bias, 0.0))) for total, size in long_enough]
        return math.log(0.5 * math.exp(whole) + 0.5 * sum(parts) / len(parts))

    def sentence_llr(self, grams: Sequence[str]) -> float:
        """The same for one sentence of several, where a bias towards other roles is no evidence."""
        return self._llr(self._sum(grams), len(grams), min(self.bias, 0.0)) if grams else 0.0

    def _sum(self, grams: Sequence[str]) -> float:
        get = self.weights.get
        return sum([get(gram, 0.0) for gram in grams])

    def _llr(self, total: float, size: int, bias: float) -> float:
        return max(-_STRONGEST_LLR, min(_STRONGEST_LLR, bias + total / math.pow(size, LENGTH_POWER)))

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


@dataclass(frozen=True, slots=True)
class RoleTurn:
    """One turn to learn from: the fold of its conversation, the role that spoke, the sequences of each sentence."""

    fold: int
    role: str
    sentences: tuple[tuple[str, ...], ...]

    @property
    def grams(self) -> list[str]:
        """The sequences of all sentences."""
        return [gram for sentence in self.sentences for gram in sentence]


@dataclass(frozen=True, slots=True)
class CastModel:
    """Role tables by (fold, role) for one kind of cast, with the out-of-fold AUC of each role.

    A role whose AUC is below `MIN_ROLE_AUC`, or that spoke too little, has no table.
    """

    tables: Mapping[tuple[int, str], RoleTable]
    auc: Mapping[str, float]


@dataclass(slots=True)
class _Counts:
    """Sentences by fold and role: how many hold each sequence, and how many sequences there are."""

    grams: dict[tuple[int, str], Counter[str]] = field(default_factory=dict)

    def add(self, turn: RoleTurn) -> None:
        counter = self.grams.setdefault((turn.fold, turn.role), Counter())
        for sentence in turn.sentences:
            counter.update(set(sentence))

    def of_role(self, role: str) -> Counter[str]:
        return _sum(counter for (_, other), counter in self.grams.items() if other == role)

    def without(self, fold: int, role: str, total: Counter[str]) -> Counter[str]:
        left = total.copy()
        left.subtract(self.grams.get((fold, role), Counter()))
        return left


def learn_cast(turns: Sequence[RoleTurn], *, prior: Mapping[str, RoleTable]) -> CastModel:
    """The cross-fitted tables of one kind of cast; `prior` holds the shipped tables of the roles that have one.

    The table of fold k has no word of a conversation of fold k. Its calibration and the AUC gate are pooled over folds,
    so with few conversations (below about 40) one of them can move its own score a little. Learnt twice: turns that the
    first tables find likely flipped are left out the second time, so that flips do not teach what a role sounds like.
    Roles that ought to differ (they have a prior) and hardly do are taken to be full of flips, and cleaned harder.
    """
    first = _learn_once(turns, prior, _SPARSE)
    is_mixed = prior.keys() >= first.auc.keys() and min(first.auc.values(), default=1.0) < _MIXED_AUC
    if is_mixed:
        first = _learn_once(turns, prior, _MIXED)
    cleaning = _MIXED if is_mixed else _SPARSE
    ordinary = [turn for turn in turns if not _is_suspect(turn, first, cleaning.suspect_llr)]
    return _learn_once(ordinary, prior, replace(cleaning, needed_auc=MIN_ROLE_AUC))


@dataclass(frozen=True, slots=True)
class _Cleaning:
    """How flips in the batch are dealt with: the AUC that is enough, the least slope, and what counts as suspect."""

    needed_auc: float
    least_slope: float
    suspect_llr: float


_SPARSE = _Cleaning(needed_auc=MIN_ROLE_AUC, least_slope=0.0, suspect_llr=3.5)
_MIXED = _Cleaning(needed_auc=0.6, least_slope=0.7, suspect_llr=2.0)


def _is_suspect(turn: RoleTurn, model: CastModel, limit: float) -> bool:
    table = model.tables.get((turn.fold, turn.role))
    return table is not None and table.turn_llr(turn.sentences) > limit


def _learn_once(turns: Sequence[RoleTurn], prior: Mapping[str, RoleTable], cleaning: _Cleaning) -> CastModel:
    counts = _Counts()
    for turn in turns:
        counts.add(turn)
    roles = sorted({turn.role for turn in turns})
    totals = {role: counts.of_role(role) for role in roles}
    tables: dict[tuple[int, str], RoleTable] = {}
    auc: dict[str, float] = {}
    for role in roles:
        raw = {fold: _log_odds(counts, totals, role=role, fold=fold) for fold in range(FOLDS)}
        learnt, auc[role] = _calibrated(turns, role, raw, prior.get(role), cleaning)
        tables.update(learnt)
    return CastModel(tables, auc)


def _log_odds(counts: _Counts, totals: Mapping[str, Counter[str]], *, role: str, fold: int) -> dict[str, float]:
    own = counts.without(fold, role, totals[role])
    others = _sum(counts.without(fold, other, totals[other]) for other in totals if other != role)
    own_size, others_size = own.total() + 1.0, others.total() + 1.0
    shift = math.log(own_size) - math.log(others_size)
    seen = {gram for counter in (own, others) for gram, number in counter.items() if number}
    return {
        gram: math.log((others[gram] + _ALPHA) / (own[gram] + _ALPHA)) + shift
        for gram in sorted(seen)
        if own[gram] + others[gram] > 1
    }


def _calibrated(
    turns: Sequence[RoleTurn], role: str, raw: Mapping[int, Weights], prior: RoleTable | None, cleaning: _Cleaning
) -> tuple[dict[tuple[int, str], RoleTable], float]:
    shipped = prior or RoleTable(0.0, {})
    spoken = [turn for turn in turns if turn.sentences]
    is_other = np.array([turn.role != role for turn in spoken], dtype=bool)
    if min(is_other.sum(), (~is_other).sum()) < MIN_TURNS_PER_ROLE:
        return {}, 0.5
    folds = np.array([turn.fold for turn in spoken])
    scores = np.array([_scores(turn, raw[turn.fold], shipped.weights) for turn in spoken])
    role_auc = auc(scores[:, 0], is_other)
    if role_auc < cleaning.needed_auc:
        return {}, role_auc
    tables = {}
    for fold in range(FOLDS):
        bias, learnt, given = _logistic(scores[folds != fold], is_other[folds != fold])
        tables[fold, role] = RoleTable(
            bias, _mixed(raw[fold], max(learnt, cleaning.least_slope), shipped.weights, given)
        )
    return tables, role_auc


def _scores(turn: RoleTurn, learnt: Weights, shipped: Weights) -> tuple[float, float]:
    grams = turn.grams
    root = math.pow(len(grams), LENGTH_POWER)
    return sum(learnt.get(gram, 0.0) for gram in grams) / root, sum(shipped.get(gram, 0.0) for gram in grams) / root


def _mixed(learnt: Weights, learnt_slope: float, shipped: Weights, shipped_slope: float) -> dict[str, float]:
    mixed = {gram: weight * learnt_slope for gram, weight in learnt.items()}
    for gram, weight in shipped.items():
        mixed[gram] = mixed.get(gram, 0.0) + weight * shipped_slope
    return mixed


def _logistic(scores: NDArray[np.float64], is_other: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Bias and two slopes of a class-balanced ridge logistic regression, so that the result is a likelihood ratio.

    Some turns to learn from are flips themselves; each label is weighed by how likely it is right (expectation-
    maximisation; between 5 and 30 % are taken to be wrong), or the flips would teach the model to doubt itself.
    """
    share = is_other.mean() if len(is_other) else 0.0
    if not 0 < share < 1:
        return 0.0, 1.0, 1.0
    design = np.column_stack([np.ones(len(scores)), scores])
    weight = np.where(is_other, 0.5 / share, 0.5 / (1 - share))
    target, beta, wrong = is_other.astype(float), np.zeros(3), _WRONG_LABELS
    for _ in range(_ROUNDS):
        beta = _newton(design, target, weight, beta)
        p = _sigmoid(design @ beta)
        told, otherwise = np.where(is_other, (p, 1 - p), (1 - p, p))
        is_right = (1 - wrong) * told / ((1 - wrong) * told + wrong * otherwise)
        target = np.where(is_other, is_right, 1 - is_right)
        wrong = float(np.clip(1 - is_right.mean(), _WRONG_LABELS, _MOST_WRONG))
    bias, learnt, shipped = (float(value) for value in beta)
    return bias, max(learnt, 0.0), max(shipped, 0.0)


def _newton(
    design: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64], beta: NDArray[np.float64]
) -> NDArray[np.float64]:
    ridge = np.array([1e-6, _RIDGE, _RIDGE])
    for _ in range(6):
        p = _sigmoid(design @ beta)
        gradient = design.T @ (weight * (target - p)) - ridge * beta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(ridge)
        beta = beta + np.linalg.solve(hessian, gradient)
    return beta


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float64)


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


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total
