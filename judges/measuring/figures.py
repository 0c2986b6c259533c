"""Figures of merit with intervals over whole conversations, for judge cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims.seeds import derive_seed

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Statistic = Callable[[Floats, Floats], float]
"""From scores and labels to a figure; nan where it is not defined for a resample."""
REPEATS = 500
USUAL_CLUSTERING = 0.1
"""The intraclass correlation taken where nothing is known: above what turns of a conversation showed (.01 to .09)."""
_TAIL = 0.025
_NORMAL = 1.959964


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval, the number of items it is of and of clusters they came from.

    For a share these are the items of its denominator (the flagged ones for precision, the positives for recall).
    """

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


@dataclass(frozen=True, slots=True)
class Share:
    """A statistic that counts: the share of the items `among` which are `hits`, in the unit that `told` makes of it.

    `told` rises with the share. The statistic is nan where the share is of nothing.
    """

    among: Callable[[Floats, Floats], Bools]
    hits: Callable[[Floats, Floats], Bools]
    told: Callable[[float], float] = float

    def __call__(self, scores: Floats, labels: Floats) -> float:
        """The share, as it is told."""
        among = self.among(scores, labels)
        return self.told(float(self.hits(scores, labels)[among].mean())) if among.any() else float("nan")


def figure(items: Items, statistic: Statistic, *, repeats: int = REPEATS) -> Figure:
    """The statistic on all items with its interval: the wider of two, each right where the other fails.

    The one is the percentile interval over resampled clusters; it knows how errors cluster, but is too narrow where few
    were seen, and nothing where none was. The other takes k clusters of m items, clustered by `USUAL_CLUSTERING` c, for
    mk / (1 + (m - 1) c) independent items (Kish's design effect): Clopper and Pearson's exact interval for a `Share`,
    that of Newcombe (2006, Statistics in Medicine 25, method 5) for `auc`. Any other statistic has the second only
    where the first has no width at an end of the range, as a share of the rarer label.

    Raises:
        ValueError: there is no item, all are of one cluster, or the statistic is not defined on them.
    """
    names, place = np.unique(np.array(items.clusters), return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"{len(items.clusters)} items of {len(names)} conversations: an interval needs two of them")
    value = statistic(items.scores, items.labels)
    if not np.isfinite(value):
        raise ValueError(f"the figure is not defined on these {len(items.clusters)} items: one kind is missing")
    bounds = [_resampled(items, statistic, _members(place), repeats=repeats)]
    bounds += _counted(items, statistic, value, place, has_width=bounds[0][0] < bounds[0][1])
    among = place[statistic.among(items.scores, items.labels)] if isinstance(statistic, Share) else place
    return Figure(
        round(value, 4),
        round(min(low for low, _ in bounds), 4),
        round(max(high for _, high in bounds), 4),
        n=len(among),
        clusters=len(np.unique(among)),
    )


def _resampled(
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
    low, high = np.percentile(defined, [100 * _TAIL, 100 * (1 - _TAIL)])
    return float(low), float(high)


def _counted(
    items: Items, statistic: Statistic, value: float, place: NDArray[np.intp], *, has_width: bool
) -> list[tuple[float, float]]:
    """The interval by counting, at most one."""
    is_positive = items.labels > 0.5
    if isinstance(statistic, Share):
        among = statistic.among(items.scores, items.labels)
        share = float(statistic.hits(items.scores, items.labels)[among].mean())
        low, high = _clopper_pearson(share, worth=_worth(place[among]))
        return [(statistic.told(low), statistic.told(high))]
    if statistic is auc:
        return [_newcombe(value, _worth(place[is_positive]), _worth(place[~is_positive]))]
    if has_width or value not in (0, 1):
        return []
    rarer = min((place[is_positive], place[~is_positive]), key=len)
    return [_clopper_pearson(value, worth=_worth(rarer if len(rarer) else place))]


def _worth(place: NDArray[np.intp]) -> float:
    """How many independent items these are worth, given the cluster of each."""
    sizes = np.unique(place, return_counts=True)[1]
    mean_size = float((sizes**2).sum() / sizes.sum())
    return len(place) / (1 + (mean_size - 1) * USUAL_CLUSTERING)


def _clopper_pearson(share: float, *, worth: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    hits, misses = share * worth, (1 - share) * worth
    low = float(betaincinv(hits, misses + 1, _TAIL)) if share > 0 else 0.0
    high = float(betaincinv(hits + 1, misses, 1 - _TAIL)) if share < 1 else 1.0
    return low, high


def _newcombe(value: float, positives: float, negatives: float) -> tuple[float, float]:
    """The areas at which `value` lies 1.96 standard errors off, by the variance of exponential scores."""
    weight = (positives + negatives) / 2 - 1

    def is_within(area: float) -> bool:
        spread = 1 + weight * ((1 - area) / (2 - area) + area / (1 + area))
        return abs(value - area) <= _NORMAL * float(np.sqrt(area * (1 - area) * spread / (positives * negatives)))

    return _edge(value, 0.0, is_within), _edge(value, 1.0, is_within)


def _edge(inside: float, outside: float, is_within: Callable[[float], bool]) -> float:
    """Where, between a number within and one without, the latter begins; found by halving."""
    for _ in range(50):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if is_within(middle) else (inside, middle)
    return inside


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


def _is_flagged(scores: Floats, labels: Floats) -> Bools:
    return scores > 0.5


def _is_positive(scores: Floats, labels: Floats) -> Bools:
    return labels > 0.5


def _is_either(scores: Floats, labels: Floats) -> Bools:
    return (scores > 0.5) | (labels > 0.5)


def _is_both(scores: Floats, labels: Floats) -> Bools:
    return (scores > 0.5) & (labels > 0.5)


def _is_any(scores: Floats, labels: Floats) -> Bools:
    return np.ones(len(scores), dtype=bool)


def _in_thousands(share: float) -> float:
    return 1000 * share


def _dice(jaccard: float) -> float:
    return 2 * jaccard / (1 + jaccard)


precision = Share(among=_is_flagged, hits=_is_positive)
"""The share of flagged items (score above .5) that are positives; nan where none is flagged."""
recall = Share(among=_is_positive, hits=_is_flagged)
"""The share of positives that are flagged (score above .5); nan where there is none."""
f1 = Share(among=_is_either, hits=_is_both, told=_dice)
"""F1 of decisions given as scores of 0 and 1: 2j / (1 + j) of the share j of items found among those found or missed.

0 where nothing is right; nan where there is neither a flag nor a positive.
"""
per_thousand = Share(among=_is_any, hits=_is_flagged, told=_in_thousands)
"""How many of a thousand are flagged (score above .5), whatever their label."""


def recall_at(specificity: float) -> Share:
    """The share of positives that score above all but 1 - `specificity` of the negatives; nan where one is missing."""

    def among(scores: Floats, labels: Floats) -> Bools:
        is_positive = labels > 0.5
        return is_positive & bool((~is_positive).any())

    def hits(scores: Floats, labels: Floats) -> Bools:
        return scores > np.quantile(scores[labels <= 0.5], specificity, method="higher")

    return Share(among, hits)


def spearman(scores: Floats, labels: Floats) -> float:
    """Rank correlation, in [-1, 1]; nan for constants."""
    return pearson(_ranks(scores), _ranks(labels))


def pearson(scores: Floats, labels: Floats) -> float:
    """Linear correlation, in [-1, 1]; nan for constants."""
    if scores.std() == 0 or labels.std() == 0:
        return float("nan")
    return float(np.corrcoef(scores, labels)[0, 1])


def _ranks(values: Floats) -> Floats:
    _, place, tied = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(tied) - (tied - 1) / 2)[place], dtype=float)
