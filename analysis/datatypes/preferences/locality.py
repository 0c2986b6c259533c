"""Locality: how much of a choice shallow cues explain, of people's and of a model's."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from analysis.datatypes.preferences.cues import CUES, CueTable, Kind
from analysis.datatypes.preferences.pairs import Votes
from analysis.datatypes.preferences.sides import Sides, corrected, logistic_slopes, statistic_sides
from analysis.statistics.clusters import Estimate, mean_of
from analysis.statistics.common import ALPHA, Counts, Values, random_numbers

FOLDS, DEALS = 5, 5
LEAST_PREDICTED = 50
"""With fewer decided rows a model on all cues is not worth its figure."""


@dataclass(frozen=True, slots=True)
class CueFinding:
    """How a cue goes with the choices: correlations in [-1, 1] of its difference with +1 (first), 0 (tie), -1.

    About zero, not about the mean, so that which answer stands first plays no part. p are Holm's over all cues.
    """

    name: str
    label: str
    kind: Kind
    sides: Sides


@dataclass(frozen=True, slots=True)
class Locality:
    """The cues one by one, and `predicted`: the share of choices that a model on all of them predicts, in [0, 1].

    The model is an antisymmetric logistic one, trained on a side's own choices of four fifths of the clusters and
    asked for those of the fifth, in five deals; ties are left out, a coin gives 1/2. None with fewer than 50 rows
    decided by both, or one cluster. Blind spot: cues that go with quality explain good choices as well as shallow
    ones, so the difference between the sides is what counts.
    """

    cues: tuple[CueFinding, ...]
    predicted: Sides | None


def locality(votes: Votes, cues: CueTable) -> Locality:
    """What the cues explain; a cue that no row has, or that never differs, is left out."""
    places = [place for place in range(len(CUES)) if cues.differences[:, place].any()]
    found = corrected([_correlations(votes, cues, place) for place in places])
    findings = (
        CueFinding(CUES[place].name, CUES[place].label, CUES[place].kind, sides)
        for place, sides in zip(places, found, strict=True)
    )
    return Locality(tuple(findings), _predicted(votes, cues, places))


def _correlations(votes: Votes, cues: CueTable, place: int) -> Sides:
    known = cues.known[:, place]
    differences = cues.differences[known, place]

    def correlation(rows: Counts, chosen: Counts) -> float | None:
        return correlation_about_zero(differences[rows], chosen[rows])

    human, llm = votes.human[known], votes.llm[known]
    return statistic_sides(correlation, human, llm, clusters=votes.clusters_of(known), scale="correlation")


def correlation_about_zero(differences: Values, votes: Counts) -> float | None:
    """Pearson's correlation were each row counted both ways round; None where either side is all zero.

    >>> correlation_about_zero(np.array([1.0, 2.0, -2.0]), np.array([1, 0, -1]))  # 3 / sqrt(9 * 2)
    0.7071067811865475
    """
    scale = float(np.sqrt((differences**2).sum() * (votes**2).sum()))
    return float((differences * votes).sum()) / scale if scale else None


def _predicted(votes: Votes, cues: CueTable, places: list[int]) -> Sides | None:
    rows = votes.both_decided
    clusters = votes.clusters_of(rows)
    if not places or len(clusters) < LEAST_PREDICTED or clusters.max() < 1:
        return None
    return predicted_sides(cues.differences[rows][:, places], votes.human[rows], votes.llm[rows], clusters=clusters)


def predicted_sides(differences: Values, human: Counts, llm: Counts, *, clusters: Counts) -> Sides:
    """The share of either side's choices (+1 or -1) that a model of the differences predicts; at least two clusters."""
    mine, theirs = (_predictability(differences, chosen, clusters) for chosen in (human, llm))
    return Sides(_mean(mine, clusters, least=0.5), _mean(theirs, clusters, least=0.5), _mean(theirs - mine, clusters))


def _predictability(differences: Values, chosen: Counts, clusters: Counts) -> Values:
    """For each vote the share, over deals, of models that predict it without having seen one of its cluster."""
    dealt = np.stack([_hits(differences, chosen, clusters, deal=deal) for deal in range(DEALS)])
    return np.asarray(dealt.mean(axis=0), dtype=np.float64)


def _hits(differences: Values, chosen: Counts, clusters: Counts, *, deal: int) -> Values:
    """1 where the model trained on the other folds predicts the vote, 1/2 where it cannot tell, else 0."""
    count = int(clusters.max()) + 1
    fold = (random_numbers("cue folds", deal, count).permutation(count) % FOLDS)[clusters]
    hits = np.zeros(len(chosen))
    for test in (fold == number for number in np.unique(fold)):
        scale = np.sqrt((differences[~test] ** 2).mean(axis=0))
        scaled = differences / np.where(scale, scale, 1)
        slopes = logistic_slopes(scaled[~test], chosen[~test])
        hits[test] = (1 + np.sign((scaled[test] @ slopes) * chosen[test])) / 2
    return hits


def _mean(values: Values, clusters: Counts, *, least: float = 0.0) -> Estimate:
    """The mean of shares with the p of `least` (of differences with `least` 0), for models of overlapping training.

    The variance over clusters is taken 1 / deals + folds / (folds - 1) times (Nadeau & Bengio 2003, Bouckaert & Frank
    2004). Of 660 trials without a difference 7.1 % found one; without that factor 12.7 % of 510 did.
    """
    found = mean_of(values - least, clusters)
    if found.value is None or found.high is None:
        return found
    reach = sqrt(1 / DEALS + FOLDS / (FOLDS - 1)) * (found.high - found.value)
    degrees = found.clusters - 1
    error = reach / float(stats.t.ppf(1 - ALPHA / 2, degrees))
    p = float(2 * stats.t.sf(abs(found.value) / error, degrees)) if error else found.p
    value = found.value + least
    low, high = max(2 * least - 1, value - reach), min(1.0, value + reach)
    return Estimate(value, low, high, found.n, found.clusters, p)
