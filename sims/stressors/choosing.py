"""Which stressors a stress test holds its scenarios under: kinds x doses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from sims.errors import UnknownNameError, UsageError
from sims.scenario import Scenario, Stressor, StressorKind

KINDS: tuple[str, ...] = get_args(StressorKind)
ALL_KINDS = "all"
DOSES = (0.25, 0.5, 1.0)
"""The doses of a stress test that names none."""


def stressors_for(
    scenarios: Sequence[Scenario], kinds: Sequence[str] = (), doses: Sequence[float] = DOSES
) -> tuple[Stressor, ...]:
    """Every kind at every dose, doses rising; without kinds, those that some of the scenarios declare.

    How a scenario declares a kind itself, but for its dose, is added where the arms are made (`arms_of`).

    Raises:
        UsageError: a kind is not known, no scenario declares one, or a dose is not in (0, 1] or is given twice.
    """
    chosen, rising = _kinds(scenarios, kinds), _doses(doses)
    return tuple(Stressor.model_validate({"kind": kind, "dose": dose}) for kind in chosen for dose in rising)


def _kinds(scenarios: Sequence[Scenario], kinds: Sequence[str]) -> tuple[str, ...]:
    for kind in kinds:
        if kind not in (*KINDS, ALL_KINDS):
            raise UnknownNameError("stressor", kind, (*KINDS, ALL_KINDS))
        if kinds.count(kind) > 1:
            raise UsageError(f"the stressor {kind} is given twice; give each kind once")
    if ALL_KINDS in kinds:
        return KINDS
    declared = (stressor.kind for scenario in scenarios for stressor in scenario.stressors)
    chosen = tuple(kinds) or tuple(dict.fromkeys(declared))
    if not chosen:
        raise UsageError(
            f"no scenario declares a stressor, so name some: --kinds {KINDS[0]}, several with commas, or --kinds all"
            f" ({', '.join(KINDS)})"
        )
    return chosen


def _doses(doses: Sequence[float]) -> tuple[float, ...]:
    for dose in doses:
        if dose == 0:
            raise UsageError("dose 0 is the control, which is always held; give doses above 0, up to 1")
        if not 0 < dose <= 1:
            raise UsageError(f"dose {dose:g}: doses are above 0, up to 1, such as {','.join(f'{d:g}' for d in DOSES)}")
        if doses.count(dose) > 1:
            raise UsageError(f"dose {dose:g} is given twice; give each dose once")
    return tuple(sorted(doses))
