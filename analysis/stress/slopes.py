"""How steeply a judge's rate rises with the dose, and whether it does so more under one model than under another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from analysis.providers.pairing import Places
from analysis.statistics.clusters import Estimate, statistic_of
from analysis.statistics.common import ALPHA, Counts, Values, holm
from analysis.stress.ladders import Ladder
from analysis.stress.values import DoseResponse, Sensitivity


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Doses with the turns judged and flagged at each: a row a dose, a column a place, 0 where it has none."""

    doses: Values
    flagged: Counts
    judged: Counts

    @classmethod
    def of(cls, ladder: Ladder) -> Line:
        """That of a ladder, over its completed conversations; a dose at which nothing was judged is left out."""
        graded = [
            (arm.dose, held)
            for arm, held in zip(ladder.arms, ladder.held, strict=True)
            if arm.dose is not None and held.is_complete.any()
        ]
        places = len(ladder.held[0].judged)
        return cls(
            np.array([dose for dose, _ in graded], dtype=np.float64),
            np.array([held.flagged * held.is_complete for _, held in graded]).reshape(-1, places),
            np.array([held.judged * held.is_complete for _, held in graded]).reshape(-1, places),
        )

    @property
    def places(self) -> Counts:
        """The places at which anything was judged."""
        return np.flatnonzero(self.judged.any(axis=0))

    @property
    def span(self) -> tuple[float | None, float | None]:
        """The least and the highest dose; None for a line of fewer than two."""
        return (float(self.doses[0]), float(self.doses[-1])) if len(self.doses) > 1 else (None, None)

    def change(self, places: Counts) -> float | None:
        """How far the least-squares line through the rates of these places rises over its span, in [-1, 1].

        None where a dose has no turn. Rates are in [0, 1], so that a line which rises more is cut off there.
        """
        flagged, judged = (turns[:, places].sum(axis=1) for turns in (self.flagged, self.judged))
        if len(self.doses) < 2 or not judged.all():
            return None
        beyond = self.doses - self.doses.mean()
        change = float(beyond @ (flagged / judged) / (beyond @ beyond)) * float(self.doses[-1] - self.doses[0])
        return min(1.0, max(-1.0, change))


def slope_of(line: Line, pairing: Places) -> Estimate:
    """The change of the rate over the doses of the line, with its jackknife interval over units, all within [-1, 1].

    Every dose weighs the same. Its value is None where fewer than two doses are known; its p is that of a flat line.
    """
    rows = line.places
    found = statistic_of(lambda chosen: line.change(rows[chosen]), pairing.unit_of_place[rows])
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(-1.0, found.low), high=min(1.0, found.high))


def sensitivities(
    ladders: Sequence[Ladder], pairing: Places, *, responses: Sequence[DoseResponse]
) -> tuple[Sensitivity, ...]:
    """The difference of slopes of every two choices of models, on each judge and kind that both were held under.

    Both are over the same doses, else there is none. The interval is that of `slope_of`, over the places of either; p
    is corrected after Holm over all of them. Of `responses`, those of the ladders, the steeper model's own has to
    exceed the control and to rise with the dose: a rate that merely falls less than the other does not rise more.
    """
    rising = {(one.model, one.kind, one.judge) for one in responses if _rises(one)}
    found = [
        Sensitivity(
            one.judge, one.kind, one.model, other.model, _difference(one, other, pairing=pairing), None, "cannot tell"
        )
        for one, other in combinations(ladders, 2)
        if (one.judge, one.kind) == (other.judge, other.kind)
    ]
    adjusted = holm([one.difference.p for one in found])
    return tuple(
        replace(one, p_adjusted=p, more=_more(one, p, rising=rising)) for one, p in zip(found, adjusted, strict=True)
    )


def _rises(response: DoseResponse) -> bool:
    return response.response == "EXCEEDS" and response.slope.value is not None and response.slope.value > 0


def _difference(one: Ladder, other: Ladder, *, pairing: Places) -> Estimate:
    lines = (Line.of(one), Line.of(other))
    rows = np.union1d(lines[0].places, lines[1].places)

    def difference(chosen: Counts) -> float | None:
        ours, theirs = (line.change(rows[chosen]) for line in lines)
        return None if ours is None or theirs is None else ours - theirs

    if not np.array_equal(lines[0].doses, lines[1].doses):
        return Estimate(None, None, None, 0, 0)
    return statistic_of(difference, pairing.unit_of_place[rows])


def _more(
    one: Sensitivity, p_adjusted: float | None, *, rising: Collection[tuple[str, str, str]]
) -> Literal["model", "other", "cannot tell"]:
    """Which model the steeper slope is of, where the interval and the corrected p agree and that model's rate rises."""
    difference = one.difference
    if not difference.value or not difference.excludes_zero or p_adjusted is None or p_adjusted >= ALPHA:
        return "cannot tell"
    is_first = difference.value > 0
    if (one.model if is_first else one.other, one.kind, one.judge) not in rising:
        return "cannot tell"
    return "model" if is_first else "other"
