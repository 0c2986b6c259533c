"""The scenario as pydantic models: what a YAML file may say, and the rules between its parts.

Shapes are checked by pydantic, rules between parts by `sims.scenario_rules`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

from sims.scenario_rules import DEFAULT_JUDGES, DEFAULT_MAX_TURNS, rule_faults

SCHEMA: Literal["simstress/scenario@1"] = "simstress/scenario@1"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029:]+$"
SLUG = r"^[a-z0-9][a-z0-9._-]{0,63}$"
PATTERNS_IN_WORDS = {
    ONE_LINE: "one line without a colon, tab or control character",
    SLUG: "1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or a digit, such as refund-dispute",
}

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=ONE_LINE)]
Identifier = Annotated[str, StringConstraints(pattern=SLUG)]
Rate = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Temperature = Annotated[float, Field(strict=True, ge=0, le=2, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]

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
    "temperature",
    "context_truncation",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _shape(value: Any) -> str:
    """Which of a field's shapes a value has, so that faults are told of that shape alone."""
    if isinstance(value, Mapping | BaseModel):
        return "mapping"
    return "list" if isinstance(value, list | tuple) else "single"


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

    speaker: Name = Field(description="The agent who speaks first.")
    text: Text | None = Field(None, description="Fixed words of the first turn; left out, the agent makes its own.")


class FixedTurn(_Part):
    """A turn whose words are given."""

    speaker: Name = Field(description="The agent who says it.")
    text: Text = Field(description="What is said, word for word.")


class ScriptLine(_Part):
    """A place in a script: fixed words, or the agent's own where `text` is left out."""

    speaker: Name = Field(description="The agent whose turn it is.")
    text: Text | None = Field(None, description="Fixed words; left out, the agent makes its own.")


class SimpleTurns(_Part):
    """Turn-taking that needs no further setting."""

    policy: Literal["alternate", "round_robin", "random", "addressed"] = Field(
        description="alternate: two agents by turns; round_robin: in the order of `agents`; random: drawn by the seed; "
        "addressed: whoever the last turn names."
    )


class ModeratorTurns(_Part):
    """A moderator speaks every second turn and calls on the next speaker by name."""

    policy: Literal["moderator"] = Field(description="A moderator calls on the next speaker.")
    moderator: Name = Field(description="The agent who moderates.")


class ModelTurns(_Part):
    """A language model picks the next speaker; left out, `model` is the run's own."""

    policy: Literal["model"] = Field(description="A language model picks the next speaker.")
    model: str | None = Field(None, description="provider/model that picks; left out, the run's own.")


class ScriptTurns(_Part):
    """A fixed order of speakers, fixed words mixed with generated ones; ends with its last line."""

    policy: Literal["script"] = Field(description="A fixed order of speakers.")
    lines: tuple[ScriptLine, ...] = Field(min_length=1, description="The order; the last line ends the conversation.")


TurnTaking = Annotated[SimpleTurns | ModeratorTurns | ModelTurns | ScriptTurns, Field(discriminator="policy")]
Opening = Annotated[
    Annotated[OpeningSpeaker, Tag("mapping")]
    | Annotated[tuple[FixedTurn, ...], Tag("list")]
    | Annotated[Text, Tag("single")],
    Discriminator(_shape),
]
Markers = Annotated[
    Annotated[tuple[Text, ...], Tag("list")] | Annotated[Text, Tag("single")],
    Discriminator(_shape),
]
Temperatures = Annotated[
    Annotated[tuple[Temperature, ...], Field(min_length=1), Tag("list")] | Annotated[Temperature, Tag("single")],
    Discriminator(_shape),
]


class StopRule(_Part):
    """When a conversation ends."""

    max_turns: Count = Field(DEFAULT_MAX_TURNS, ge=1, le=100_000, description="Turns, the opening included.")
    done: Markers | None = Field(None, description="A turn that holds this text, or one of these, is the last one.")
    max_tokens: Count | None = Field(None, ge=1, description="Completion tokens of the whole conversation.")
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
    """A controlled disturbance, with its place and dose; docs/stressors.md tells what each kind does with them."""

    kind: StressorKind = Field(description="What disturbs the conversation.")
    at: Count | None = Field(
        None,
        ge=0,
        description="Of kinds that act through a partner's words: the turn index from which they do; the first turn is "
        "0, left out it is 2.",
    )
    from_: Name | None = Field(
        None, alias="from", description="The agent through whose words it acts; left out, who speaks first."
    )
    onto: Name | None = Field(
        None, description="The agent it is aimed at; left out, everybody but `from`, or everybody where there is none."
    )
    dose: Rate | None = Field(
        None,
        description="How strong, from 0 (none) to 1: the share of turns, words, sentences or history that is "
        "disturbed. Left out: one single turn where turns are, else all of it.",
    )
    register_: Literal["formal", "casual"] | None = Field(
        None, alias="register", description="Of register_shift: which way; left out, away from the speaker's own."
    )
    text: Text | None = Field(
        None,
        description="Of role_pressure, distractor, contradiction and silence: the words to use, in place of the "
        "shipped ones.",
    )

    @property
    def record(self) -> dict[str, Any]:
        """The stressor as transcripts tell it: what is set, under the keys of the file."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Expectation(_Part):
    """What the gate holds a judge's flag rate to."""

    max_rate: Rate | None = Field(None, description="Highest share of flagged turns that passes.")
    margin: Rate | None = Field(None, description="How much worse than the baseline still passes.")


class Scenario(_Part):
    """One scenario file: agents, opening, turn-taking, stop rules, stressors, reference, expectations."""

    model_config = ConfigDict(title="simstress scenario", protected_namespaces=())

    schema_: Literal["simstress/scenario@1"] = Field(SCHEMA, alias="schema", description="The form of this file.")
    id: Identifier = Field(description="Names the scenario in every result: a-z, 0-9, '.', '_', '-'.")
    description: str = Field("", description="One line for people; no agent sees it.")
    reference: str | None = Field(
        None, description="The human reference profile to compare with: its name, or its .json file seen from this one."
    )
    agents: tuple[Agent, ...] = Field(min_length=2, description="Who takes part, two or more.")
    task: str = Field("", description="What the conversation is about; every agent is told.")
    opening: Opening | None = Field(
        None, description="Who speaks first, a text for the first agent, or a list of fixed turns."
    )
    turns: TurnTaking = Field(SimpleTurns(policy="alternate"), description="Who speaks next.")
    stop: StopRule = Field(StopRule(), description="When the conversation ends.")
    stressors: tuple[Stressor, ...] = Field((), description="Controlled disturbances of the conversation.")
    judges: tuple[str, ...] = Field(DEFAULT_JUDGES, description="The judges that read the transcripts.")
    expect: Mapping[str, Expectation] = Field(
        default_factory=dict, description="By judge, what the gate holds its flag rate to."
    )
    models: tuple[Text, ...] = Field((), description="A grid: the whole scenario is run once with each.")
    temperature: Temperatures | None = Field(None, description="One value from 0 to 2, or a list: a grid.")
    repeats: Count = Field(1, ge=1, le=1_000_000, description="Conversations per cell of the grid.")
    reply_max_tokens: Count | None = Field(None, ge=1, description="Token limit of each single reply.")

    @model_validator(mode="after")
    def _keep_rules(self) -> Scenario:
        for place, message in rule_faults(self.model_dump(by_alias=True)):
            raise ValueError(f"{'.'.join(map(str, place))}: {message}")
        return self

    @property
    def content_hash(self) -> str:
        """Sixteen hex digits that change when, and only when, what the file says changes.

        Of a profile in a file its name counts, not the folder, which is another on every machine.
        """
        says = self.model_dump(mode="json", by_alias=True)
        if self.reference is not None:
            says["reference"] = PurePath(self.reference).name
        return hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()[:16]

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
