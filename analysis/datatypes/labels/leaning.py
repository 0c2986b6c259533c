"""Whether the language model leans to the majority: one index for majority labels, one for minority labels.

An item's majority computed from all people's labels favours people: each of them helped to make it. So one person is
left out in turn; the majority of the others is then as foreign to that person as to the model. A model that draws its
labels as people do has index 0 whatever the number of annotators, one that always gives the item's majority has the
largest there can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.datatypes.labels.matching import LabelSets, majority_sets, minority_sets
from analysis.datatypes.labels.sides import Sides, ratios
from analysis.datatypes.labels.votes import Votes
from analysis.statistics.common import Counts, Values


@dataclass(frozen=True, slots=True)
class Leaning:
    """How often a label is among the majority (minority) labels that the other people gave the item.

    `majority.human` is the share of left-out people, `majority.llm` that of the model's labels; the difference is the
    index, in [-1, 1], 0 for a model that labels as people do, at most 1 - the people's share (a model that always gives
    the majority). `minority` likewise: below 0 where minority views are under-represented; at least minus the people's
    share (never a minority label). Majority and minority of the others' labels are by the match rule; splits without
    one do not count. A majority takes two people, a minority four: unknown where there are fewer.
    """

    majority: Sides
    minority: Sides


def measure_leaning(votes: Votes) -> Leaning:
    """Both indices over all items with two human labels and more."""
    kept = votes.take(np.flatnonzero(votes.human.sum(axis=1) >= 2))
    return Leaning(_index(kept, majority_sets), _index(kept, minority_sets))


def _index(votes: Votes, sets: Callable[[Counts], LabelSets]) -> Sides:
    """Each person's split is worth 1 / n of the item; splits whose set is empty are worth nothing."""
    people = votes.human.sum(axis=1)
    human, llm, worth = (np.zeros(len(votes)) for _ in range(3))
    model_shares = votes.llm / votes.llm.sum(axis=1, keepdims=True)
    for label in range(len(votes.labels)):
        items = np.flatnonzero(votes.human[:, label])
        others = votes.human[items].copy()
        others[:, label] -= 1
        chosen = sets(others)
        weight: Values = votes.human[items, label] / people[items]
        worth[items] += weight * chosen.any(axis=1)
        human[items] += weight * chosen[:, label]
        llm[items] += weight * (model_shares[items] * chosen).sum(axis=1)
    return ratios(human, llm, worth, votes.clusters)
