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
USUAL_CLUSTERING = 0.1
"""The intraclass correlation taken where nothing is known: above what turns of a conversation showed (.01 to .09)."""


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
        """From rows of score, label and cluster.

        Raises:
            ValueError: there is no row.
        """
        if not rows:
            raise ValueError("nothing was scored, so there is no figure")
        scores, labels, clusters = zip(*rows, strict=True)
        return cls(np.array(scores, dtype=float), np.array(labels, dtype=float), tuple(clusters))


def figure(items: Items, statistic: Statistic, *, repeats: int = REPEATS) -> Figure:
    """The statistic on all items, its percentile interval over resampled clusters.

    Where the figure is at an end of its range (0, or all) and so in every resample, nothing is known of how its
    exceptions would cluster. With `USUAL_CLUSTERING` c and m items a cluster the n items are worth n / (1 + (m - 1) c)
    independent ones (Kish's design effect), and the other bound is one-sided, 1 - .05^(1/worth): the "rule of three",
    about 3/worth.

    Raises:
        ValueError: there is no item, all are of one cluster, or the statistic is not defined on them.
    """
    names, place = np.unique(np.array(items.clusters), return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"{len(items.clusters)} items of {len(names)} conversations: an interval needs two of them")
    value = statistic(items.scores, items.labels)
    if not np.isfinite(value):
        raise ValueError(f"the figure is not defined on these {len(items.clusters)} items: one kind is missing")
    low, high = _interval(items, statistic, _members(place), repeats=repeats)
    if low == high:
        worth = _independent_items(len(items.clusters), clusters=len(names))
        low, high = _bounds_at_end(value, worth=worth, top=1000 if statistic is per_thousand else 1)
    return Figure(round(value, 4), round(low, 4), round(high, 4), n=len(items.clusters), clusters=len(names))


def _interval(
    items: Items, statistic: Statistic, members: Sequence[NDArray[np.intp]], *, repeats: int
) -> tuple[float, float]:
    chance = np.random.default_rng(derive_seed("figure", len(items.clusters), len(members)))
    drawn = []
    for _ in range(repeats):
        rows = np.concatenate([members[index] for index in chance.integers(len(members), size=len(members))])
        drawn.append(statistic(items.scores[rows], items.labels[rows]))
    defined = [one for one in drawn if np.isfinite(one)]
    if not defined:
        raise ValueError(f"the figure is not defined on any resample of these {len(members)} conversations")
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)


def _independent_items(items: int, *, clusters: int) -> float:
    return items / (1 + (items / clusters - 1) * USUAL_CLUSTERING)


def _bounds_at_end(value: float, *, worth: float, top: float) -> tuple[float, float]:
    reach = top * (1 - 0.05 ** (1 / worth))
    if value == 0:
        return 0.0, reach
    return (top - reach, top) if value == top else (value, value)


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
