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

    `conversation` is the transcript's id; `turns` is everything said so far.
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
class Reply:
    """What came back. None where nobody measured; `not_taken` names the settings the backend could not honour."""

    text: str
    finish_reason: str | None = "stop"
    usage: Usage | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    attempts: int = 1
    cached: bool = False
    not_taken: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)


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
