"""Per-class drift: how the shares of the classes differ between people's labels and the language model's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.distance import jensenshannon

from analysis.datatypes.labels.sides import bounded
from analysis.datatypes.labels.votes import Votes
from analysis.statistics.clusters import Estimate, mean_of, statistic_of
from analysis.statistics.common import Counts, Values, holm, random_numbers

_MOST_SPLITS, _LEAST_SPLITS, _MOST_WORK = 200, 20, 20_000_000


@dataclass(frozen=True, slots=True)
class ClassDrift:
    """A class's share of the labels on each side, in [0, 1], every item weighing the same.

    `difference` is the model's share less people's; its p is corrected over the classes in `p_adjusted` (Holm).
    `ratio` is the model's share over people's: above 1 over-represented, below 1 under-represented; None where no
    person gave the class.
    """

    label: str
    human: Estimate
    llm: Estimate
    difference: Estimate
    p_adjusted: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """The classes, the commonest among people first, and how far the two distributions are apart.

    `distance` is the Jensen-Shannon distance with logarithms to base 2, in [0, 1]. It is never below zero, so it is
    read against `floor`: what two halves of the people who labelled each item give, on average, and `floor_high`, what
    they exceed in one of twenty splits; None where no item has two human labels. Halves are smaller than the sides
    compared, so the floor is on the high side.
    """

    classes: tuple[ClassDrift, ...]
    distance: Estimate
    floor: float | None
    floor_high: float | None


def measure_drift(votes: Votes, *, seed: int = 0) -> Drift:
    """The drift over all items, each with at least one label on either side."""
    human, llm = _item_shares(votes.human), _item_shares(votes.llm)
    found = [
        _class_drift(votes.labels[one], human[:, one], llm[:, one], votes.clusters) for one in range(human.shape[1])
    ]
    adjusted = holm([one.difference.p for one in found])
    classes = [replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True)]
    floor, floor_high = _floor(votes, seed=seed)
    return Drift(
        classes=tuple(sorted(classes, key=lambda one: -(one.human.value or 0.0))),
        distance=_distance(human, llm, votes.clusters),
        floor=floor,
        floor_high=floor_high,
    )


def _item_shares(counts: Counts) -> Values:
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _class_drift(label: str, human: Values, llm: Values, clusters: Counts) -> ClassDrift:
    ours, theirs = mean_of(llm, clusters), mean_of(human, clusters)
    difference = bounded(mean_of(llm - human, clusters), -1.0, 1.0)
    ratio = ours.value / theirs.value if ours.value is not None and theirs.value else None
    return ClassDrift(label, _in_unit(theirs), _in_unit(ours), difference, None, ratio)


def _in_unit(share: Estimate) -> Estimate:
    """A share, without the p of a share of zero."""
    return replace(bounded(share, 0.0, 1.0), p=None)


def _distance(human: Values, llm: Values, clusters: Counts) -> Estimate:
    def distance(rows: Counts) -> float:
        return _jensen_shannon(human[rows].mean(axis=0), llm[rows].mean(axis=0))

    return _in_unit(statistic_of(distance, clusters))


def _jensen_shannon(p: Values, q: Values) -> float:
    with np.errstate(invalid="ignore"):  # of equal distributions rounding can ask for the root of a little below zero
        found = float(jensenshannon(p, q, base=2))
    return found if found > 0 else 0.0


def _floor(votes: Votes, *, seed: int) -> tuple[float | None, float | None]:
    """The mean and the 95 % quantile of the distance between halves of the annotators, split at random."""
    counts = votes.human[votes.human.sum(axis=1) >= 2]
    if not len(counts):
        return None, None
    sizes = counts.sum(axis=1)
    items = np.repeat(np.arange(len(counts)), sizes)
    codes = np.repeat(np.tile(np.arange(counts.shape[1]), len(counts)), counts.ravel())
    is_first = np.arange(len(items)) - np.repeat(np.cumsum(sizes) - sizes, sizes) < np.repeat(sizes // 2, sizes)
    halves = [(is_first, 1 / (sizes // 2)[items]), (~is_first, 1 / (sizes - sizes // 2)[items])]
    rng = random_numbers("labels", "halves", seed)

    def split() -> float:
        dealt = codes[np.argsort(items + rng.random(len(items)))]
        first, second = (_totals(dealt[half], weights[half], count=counts.shape[1]) for half, weights in halves)
        return _jensen_shannon(first, second)

    splits = int(np.clip(_MOST_WORK // len(items), _LEAST_SPLITS, _MOST_SPLITS))
    distances = np.array([split() for _ in range(splits)])
    return float(distances.mean()), float(np.quantile(distances, 0.95))


def _totals(codes: Counts, weights: Values, *, count: int) -> Values:
    return np.asarray(np.bincount(codes, weights=weights, minlength=count), dtype=np.float64)
