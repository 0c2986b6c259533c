"""The paper's match rule: majority and minority labels of an item, and how often the two sides share one.

Source: "Under the Surface" (arXiv 2401.14698), section 5, by the definitions in the authors' code. Blind spots: a model
that always answers the commonest label matches most majorities without looking at the item, and one that is unanimous
has no minority to match; hence the companion corrected for chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.datatypes.labels.votes import Votes
from analysis.statistics.clusters import Estimate, share_of, statistic_of
from analysis.statistics.common import Counts

LabelSets: TypeAlias = npt.NDArray[np.bool_]
"""Which labels are in the set, by item and label."""

_Rule: TypeAlias = Callable[[Counts], LabelSets]


@dataclass(frozen=True, slots=True)
class Match:
    """The share of items whose sets have a label in common, and that share corrected for chance.

    `chance` is the share expected were the model's sets dealt to the items at random; `beyond_chance` is
    (share - chance) / (1 - chance): 0 for a model that does not look at the item, 1 for a match everywhere. Both are
    None where the sets match whichever way they are dealt. Items with an empty set count as no match, as in the paper.
    """

    share: Estimate
    chance: float | None
    beyond_chance: Estimate


@dataclass(frozen=True, slots=True)
class Matching:
    """The match of majorities and that of minorities."""

    majority: Match
    minority: Match


def majority(labels: Sequence[str]) -> frozenset[str]:
    """The labels given most often; none where every one of two or more labels is given once only.

    >>> sorted(majority(["a", "a", "b"])), sorted(majority(["a", "b"])), sorted(majority(["a"]))
    (['a'], [], ['a'])
    """
    return _of(labels, majority_sets)


def minority(labels: Sequence[str]) -> frozenset[str]:
    """The labels given least often; none where all are given equally often.

    >>> sorted(minority(["a", "a", "b", "c"])), sorted(minority(["a", "a"])), sorted(minority(["a", "b"]))
    (['b', 'c'], [], [])
    """
    return _of(labels, minority_sets)


def majority_sets(counts: Counts) -> LabelSets:
    """`majority` of each item's counts by label."""
    most = counts.max(axis=1, initial=0, keepdims=True)
    is_split = (most == 1) & (counts.sum(axis=1, keepdims=True) >= 2)
    return np.asarray((counts == most) & (counts > 0) & ~is_split)


def minority_sets(counts: Counts) -> LabelSets:
    """`minority` of each item's counts by label."""
    given = counts > 0
    most = counts.max(axis=1, initial=0, keepdims=True)
    least = np.where(given, counts, most).min(axis=1, initial=int(counts.max(initial=0)), keepdims=True)
    return np.asarray(given & (counts == least) & (least < most))


def match_labels(votes: Votes) -> Matching:
    """Both matches over all items."""
    return Matching(
        _match(majority_sets(votes.human), majority_sets(votes.llm), votes.clusters),
        _match(minority_sets(votes.human), minority_sets(votes.llm), votes.clusters),
    )


def _of(labels: Sequence[str], sets: _Rule) -> frozenset[str]:
    names, counts = np.unique(list(labels), return_counts=True)
    chosen = sets(np.asarray(counts, dtype=np.int64).reshape(1, -1))[0]
    return frozenset(str(name) for name, is_in in zip(names, chosen, strict=True) if is_in)


def _match(human: LabelSets, llm: LabelSets, clusters: Counts) -> Match:
    """Chance comes from the kinds of sets, so that no two items need to be set against each other."""
    human_kinds, human_of = _kinds(human)
    llm_kinds, llm_of = _kinds(llm)
    meets = (human_kinds @ llm_kinds.T) > 0
    matched = meets[human_of, llm_of]

    def chance(rows: Counts) -> float:
        ours, theirs = (
            np.bincount(of[rows], minlength=size) for of, size in ((human_of, len(meets)), (llm_of, meets.shape[1]))
        )
        return float(ours @ meets @ theirs) / len(rows) ** 2

    def beyond(rows: Counts) -> float | None:
        expected = chance(rows)
        return (float(matched[rows].mean()) - expected) / (1 - expected) if expected < 1 else None

    all_items = np.arange(len(clusters))
    return Match(share_of(matched, clusters), chance(all_items), statistic_of(beyond, clusters))


def _kinds(sets: LabelSets) -> tuple[Counts, Counts]:
    """The different sets, and which of them each item has."""
    kinds, of = np.unique(sets, axis=0, return_inverse=True)
    return kinds.astype(np.int64), np.asarray(of, dtype=np.int64).reshape(-1)
