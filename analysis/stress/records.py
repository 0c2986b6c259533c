"""A stress test as plain records, for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from analysis.stress.values import DosePoint, DoseResponse, StressFindings


def dose_records(found: StressFindings) -> Iterator[dict[str, Any]]:
    """One record a judge, model, kind and dose: the `DosePoint`, with what the whole `DoseResponse` says, and the
    onset, its contrast with the control, and the repair of the arm (null where there is none)."""
    onsets = {(one.judge, one.arm): asdict(one) for one in found.onsets}
    contrasts = {(one.judge, one.arm): asdict(one) for one in found.contrasts if one.other.is_control}
    repairs = {(one.judge, one.arm): asdict(one) for one in found.repairs}
    for response in found.responses:
        for point in response.points:
            key = response.judge, point.arm
            yield {
                **_figures(response, point),
                "onset": _of_arm(onsets.get(key)),
                "onset_contrast": _of_arm(contrasts.get(key)),
                "repair": _of_arm(repairs.get(key)),
            }


def _figures(response: DoseResponse, point: DosePoint) -> dict[str, Any]:
    whole = asdict(response)
    del whole["points"]
    own = asdict(point)
    del own["arm"]
    return {**whole, "dose": point.arm.dose, **own, "exceeds": point.exceeds}


def _of_arm(figures: dict[str, Any] | None) -> dict[str, Any] | None:
    """The figures without the names that the record has already."""
    if figures is None:
        return None
    own = {name: value for name, value in figures.items() if name not in {"arm", "other", "judge"}}
    return {**own, "steps": list(own["steps"])} if "steps" in own else own
