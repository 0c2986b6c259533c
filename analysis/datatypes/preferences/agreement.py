"""How often a language model chooses what a person chose, with ties counted in each of the usual ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from analysis.datatypes.preferences.pairs import SIGNS, Votes
from analysis.statistics.clusters import Estimate, mean_of, share_of, statistic_of
from analysis.statistics.common import Counts, Values


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares in [0, 1] of rows on which the model and the person agree.

    `ties_apart`: a tie agrees with a tie alone; one that is inconsistent is a tie like others (setup S1 of Zheng et
    al. 2023). `inconsistent_apart`: the same, but an inconsistent tie agrees with nothing. `half_credit`: a tie agrees
    by half with either choice; without any tie the same as `ties_apart`. `decided`: rows on which both decided (their
    setup S2).

    `kappa` in [-1, 1] is agreement with ties apart beyond chance (Cohen 1960), each pair counted both ways round, so
    that it does not depend on which answer stands first. `table` counts rows by the human choice, then the model's.
    """

    ties_apart: Estimate
    inconsistent_apart: Estimate
    half_credit: Estimate
    decided: Estimate
    kappa: Estimate
    human_ties: Estimate
    llm_ties: Estimate
    llm_inconsistent: Estimate
    table: Mapping[str, Mapping[str, int]]


def agreement(votes: Votes) -> Agreement:
    """How far the model's votes agree with people's, over complete rows; intervals count the clusters."""
    human, llm, clusters = votes.human, votes.llm, votes.clusters
    same, decided = human == llm, votes.both_decided
    return Agreement(
        ties_apart=share_of(same, clusters),
        inconsistent_apart=share_of(same & ~votes.is_inconsistent, clusters),
        half_credit=_half_credit(human, llm, clusters),
        decided=share_of(same[decided], votes.clusters_of(decided)),
        kappa=statistic_of(lambda rows: order_free_kappa(human[rows], llm[rows]), clusters, scale="correlation"),
        human_ties=share_of(human == 0, clusters),
        llm_ties=share_of(llm == 0, clusters),
        llm_inconsistent=share_of(votes.is_inconsistent, clusters),
        table=_table(human, llm),
    )


def _half_credit(human: Counts, llm: Counts, clusters: Counts) -> Estimate:
    if (human != 0).all() and (llm != 0).all():
        return share_of(human == llm, clusters)
    return mean_credit(credit(human, llm), clusters)


def credit(first: Counts, second: Counts) -> Values:
    """1 where both chose the same, 1/2 where one of them called it a tie, 0 where they chose differently."""
    return cast("Values", 1 - np.abs(first - second) / 2)


def mean_credit(credits_: Values, clusters: Counts) -> Estimate:
    """The mean credit, without the p of a mean of zero, which is no question here."""
    return mean_of(credits_, clusters, bounds=(0, 1))


def order_free_kappa(first: Counts, second: Counts) -> float | None:
    """Cohen's kappa over a, b and tie with each pair counted both ways round; None where both only called ties.

    >>> order_free_kappa(np.array([1, -1, 1, -1]), np.array([1, -1, -1, -1]))  # observed 3/4, by chance 1/2
    0.5
    """
    if not len(first):
        return None
    ties, other_ties = float(np.mean(first == 0)), float(np.mean(second == 0))
    chance = ties * other_ties + (1 - ties) * (1 - other_ties) / 2
    return None if chance == 1 else (float(np.mean(first == second)) - chance) / (1 - chance)


def _table(human: Counts, llm: Counts) -> Mapping[str, Mapping[str, int]]:
    return {
        mine: {theirs: int(((human == SIGNS[mine]) & (llm == SIGNS[theirs])).sum()) for theirs in SIGNS}
        for mine in SIGNS
    }
