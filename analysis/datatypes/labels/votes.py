"""Items reduced to counts of labels as they are read: nothing else of a row is kept."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from analysis.datatypes.labels.columns import LabelledItem, as_number
from analysis.statistics.common import Counts
from sims.errors import UsageError

MOST_LABELS = 100
"""More different labels than this are no set of classes."""
MOST_GROUPS = 50
"""More groups than this are no data sets, and nobody reads their tables."""


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """How often people and the language model gave each label: counts by item and label.

    `labels` are in the order of numbers where all are, else of the alphabet; `llm` is all zero where no model
    labelled. `clusters` numbers each item's cluster from 0.
    """

    labels: tuple[str, ...]
    human: Counts
    llm: Counts
    clusters: Counts

    def __len__(self) -> int:
        return len(self.clusters)

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The labels as numbers; None where one is none."""
        found = tuple(number for label in self.labels if (number := as_number(label)) is not None)
        return found if len(found) == len(self.labels) else None

    def take(self, rows: Counts) -> Votes:
        """These items only, with all labels."""
        clusters = np.asarray(np.unique(self.clusters[rows], return_inverse=True)[1], dtype=np.int64)
        return Votes(self.labels, self.human[rows], self.llm[rows], clusters)

    def of_used_labels(self) -> Votes:
        """The items with those labels only that somebody gave them."""
        used = np.flatnonzero((self.human.sum(axis=0) + self.llm.sum(axis=0)) > 0)
        labels = tuple(self.labels[one] for one in used)
        return Votes(labels, self.human[:, used], self.llm[:, used], self.clusters)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """All items that could be used, by group where there are groups, and how many could not.

    An item is used where it has a label of people and, where there are LLM columns, one of the model.
    """

    rows: int
    without_human: int
    without_llm: int
    votes: Votes
    groups: tuple[tuple[str, Votes], ...]


def read_votes(items: Iterable[LabelledItem], *, with_llm: bool) -> Reading:
    """The counts of the items.

    Raises:
        UsageError: no item can be used, there is only one, all labels are the same, or there are too many labels or
            groups.
    """
    tally = _Tally()
    rows = without_human = without_llm = 0
    for item in items:
        rows += 1
        without_human += not item.human
        without_llm += with_llm and not item.llm
        if item.human and (item.llm or not with_llm):
            tally.add(item)
    votes = tally.votes()
    _check(votes, rows=rows, without_human=without_human, without_llm=without_llm)
    return Reading(rows, without_human, without_llm, votes, tally.parts(votes))


@dataclass(slots=True)
class _Tally:
    """Labels, clusters and groups as numbers, one machine word each."""

    label_numbers: dict[str, int] = field(default_factory=dict)
    cluster_numbers: dict[str, int] = field(default_factory=dict)
    group_numbers: dict[str, int] = field(default_factory=dict)
    human: tuple[array[int], array[int]] = field(default_factory=lambda: (array("q"), array("q")))
    llm: tuple[array[int], array[int]] = field(default_factory=lambda: (array("q"), array("q")))
    clusters: array[int] = field(default_factory=lambda: array("q"))
    groups: array[int] = field(default_factory=lambda: array("q"))

    def add(self, item: LabelledItem) -> None:
        place = len(self.clusters)
        for (places, codes), labels in ((self.human, item.human), (self.llm, item.llm)):
            places.extend([place] * len(labels))
            codes.extend(_numbered(self.label_numbers, label) for label in labels)
        if len(self.label_numbers) > MOST_LABELS:
            raise UsageError(
                f"there are more than {MOST_LABELS} different labels ({_shown(self.label_numbers)}); name columns that"
                " hold classes, or put numbers into classes first"
            )
        self.clusters.append(place if item.cluster is None else _numbered(self.cluster_numbers, item.cluster))
        if item.group is not None:
            self.groups.append(_numbered(self.group_numbers, item.group))
        if len(self.group_numbers) > MOST_GROUPS:
            raise UsageError(
                f"there are more than {MOST_GROUPS} groups ({_shown(self.group_numbers)}); an audit by groups is for a"
                " few data sets: name a column of those, or leave the grouping out"
            )

    def votes(self) -> Votes:
        labels = sorted(self.label_numbers, key=_natural)
        order = [self.label_numbers[label] for label in labels]
        human, llm = (self._counts(*side)[:, order] for side in (self.human, self.llm))
        return Votes(tuple(labels), human, llm, np.array(self.clusters, dtype=np.int64))

    def parts(self, votes: Votes) -> tuple[tuple[str, Votes], ...]:
        groups = np.array(self.groups, dtype=np.int64)
        names = sorted(self.group_numbers, key=_natural)
        return tuple(
            (name, votes.take(np.flatnonzero(groups == self.group_numbers[name])).of_used_labels()) for name in names
        )

    def _counts(self, places: array[int], codes: array[int]) -> Counts:
        items, labels = len(self.clusters), len(self.label_numbers)
        cells = np.array(places, dtype=np.int64) * labels + np.array(codes, dtype=np.int64)
        return np.bincount(cells, minlength=items * labels).reshape(items, labels)


def _shown(names: Iterable[str]) -> str:
    return ", ".join([*(repr(name[:30]) for name in islice(names, 3)), "..."])


def _numbered(numbers: dict[str, int], name: str) -> int:
    return numbers.setdefault(name, len(numbers))


def _natural(label: str) -> tuple[bool, float, str]:
    """Numbers by size, then the rest by the alphabet."""
    number = as_number(label)
    return (number is None, number or 0.0, label)


def _check(votes: Votes, *, rows: int, without_human: int, without_llm: int) -> None:
    if not len(votes):
        raise UsageError(
            f"no row can be used: of {rows:,}, {without_human:,} have no human label and {without_llm:,} no LLM label;"
            " check the named columns"
        )
    if len(votes) == 1:
        raise UsageError("only one row has labels; an audit needs at least two items")
    if len(votes.labels) == 1:
        raise UsageError(f"every label is {votes.labels[0][:60]!r}: with one class only there is nothing to audit")
