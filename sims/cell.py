"""One conversation to be held: a place in the grid of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sims.backends.backend import is_offline
from sims.scenario import ModelTurns, Scenario
from sims.seeds import derive_seed
from sims.transcript import Turn


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a conversation goes on from: the turns of the recording `of` before turn `at`, and those put behind them.

    `repeat` is that of the recording, whose facts the conversation goes on with.
    """

    of: str
    at: int
    repeat: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the grid of scenarios, models, temperatures and repeats.

    `models` names the model of each agent; `label` is how the choice of models is called in ids and tables. `arm` tells
    apart what is held at the same place under several stressors; it is empty for the undisturbed conversation.
    `beginning` is None for a conversation that begins with its first turn.
    """

    scenario: Scenario
    label: str
    models: Mapping[str, str]
    temperature: float | None
    repeat: int
    run_seed: int
    arm: str = ""
    beginning: Beginning | None = None

    @property
    def id(self) -> str:
        """The identity of the conversation within its run, by which a run is resumed."""
        return self.twin + self.arm

    @property
    def twin(self) -> str:
        """The id of the undisturbed conversation at the same place: this one's own where no arm is named."""
        heat = "" if self.temperature is None else f":t{self.temperature!r}"
        return f"{self.scenario.id}:{self.label}{heat}:r{self.repeat}"

    @property
    def facts_repeat(self) -> int:
        """The repeat whose facts are told: that of the recording, where the conversation goes on from one."""
        return self.beginning.repeat if self.beginning else self.repeat

    @property
    def seed(self) -> int:
        """The same for every model, temperature and arm, so that comparisons are paired."""
        return derive_seed(self.run_seed, self.scenario.id, self.repeat)


def picker_model(scenario: Scenario, models: Mapping[str, str]) -> str:
    """The model that picks the speakers under the policy "model"; empty when no model is asked.

    The offline backends take part in conversations only, so under them the policy goes by who was addressed.
    """
    if not isinstance(scenario.turns, ModelTurns):
        return ""
    players = list(models.values())
    chosen = scenario.turns.model or players[0]
    return "" if is_offline(chosen) or all(map(is_offline, players)) else chosen
