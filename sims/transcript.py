"""The values of a conversation: who took part, who said what, and how it ended.

Frozen, without files, connections or clocks. `sims.transcript_file` reads and writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

from sims.errors import shortened

SCHEMA = "simstress/transcript@1"

Kind = Literal["human", "llm"]

StopReason = Literal[
    "agent_done",
    "max_turns",
    "max_tokens",
    "budget",
    "empty_reply",
    "refused",
    "backend_error",
    "cancelled",
    "script_end",
    "aborted",
]
STOP_REASONS: tuple[StopReason, ...] = get_args(StopReason)
FAILURES: frozenset[StopReason] = frozenset({"budget", "empty_reply", "refused", "backend_error", "cancelled"})
"""The reasons that mean the conversation did not reach its natural end; each counts as missing data."""

UNFINISHED: frozenset[StopReason] = frozenset({"budget", "cancelled"})
"""The reasons that mean somebody stopped the run: such a conversation goes on when the run does."""

_STRICT = {"extra": "forbid"}
_NAMED = 10
"""How many participants a message names."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the provider counted them."""

    __pydantic_config__: ClassVar = _STRICT

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Participant:
    """A speaker. `persona`, `goal`, `private` and `model` are None in dialogues that do not tell."""

    __pydantic_config__: ClassVar = _STRICT

    name: str
    role: str
    persona: str | None = None
    goal: str | None = None
    private: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance.

    `reply_to` is the index of the turn it answers and `to` names whom it addresses; None and empty
    mean "not recorded". `cost_usd` and `latency_s` are None where nobody measured them, never 0.
    `meta` of a turn by the offline actor records the fault it planted, under "planted"; that of a turn whose words a
    stressor changed the kinds of stressor, under "stressed", and the speaker's own words, under "own_text". "fixed"
    marks words that no model spoke, "recorded" those of another conversation, which was branched off, and "injected"
    those put behind them.
    """

    __pydantic_config__: ClassVar = _STRICT

    speaker: str
    text: str
    reply_to: int | None = None
    to: tuple[str, ...] = ()
    usage: Usage | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    finish_reason: str | None = None
    attempts: int | None = None
    cached: bool | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def own_text(self) -> str:
        """What its speaker had said: the text, but for what a stressor made of it."""
        return str(self.meta.get("own_text", self.text))

    @property
    def is_of_beginning(self) -> bool:
        """Whether it stood there when a branched conversation went on: it is nobody's doing who speaks in that one."""
        return bool(self.meta.get("recorded") or self.meta.get("injected"))

    @property
    def is_generated(self) -> bool:
        """Whether a model was called for it in this conversation."""
        return not (self.meta.get("fixed") or self.meta.get("recorded"))


@dataclass(frozen=True, slots=True)
class ScenarioRef:
    """Which scenario a transcript was made from; `hash` is of the content, `reference` a profile name."""

    __pydantic_config__: ClassVar = _STRICT

    id: str
    hash: str
    task: str = ""
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """The participants and turns of one conversation, simulated or imported, human or LLM.

    `stressors` tells what disturbed it, as `Stressor.record`. `meta` of a simulated one names the choice of models
    ("model"); "twin" is the id of the undisturbed conversation it is compared with, "branch" where it was branched off,
    "aborted" what a judge that watched saw in its last turn.

    Raises:
        ValueError: two participants share a name, a turn's speaker does not take part, or a turn
            replies to one that is not before it.
    """

    __pydantic_config__: ClassVar = _STRICT

    id: str
    source: str
    kind: Kind
    participants: tuple[Participant, ...]
    turns: tuple[Turn, ...]
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)
    schema: str = SCHEMA
    scenario: ScenarioRef | None = None
    repeat: int | None = None
    seed: int | None = None
    stressors: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    stop_reason: StopReason | None = None
    error: str | None = None

    def __post_init__(self) -> None:
        names = Counter(participant.name for participant in self.participants)
        doubled = min((name for name, times in names.items() if times > 1), default=None)
        if doubled is not None:
            raise ValueError(f"two participants are called {shortened(doubled)}; names must differ")
        for index, turn in enumerate(self.turns):
            if turn.speaker not in names:
                known = ", ".join(map(shortened, sorted(names)[:_NAMED])) + (", ..." if len(names) > _NAMED else "")
                raise ValueError(f"turn {index}: speaker {shortened(turn.speaker)} is not a participant: [{known}]")
            if turn.reply_to is not None and not 0 <= turn.reply_to < index:
                raise ValueError(f"turn {index}: reply_to {turn.reply_to} is not an earlier turn")

    @property
    def speakers(self) -> tuple[str, ...]:
        """The participants' names, in their order."""
        return tuple(participant.name for participant in self.participants)

    @property
    def has_failed(self) -> bool:
        """Whether the conversation broke off: such a transcript counts as missing data."""
        return self.stop_reason in FAILURES

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody stopped the run it belongs to: it goes on when that does."""
        return self.stop_reason in UNFINISHED

    @property
    def beginning(self) -> int:
        """How many turns a branched conversation went on from; 0 where it is none. They count for nobody here."""
        return next((place for place, turn in enumerate(self.turns) if not turn.is_of_beginning), len(self.turns))

    @property
    def branched_of(self) -> str | None:
        """The id of the recording that it was branched off; None where it is no branch."""
        branch = self.meta.get("branch")
        of = branch.get("of") if isinstance(branch, Mapping) else None
        return of if isinstance(of, str) else None

    @property
    def is_arm(self) -> bool:
        """Whether it is of an arm of a stress test, with an undisturbed twin beside it."""
        return "twin" in self.meta

    def participant(self, name: str) -> Participant:
        """The participant of that name.

        Raises:
            KeyError: nobody of that name takes part.
        """
        for participant in self.participants:
            if participant.name == name:
                return participant
        raise KeyError(name)
