"""The stressors of one conversation, as the conversation meets them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sims.prompt import PLAIN_WORDING, Wording
from sims.scenario import Agent, Scenario, Stressor
from sims.stressors.grasp import grasp_of
from sims.stressors.kinds import LONG_HORIZON, PARTNER, WORDING
from sims.stressors.partner import ORDER, Occasion, disturbed
from sims.stressors.placing import acts_on, as_met, dose_of, placed
from sims.stressors.prompts import cut_short, heated, reworded
from sims.stressors.replacing import words_of
from sims.transcript import Turn


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in the turn, and the kinds of stressor that changed it."""

    text: str
    kinds: tuple[str, ...] = ()


class Stress:
    """What disturbs one conversation: its scenario's stressors, and the seed of whatever is drawn.

    A function of scenario, seed, temperature and turns alone, so that a conversation can be replayed and continued.
    `temperature` is that of the undisturbed conversation, None for the provider's own.
    """

    def __init__(self, scenario: Scenario, *, seed: int, temperature: float | None = None) -> None:
        self._stressors = tuple(placed(stressor, scenario) for stressor in scenario.stressors)
        self._partners = sorted((one for one in self._stressors if one.kind in PARTNER), key=_order)
        self.scenario = as_met(scenario, self._stressors)
        """The scenario as the agents meet it: personas, turn limit and ending as the stressors leave them."""
        self._usual_end = scenario.stop.max_turns
        self._plain = {agent.name: agent for agent in scenario.agents}
        self._seed, self._temperature = seed, temperature

    @property
    def records(self) -> tuple[Mapping[str, Any], ...]:
        """The stressors as the transcript tells them: what the file leaves out (from, onto, at, register) as it was
        chosen. Without `onto` a stressor is aimed at everybody, or everybody but `from`.
        """
        return tuple(stressor.record for stressor in self._stressors)

    def seen_by(self, agent: Agent, turns: Sequence[Turn]) -> Sequence[Turn]:
        """The turns that the agent is shown, the newest always among them."""
        for stressor in self._aimed_at(agent, "context_truncation"):
            turns = cut_short(turns, dose_of(stressor), agent=agent.name)
        return turns

    def wording_for(self, agent: Agent) -> Wording:
        """How the agent's system prompt is worded."""
        doses = [dose_of(stressor) for stressor in self._aimed_at(agent, "paraphrase")]
        return reworded(max(doses), self._seed, agent.name) if doses else PLAIN_WORDING

    def temperature_of(self, agent: Agent) -> float | None:
        """The sampling temperature of the agent's next reply."""
        temperature = self._temperature
        for stressor in self._aimed_at(agent, "temperature"):
            temperature = heated(temperature, dose_of(stressor))
        return temperature

    def _aimed_at(self, agent: Agent, kind: str) -> Iterator[Stressor]:
        return (one for one in self._stressors if one.kind == kind and acts_on(one, agent.name))

    def said(self, speaker: str, text: str, turns: Sequence[Turn]) -> Said:
        """The words that reach the others when the speaker says `text` after `turns`.

        A turn that ends the conversation stays as it is, and none is changed so that it would.
        """
        said = Said(text)
        if self._is_ending(text):
            return said
        names = (agent.name for agent in self.scenario.agents)
        occasion = Occasion(speaker, turns, self._seed, spared=words_of(names))
        for stressor in self._partners:
            if said.kinds != ("silence",):
                said = self._changed(stressor, said, occasion)
        return said

    def _changed(self, stressor: Stressor, said: Said, occasion: Occasion) -> Said:
        text = disturbed(stressor, said.text, occasion)
        if text == said.text or self._is_ending(text):
            return said
        return Said(text, tuple(dict.fromkeys((*said.kinds, stressor.kind))))

    def _is_ending(self, text: str) -> bool:
        return any(marker in text for marker in self.scenario.stop.markers)

    def pressure_on(self, agent: Agent, turns: Sequence[Turn]) -> tuple[tuple[str, float], ...]:
        """How strongly each kind acts on the agent's next turn, in (0, 1], by name of the kind.

        Whole turns of a partner press with 1 on the turn after one that they changed; all else with its dose: textures
        after the turn `at`, prompts throughout, a long horizon beyond the turn limit of the undisturbed scenario. A
        dose that changes nothing for the agent does not press.
        """
        found: dict[str, float] = {}
        for stressor in self._stressors:
            pressure = self._pressure(stressor, agent, turns)
            if pressure > found.get(stressor.kind, 0.0):
                found[stressor.kind] = pressure
        return tuple(found.items())

    def _pressure(self, stressor: Stressor, agent: Agent, turns: Sequence[Turn]) -> float:
        kind = stressor.kind
        if not acts_on(stressor, agent.name) or not self._is_felt(stressor, self._plain[agent.name]):
            return 0.0
        if kind in WORDING:
            is_last = turns and turns[-1].speaker == stressor.from_ and kind in turns[-1].meta.get("stressed", ())
            return 1.0 if is_last else 0.0
        begins = {LONG_HORIZON: self._usual_end}.get(kind, 0 if stressor.at is None else stressor.at + 1)
        return dose_of(stressor) if len(turns) >= begins else 0.0

    def _is_felt(self, stressor: Stressor, plain: Agent) -> bool:
        grasp = grasp_of(stressor, plain, max_turns=self._usual_end, temperatures=(self._temperature,))
        return grasp is not None


def _order(stressor: Stressor) -> int:
    return ORDER.index(stressor.kind)
