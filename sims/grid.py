"""The grid of a run: scenarios x stress arms x models x temperatures x repeats, one conversation a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sims.cell import Cell, picker_model
from sims.errors import UnknownNameError, UsageError
from sims.scenario import Scenario, Stressor
from sims.stressors.arms import arms_of, check_arms

OWN_MODELS = "own-models"
"""What the choice of models is called where every agent brings its own."""


@dataclass(frozen=True, slots=True)
class Casting:
    """A scenario with a model for each agent, and how often it is played. `arm` is that of `Cell`."""

    scenario: Scenario
    label: str
    models: Mapping[str, str]
    temperatures: tuple[float | None, ...]
    repeats: int
    arm: str = ""

    def cell(self, temperature: float | None, repeat: int, run_seed: int) -> Cell:
        """One of its conversations."""
        return Cell(self.scenario, self.label, self.models, temperature, repeat, run_seed, self.arm)

    def cells(self, *, seed: int) -> Iterator[Cell]:
        """Its conversations, under the seed of a run."""
        for temperature in self.temperatures:
            for repeat in range(self.repeats):
                yield self.cell(temperature, repeat, seed)

    def __len__(self) -> int:
        return len(self.temperatures) * self.repeats


@dataclass(frozen=True, slots=True)
class Grid:
    """What is to be run. Empty `models`, `temperatures` and None for `repeats` leave the choice to the scenarios.

    `agent_models` pins the model of an agent by name, in every scenario that has one of that name. With `stress` every
    place of the grid is held without any stressor, the control, and then once under each of these alone; without,
    scenarios keep the stressors of their own.

    Raises:
        UsageError: some agent is left without a model, `agent_models` names nobody, or a stressor does not fit a
            scenario.
    """

    scenarios: tuple[Scenario, ...]
    models: tuple[str, ...] = ()
    agent_models: Mapping[str, str] = field(default_factory=dict)
    temperatures: tuple[float, ...] = ()
    repeats: int | None = None
    seed: int = 0
    stress: tuple[Stressor, ...] = ()

    def __post_init__(self) -> None:
        names = {agent.name for scenario in self.scenarios for agent in scenario.agents}
        for name in self.agent_models:
            if name not in names:
                raise UnknownNameError("agent", name, names)
        for what, values in (("model", self.models), ("temperature", self.temperatures)):
            doubled = next((value for value in values if list(values).count(value) > 1), None)
            if doubled is not None:
                raise UsageError(f"--{what} {doubled} is given twice; each must be given once")
        for scenario in self.scenarios:
            self._require_models(scenario)
        check_arms(self.scenarios, self.stress)

    def _require_models(self, scenario: Scenario) -> None:
        bare = [agent.name for agent in scenario.agents if not (agent.model or self.agent_models.get(agent.name))]
        if self.models and not bare:
            raise UsageError(
                f"scenario {scenario.id!r}: every agent has a model of its own, so --model would be used by nobody;"
                " leave it out, or replace an agent's with --agent-model NAME=provider/model"
            )
        if bare and not (self.models or scenario.models):
            raise UsageError(
                f"scenario {scenario.id!r}: no model for {', '.join(bare)}; give --model provider/model"
                " (for example --model openai/gpt-4o-mini), or --model offline/actor to run without a provider"
            )

    @property
    def castings(self) -> Iterator[Casting]:
        """The scenarios with their choices of models, in the order of the grid."""
        for scenario in self.scenarios:
            temperatures = self.temperatures or scenario.temperatures
            for arm, played in arms_of(scenario, self.stress):
                for label in self._labels(scenario):
                    models = {
                        agent.name: self.agent_models.get(agent.name) or agent.model or label
                        for agent in scenario.agents
                    }
                    yield Casting(played, label, models, temperatures, self.repeats or scenario.repeats, arm)

    def _labels(self, scenario: Scenario) -> tuple[str, ...]:
        is_cast = all(agent.model or self.agent_models.get(agent.name) for agent in scenario.agents)
        return (OWN_MODELS,) if is_cast else self.models or scenario.models

    def __iter__(self) -> Iterator[Cell]:
        for casting in self.castings:
            yield from casting.cells(seed=self.seed)

    def __len__(self) -> int:
        return sum(len(casting) for casting in self.castings)

    @property
    def in_turns(self) -> Iterator[Cell]:
        """The cells in the order of holding: scenarios, arms and models by turns, all with one repeat before the next.

        What a provider goes through in time so meets every model alike, and a run that is cut off has as many
        conversations of each.
        """
        castings = tuple(self.castings)
        for repeat in range(max((casting.repeats for casting in castings), default=0)):
            for casting in castings:
                if repeat < casting.repeats:
                    for temperature in casting.temperatures:
                        yield casting.cell(temperature, repeat, self.seed)

    @property
    def model_strings(self) -> tuple[str, ...]:
        """Every model that some cell calls, each once, in order of first use."""
        found: dict[str, None] = {}
        for casting in self.castings:
            picker = picker_model(casting.scenario, casting.models)
            found.update(dict.fromkeys([*casting.models.values(), *([picker] if picker else [])]))
        return tuple(found)
