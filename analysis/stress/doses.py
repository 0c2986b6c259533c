"""How often judges flag at each dose of a stressor, against the undisturbed conversations at the same places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from analysis.providers.pairing import Places
from analysis.statistics.common import ALPHA, holm
from analysis.statistics.rates import (
    SWAPS,
    RateDifference,
    TurnCounts,
    paired_difference,
    rate_interval,
    units_to_rule_out,
    units_to_show_rise,
    worst_rates,
)
from analysis.stress.ladders import Ladder, Pairs, swaps_for
from analysis.stress.rows import ArmColumn
from analysis.stress.slopes import Line, slope_of
from analysis.stress.values import Arm, DosePoint, DoseResponse, Response
from sims.seeds import derive_seed


@dataclass(frozen=True, slots=True, eq=False)
class _Rung:
    """One arm of a ladder, with how it differs from the control.

    `pairs` is None for the control itself or where there is none; `found` where there are under two pairs of units.
    """

    judge: str
    arm: Arm
    column: ArmColumn
    pairs: Pairs | None
    found: RateDifference | None = None
    p_adjusted: float | None = None

    def measured(self, *, tests: int, seed: int) -> _Rung:
        """With the difference, its p as finely as so many tests need."""
        if self.pairs is None:
            return self
        ours, theirs = self.pairs.ours, self.pairs.theirs
        key = derive_seed("stress", self.judge, self.arm.model, self.arm.kind, self.arm.dose, seed)
        found = paired_difference(ours, theirs, seed=key)
        draws = swaps_for(found.p_differs, tests=tests) if found else SWAPS
        return replace(self, found=found if draws == SWAPS else paired_difference(ours, theirs, seed=key, draws=draws))


def dose_responses(ladders: Sequence[Ladder], pairing: Places, *, margin: float, seed: int) -> tuple[DoseResponse, ...]:
    """The response of each ladder; all differences from the control are corrected together, after Holm.

    Rates have the interval of `rate_interval` and the bounds of `worst_rates`, differences those of
    `paired_difference`. NO_RISE_FOUND needs the one-sided 95 % upper bound below the margin at every dose, uncorrected.
    """
    rungs = [rung for ladder in ladders for rung in _rungs(ladder, pairing)]
    tests = max(1, sum(rung.pairs is not None and rung.pairs.units > 1 for rung in rungs))
    measured = [rung.measured(tests=tests, seed=seed) for rung in rungs]
    adjusted = holm([rung.found.p_differs if rung.found else None for rung in measured])
    corrected = iter(replace(rung, p_adjusted=p) for rung, p in zip(measured, adjusted, strict=True))
    return tuple(
        _response(ladder, [next(corrected) for _ in ladder.arms], pairing=pairing, margin=margin, tests=tests)
        for ladder in ladders
    )


def _rungs(ladder: Ladder, pairing: Places) -> Iterator[_Rung]:
    control = ladder.held[0] if ladder.arms[0].is_control else None
    for arm, column, held in zip(ladder.arms, ladder.columns, ladder.held, strict=True):
        pairs = None if control is None or arm.is_control else Pairs.of(held, control, pairing=pairing)
        yield _Rung(ladder.judge, arm, column, pairs)


def _response(ladder: Ladder, rungs: Sequence[_Rung], *, pairing: Places, margin: float, tests: int) -> DoseResponse:
    points = tuple(_point(rung, pairing) for rung in rungs)
    exceeding = [point.arm for point in points if point.exceeds]
    uppers = [rung.found.upper if rung.found else 1.0 for rung in rungs if rung.pairs]
    decision: Response = "CANNOT_TELL"
    if exceeding:
        decision = "EXCEEDS"
    elif uppers and max(uppers) < margin:
        decision = "NO_RISE_FOUND"
    return DoseResponse(
        model=ladder.model,
        kind=ladder.kind,
        judge=ladder.judge,
        points=points,
        response=decision,
        first_exceeding=exceeding[0].dose if exceeding else None,
        slope=slope_of(Line.of(ladder), pairing),
        needed=_needed(rungs, margin=margin, tests=tests) if decision == "CANNOT_TELL" else None,
    )


def _point(rung: _Rung, pairing: Places) -> DosePoint:
    column, found = rung.column, rung.found
    places, flagged, judged, turns = (
        np.asarray(numbers, dtype=np.int64) for numbers in (column.places, column.flagged, column.judged, column.turns)
    )
    is_missing = np.asarray(column.is_missing, dtype=np.bool_)
    units = pairing.turn_counts(flagged, judged, places)
    interval = rate_interval(units.flagged, units.judged)
    worst = worst_rates(TurnCounts(flagged, judged), turns=turns, is_missing=is_missing)
    return DosePoint(
        arm=rung.arm,
        conversations=len(places),
        missing=int(is_missing.sum()),
        judged_turns=int(judged.sum()),
        flagged_turns=int(flagged.sum()),
        rate=units.rate,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        worst_low=worst.low if worst else None,
        worst_high=worst.high if worst else None,
        pairs=rung.pairs.places if rung.pairs else 0,
        difference=found.difference if found else None,
        difference_low=found.ci_low if found else None,
        difference_high=found.ci_high if found else None,
        p=found.p_differs if found else None,
        p_adjusted=rung.p_adjusted,
    )


def _needed(rungs: Sequence[_Rung], *, margin: float, tests: int) -> int | None:
    """How many conversations an arm would show the rise seen at some dose, or rule one out at all; the fewer of both.

    More than there are; None where neither can be said.
    """
    pairs = [rung.pairs for rung in rungs if rung.pairs and rung.pairs.units]
    shown = [_conversations(one, units_to_show_rise(one.ours, one.theirs, level=ALPHA / tests)) for one in pairs]
    ruled_out = [_conversations(one, units_to_rule_out(one.ours, one.theirs, margin=margin)) for one in pairs]
    sizes = [size for size in shown if size is not None]
    every = [size for size in ruled_out if size is not None]
    sizes += [max(every)] if every and len(every) == len(ruled_out) else []
    at_hand = max((one.places for one in pairs), default=0)
    return max(min(sizes), at_hand + 1) if sizes else None


def _conversations(pairs: Pairs, units: int | None) -> int | None:
    return None if units is None else ceil(units * pairs.places / pairs.units)
