"""The arms of a stress test: a scenario without stressors, the control, and once under each stressor alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from sims.errors import UsageError
from sims.scenario import Scenario, Stressor


def arm_name(stressor: Stressor) -> str:
    """What an arm adds to the ids of its conversations.

    >>> arm_name(Stressor(kind="typos", dose=0.5))
    '+typos=0.5'
    """
    return f"+{stressor.kind}" + ("" if stressor.dose is None else f"={stressor.dose:g}")


def arms_of(scenario: Scenario, stress: Sequence[Stressor]) -> Iterator[tuple[str, Scenario]]:
    """The scenario as each arm plays it, by name of the arm; the control first, whose name is empty.

    Without stressors there is one arm: the scenario with whatever it declares itself. What a scenario declares of a
    kind, but for what the stressor sets, holds in the arms of that kind.
    """
    if not stress:
        yield "", scenario
        return
    yield "", scenario.model_copy(update={"stressors": ()})
    for stressor in stress:
        yield arm_name(stressor), scenario.model_copy(update={"stressors": (as_declared(scenario, stressor),)})


def as_declared(scenario: Scenario, stressor: Stressor) -> Stressor:
    """The stressor, with what the scenario says itself of its kind (from, onto, at, text) where it leaves that open.

    Raises:
        UsageError: the scenario declares this kind more than once.
    """
    declared = [own.record for own in scenario.stressors if own.kind == stressor.kind]
    if len(declared) > 1:
        raise UsageError(
            f"scenario {scenario.id!r}: declares the stressor {stressor.kind} {len(declared)} times; a stress test"
            " takes one at a time, leave the others out"
        )
    return Stressor.model_validate({**(declared[0] if declared else {}), **stressor.record})


def check_arms(scenarios: Sequence[Scenario], stress: Sequence[Stressor]) -> None:
    """Return when every stressor fits every scenario and no two arms have one name.

    Raises:
        UsageError: some do not; all of them are told.
    """
    names = [arm_name(stressor) for stressor in stress]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise UsageError(f"the stressor {doubled.removeprefix('+')} is given twice; give each kind and dose once")
    found = [misfit(scenario, stressor) for scenario in scenarios for stressor in stress]
    told = list(dict.fromkeys(filter(None, found)))
    if told:
        raise UsageError("; ".join(told))


def misfit(scenario: Scenario, stressor: Stressor) -> str | None:
    """Why the stressor does not fit the scenario; None where it does.

    Raises:
        UsageError: the scenario declares this kind more than once.
    """
    stressed = scenario.model_dump(by_alias=True) | {"stressors": (as_declared(scenario, stressor).record,)}
    try:
        Scenario.model_validate(stressed)
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ").partition(": ")[2]
        return f"scenario {scenario.id!r}: the stressor {stressor.kind} does not fit: {message}"
    return None
