"""Which stressors a stress test holds its scenarios under: kinds x doses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from typing import get_args

from sims.errors import UnknownNameError, UsageError
from sims.scenario import Scenario, Stressor, StressorKind
from sims.stressors.arms import misfit
from sims.stressors.grasp import alike, is_idle, too_hot, without_effect
from sims.stressors.kinds import FULL_DOSE, WORDING

KINDS: tuple[str, ...] = get_args(StressorKind)
ALL_KINDS = "all"
DOSES = (0.25, 0.5, 1.0)
"""The doses of a stress test that names none."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The stressors of a stress test; `notes` are sentences on what was left out, or changes less than it seems to."""

    stressors: tuple[Stressor, ...]
    notes: tuple[str, ...]


def stressors_for(
    scenarios: Sequence[Scenario], kinds: Sequence[str] = (), doses: Sequence[float] | None = None
) -> tuple[Stressor, ...]:
    """The stressors of `choose`."""
    return choose(scenarios, kinds, doses).stressors


def choose(
    scenarios: Sequence[Scenario],
    kinds: Sequence[str] = (),
    doses: Sequence[float] | None = None,
    *,
    temperatures: Sequence[float | None] = (),
) -> Chosen:
    """Every kind at every dose, doses rising; without kinds, those that some of the scenarios declare.

    Without doses, those of DOSES and what the scenarios declare of the kind. How a scenario declares a kind itself,
    but for its dose, is added where the arms are made (`arms_of`). Of "all" kinds those are left out that do not fit
    every scenario; of all kinds, doses that change nothing. `temperatures` are those of the grid; empty where the
    scenarios choose.

    Raises:
        UsageError: a kind is not known, no scenario declares one, a dose is not in (0, 1] or is given twice, or nothing
            is left.
    """
    chosen: tuple[str, ...] = _kinds(scenarios, kinds)
    notes: list[str] = []
    if ALL_KINDS in kinds:
        chosen, notes = _fitting(scenarios, chosen)
    given = None if doses is None else _checked(doses)
    asked = [stressor for kind in chosen for stressor in _at_doses(scenarios, kind, given)]
    fitting = [one for one in asked if all(misfit(scenario, one) is None for scenario in scenarios)]
    idle = [one for one in fitting if is_idle(one, scenarios, temperatures)]
    left = tuple(one for one in asked if one not in idle)
    notes += [f"left out: {_words(kind, of)} nothing in these scenarios" for kind, of in _by_kind(idle)]
    if not left:
        raise UsageError(f"no stressor is left: {'; '.join(notes)}")
    told = [one for one in left if one in fitting]
    return Chosen(left, (*notes, *_once(scenarios, chosen), *_weak(told, scenarios, temperatures)))


def _once(scenarios: Sequence[Scenario], kinds: Sequence[str]) -> Iterator[str]:
    """Sentences on stressors that a scenario declares to act once: a stress test has none without a dose."""
    own = [(one.kind, scenario.id) for scenario in scenarios for one in scenario.stressors if one.dose is None]
    for kind in kinds:
        if kind in WORDING and (of := [scenario for other, scenario in own if other == kind]):
            yield f"{kind} as declared (once) by {', '.join(of)} is left out: it has no dose"


def _at_doses(scenarios: Sequence[Scenario], kind: str, doses: Sequence[float] | None) -> Iterator[Stressor]:
    declared = {own.dose for scenario in scenarios for own in scenario.stressors if own.kind == kind and own.dose}
    for dose in sorted({*DOSES, *declared}) if doses is None else doses:
        yield Stressor.model_validate({"kind": kind, "dose": dose})


def _weak(
    stressors: Sequence[Stressor], scenarios: Sequence[Scenario], temperatures: Sequence[float | None]
) -> Iterator[str]:
    """Sentences on doses that do nothing for some or at some temperature, or nothing more than the dose before."""
    hot = too_hot(scenarios, temperatures)
    if hot and any(one.kind == "temperature" for one in stressors):
        yield f"temperature changes nothing at {', '.join(f'{one:g}' for one in hot)}"
    for one in stressors:
        if spared := without_effect(one, scenarios, temperatures):
            yield f"{_words(one.kind, [one])} nothing for {', '.join(spared)}"
    for one, other in pairwise(stressors):
        if one.kind == other.kind and (same := list(alike(one, other, scenarios, temperatures))):
            yield f"{one.kind} changes the same at doses {one.dose:g} and {other.dose:g} for {', '.join(same)}"


def _words(kind: str, stressors: Iterable[Stressor]) -> str:
    doses = [f"{one.dose:g}" for one in stressors]
    return f"{kind} at {'dose' if len(doses) == 1 else 'doses'} {', '.join(doses)} changes"


def _by_kind(stressors: Iterable[Stressor]) -> Iterator[tuple[str, Iterator[Stressor]]]:
    return groupby(stressors, key=attrgetter("kind"))


def _fitting(scenarios: Sequence[Scenario], kinds: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The kinds that fit every scenario, and why each of the others does not."""
    found = {kind: [why for scenario in scenarios if (why := misfit(scenario, _whole(kind)))] for kind in kinds}
    notes = [f"left out: {why}" for whys in found.values() for why in whys]
    return tuple(kind for kind, whys in found.items() if not whys), notes


def _whole(kind: str) -> Stressor:
    return Stressor.model_validate({"kind": kind, "dose": FULL_DOSE})


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


def _checked(doses: Sequence[float]) -> tuple[float, ...]:
    for dose in doses:
        if dose == 0:
            raise UsageError("dose 0 is the control, which is always held; give doses above 0, up to 1")
        if not 0 < dose <= 1:
            raise UsageError(f"dose {dose:g}: doses are above 0, up to 1, such as {','.join(f'{d:g}' for d in DOSES)}")
        if doses.count(dose) > 1:
            raise UsageError(f"dose {dose:g} is given twice; give each dose once")
    return tuple(sorted(doses))
