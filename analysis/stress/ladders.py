"""What a judge counted at rising doses of one kind of stress, at the same places: the sides of every comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.providers.pairing import Mask, Places
from analysis.statistics.common import ALPHA, Counts
from analysis.statistics.rates import SWAPS, TurnCounts
from analysis.stress.rows import ArmColumn, StressRows
from analysis.stress.values import Arm

_WORTH_MORE = 0.005
_SWAPS_PER_TEST = 5
_MOST_SWAPS = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The turns a judge counted in an arm, an entry a place; `is_complete` where a whole conversation was judged."""

    flagged: Counts
    judged: Counts
    is_complete: Mask

    @classmethod
    def of(cls, column: ArmColumn, *, places: int) -> Held:
        """Those of a column, over so many places."""
        at = np.asarray(column.places, dtype=np.int64)
        flagged, judged = np.zeros(places, dtype=np.int64), np.zeros(places, dtype=np.int64)
        flagged[at], judged[at] = column.flagged, column.judged
        is_complete = np.zeros(places, dtype=np.bool_)
        is_complete[at] = ~np.asarray(column.is_missing, dtype=np.bool_)
        return cls(flagged, judged, is_complete & (judged > 0))


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """The arms of one kind of stress and one choice of models that a judge looked at: by dose, the control first."""

    judge: str
    model: str
    kind: str
    arms: Sequence[Arm]
    columns: Sequence[ArmColumn]
    held: Sequence[Held]


def ladders_of(rows: StressRows) -> Iterator[Ladder]:
    """A ladder for each judge, kind and choice of models that any conversation was held under."""
    for judge in rows.judges:
        for kind in rows.kinds:
            for model in rows.models:
                arms = rows.arms(judge, model, kind)
                columns = [rows.columns[judge, arm] for arm in arms]
                if any(not arm.is_control for arm in arms):
                    held = [Held.of(column, places=len(rows.places)) for column in columns]
                    yield Ladder(judge, model, kind, arms, columns, held)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What an arm and its control both completed, at so many places: turns by unit."""

    ours: TurnCounts
    theirs: TurnCounts
    places: int

    @classmethod
    def of(cls, ours: Held, theirs: Held, *, pairing: Places) -> Pairs:
        """The pairs of two arms."""
        both = np.flatnonzero(ours.is_complete & theirs.is_complete)
        counts = [pairing.turn_counts(side.flagged[both], side.judged[both], both) for side in (ours, theirs)]
        return cls(counts[0], counts[1], len(both))

    @property
    def units(self) -> int:
        """What is swapped."""
        return len(self.ours.judged)


def swaps_for(p: float, *, tests: int) -> int:
    """How many random swaps a test is to have whose p came out so by `SWAPS` of them.

    By few swaps no p is small enough to stay below .05 once it is corrected for many tests. To swap more wherever the
    first p is small keeps the level: below that threshold it is the second p alone that counts.
    """
    worth = min(_MOST_SWAPS, round(_SWAPS_PER_TEST * tests / ALPHA))
    return max(SWAPS, worth) if p <= _WORTH_MORE else SWAPS
