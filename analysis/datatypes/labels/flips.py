"""Flips: items whose majority is one class among people and another in the language model's labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.datatypes.labels.matching import majority_sets
from analysis.datatypes.labels.sides import share_among
from analysis.datatypes.labels.votes import Votes
from analysis.statistics.clusters import Estimate, mean_of
from analysis.statistics.common import Counts, holm


@dataclass(frozen=True, slots=True)
class ClassFlips:
    """Of one class: `items` have it as people's majority, `flipped` is the share of them the model gives another.

    `shift` is the share of all items with this class as the model's majority less that as people's: a test of equal
    margins, its p corrected over the classes in `p_adjusted` (Holm).
    """

    label: str
    items: int
    flipped: Estimate
    shift: Estimate
    p_adjusted: float | None


@dataclass(frozen=True, slots=True)
class Flips:
    """Over the `items` where both sides have a single majority: the share flipped, by class, and the whole table.

    `human_ties` and `llm_ties` count the items left out because that side has none. `table` holds, for each class of
    people in the order of `labels`, how many items have each class as the model's majority. People's majority is
    itself uncertain where few labelled: another panel would flip some items, too.
    """

    items: int
    human_ties: int
    llm_ties: int
    share: Estimate
    classes: tuple[ClassFlips, ...]
    labels: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]


def measure_flips(votes: Votes) -> Flips:
    """The flips over all items with a label on either side."""
    human, llm = single_majority(votes.human), single_majority(votes.llm)
    both = np.flatnonzero((human >= 0) & (llm >= 0))
    kept = votes.take(both)
    size = len(votes.labels)
    table = np.bincount(human[both] * size + llm[both], minlength=size * size).reshape(size, size)
    return Flips(
        items=len(both),
        human_ties=int((human < 0).sum()),
        llm_ties=int((llm < 0).sum()),
        share=share_among(human[both] != llm[both], np.ones(len(both), dtype=np.bool_), kept.clusters),
        classes=_classes(votes.labels, human[both], llm[both], kept.clusters),
        labels=votes.labels,
        table=tuple(tuple(int(count) for count in row) for row in table),
    )


def single_majority(counts: Counts) -> Counts:
    """The place of each item's one majority label; -1 where it has none, or several."""
    sets = majority_sets(counts)
    return np.where(sets.sum(axis=1) == 1, sets.argmax(axis=1), -1)


def _classes(labels: tuple[str, ...], human: Counts, llm: Counts, clusters: Counts) -> tuple[ClassFlips, ...]:
    found = [
        ClassFlips(
            label=label,
            items=int((human == place).sum()),
            flipped=share_among(llm != place, human == place, clusters),
            shift=mean_of((llm == place).astype(np.float64) - (human == place), clusters, bounds=(-1.0, 1.0)),
            p_adjusted=None,
        )
        for place, label in enumerate(labels)
    ]
    adjusted = holm([one.shift.p for one in found])
    return tuple(replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True))
