"""The scenario as pydantic models: what a YAML file may say, and the rules between its parts.

Shapes are checked by pydantic; rules between parts (names that must exist, policies that fit the cast)
by `rule_faults`, which reads plain data so that a file's every fault can be told at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sims.errors import allowed_hint

SCHEMA: Literal["simstress/scenario@1"] = "simstress/scenario@1"
DEFAULT_JUDGES = ("role_flip", "digression", "formality", "metaphor")

Place = tuple[str | int, ...]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\n\r\t:]+$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Rate = Annotated[float, Field(ge=0, le=1)]
Temperature = Annotated[float, Field(ge=0, le=2)]

StressorKind = Literal[
    "role_pressure",
    "distractor",
    "long_horizon",
    "register_shift",
    "contradiction",
    "silence",
    "typos",
    "code_switching",
    "paraphrase",
    "persona_strip",
    "context_truncation",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Agent(_Part):
    """A participant of the scenario and what only this participant knows."""

    name: Name = Field(description="What the others call this participant; unique in the scenario.")
    role: Text = Field(description="Who this is in the situation; the role-flip judge holds the speaker to it.")
    persona: str = Field("", description="Character and manner of speaking.")
    goal: str = Field("", description="What this participant wants from the conversation.")
    private: str = Field("", description="Facts only this participant knows; no other agent is told.")
    model: str | None = Field(None, description="provider/model for this agent alone; overrides every other choice.")


class OpeningSpeaker(_Part):
    """Who speaks first, and with which words where they are fixed."""

    speaker: Name
    text: Text | None = Field(None, description="Fixed words of the first turn; left out, the agent makes its own.")


class FixedTurn(_Part):
    """A turn whose words are given."""

    speaker: Name
    text: Text


class ScriptLine(_Part):
    """A place in a script: fixed words, or the agent's own where `text` is left out."""

    speaker: Name
    text: Text | None = None


class SimpleTurns(_Part):
    """Turn-taking that needs no further setting."""

    policy: Literal["alternate", "round_robin", "random", "addressed"]


class ModeratorTurns(_Part):
    """A moderator speaks every second turn and calls on the next speaker by name."""

    policy: Literal["moderator"]
    moderator: Name


class ModelTurns(_Part):
    """A language model picks the next speaker; left out, `model` is the run's own."""

    policy: Literal["model"]
    model: str | None = None


class ScriptTurns(_Part):
    """A fixed order of speakers, fixed words mixed with generated ones; ends with its last line."""

    policy: Literal["script"]
    lines: tuple[ScriptLine, ...] = Field(min_length=1)


TurnTaking = Annotated[SimpleTurns | ModeratorTurns | ModelTurns | ScriptTurns, Field(discriminator="policy")]


class StopRule(_Part):
    """When a conversation ends."""

    max_turns: int = Field(20, ge=1, le=100_000, description="Turns, the opening included.")
    done: tuple[Text, ...] | Text | None = Field(None, description="A turn that holds this text is the last one.")
    max_tokens: int | None = Field(None, ge=1, description="Completion tokens of the whole conversation.")
    on_truncation: Literal["end", "continue"] = Field(
        "end", description="What to do when a reply was cut at the token limit."
    )

    @property
    def markers(self) -> tuple[str, ...]:
        """The texts that end the conversation, possibly none."""
        if self.done is None:
            return ()
        return (self.done,) if isinstance(self.done, str) else self.done


class Stressor(_Part):
    """A controlled disturbance, with its place and dose."""

    kind: StressorKind
    at: int | None = Field(None, ge=0, description="The turn index from which it acts.")
    from_: Name | None = Field(None, alias="from")
    onto: Name | None = None
    dose: Rate | None = None
    text: Text | None = None


class Expectation(_Part):
    """What the gate holds a judge's flag rate to."""

    max_rate: Rate | None = Field(None, description="Highest share of flagged turns that passes.")
    margin: Rate | None = Field(None, description="How much worse than the baseline still passes.")


class Scenario(_Part):
    """One scenario file: agents, opening, turn-taking, stop rules, stressors, reference, expectations."""

    model_config = ConfigDict(title="simstress scenario", protected_namespaces=())

    schema_: Literal["simstress/scenario@1"] = Field(SCHEMA, alias="schema")
    id: Identifier
    description: str = ""
    reference: str | None = Field(None, description="The human reference profile to compare with.")
    agents: tuple[Agent, ...] = Field(min_length=2)
    task: str = Field("", description="What the conversation is about; every agent is told.")
    opening: OpeningSpeaker | tuple[FixedTurn, ...] | Text | None = Field(
        None, description="Who speaks first, a text for the first agent, or a list of fixed turns."
    )
    turns: TurnTaking = SimpleTurns(policy="alternate")
    stop: StopRule = StopRule()
    stressors: tuple[Stressor, ...] = ()
    judges: tuple[str, ...] = DEFAULT_JUDGES
    expect: Mapping[str, Expectation] = Field(default_factory=dict)
    models: tuple[str, ...] = Field((), description="A grid: the whole scenario is run once with each.")
    temperature: Temperature | tuple[Temperature, ...] | None = Field(None, description="One value, or a grid.")
    repeats: int = Field(1, ge=1, le=1_000_000)
    reply_max_tokens: int | None = Field(None, ge=1, description="Token limit of each single reply.")

    @model_validator(mode="after")
    def _keep_rules(self) -> Scenario:
        for place, message in rule_faults(self.model_dump(by_alias=True)):
            raise ValueError(f"{'.'.join(map(str, place))}: {message}")
        return self

    @property
    def content_hash(self) -> str:
        """Sixteen hex digits that change when, and only when, what the file says changes."""
        content = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def opening_turns(self) -> tuple[ScriptLine, ...]:
        """The turns before the turn policy takes over; a line without text is the agent's own words."""
        if self.opening is None:
            return () if self.turns.policy == "script" else (ScriptLine(speaker=self.agents[0].name),)
        if isinstance(self.opening, str):
            return (ScriptLine(speaker=self.agents[0].name, text=self.opening),)
        if isinstance(self.opening, OpeningSpeaker):
            return (ScriptLine(speaker=self.opening.speaker, text=self.opening.text),)
        return tuple(ScriptLine(speaker=turn.speaker, text=turn.text) for turn in self.opening)

    @property
    def temperatures(self) -> tuple[float | None, ...]:
        """The values of the temperature grid; (None,) leaves it to the provider."""
        return self.temperature if isinstance(self.temperature, tuple) else (self.temperature,)

    def agent(self, name: str) -> Agent:
        """The agent of that name.

        Raises:
            KeyError: no agent has it.
        """
        for agent in self.agents:
            if agent.name == name:
                return agent
        raise KeyError(name)


def rule_faults(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """The places and messages of broken rules between the parts of a scenario.

    Reads plain data, shaped well or not: a part of the wrong shape is passed over, since pydantic names it.
    """
    names = [agent.get("name") for agent in _mappings(data.get("agents"))]
    known = [name for name in names if isinstance(name, str)]
    yield from _doubled_names(names)
    for place, name in _named_speakers(data):
        if name not in known:
            yield place, f"no agent is called {name!r}: {allowed_hint(name, known)}"
    yield from _misfit_policy(data, len(names))


def _doubled_names(names: Sequence[Any]) -> Iterator[tuple[Place, str]]:
    for index, name in enumerate(names):
        first = names.index(name)
        if isinstance(name, str) and first < index:
            yield ("agents", index, "name"), f"two agents are called {name!r} (also agents[{first}]); names must differ"


def _named_speakers(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Every place that names an agent by name."""
    opening, turns = data.get("opening"), data.get("turns")
    candidates: list[tuple[Place, Any]] = []
    if isinstance(opening, Mapping):
        candidates.append((("opening", "speaker"), opening.get("speaker")))
    candidates += [(("opening", i, "speaker"), line.get("speaker")) for i, line in enumerate(_mappings(opening))]
    if isinstance(turns, Mapping):
        candidates.append((("turns", "moderator"), turns.get("moderator")))
        lines = _mappings(turns.get("lines"))
        candidates += [(("turns", "lines", i, "speaker"), line.get("speaker")) for i, line in enumerate(lines)]
    for i, stressor in enumerate(_mappings(data.get("stressors"))):
        candidates += [(("stressors", i, key), stressor.get(key)) for key in ("from", "onto")]
    return ((place, name) for place, name in candidates if isinstance(name, str))


def _misfit_policy(data: Mapping[str, Any], cast: int) -> Iterator[tuple[Place, str]]:
    turns = data.get("turns")
    policy = turns.get("policy") if isinstance(turns, Mapping) else None
    if policy == "alternate" and cast > 2:
        yield ("turns", "policy"), f"'alternate' takes exactly 2 agents, here are {cast}; use round_robin"


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """The entries of a list, each that is no mapping replaced by an empty one, so that indices hold."""
    if not isinstance(value, list | tuple):
        return []
    return [entry if isinstance(entry, Mapping) else {} for entry in value]
