"""How often people agree with each other on the same two answers: what a model's agreement is to be held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from analysis.datatypes.preferences.agreement import mean_credit
from analysis.datatypes.preferences.pairs import Votes
from analysis.statistics.clusters import Estimate, mean_of
from analysis.statistics.common import Counts, Values


@dataclass(frozen=True, slots=True)
class Versus:
    """A vote's agreement with the other people's votes on its pair, with the model's, and the model's less theirs."""

    human: Estimate
    llm: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Agreement among people beside the model's, over the votes that have both; shares in [0, 1].

    A vote's agreement with people is its mean over the others' votes on the same two answers. `decided` leaves out
    ties of either side, so that it speaks of the same, clearer pairs for both. `pairs` is how many pairs of answers
    have several votes. Blind spot: where few pairs do, they may not be like the rest.
    """

    pairs: int
    ties_apart: Versus
    decided: Versus | None


def ceiling(votes: Votes) -> Ceiling | None:
    """Agreement among people; None where no two people voted on the same two answers.

    Of several votes of one person on one pair the first counts.
    """
    first = np.sort(np.unique(np.stack([votes.pairs, votes.raters]), axis=1, return_index=True)[1])
    human, llm = votes.human[first] * votes.order[first], votes.llm[first] * votes.order[first]
    pairs, decided = votes.pairs[first], votes.both_decided[first]
    found = _versus(votes, first, human, llm, pairs)
    if found is None:
        return None
    several = int((np.bincount(pairs) > 1).sum())
    return Ceiling(several, found, _versus(votes, first[decided], human[decided], llm[decided], pairs[decided]))


def _versus(votes: Votes, rows: Counts, human: Counts, llm: Counts, pairs: Counts) -> Versus | None:
    """The agreements of the votes on pairs that have others; None where none has."""
    others, agreeing = _others(human, pairs)
    has_others = others > 0
    if not has_others.any():
        return None
    with_people: Values = agreeing[has_others] / others[has_others]
    with_model = cast("Values", (human == llm)[has_others].astype(np.float64))
    clusters = votes.clusters_of(rows[has_others])
    return Versus(
        mean_credit(with_people, clusters),
        mean_credit(with_model, clusters),
        mean_of(with_model - with_people, clusters, bounds=(-1, 1)),
    )


def _others(human: Counts, pairs: Counts) -> tuple[Counts, Counts]:
    """For each vote: how many others there are on its pair, and how many of these are the same."""
    if not len(pairs):
        return pairs, pairs
    counts = np.zeros((int(pairs.max()) + 1, 3), dtype=np.int64)
    np.add.at(counts, (pairs, human + 1), 1)
    return counts.sum(axis=1)[pairs] - 1, counts[pairs, human + 1] - 1
