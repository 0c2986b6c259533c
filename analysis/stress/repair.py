"""Whether speakers come back after a judge flagged them, and how many of their own turns it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.providers.pairing import Mask, Places
from analysis.statistics.clusters import Estimate
from analysis.statistics.common import Counts
from analysis.stress.ladders import Ladder
from analysis.stress.rows import ArmColumn
from analysis.stress.survival import median_time, survival_steps
from analysis.stress.values import RETURN_TURNS, Arm, Repair


def repairs(ladders: Sequence[Ladder], pairing: Places) -> Iterator[Repair]:
    """The repair of every arm on every judge."""
    for ladder in ladders:
        for arm, column in zip(ladder.arms, ladder.columns, strict=True):
            yield _repair(arm, column, judge=ladder.judge, pairing=pairing)


def _repair(arm: Arm, column: ArmColumn, *, judge: str, pairing: Places) -> Repair:
    watched = np.array([one.watched for one in column.episodes], dtype=np.int64)
    is_repaired = np.array([one.is_repaired for one in column.episodes], dtype=np.bool_)
    units = pairing.unit_of_place[np.asarray(column.episode_places, dtype=np.int64)]
    tells, within = watched > 0, min(RETURN_TURNS, int(watched.max(initial=0)))
    return Repair(
        arm=arm,
        judge=judge,
        episodes=len(watched),
        repaired=int(is_repaired.sum()),
        open=int((~is_repaired).sum()),
        share=_share(watched[tells], is_repaired[tells], units=units[tells], within=within),
        within=within,
        median_turns=median_time(survival_steps(watched[tells], is_repaired[tells])),
    )


def _share(watched: Counts, is_repaired: Mask, *, units: Counts, within: int) -> Estimate:
    """What is over after so many turns by the curve of episodes that are watched no longer than that."""
    clusters = len(np.unique(units))
    if not clusters:
        return Estimate(None, None, None, 0, 0)
    last = survival_steps(np.minimum(watched, within), is_repaired & (watched <= within), units=units)[-1]
    low, high = (1 - last.high, 1 - last.low) if clusters > 1 else (None, None)
    return Estimate(1 - last.share, low, high, len(watched), clusters)
