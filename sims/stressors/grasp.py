"""What a dose really does to an agent: some doses change nothing in a scenario, or no more than a lower one does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sims.scenario import Agent, Scenario, Stressor
from sims.stressors.arms import as_declared
from sims.stressors.kinds import FULL_DOSE
from sims.stressors.placing import acts_on, dose_of, placed
from sims.stressors.prompts import heated, sentences_reworded, sentences_taken

Grasp = float | tuple[float | None, ...]
Temperatures = Sequence[float | None]


def grasp_of(stressor: Stressor, agent: Agent, *, max_turns: int, temperatures: Temperatures = ()) -> Grasp | None:
    """What the stressor changes for an agent that it acts on; the same for doses that change the same.

    None where it changes nothing: a share of a persona that is less than a sentence, a temperature that cannot rise, a
    history too short to be cut. Of kinds that draw what they change it is the dose. Without `temperatures` the
    temperature is taken as one that can rise.
    """
    dose = dose_of(stressor)
    if stressor.kind == "persona_strip":
        return sentences_taken(agent, dose) or None
    if stressor.kind == "paraphrase":
        return sentences_reworded(dose) or None
    if stressor.kind == "context_truncation":
        return dose if math.floor(dose * (max_turns - 2)) > 0 else None
    if stressor.kind == "temperature" and temperatures:
        after = tuple(heated(temperature, dose) for temperature in temperatures)
        return None if after == tuple(temperatures) else after
    return dose or None


def without_effect(stressor: Stressor, scenarios: Sequence[Scenario], temperatures: Temperatures) -> list[str]:
    """The agents for whom the stressor changes nothing, as `name (scenario)`; of those that it acts on."""
    return [name for name, grasp in _grasps(stressor, scenarios, temperatures) if grasp is None]


def is_idle(stressor: Stressor, scenarios: Sequence[Scenario], temperatures: Temperatures) -> bool:
    """Whether the stressor changes nothing for anybody."""
    return all(grasp is None for _, grasp in _grasps(stressor, scenarios, temperatures))


def too_hot(scenarios: Sequence[Scenario], temperatures: Temperatures) -> list[float]:
    """The temperatures of the grid, or else of the scenarios, that cannot rise."""
    own = tuple(temperatures) or tuple(one for scenario in scenarios for one in scenario.temperatures)
    return sorted({one for one in own if one is not None and heated(one, FULL_DOSE) == one})


def alike(
    lower: Stressor, higher: Stressor, scenarios: Sequence[Scenario], temperatures: Temperatures
) -> Iterator[str]:
    """The agents for whom two doses of a kind change the same, as `name (scenario)`."""
    pairs = zip(_grasps(lower, scenarios, temperatures), _grasps(higher, scenarios, temperatures), strict=True)
    return (name for (name, one), (_, other) in pairs if one is not None and one == other)


def _grasps(
    stressor: Stressor, scenarios: Sequence[Scenario], temperatures: Temperatures
) -> Iterator[tuple[str, Grasp | None]]:
    for scenario in scenarios:
        here = placed(as_declared(scenario, stressor), scenario)
        own = tuple(temperatures) or scenario.temperatures
        for agent in scenario.agents:
            if acts_on(here, agent.name):
                grasp = grasp_of(here, agent, max_turns=scenario.stop.max_turns, temperatures=own)
                yield f"{agent.name} ({scenario.id})", grasp
