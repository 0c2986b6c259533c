"""Short ways to make what a stress test found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.statistics.clusters import Estimate
from analysis.stress.values import (
    Arm,
    DosePoint,
    DoseResponse,
    Onset,
    OnsetContrast,
    OnsetStep,
    Repair,
    StressFindings,
)

MODEL = "offline/actor"


def point(dose: float | None, rate: float | None, *, kind: str = "role_pressure", **more: Any) -> DosePoint:
    """20 conversations with 100 judged turns; an interval of 5 points either way, above the control when told so."""
    model, exceeds = more.pop("model", MODEL), more.pop("exceeds", False)
    figures: dict[str, Any] = {
        "conversations": 20,
        "missing": 0,
        "judged_turns": 100,
        "flagged_turns": 0 if rate is None else round(100 * rate),
        "rate": rate,
        "ci_low": None if rate is None else max(0.0, rate - 0.05),
        "ci_high": None if rate is None else rate + 0.05,
        "worst_low": rate,
        "worst_high": rate,
    }
    if dose != 0 and rate is not None:
        low, high = (rate - 0.02, rate + 0.02) if exceeds else (-0.01, 0.01)
        figures |= {"pairs": 20, "difference": rate, "difference_low": low, "difference_high": high}
        figures |= {"p": 0.001, "p_adjusted": 0.01 if exceeds else 0.5}
    return DosePoint(Arm(model, kind, dose), **(figures | more))


def response(*points: DosePoint, judge: str = "role_flip", **more: Any) -> DoseResponse:
    """A response whose first exceeding dose is that of the first point that exceeds."""
    first = next((one.arm.dose for one in points if one.exceeds), None)
    exceeds = any(one.exceeds for one in points)
    figures: dict[str, Any] = {
        "response": "EXCEEDS" if exceeds else "CANNOT_TELL",
        "first_exceeding": first,
        "slope": Estimate(0.2, 0.1, 0.3, 20, 20),
        "slope_from": 0.0,
        "slope_to": 1.0,
    }
    arm = points[0].arm
    return DoseResponse(arm.model, arm.kind, judge, points, **(figures | more))


def rising(*, model: str = MODEL, kind: str = "role_pressure", judge: str = "role_flip") -> DoseResponse:
    """0 % without stress, 2 % at dose .25, 10 % at .5 and 20 % at 1, above the control from .5 on."""
    doses = [(0.0, 0.0, False), (0.25, 0.02, False), (0.5, 0.1, True), (1.0, 0.2, True)]
    points = (point(dose, rate, exceeds=exceeds, model=model, kind=kind) for dose, rate, exceeds in doses)
    return response(*points, judge=judge)


def onset(arm: Arm, *, onsets: int, judge: str = "role_flip") -> Onset:
    """20 conversations, of which half of those with a flag have it at turn 4 and the others at turn 10."""
    clean = [1 - onsets / 40, 1 - onsets / 20]
    steps = tuple(
        OnsetStep(turn, share, max(0.0, share - 0.2), min(1.0, share + 0.2), 20)
        for turn, share in zip((4, 10), clean, strict=True)
    )
    return Onset(arm, judge, 20, onsets, 0, steps, 10 if onsets >= 10 else None)


def repair(arm: Arm, *, judge: str = "role_flip") -> Repair:
    """11 episodes: 8 over, 3 cut off by the end, 1 of these with its first turn; 80 % are over within 3 turns."""
    return Repair(arm, judge, 11, 8, 3, Estimate(0.8, 0.5, 0.95, 10, 9), 3, 1.0)


def findings(*responses: DoseResponse, **more: Any) -> StressFindings:
    """Findings with an onset and a repair for the control and the highest dose of each response."""
    ends = [(one, one.points[0].arm, one.points[-1].arm) for one in responses]
    values: dict[str, Any] = {
        "models": tuple(dict.fromkeys(one.model for one in responses)),
        "kinds": tuple(dict.fromkeys(one.kind for one in responses)),
        "unit": "conversation",
        "margin": 0.02,
        "onsets": _both(ends),
        "contrasts": tuple(OnsetContrast(one.judge, last, first, "arm", 0.001, 0.01, 20) for one, first, last in ends),
        "repairs": tuple(repair(last, judge=one.judge) for one, _, last in ends),
    }
    return StressFindings(responses=responses, **(values | more))


def _both(ends: Sequence[tuple[DoseResponse, Arm, Arm]]) -> tuple[Onset, ...]:
    return tuple(
        onset(arm, onsets=onsets, judge=one.judge)
        for one, first, last in ends
        for arm, onsets in ((first, 0), (last, 14))
    )
