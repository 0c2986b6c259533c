"""One figure for people's choices and for a model's, and whether the two differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from analysis.statistics.clusters import Estimate, Scale, mean_of, of_one_voice, share_of, statistic_of
from analysis.statistics.common import Counts, holm
from analysis.statistics.rate_evidence import Evidence


@dataclass(frozen=True, slots=True)
class Sides:
    """A figure for people and for the model, and the model's less people's; over the same rows.

    The p of a side is that of no effect (a share of 1/2, a slope or a correlation of 0), the p of the difference that
    of none. After `corrected` all are Holm's.
    """

    human: Estimate
    llm: Estimate
    difference: Estimate


def share_sides(human_hits: npt.NDArray[np.bool_], llm_hits: npt.NDArray[np.bool_], clusters: Counts) -> Sides:
    """Shares in [0, 1] of rows that hit, on each side, held against 1/2."""
    difference = mean_of(llm_hits.astype(np.float64) - human_hits, clusters, bounds=(-1, 1))
    return Sides(_against_half(human_hits, clusters), _against_half(llm_hits, clusters), difference)


def statistic_sides(
    statistic: Callable[[Counts, Counts], float | None],
    human: Counts,
    llm: Counts,
    *,
    clusters: Counts,
    scale: Scale = "plain",
) -> Sides:
    """A figure of rows and votes (`statistic(rows, votes)`, rows by number and all votes), on each side."""

    def gap(rows: Counts) -> float | None:
        mine, theirs = statistic(rows, human), statistic(rows, llm)
        return None if mine is None or theirs is None else theirs - mine

    return Sides(
        statistic_of(lambda rows: statistic(rows, human), clusters, scale=scale),
        statistic_of(lambda rows: statistic(rows, llm), clusters, scale=scale),
        statistic_of(gap, clusters),
    )


def corrected(found: Sequence[Sides]) -> tuple[Sides, ...]:
    """The same with Holm's p: over the differences as one family, and over both sides' figures as another."""
    differences = holm([one.difference.p for one in found])
    sides = holm([p for one in found for p in (one.human.p, one.llm.p)])
    return tuple(
        Sides(
            replace(one.human, p=sides[2 * place]),
            replace(one.llm, p=sides[2 * place + 1]),
            replace(one.difference, p=differences[place]),
        )
        for place, one in enumerate(found)
    )


def _against_half(hits: npt.NDArray[np.bool_], clusters: Counts) -> Estimate:
    return replace(share_of(hits, clusters), p=_p_of_half(hits, clusters))


def _p_of_half(hits: npt.NDArray[np.bool_], clusters: Counts) -> float | None:
    """The two-sided p of a share of 1/2: the error at which the interval of `share_of` reaches it; both say the same.

    Where all rows hit, or none does, whole clusters are counted: a row each of five is 2 / 2^5.
    """
    evidence = Evidence.of(np.bincount(clusters, weights=hits).astype(np.int64), np.bincount(clusters))
    if evidence is None:
        return None
    if evidence.units == 1 or evidence.rate in (0.0, 1.0):
        return of_one_voice(evidence.rate - 0.5, clusters, bounds=(-0.5, 0.5)).p
    share, turns = max(evidence.rate, 1 - evidence.rate), evidence.independent_turns
    tail = float(special.betainc(share * turns, turns - share * turns + 1, 0.5))
    return min(1.0, max(float(0.5**evidence.guessed_turns), 2 * tail))
