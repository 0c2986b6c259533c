"""The models that are asked: how many calls at once, what was paid, and what is remembered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from judges.llm.answer_file import Answer, AnswerFile, Asked, answer_key
from sims.backends.backend import Backend, Reply, Request
from sims.errors import CallRejected

FURTHER_VOTES_TEMPERATURE = 0.7
"""The first vote is asked for at temperature 0; those after it are drawn, or they would repeat it."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What calls came to. `calls_without_cost` are those whose price nobody knows; they add nothing to `cost_usd`."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    calls_without_cost: int = 0

    def __add__(self, other: Costs) -> Costs:
        return Costs(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost_usd + other.cost_usd,
            self.calls_without_cost + other.calls_without_cost,
        )

    def as_data(self) -> dict[str, Any]:
        """The same for a file; money rounded to a millionth of a dollar."""
        return {
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": round(self.cost_usd, 6),
            "calls_without_cost": self.calls_without_cost,
        }


def cost_of(reply: Reply) -> Costs:
    """What one reply came to."""
    usage = reply.usage
    return Costs(
        calls=1,
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        cost_usd=reply.cost_usd or 0.0,
        calls_without_cost=int(reply.cost_usd is None),
    )


class Jury:
    """The judge models. Every one is asked `votes` times for each question; at most `max_connections` calls at once.

    `answers` keeps what was answered; None forgets it.

    Raises:
        ValueError: there is no model, or fewer than one vote or connection.
    """

    def __init__(
        self,
        backends: Sequence[Backend],
        *,
        votes: int = 1,
        max_connections: int = 10,
        answers: AnswerFile | None = None,
    ) -> None:
        if not backends or votes < 1 or max_connections < 1:
            raise ValueError(
                f"a jury needs a model, a vote and a connection; there are {len(backends)}, {votes}, {max_connections}"
            )
        self.backends, self.votes, self.answers = tuple(backends), votes, answers
        self._max_connections = max_connections
        self._gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    @property
    def models(self) -> tuple[str, ...]:
        """The model strings, as the user wrote them."""
        return tuple(backend.model for backend in self.backends)

    @property
    def label(self) -> str:
        """The jury in a version: "openai/gpt-4o-mini", "A+B", "A,votes=3"."""
        return "+".join(self.models) + (f",votes={self.votes}" if self.votes > 1 else "")

    async def ask(self, backend: Backend, request: Request, asked: Asked) -> Reply:
        """The answer that is remembered, else a new one, which is then kept.

        Raises:
            BackendError: the model gives none.
        """
        key = answer_key(backend.model, request)
        known = self.answers.find(key) if self.answers else None
        if known is not None:
            return known.reply
        async with self._gate():
            reply = await _reply(backend, request)
        if self.answers is not None:
            self.answers.add(_kept(key, backend.model, asked, reply))
        return replace(reply, latency_s=None)

    async def aclose(self) -> None:
        """Close the connections; a failure to is no reason to lose verdicts."""
        for backend in self.backends:
            close = getattr(backend, "aclose", None)
            if close is not None:
                with contextlib.suppress(Exception):
                    await close()

    def _gate(self) -> asyncio.Semaphore:
        """The gate of this event loop: a semaphore serves one loop only."""
        return self._gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._max_connections))


async def _reply(backend: Backend, request: Request) -> Reply:
    """A reply; a model that takes no temperature (those that reason) is asked without, and the reply says so."""
    try:
        return await backend.reply(request)
    except CallRejected as error:
        if request.temperature is None or "temperature" not in str(error):
            raise
    reply = await backend.reply(replace(request, temperature=None))
    return replace(reply, not_taken=(*reply.not_taken, "temperature"))


def _kept(key: str, model: str, asked: Asked, reply: Reply) -> Answer:
    return Answer(
        key=key,
        model=model,
        judge=asked.judge,
        transcript=asked.transcript,
        first_turn=asked.first_turn,
        vote=asked.vote,
        text=reply.text,
        finish_reason=reply.finish_reason,
        usage=reply.usage,
        cost_usd=reply.cost_usd,
        attempts=reply.attempts,
        not_taken=reply.not_taken,
    )
