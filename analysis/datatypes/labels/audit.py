"""The audit of task labels: every question put to all items, or to each group of them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.datatypes.labels.columns import LabelColumns, Scale, labelled_items
from analysis.datatypes.labels.drift import Drift, measure_drift
from analysis.datatypes.labels.flips import Flips, measure_flips
from analysis.datatypes.labels.leaning import Leaning, measure_leaning
from analysis.datatypes.labels.matching import Matching, match_labels
from analysis.datatypes.labels.spelling import nearly_same, one_sided
from analysis.datatypes.labels.vanishing import Vanishing, measure_vanishing
from analysis.datatypes.labels.variation import Variation, measure_variation
from analysis.datatypes.labels.votes import Votes, read_votes
from analysis.statistics.common import Counts

_MOST_SIZES = 10
"""More different numbers of labels than this are missing answers, not data sets."""
_LEAST_EXPECTED = 5
"""A class that is missing though so many labels of it were to be expected is not missing by chance."""


@dataclass(frozen=True, slots=True)
class LabelResults:
    """What was found in one set of items. `human_votes` and `llm_votes` are the fewest and the most labels an item has.

    What compares with a model is None where there is none. `drift`, `flips` and `matching` set classes against classes:
    None, like most of `variation`, for all items of an audit by groups, whose classes need not mean the same.
    `nearly_same` are labels that differ in capitals, blanks and the like only, `one_sided` common ones that one side
    never gives.
    """

    name: str
    items: int
    clusters: int
    labels: tuple[str, ...]
    nearly_same: tuple[tuple[str, ...], ...]
    one_sided: tuple[str, ...]
    human_votes: tuple[int, int]
    llm_votes: tuple[int, int] | None
    variation: Variation
    leaning: Leaning | None
    vanishing: Vanishing | None
    drift: Drift | None
    flips: Flips | None
    matching: Matching | None


@dataclass(frozen=True, slots=True)
class LabelAudit:
    """The audit of one or more files: what was read, and the results of all items and of each group."""

    rows: int
    rows_without_human: int
    rows_without_llm: int
    scale: Scale
    has_scales_mixed: bool
    all_items: LabelResults
    groups: tuple[LabelResults, ...]

    @property
    def parts(self) -> tuple[LabelResults, ...]:
        """The sets of items whose classes mean the same: the groups, or all items where there are none."""
        return self.groups or (self.all_items,)


def audit_labels(paths: Sequence[Path], columns: LabelColumns, *, seed: int = 0) -> LabelAudit:
    """The audit of the rows of the files.

    `has_scales_mixed` is set where no groups were asked for and items with different numbers of human labels use
    different classes: the mark of several data sets in one.

    Raises:
        UsageError: the files, the columns or the labels cannot be audited; says where and why.
    """
    with_llm = bool(columns.llm)
    reading = read_votes(labelled_items(paths, columns), with_llm=with_llm)
    is_grouped = bool(reading.groups)
    return LabelAudit(
        rows=reading.rows,
        rows_without_human=reading.without_human,
        rows_without_llm=reading.without_llm,
        scale=columns.scale,
        has_scales_mixed=not is_grouped and _is_mixed(reading.votes),
        all_items=_results(
            "all items", reading.votes, with_llm=with_llm, scale=columns.scale, seed=seed, is_mixture=is_grouped
        ),
        groups=tuple(
            _results(name, votes, with_llm=with_llm, scale=columns.scale, seed=seed) for name, votes in reading.groups
        ),
    )


def _results(
    name: str, votes: Votes, *, with_llm: bool, scale: Scale, seed: int, is_mixture: bool = False
) -> LabelResults:
    by_class = with_llm and not is_mixture
    return LabelResults(
        name=name,
        items=len(votes),
        clusters=int(votes.clusters.max()) + 1,
        labels=votes.labels,
        nearly_same=nearly_same(votes.labels),
        one_sided=one_sided(votes) if by_class else (),
        human_votes=_range(votes.human),
        llm_votes=_range(votes.llm) if with_llm else None,
        variation=measure_variation(votes, with_llm=with_llm, scale=scale, is_mixture=is_mixture),
        leaning=measure_leaning(votes) if with_llm else None,
        vanishing=measure_vanishing(votes) if with_llm else None,
        drift=measure_drift(votes, seed=seed) if by_class else None,
        flips=measure_flips(votes) if by_class else None,
        matching=match_labels(votes) if by_class else None,
    )


def _range(counts: Counts) -> tuple[int, int]:
    totals = counts.sum(axis=1)
    return int(totals.min()), int(totals.max())


def _is_mixed(votes: Votes) -> bool:
    """Whether people who labelled an item by threes, say, never use a class that others use often."""
    totals = votes.human.sum(axis=1)
    sizes = np.unique(totals)
    if len(sizes) > _MOST_SIZES:
        return False
    counts = np.stack([votes.human[totals == size].sum(axis=0) for size in sizes])
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return bool(((counts == 0) & (expected >= _LEAST_EXPECTED)).any())
