"""Figures of merit with intervals by bootstrap over whole conversations, for judge cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims.seeds import derive_seed

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], float]
"""From scores and labels to a figure; nan where it is not defined for a resample."""
REPEATS = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval, the number of items scored and of clusters they came from."""

    value: float
    ci_low: float
    ci_high: float
    n: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Items:
    """Scored items: `labels` are 0 and 1, or people's ratings; `clusters` names the conversation of each."""

    scores: Floats
    labels: Floats
    clusters: tuple[str, ...]

    @classmethod
    def of(cls, rows: Sequence[tuple[float, float, str]]) -> Items:
        """From rows of score, label and cluster."""
        scores, labels, clusters = zip(*rows, strict=True)
        return cls(np.array(scores, dtype=float), np.array(labels, dtype=float), tuple(clusters))


def figure(items: Items, statistic: Statistic, *, repeats: int = REPEATS) -> Figure:
    """The statistic on all items, its percentile interval over resampled clusters.

    Raises:
        ValueError: there is no item.
    """
    if not items.clusters:
        raise ValueError("nothing was scored, so there is no figure")
    names, place = np.unique(np.array(items.clusters), return_inverse=True)
    members = [np.flatnonzero(place == index) for index in range(len(names))] if len(names) < 50 else _members(place)
    chance = np.random.default_rng(derive_seed("figure", len(items.clusters), len(names)))
    drawn = []
    for _ in range(repeats):
        rows = np.concatenate([members[index] for index in chance.integers(len(names), size=len(names))])
        drawn.append(statistic(items.scores[rows], items.labels[rows]))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    value = statistic(items.scores, items.labels)
    return Figure(
        round(value, 4), round(float(low), 4), round(float(high), 4), n=len(items.clusters), clusters=len(names)
    )


def _members(place: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    order = np.argsort(place, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(place[order])) + 1)


def auc(scores: Floats, labels: Floats) -> float:
    """The chance that a positive scores above a negative, ties counting half; nan where one kind is missing."""
    is_positive = labels > 0.5
    positives, negatives = int(is_positive.sum()), int((~is_positive).sum())
    if not positives or not negatives:
        return float("nan")
    _, place, tied = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(tied) - (tied - 1) / 2)[place]
    return float((ranks[is_positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def recall_at(specificity: float) -> Statistic:
    """The share of positives that score above all but 1 - `specificity` of the negatives."""

    def recall(scores: Floats, labels: Floats) -> float:
        positives, negatives = scores[labels > 0.5], scores[labels <= 0.5]
        if not len(positives) or not len(negatives):
            return float("nan")
        return float((positives > np.quantile(negatives, specificity, method="higher")).mean())

    return recall


def f1(scores: Floats, labels: Floats) -> float:
    """F1 of decisions given as scores of 0 and 1; 0 where nothing is right."""
    right = float(((scores > 0.5) & (labels > 0.5)).sum())
    flagged, true = float((scores > 0.5).sum()), float((labels > 0.5).sum())
    return 2 * right / (flagged + true) if flagged + true else 0.0


def precision(scores: Floats, labels: Floats) -> float:
    """The share of flagged items (score above .5) that are positives; nan where none is flagged."""
    flagged = scores > 0.5
    return float((labels[flagged] > 0.5).mean()) if flagged.any() else float("nan")


def recall(scores: Floats, labels: Floats) -> float:
    """The share of positives that are flagged (score above .5); nan where there is none."""
    is_positive = labels > 0.5
    return float((scores[is_positive] > 0.5).mean()) if is_positive.any() else float("nan")


def spearman(scores: Floats, labels: Floats) -> float:
    """Rank correlation, in [-1, 1]; nan for constants."""
    return pearson(_ranks(scores), _ranks(labels))


def pearson(scores: Floats, labels: Floats) -> float:
    """Linear correlation, in [-1, 1]; nan for constants."""
    if scores.std() == 0 or labels.std() == 0:
        return float("nan")
    return float(np.corrcoef(scores, labels)[0, 1])


def per_thousand(scores: Floats, labels: Floats) -> float:
    """How many of a thousand are flagged (score above .5), whatever their label."""
    return float(1000 * (scores > 0.5).mean())


def _ranks(values: Floats) -> Floats:
    _, place, tied = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(tied) - (tied - 1) / 2)[place], dtype=float)
