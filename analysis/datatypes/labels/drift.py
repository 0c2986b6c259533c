"""Per-class drift: how the shares of the classes differ between people's labels and the language model's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.distance import jensenshannon

from analysis.datatypes.labels.votes import Votes
from analysis.statistics.clusters import Estimate, mean_of
from analysis.statistics.common import Counts, Values, holm, random_numbers

_MOST_DEALS, _LEAST_DEALS, _MOST_WORK = 200, 20, 20_000_000


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

    `distance` is the Jensen-Shannon distance with logarithms to base 2, in [0, 1]. It is never below zero and chance
    adds to it, so it has no interval (that of a jackknife misses a true distance of zero nine times in ten) and is read
    against what chance gives: each item's labels of both sides are put together and dealt out anew, as many to
    each side as before. `floor` is the mean of such distances, `floor_high` what one in twenty exceeds. Labels that
    repeat one another say less: `llm_worth` is how many independent labels the model's of an item are worth on average
    (`worth_of`), and so many are dealt.
    """

    classes: tuple[ClassDrift, ...]
    distance: float
    floor: float
    floor_high: float
    llm_worth: float


def measure_drift(votes: Votes, *, seed: int = 0) -> Drift:
    """The drift over all items, each with at least one label on either side."""
    human, llm = _item_shares(votes.human), _item_shares(votes.llm)
    found = [
        _class_drift(votes.labels[one], human[:, one], llm[:, one], votes.clusters) for one in range(human.shape[1])
    ]
    adjusted = holm([one.difference.p for one in found])
    classes = [replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True)]
    worth = worth_of(votes)
    chance = _dealt_distances(votes, worth, seed=seed)
    return Drift(
        classes=tuple(sorted(classes, key=lambda one: -(one.human.value or 0.0))),
        distance=_jensen_shannon(human.mean(axis=0), llm.mean(axis=0)),
        floor=float(chance.mean()),
        floor_high=float(np.quantile(chance, 0.95)),
        llm_worth=float(worth.mean()),
    )


def _item_shares(counts: Counts) -> Values:
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _class_drift(label: str, human: Values, llm: Values, clusters: Counts) -> ClassDrift:
    ours, theirs = (mean_of(side, clusters, bounds=(0.0, 1.0)) for side in (llm, human))
    difference = mean_of(llm - human, clusters, bounds=(-1.0, 1.0))
    ratio = ours.value / theirs.value if ours.value is not None and theirs.value else None
    return ClassDrift(label, theirs, ours, difference, None, ratio)


def _jensen_shannon(p: Values, q: Values) -> float:
    with np.errstate(invalid="ignore"):  # of equal distributions rounding can ask for the root of a little below zero
        found = float(jensenshannon(p, q, base=2))
    return found if found > 0 else 0.0


def worth_of(votes: Votes) -> Counts:
    """By item: how many independent labels the model's are worth, from 1 to as many as there are.

    m labels are worth m / (1 + (m - 1) r), rounded, where r is how much less often two of the model's labels of an item
    differ than two of people's: 0 for a model that varies as people do, 1 for one whose labels are copies of one, and
    where people do not vary or it cannot be told whether they do.
    """
    given = votes.llm.sum(axis=1)
    kept = (votes.human.sum(axis=1) >= 2) & (given >= 2)
    human, llm = (float(_pairs_that_differ(side[kept]).sum()) for side in (votes.human, votes.llm))
    alike = float(np.clip(1 - llm / human, 0.0, 1.0)) if human else 1.0
    return np.asarray(np.rint(given / (1 + (given - 1) * alike)), dtype=np.int64)


def _pairs_that_differ(counts: Counts) -> Values:
    """By item, the share of the pairs of its labels that differ."""
    n = counts.sum(axis=1)
    return np.asarray(1 - (counts * (counts - 1)).sum(axis=1) / (n * (n - 1)))


def _dealt_distances(votes: Votes, worth: Counts, *, seed: int) -> Values:
    """The distances between the sides when each item's labels are dealt to them at random."""
    people, size = votes.human.sum(axis=1), len(votes.labels)
    (human_items, human_codes), (llm_items, llm_codes) = (_each_label(side) for side in (votes.human, votes.llm))
    items = np.repeat(np.arange(len(votes)), people + worth)
    is_human = _places(people + worth) < people[items]
    is_counted = _places(votes.llm.sum(axis=1)) < worth[llm_items]
    together = np.argsort(np.concatenate([human_items, llm_items[is_counted]]), kind="stable")
    rng = random_numbers("labels", "dealt", seed)

    def deal() -> float:
        ours = _shuffled(llm_codes, llm_items, rng)[is_counted]
        dealt = _shuffled(np.concatenate([human_codes, ours])[together], items, rng)
        first, second = (
            np.bincount(dealt[side], weights=1 / given[items[side]], minlength=size).astype(np.float64)
            for side, given in ((is_human, people), (~is_human, worth))
        )
        return _jensen_shannon(first, second)

    deals = int(np.clip(_MOST_WORK // len(items), _LEAST_DEALS, _MOST_DEALS))
    return np.array([deal() for _ in range(deals)])


def _each_label(counts: Counts) -> tuple[Counts, Counts]:
    """The item and the class of each label, item by item."""
    items, codes = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), counts.shape[1])
    return items, codes


def _places(sizes: Counts) -> Counts:
    """The place of each label among those of its item, from 0."""
    return np.asarray(np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes))


def _shuffled(codes: Counts, items: Counts, rng: np.random.Generator) -> Counts:
    """The labels in random order within each item."""
    return np.asarray(codes[np.argsort(items + rng.random(len(items)))])
