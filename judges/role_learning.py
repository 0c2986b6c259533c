"""Learning who says what from the conversations of a batch, also where some of its turns are flips themselves.

Cross-fitted by conversation: the table that judges one was learnt from conversations of other folds.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from judges.folds import FOLDS
from judges.role_model import LENGTH_POWER, RoleTable, Weights, auc
from judges.role_swaps import Rhythm, swap_posteriors

MIN_CONVERSATIONS = 3
"""Fewer conversations of one kind teach too little; the shipped figures are used instead."""
MIN_ROLE_AUC = 0.8
"""Below this, roles cannot be told apart by text and the model abstains (persona chat has .55, service talk .99)."""
MIN_TURNS_PER_ROLE = 20
_ALPHA = 0.5
_RIDGE = 2.0
_WRONG_LABELS = 0.05
_MOST_WRONG = 0.3
_MIXED_AUC = 0.85
_ROUNDS = 8
_TURNINGS = 3
_PRIOR_CONVERSATIONS, _PRIOR_STAYS = 40, 10  # what `RARE` counts for
_MOST_SWAPS, _LEAST_STAY, _MOST_STAY = 0.1, 0.4, 0.9


@dataclass(frozen=True, slots=True)
class RoleTurn:
    """One turn to learn from: its conversation and the fold of that, the role that spoke, each sentence's sequences."""

    conversation: str
    fold: int
    role: str
    sentences: tuple[tuple[str, ...], ...]

    @property
    def grams(self) -> list[str]:
        """The sequences of all sentences."""
        return [gram for sentence in self.sentences for gram in sentence]


RARE = Rhythm(swaps=0.05, tails=0.05, stay=0.6)
"""Where nothing is known of the batch: a short swap in twenty conversations, a swapped tail in twenty."""


@dataclass(frozen=True, slots=True)
class CastModel:
    """Role tables by (fold, role) for one kind of cast, with the out-of-fold AUC of each role.

    A role whose AUC is below `MIN_ROLE_AUC`, or that spoke too little, has no table.
    """

    tables: Mapping[tuple[int, str], RoleTable]
    auc: Mapping[str, float]
    rhythm: Rhythm = RARE


@dataclass(slots=True)
class _Counts:
    """Sentences by fold and role: how many hold each sequence, and how many sequences there are."""

    grams: dict[tuple[int, str], Counter[str]] = field(default_factory=dict)

    def add(self, turn: RoleTurn) -> None:
        counter = self.grams.setdefault((turn.fold, turn.role), Counter())
        for sentence in turn.sentences:
            counter.update(set(sentence))

    def outside(self, fold: int) -> Counter[str]:
        """The sequences of all roles in the other folds."""
        return _sum(counter for (other, _), counter in self.grams.items() if other != fold)

    def of_role_outside(self, fold: int, role: str) -> Counter[str]:
        """The sequences of a role in the other folds."""
        return _sum(self.grams.get((other, role), Counter()) for other in range(FOLDS) if other != fold)


def learn_cast(turns: Sequence[RoleTurn], *, prior: Mapping[str, RoleTable]) -> CastModel:
    """The cross-fitted tables of one kind of cast; `prior` holds the shipped tables of the roles that have one.

    The table of fold k has no word of a conversation of fold k. Its calibration and the AUC gate are pooled over folds,
    so with few conversations (below about 40) one of them can move its own score a little. Learnt again and again, so
    that flips do not teach what a role sounds like: in a pair, turns that look swapped count for the other role; else
    suspects are left out. Roles that ought to differ (they have a prior) and hardly do are taken to be full of flips.
    """
    first = _learn_once(turns, prior, _SPARSE)
    is_mixed = prior.keys() >= first.auc.keys() and min(first.auc.values(), default=1.0) < _MIXED_AUC
    if is_mixed:
        first = _learn_once(turns, prior, _MIXED)
    cleaning = _MIXED if is_mixed else _SPARSE
    last = replace(cleaning, needed_auc=MIN_ROLE_AUC)
    if len(first.auc) == 2 and len(first.tables) == 2 * FOLDS:
        return _learn_pair(turns, first, prior, last)
    ordinary = [turn for turn in turns if not _is_suspect(turn, first, cleaning.suspect_llr)]
    return _learn_once(ordinary, prior, last)


def _learn_pair(
    turns: Sequence[RoleTurn], model: CastModel, prior: Mapping[str, RoleTable], cleaning: _Cleaning
) -> CastModel:
    turned: list[RoleTurn] = []
    for _ in range(_TURNINGS):
        before = turned
        turned, rhythm = _turned(turns, model)
        if turned == before:
            break
        model = replace(_learn_once(turned, prior, cleaning), rhythm=rhythm)
        if len(model.tables) < 2 * FOLDS:
            break
    return model


def _turned(turns: Sequence[RoleTurn], model: CastModel) -> tuple[list[RoleTurn], Rhythm]:
    """The turns of a pair, those that are likely swapped given to the other role; and how often and how long."""
    left, right = sorted(model.auc)
    other = {left: right, right: left}
    turned: list[RoleTurn] = []
    paths: list[list[bool]] = []
    for _, group in itertools.groupby(turns, key=lambda turn: turn.conversation):
        said = list(group)
        llrs = [model.tables[turn.fold, turn.role].turn_llr(turn.sentences) for turn in said]
        paths.append([chance > 0.5 for chance in swap_posteriors(llrs, model.rhythm)])
        turned += [
            replace(turn, role=other[turn.role]) if swapped else turn
            for turn, swapped in zip(said, paths[-1], strict=True)
        ]
    return turned, _rhythm(paths)


def _rhythm(paths: Sequence[Sequence[bool]]) -> Rhythm:
    """How often swaps and swapped tails occur in these paths, and how long the former last, drawn towards `RARE`.

    Never rarer than there, and never more often than the bounds: what single turns tell is less sure than it seems.
    """
    tails = sum(path[-1] for path in paths)
    swaps = [length for path in paths for length in (_lengths(path)[:-1] if path[-1] else _lengths(path))]
    gone_on = (sum(swaps) - len(swaps) + RARE.stay * _PRIOR_STAYS) / (sum(swaps) + _PRIOR_STAYS)
    return Rhythm(
        _frequency(len(swaps), RARE.swaps, of=len(paths)),
        _frequency(tails, RARE.tails, of=len(paths)),
        min(max(gone_on, _LEAST_STAY), _MOST_STAY),
    )


def _lengths(path: Sequence[bool]) -> list[int]:
    """How many turns each swap of a path lasts."""
    return [len(list(run)) for is_swapped, run in itertools.groupby(path) if is_swapped]


def _frequency(found: int, usual: float, *, of: int) -> float:
    drawn = (found + usual * _PRIOR_CONVERSATIONS) / (of + _PRIOR_CONVERSATIONS)
    return min(max(drawn, usual), _MOST_SWAPS)


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
    everybody = [counts.outside(fold) for fold in range(FOLDS)]
    spoken = Counter(turn.role for turn in turns if turn.sentences)
    tables: dict[tuple[int, str], RoleTable] = {}
    auc: dict[str, float] = {}
    raw: dict[int, dict[str, float]] = {}
    for role in roles:
        if min(spoken[role], spoken.total() - spoken[role]) < MIN_TURNS_PER_ROLE:
            auc[role] = 0.5
            continue
        if raw and len(roles) == 2:  # what speaks for one of a pair speaks against the other
            raw = {fold: {gram: -weight for gram, weight in weights.items()} for fold, weights in raw.items()}
        else:
            raw = {fold: _log_odds(counts.of_role_outside(fold, role), everybody[fold]) for fold in range(FOLDS)}
        learnt, auc[role] = _calibrated(turns, role, raw, prior.get(role), cleaning)
        tables.update(learnt)
    return CastModel(tables, auc)


def _log_odds(own: Mapping[str, int], everybody: Mapping[str, int]) -> dict[str, float]:
    """The log-odds "others : own" of each sequence that occurs twice; `everybody` counts the own ones, too."""
    own_size = sum(own.values()) + 1.0
    others_size = sum(everybody.values()) - sum(own.values()) + 1.0
    shift = math.log(own_size) - math.log(others_size)
    return {
        gram: math.log((number - own.get(gram, 0) + _ALPHA) / (own.get(gram, 0) + _ALPHA)) + shift
        for gram, number in sorted(everybody.items())
        if number > 1
    }


def _calibrated(
    turns: Sequence[RoleTurn], role: str, raw: Mapping[int, Weights], prior: RoleTable | None, cleaning: _Cleaning
) -> tuple[dict[tuple[int, str], RoleTable], float]:
    shipped = prior.weights if prior else {}
    spoken = [turn for turn in turns if turn.sentences]
    wholes = _scored([(turn.fold, turn.role, turn.grams) for turn in spoken], role, raw, shipped)
    role_auc = auc(wholes.scores[:, 0], wholes.is_other)
    if role_auc < cleaning.needed_auc:
        return {}, role_auc
    said = [(turn.fold, turn.role, sentence) for turn in spoken for sentence in turn.sentences]
    parts = _scored(said, role, raw, shipped)
    tables = {}
    for fold in range(FOLDS):
        bias, learnt, given = _logistic(*wholes.outside(fold))
        learnt = max(learnt, cleaning.least_slope)
        part_scores, is_other_part = parts.outside(fold)
        joined = part_scores @ np.array([learnt, given])
        part_bias, part_slope, _ = _logistic(np.column_stack([joined, np.zeros(len(joined))]), is_other_part)
        tables[fold, role] = RoleTable(bias, _mixed(raw[fold], learnt, shipped, given), part_bias, part_slope)
    return tables, role_auc


@dataclass(frozen=True, slots=True)
class _Scored:
    """Turns or sentences with their two scores, learnt and shipped, and whether another role spoke them."""

    folds: NDArray[np.int_]
    scores: NDArray[np.float64]
    is_other: NDArray[np.bool_]

    def outside(self, fold: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        rest = self.folds != fold
        return self.scores[rest], self.is_other[rest]


def _scored(
    said: Sequence[tuple[int, str, Sequence[str]]], role: str, raw: Mapping[int, Weights], shipped: Weights
) -> _Scored:
    return _Scored(
        np.array([fold for fold, _, _ in said], dtype=int),
        np.array([_scores(grams, raw[fold], shipped) for fold, _, grams in said], dtype=float).reshape(-1, 2),
        np.array([other != role for _, other, _ in said], dtype=bool),
    )


def _scores(grams: Sequence[str], learnt: Weights, shipped: Weights) -> tuple[float, float]:
    root, own, given = math.pow(len(grams), LENGTH_POWER), learnt.get, shipped.get
    return sum([own(gram, 0.0) for gram in grams]) / root, sum([given(gram, 0.0) for gram in grams]) / root


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


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total
