"""The one protocol between the engine and whoever writes a reply, and the values that cross it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sims.scenario import Agent
from sims.transcript import Turn, Usage


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message as a provider takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Other:
    """What an agent may know of another participant: never the goal or the private facts."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The situation seen from one agent, for backends that do not read prompts.

    `conversation` is the transcript's id; `turns` is everything said so far. `stress` tells how strongly each kind of
    stressor acts on this agent's next turn, from 0 (left out) to 1.
    """

    scenario_id: str
    conversation: str
    repeat: int
    task: str
    me: Agent
    others: tuple[Other, ...]
    turns: tuple[Turn, ...]
    max_turns: int
    done_marker: str | None = None
    stress: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a backend. None leaves a setting to the backend; `scene` is None outside conversations."""

    messages: tuple[Message, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    timeout_s: float | None = None
    scene: Scene | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider still gives us: `remaining` of `limit` units, all of them again in `full_in_s` seconds.

    Blind spot: units are taken to come back evenly, as OpenAI's and Anthropic's do; a provider that counts in fixed
    windows gives none before the window ends, and refuses calls until then.
    """

    unit: Literal["requests", "tokens"]
    remaining: int
    limit: int
    full_in_s: float

    def wait_s(self, needed: int) -> float:
        """The seconds until so many units are there, or as many as there can be; 0 where they are there now.

        >>> Allowance("requests", remaining=0, limit=60, full_in_s=60.0).wait_s(5)
        5.0
        """
        missing = min(needed, self.limit) - self.remaining
        return self.full_in_s * missing / (self.limit - self.remaining) if missing > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. None where nobody measured; `not_taken` names the settings the backend could not honour.

    `allowances` are what the provider told with this reply; they are not kept.
    """

    text: str
    finish_reason: str | None = "stop"
    usage: Usage | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    attempts: int = 1
    cached: bool = False
    not_taken: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)
    allowances: tuple[Allowance, ...] = ()


class Backend(Protocol):
    """Writes replies. `model` is the name that is recorded in transcripts.

    `reply` raises only members of `sims.errors.BackendError`; everything foreign is translated inside.
    A refusal raises `ReplyRefused`; an empty text is a value, which the engine judges.
    """

    @property
    def model(self) -> str:
        """The model string as the user wrote it."""
        ...

    async def reply(self, request: Request) -> Reply:
        """One reply to one request."""
        ...


def is_offline(model: str) -> bool:
    """Whether a model string names a backend of our own, which costs nothing and reaches no network.

    >>> is_offline("offline/actor?role_flip=0.1"), is_offline("openai/gpt-4o-mini")
    (True, False)
    """
    return model.startswith("offline/") or model.partition("?")[0] == "replay"
