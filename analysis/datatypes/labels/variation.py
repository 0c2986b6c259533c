"""How far the annotators of an item vary, people against the language model: a model that always says the same shows.

Figures over all labels grow with the number of annotators; `..._equal` are expected of as many annotators on either
side, drawn from those there are. Krippendorff's alpha needs no such care.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt

import krippendorff
import numpy as np

from analysis.datatypes.labels.columns import Scale
from analysis.datatypes.labels.draws import expected_disagreement, expected_entropy
from analysis.datatypes.labels.sides import NOTHING, Sides, means, shares
from analysis.datatypes.labels.votes import Votes
from analysis.statistics.clusters import GROUPS, Estimate, statistic_of
from analysis.statistics.common import Counts, Values, random_numbers

_MOST_WORK = 4_000_000
_LEAST_GROUPS = 20
"""The jackknife of alpha reads all items as often as it has groups: fewer where there are many items."""
_MOST_CELLS = 20_000_000
"""The library holds a table of labels by labels for every item: alpha is that of a random sample where this is more."""


@dataclass(frozen=True, slots=True)
class Variation:
    """Variation between annotators; all but `alpha` over the items with two or more labels on each side (of
    people, where the model gave no item two).

    `disagreement` is the share of items with two different labels, `entropy` the mean entropy of an item's labels over
    the logarithm of the number of classes, in [0, 1], 0 where there is one; `sd` the mean of the sample standard
    deviations as in the paper, None where labels are no numbers. `alpha` is Krippendorff's: 1 full agreement, 0 that of
    chance; unknown where a side gave one label only, and of a sample of items where these are very many (its `n` says
    how many). Of a mixture of data sets only the two disagreements are known: the others depend on the classes.
    """

    disagreement: Sides
    disagreement_equal: Sides
    entropy: Sides
    entropy_equal: Sides
    sd: Sides | None
    alpha: Sides


def measure_variation(votes: Votes, *, with_llm: bool, scale: Scale = "nominal", is_mixture: bool = False) -> Variation:
    """All figures; unknown ones of a side that gave no item two labels, and what a mixture does not have."""
    can_vary, llm_can_vary = votes.human.sum(axis=1) >= 2, votes.llm.sum(axis=1) >= 2
    both_vary = bool((can_vary & llm_can_vary).any())
    kept = votes.take(np.flatnonzero(can_vary & llm_can_vary if both_vary else can_vary))
    nothing = Sides(NOTHING)
    alpha = nothing if is_mixture else _alphas(votes, with_llm=with_llm, scale=scale)
    if not len(kept):
        return Variation(nothing, nothing, nothing, nothing, None, alpha)
    disagreement = _disagreement(kept, with_llm=both_vary)
    disagreement_equal = _expected(kept, expected_disagreement, with_llm=both_vary, is_equal=True)
    if is_mixture:
        return Variation(disagreement, disagreement_equal, nothing, nothing, None, nothing)

    def entropy(counts: Counts, k: Counts) -> Values:
        return expected_entropy(counts, k) / log(max(len(votes.labels), 2))

    return Variation(
        disagreement=disagreement,
        disagreement_equal=disagreement_equal,
        entropy=_expected(kept, entropy, with_llm=both_vary),
        entropy_equal=_expected(kept, entropy, with_llm=both_vary, is_equal=True),
        sd=_deviations(kept, with_llm=both_vary),
        alpha=alpha,
    )


def _disagreement(votes: Votes, *, with_llm: bool) -> Sides:
    human, llm = ((counts > 0).sum(axis=1) > 1 for counts in (votes.human, votes.llm))
    return shares(human, llm if with_llm else None, votes.clusters)


def _expected(
    votes: Votes, figure: Callable[[Counts, Counts], Values], *, with_llm: bool, is_equal: bool = False
) -> Sides:
    """The means of a figure of k labels of each item: all there are, or as many on either side."""
    human_k, llm_k = votes.human.sum(axis=1), votes.llm.sum(axis=1)
    if with_llm and is_equal:
        human_k = llm_k = np.minimum(human_k, llm_k)
    llm = figure(votes.llm, llm_k) if with_llm else None
    return means(figure(votes.human, human_k), llm, votes.clusters)


def _deviations(votes: Votes, *, with_llm: bool) -> Sides | None:
    if votes.numbers is None:
        return None
    numbers = np.array(votes.numbers)

    def deviation(counts: Counts) -> Values:
        n = counts.sum(axis=1)
        mean = counts @ numbers / n
        squares = (counts * (numbers - mean[:, None]) ** 2).sum(axis=1)
        return np.asarray(np.sqrt(squares / (n - 1)))

    llm = deviation(votes.llm) if with_llm else None
    most = (max(votes.numbers) - min(votes.numbers)) / sqrt(2)
    return means(deviation(votes.human), llm, votes.clusters, most=most)


def _alphas(votes: Votes, *, with_llm: bool, scale: Scale) -> Sides:
    votes = _sample(votes, most=_MOST_CELLS // len(votes.labels) ** 2)
    groups = int(np.clip(_MOST_WORK // max(len(votes), 1), _LEAST_GROUPS, GROUPS))
    domain = list(range(len(votes.labels))) if votes.numbers is None or scale == "nominal" else list(votes.numbers)

    def estimate(figure: Callable[[Counts], float | None]) -> Estimate:
        return statistic_of(figure, votes.clusters, groups=groups)

    def human(rows: Counts) -> float | None:
        return _alpha(votes.human[rows], domain, scale=scale)

    def llm(rows: Counts) -> float | None:
        return _alpha(votes.llm[rows], domain, scale=scale)

    def difference(rows: Counts) -> float | None:
        ours, theirs = llm(rows), human(rows)
        return None if ours is None or theirs is None else ours - theirs

    return Sides(estimate(human), estimate(llm), estimate(difference)) if with_llm else Sides(estimate(human))


def _sample(votes: Votes, *, most: int) -> Votes:
    """So many items at random, always the same; all where there are no more."""
    if len(votes) <= most:
        return votes
    return votes.take(np.sort(random_numbers("labels", "alpha").choice(len(votes), size=most, replace=False)))


def _alpha(counts: Counts, domain: list[float] | list[int], *, scale: Scale) -> float | None:
    """None where fewer than two labels stand in items that two annotators labelled: nothing could differ."""
    pairable = counts[counts.sum(axis=1) >= 2]
    if (pairable.sum(axis=0) > 0).sum() < 2:
        return None
    return float(krippendorff.alpha(value_counts=pairable, value_domain=domain, level_of_measurement=scale))
