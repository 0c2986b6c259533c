"""Who a stressor acts through, on whom and from when, where its scenario leaves that open; and what it makes of the
scenario that the agents meet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sims.scenario import Scenario, ScriptTurns, Stressor
from sims.stressors.kinds import DEFAULT_AT, FULL_DOSE, LONG_HORIZON, PARTNER
from sims.stressors.prompts import without_persona
from sims.stressors.registers import is_formal

MOST_TURNS = 100_000


def dose_of(stressor: Stressor) -> float:
    """The stressor's dose as a share, all where none is given."""
    return FULL_DOSE if stressor.dose is None else stressor.dose


def acts_on(stressor: Stressor, name: str) -> bool:
    """Whether it is aimed at that agent: at everybody, but not at who it acts through, where nobody is named."""
    return name == stressor.onto if stressor.onto else name != stressor.from_


def placed(stressor: Stressor, scenario: Scenario) -> Stressor:
    """The stressor with what it leaves out as it is chosen: from, onto (where only one is left), at and register."""
    if stressor.kind not in PARTNER:
        return stressor
    names = [_first_speaker(scenario), *(agent.name for agent in scenario.agents)]
    partner = stressor.from_ or next(name for name in names if name != stressor.onto)
    others = [agent.name for agent in scenario.agents if agent.name != partner]
    chosen: dict[str, Any] = {
        "from_": partner,
        "onto": stressor.onto or (others[0] if len(others) == 1 else None),
        "at": DEFAULT_AT if stressor.at is None else stressor.at,
    }
    if stressor.kind == "register_shift" and stressor.register_ is None:
        chosen["register_"] = "casual" if is_formal(scenario.agent(partner).persona) else "formal"
    return stressor.model_copy(update=chosen)


def _first_speaker(scenario: Scenario) -> str:
    """Who speaks first; in a script, who is the first with words of its own."""
    script = scenario.turns.lines if isinstance(scenario.turns, ScriptTurns) else ()
    own = [line.speaker for line in script if line.text is None]
    return (own or [line.speaker for line in scenario.opening_turns] or [scenario.agents[0].name])[0]


def as_met(scenario: Scenario, stressors: Sequence[Stressor]) -> Scenario:
    """The scenario as the agents meet it: without what is stripped of personas, and without its end."""
    for stressor in stressors:
        if stressor.kind == "persona_strip":
            scenario = _without_personas(scenario, stressor)
        elif stressor.kind == LONG_HORIZON and dose_of(stressor) > 0:
            scenario = _prolonged(scenario, dose_of(stressor))
    return scenario


def _without_personas(scenario: Scenario, stressor: Stressor) -> Scenario:
    agents = tuple(
        without_persona(agent, dose_of(stressor)) if acts_on(stressor, agent.name) else agent
        for agent in scenario.agents
    )
    return scenario.model_copy(update={"agents": agents})


def _prolonged(scenario: Scenario, dose: float) -> Scenario:
    """The scenario with up to four times the turns and tokens, and with nobody told how to end it."""
    stop, times = scenario.stop, 1 + 3 * dose
    longer = {
        "max_turns": min(MOST_TURNS, math.ceil(stop.max_turns * times)),
        "max_tokens": None if stop.max_tokens is None else math.ceil(stop.max_tokens * times),
        "done": None,
    }
    return scenario.model_copy(update={"stop": stop.model_copy(update=longer)})
