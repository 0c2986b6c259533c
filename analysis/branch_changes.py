"""What is different from the turn on at which a conversation is branched off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from sims.cell import Cell
from sims.errors import UnknownNameError, UsageError
from sims.grid import OWN_MODELS
from sims.scenario import Scenario

_TEXTS = ("persona", "goal", "role", "private")
FIELDS = ("model", *_TEXTS, "say")
"""What can be changed of an agent."""
_WHOLE = ("model", "task")


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes as they were told, by key: "model", "task", and of an agent NAME.model, .persona, .goal, .role,
    .private, .say. None at all is allowed: the conversation is then played on as it was.
    """

    told: Mapping[str, str]

    @property
    def _of_agents(self) -> Mapping[tuple[str, str], str]:
        """By agent and field."""
        split = {key: key.rpartition(".") for key in self.told if key not in _WHOLE}
        return {(name, field): self.told[key] for key, (name, _, field) in split.items()}

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents of whom something is changed."""
        return tuple(dict.fromkeys(name for name, _ in self._of_agents))

    @property
    def agent_models(self) -> Mapping[str, str]:
        """The models of single agents."""
        return {name: value for (name, field), value in self._of_agents.items() if field == "model"}

    @property
    def say(self) -> tuple[str, str] | None:
        """Who says what in the turn at which the conversation goes on."""
        return next(((name, value) for (name, field), value in self._of_agents.items() if field == "say"), None)

    def concern(self, scenario: Scenario) -> bool:
        """Whether all agents of whom something is changed take part."""
        return {agent.name for agent in scenario.agents}.issuperset(self.agents)

    def check(self, scenarios: Iterable[Scenario]) -> None:
        """Return when each agent takes part in some scenario.

        Raises:
            UsageError: one does not.
        """
        names = {agent.name for scenario in scenarios for agent in scenario.agents}
        for name in self.agents:
            if name not in names:
                raise UnknownNameError("agent in --with", name, names)

    def scenario(self, scenario: Scenario) -> Scenario:
        """The scenario with its changes; one in which not all of them have a place stays as it is.

        Raises:
            UsageError: it is no valid scenario then.
        """
        texts = {key: value for key, value in self._of_agents.items() if key[1] in _TEXTS}
        if not self.concern(scenario) or not (texts or "task" in self.told):
            return scenario
        data: dict[str, Any] = scenario.model_dump(by_alias=True)
        data["task"] = self.told.get("task", scenario.task)
        for agent in data["agents"]:
            agent |= {field: value for (name, field), value in texts.items() if name == agent["name"]}
        try:
            return Scenario.model_validate(data)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            raise UsageError(f"--with: {scenario.id}: {fault['loc'][-1]}: {fault['msg']}") from error

    def models(self, models: Sequence[str], cells: Sequence[Cell], pinned: Mapping[str, str]) -> tuple[str, ...]:
        """The models of the grid; `pinned` are those of single agents, by name.

        Raises:
            UsageError: every agent has a model of its own already.
        """
        if "model" not in self.told:
            labels = {self.label(cell, pinned) for cell in cells}
            return () if labels == {OWN_MODELS} else tuple(models)
        if any(cell.label == OWN_MODELS for cell in cells):
            raise UsageError("--with model: every agent has a model of its own; change an agent's: --with NAME.model=M")
        return (self.told["model"],)

    def label(self, cell: Cell, pinned: Mapping[str, str]) -> str:
        """What the choice of models is called that goes on with the conversation of that cell."""
        is_cast = all(agent.model or pinned.get(agent.name) for agent in cell.scenario.agents)
        return OWN_MODELS if is_cast else self.told.get("model", cell.label)


def parse_changes(texts: Sequence[str]) -> Changes:
    """The changes of KEY=VALUE texts.

    Raises:
        UsageError: one has no key or value, or an unknown key, or is given twice.
    """
    told: dict[str, str] = {}
    for text in texts:
        key, sign, value = (part.strip() for part in text.partition("="))
        if not (key and sign and value):
            raise UsageError(f"--with {text!r}: expected KEY=VALUE, such as model=openai/gpt-4o or customer.goal=...")
        _check_key(key)
        if key in told:
            raise UsageError(f"--with {key} is given twice; give it once")
        told[key] = value
    changes = Changes(told)
    if sum(key.endswith(".say") for key in told) > 1:
        raise UsageError("--with NAME.say: a turn has one speaker; give it once")
    return changes


def _check_key(key: str) -> None:
    agent, dot, field = key.rpartition(".")
    if key in _WHOLE or (agent and field in FIELDS):
        return
    if dot and agent:
        raise UnknownNameError("key in --with", key, [f"{agent}.{one}" for one in FIELDS])
    raise UnknownNameError("key in --with", key, [*_WHOLE, *(f"AGENT.{one}" for one in FIELDS)])
