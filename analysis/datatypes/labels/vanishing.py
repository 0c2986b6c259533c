"""Views that vanished: labels that people gave an item and the language model never did.

With few labels something always goes missing, so the share is set against people: would k others, drawn from those who
labelled the item, have given the label? Against that stand k of the model's labels. A model that labels as people do
has a difference of 0, whatever the numbers of annotators.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.datatypes.labels.draws import chance_of_none
from analysis.datatypes.labels.matching import majority_sets
from analysis.datatypes.labels.sides import NOTHING, Sides, ratios, share_among
from analysis.datatypes.labels.votes import Votes
from analysis.statistics.clusters import Estimate, share_of
from analysis.statistics.common import Counts, Values


@dataclass(frozen=True, slots=True)
class Vanishing:
    """Shares of items, as counted, and shares of people's labels, against chance; all in [0, 1].

    `items` is the share of items with a label of some person that no label of the model repeats, `items_backed` with
    one that two people gave; `items_minority` is the share among the items with labels outside people's majority of
    those that lost one of these.

    `views` is the share of people's labels missing among k other annotators: people, the model, and the difference;
    k is the lesser of the model's labels and the other people's. `views_backed` is the same for pairs of people who
    agree.
    """

    items: Estimate
    items_backed: Estimate
    items_minority: Estimate
    views: Sides
    views_backed: Sides


def measure_vanishing(votes: Votes) -> Vanishing:
    """All shares over the items with a label on either side; unknown where there are too few people an item."""
    is_missing = votes.llm == 0
    majority = majority_sets(votes.human)
    minority = (votes.human > 0) & ~majority & majority.any(axis=1, keepdims=True)
    return Vanishing(
        items=share_of(((votes.human >= 1) & is_missing).any(axis=1), votes.clusters),
        items_backed=share_of(((votes.human >= 2) & is_missing).any(axis=1), votes.clusters),
        items_minority=share_among(np.any(minority & is_missing, axis=1), np.any(minority, axis=1), votes.clusters),
        views=_views(votes, backers=1),
        views_backed=_views(votes, backers=2),
    )


def _views(votes: Votes, *, backers: int) -> Sides:
    """Over people, or pairs of people who agree: the share whose label is missing among k others."""
    people, model = votes.human.sum(axis=1), votes.llm.sum(axis=1)
    drawn = np.minimum(people - backers, model)
    kept = np.flatnonzero(drawn >= 1)
    if not len(kept):
        return Sides(NOTHING)
    votes, drawn = votes.take(kept), drawn[kept].reshape(-1, 1)
    people, model = people[kept].reshape(-1, 1), model[kept].reshape(-1, 1)
    weights = _backing(votes.human, backers) / _backing(people, backers)
    others = np.maximum(votes.human - backers, 0)
    human = weights * chance_of_none(others, people - backers, drawn)
    llm = weights * chance_of_none(votes.llm, model, drawn)
    return ratios(human.sum(axis=1), llm.sum(axis=1), weights.sum(axis=1), votes.clusters)


def _backing(counts: Counts, backers: int) -> Values:
    """How many people, or pairs of people."""
    return np.asarray(counts if backers == 1 else counts * (counts - 1) / 2, dtype=np.float64)
