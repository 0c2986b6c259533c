"""Whether speakers come back after a judge flagged them, and how many of their own turns it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.providers.pairing import Places
from analysis.statistics.clusters import share_of
from analysis.stress.ladders import Ladder
from analysis.stress.rows import ArmColumn
from analysis.stress.survival import median_time, survival_steps
from analysis.stress.values import Arm, Repair


def repairs(ladders: Sequence[Ladder], pairing: Places) -> Iterator[Repair]:
    """The repair of every arm on every judge."""
    for ladder in ladders:
        for arm, column in zip(ladder.arms, ladder.columns, strict=True):
            yield _repair(arm, column, judge=ladder.judge, pairing=pairing)


def _repair(arm: Arm, column: ArmColumn, *, judge: str, pairing: Places) -> Repair:
    lengths = np.array([one.length for one in column.episodes], dtype=np.int64)
    is_repaired = np.array([one.ending == "repaired" for one in column.episodes], dtype=np.bool_)
    is_open = np.array([one.ending == "open" for one in column.episodes], dtype=np.bool_)
    units = pairing.unit_of_place[np.asarray(column.episode_places, dtype=np.int64)]
    return Repair(
        arm=arm,
        judge=judge,
        episodes=len(lengths),
        repaired=int(is_repaired.sum()),
        open=int(is_open.sum()),
        share=share_of(is_repaired[~is_open], units[~is_open]),
        median_turns=median_time(survival_steps(lengths, is_repaired)),
    )
