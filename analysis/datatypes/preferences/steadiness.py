"""Whether a model goes by length more than a mere steadier voter of people's own taste would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.datatypes.preferences.cues import CueTable
from analysis.datatypes.preferences.locality import DEALS, LEAST_PREDICTED, correlation_about_zero, held_out_scores
from analysis.datatypes.preferences.pairs import Votes
from analysis.datatypes.preferences.sides import Sides, statistic_sides
from analysis.statistics.clusters import Estimate, statistic_of
from analysis.statistics.common import Counts, Values

USUAL = 4.5
"""Scores are cut at so many times their median size: three standard deviations of a normal distribution."""


@dataclass(frozen=True, slots=True)
class LengthPart:
    """How much of what cues explain of a choice is length: the correlation of the choice with length, over that with
    a score of all cues, on each side.

    Every vote that is steadier than a person's (that of a majority, or of a rule) goes more with length, and with
    everything else that counts: both correlations grow alike, and the part stays (by Bussgang's theorem (1952), for any
    way in which taste becomes a choice, where length goes in a straight line with taste). The score is one model of
    both sides' choices together, held out by clusters; `score` is its correlation with the choices of each side.

    Blind spot: where length is all that cues explain, the part is 1 on both sides whatever the model adds.
    """

    part: Sides
    score: tuple[Estimate, Estimate]


def length_part(votes: Votes, cues: CueTable) -> LengthPart | None:
    """The part of each side; None with fewer than 50 decided rows, one cluster, or a score that fails a side.

    The score fails where its correlation with a side's choices is not told from zero: its part is then no figure.
    """
    rows = votes.both_decided
    clusters = votes.clusters_of(rows)
    if len(clusters) < LEAST_PREDICTED or clusters.max() < 1 or not cues.words[rows].any():
        return None
    human, llm, lengths = votes.human[rows], votes.llm[rows], cues.words[rows]
    scores = shared_scores(cues.differences[rows][:, cues.differences[rows].any(axis=0)], human, llm, clusters=clusters)
    return part_of(lengths, scores, human, llm, clusters=clusters)


def shared_scores(differences: Values, human: Counts, llm: Counts, *, clusters: Counts) -> Values:
    """For each row how far the cues speak for the first answer, by both sides' choices on other clusters.

    Cut off where a pair of extreme cues would outweigh all others.
    """
    both, chosen, twice = (
        np.concatenate([differences] * 2),
        np.concatenate([human, llm]),
        np.concatenate([clusters] * 2),
    )
    dealt = [held_out_scores(both, chosen, twice, deal=deal)[: len(human)] for deal in range(DEALS)]
    scores = np.mean(dealt, axis=0)
    most = USUAL * float(np.median(np.abs(scores)))
    return np.asarray(np.clip(scores, -most, most), dtype=np.float64)


def part_of(lengths: Values, scores: Values, human: Counts, llm: Counts, *, clusters: Counts) -> LengthPart | None:
    """The part of each side by these scores; None where they fail a side."""

    def part(rows: Counts, chosen: Counts) -> float | None:
        of_length = correlation_about_zero(lengths[rows], chosen[rows])
        of_score = correlation_about_zero(scores[rows], chosen[rows])
        return of_length / of_score if of_length is not None and of_score else None

    def held(chosen: Counts) -> Estimate:
        return statistic_of(
            lambda rows: correlation_about_zero(scores[rows], chosen[rows]), clusters, scale="correlation"
        )

    score = held(human), held(llm)
    if not all(one.excludes_zero and (one.value or 0) > 0 for one in score):
        return None
    return LengthPart(statistic_sides(part, human, llm, clusters=clusters), score)
