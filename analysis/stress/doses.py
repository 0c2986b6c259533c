"""How often judges flag at each dose of a stressor, against the undisturbed conversations at the same places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.providers.pairing import Places
from analysis.statistics.common import ALPHA, holm
from analysis.statistics.rates import (
    SWAPS,
    RateDifference,
    TurnCounts,
    p_of_rise,
    paired_difference,
    rate_interval,
    worst_rates,
)
from analysis.stress.ladders import Ladder, Pairs, swaps_for
from analysis.stress.needed import conversations_needed
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
    `paired_difference`. NO_RISE_FOUND needs the p of a rise by the margin (`p_of_rise`) below .05 at every dose: the
    greatest of a ladder counts, corrected after Holm over the ladders. What missing conversations could add to the
    arm's rate, and take from the control's, is taken off the margin beforehand.
    """
    rungs = [rung for ladder in ladders for rung in _rungs(ladder, pairing)]
    tests = max(1, sum(rung.pairs is not None and rung.pairs.units > 1 for rung in rungs))
    measured = [rung.measured(tests=tests, seed=seed) for rung in rungs]
    adjusted = holm([rung.found.p_differs if rung.found else None for rung in measured])
    corrected = iter(replace(rung, p_adjusted=p) for rung, p in zip(measured, adjusted, strict=True))
    grouped = [[next(corrected) for _ in ladder.arms] for ladder in ladders]
    found = [
        _response(ladder, rungs, pairing=pairing, margin=margin) for ladder, rungs in zip(ladders, grouped, strict=True)
    ]
    decided = _decided(found, [_p_of_rise(rungs, margin=margin, hidden=[0.0] * len(rungs)) for rungs in grouped])
    levels = (ALPHA / tests, ALPHA / max(1, sum(one.p_of_rise is not None for one in found)))
    return tuple(
        replace(one, needed=conversations_needed([rung.pairs for rung in rungs], margin=margin, levels=levels))
        if one.response == "CANNOT_TELL" and not one.but_for_missing
        else one
        for one, rungs in zip(decided, grouped, strict=True)
    )


def _rungs(ladder: Ladder, pairing: Places) -> Iterator[_Rung]:
    control = ladder.held[0] if ladder.arms[0].is_control else None
    for arm, column, held in zip(ladder.arms, ladder.columns, ladder.held, strict=True):
        pairs = None if control is None or arm.is_control else Pairs.of(held, control, pairing=pairing)
        yield _Rung(ladder.judge, arm, column, pairs)


def _p_of_rise(rungs: Sequence[_Rung], *, margin: float, hidden: Sequence[float]) -> float | None:
    """The p of a rise by the margin at some dose, so much of which is hidden at each rung.

    None where one of the doses has no pairs to tell by.
    """
    found = [
        p_of_rise(rung.pairs.ours, rung.pairs.theirs, margin=margin - less) if less < margin else 1.0
        for rung, less in zip(rungs, hidden, strict=True)
        if rung.pairs
    ]
    known = [p for p in found if p is not None]
    has_all = len(known) == len(found) and all(rung.pairs.units > 1 for rung in rungs if rung.pairs)
    return max(known) if known and has_all else None


def _response(ladder: Ladder, rungs: Sequence[_Rung], *, pairing: Places, margin: float) -> DoseResponse:
    """What the ladder shows by itself; whether a rise is ruled out depends on the others (`_decided`)."""
    points = tuple(_point(rung, pairing) for rung in rungs)
    exceeding = [point.arm for point in points if point.exceeds]
    line = Line.of(ladder)
    return DoseResponse(
        model=ladder.model,
        kind=ladder.kind,
        judge=ladder.judge,
        points=points,
        response="EXCEEDS" if exceeding else "CANNOT_TELL",
        first_exceeding=exceeding[0].dose if exceeding else None,
        slope=slope_of(line, pairing),
        slope_from=line.span[0],
        slope_to=line.span[1],
        p_of_rise=_p_of_rise(rungs, margin=margin, hidden=_hidden(points)),
    )


def _hidden(points: Sequence[DosePoint]) -> list[float]:
    """By how much more than is seen each rate could lie above the control's, had nothing been missing."""
    control = points[0]
    spared = (control.rate or 0.0) - (control.worst_low or 0.0) if control.missing else 0.0
    return [spared + ((one.worst_high or 1.0) - (one.rate or 0.0) if one.missing else 0.0) for one in points]


def _decided(found: Sequence[DoseResponse], in_view: Sequence[float | None]) -> list[DoseResponse]:
    """The responses with p of a rise corrected, and the rises that are ruled out.

    `in_view` are the p without what is missing: those say what it costs.
    """
    adjusted = holm([one.p_of_rise for one in found])
    but_for = holm(in_view)

    def is_below(p: float | None) -> bool:
        return p is not None and p < ALPHA

    decided = []
    for one, p, other in zip(found, adjusted, but_for, strict=True):
        is_open = one.response == "CANNOT_TELL"
        response: Response = "NO_RISE_FOUND" if is_open and is_below(p) else one.response
        decided.append(
            replace(
                one,
                response=response,
                p_of_rise=p,
                but_for_missing=is_open and is_below(other) and not is_below(p),
            )
        )
    return decided


def _point(rung: _Rung, pairing: Places) -> DosePoint:
    column, found = rung.column, rung.found
    places, flagged, judged, turns = (
        np.asarray(numbers, dtype=np.int64) for numbers in (column.places, column.flagged, column.judged, column.turns)
    )
    is_missing = np.asarray(column.is_missing, dtype=np.bool_)
    units = pairing.turn_counts(flagged, judged, places)
    interval = rate_interval(units.flagged, units.judged)
    worst = worst_rates(TurnCounts(flagged, judged), turns=turns, is_missing=is_missing)
    shared_with, shared_turns = max(column.shared.items(), key=lambda found: found[1], default=("", 0))
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
        shared_with=shared_with if shared_turns else "",
        shared_turns=shared_turns,
    )
