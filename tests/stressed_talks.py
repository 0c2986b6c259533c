"""Conversations under stress, held by the offline actor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, get_args

from builders import scenario

from sims.backends.offline_actor import Dials, OfflineActor
from sims.cell import Cell
from sims.conversation import hold_conversation
from sims.scenario import Scenario, StressorKind
from sims.transcript import Transcript

KINDS: tuple[StressorKind, ...] = get_args(StressorKind)
PERSONAS = (
    {"name": "Ana", "role": "customer", "persona": "Short-tempered. Curt. In a hurry.", "goal": "Get the money back."},
    {"name": "Ben", "role": "support agent", "persona": "Calm, courteous, writes in full sentences. Patient."},
)


def stressed(kind: str, dose: float | None = None, **more: Any) -> Scenario:
    """A scenario of two agents with personas and 12 turns, under one stressor."""
    given: Mapping[str, Any] = {"kind": kind, **more} | ({} if dose is None else {"dose": dose})
    return scenario(agents=PERSONAS, stop={"max_turns": 12, "done": "[DONE]"}, stressors=[given])


def control(of: Scenario) -> Scenario:
    """The scenario without its stressors."""
    return of.model_copy(update={"stressors": ()})


def held(
    of: Scenario, *, repeat: int = 0, seed: int = 7, temperature: float | None = None, **dials: float
) -> Transcript:
    """A conversation of the actor with itself."""
    actor = OfflineActor(Dials(**dials))
    cell = Cell(of, actor.model, {agent.name: actor.model for agent in of.agents}, temperature, repeat, seed)
    return asyncio.run(hold_conversation(cell, {actor.model: actor}))
