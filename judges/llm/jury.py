"""The models that are asked: how many calls at once, what was paid, and what is remembered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from judges.llm.answer_file import Answer, AnswerFile, Asked, answer_key
from judges.llm.costs import cost_of_failure
from sims.backends.backend import Backend, Reply, Request
from sims.backends.catalogue import address_of
from sims.errors import BackendError, CallRejected, ReplyRefused

FURTHER_VOTES_TEMPERATURE = 0.7
"""The first vote is asked for at temperature 0; those after it are drawn, or they would repeat it."""


class Jury:
    """The judge models. Every one is asked `votes` times for each question; at most `max_connections` calls at once.

    `answers` keeps what was answered; None forgets it. `server` is where the models are, if not at their provider's.

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
        server: str | None = None,
    ) -> None:
        if not backends or votes < 1 or max_connections < 1:
            raise ValueError(
                f"a jury needs a model, a vote and a connection; there are {len(backends)}, {votes}, {max_connections}"
            )
        self.backends, self.votes, self.answers = tuple(backends), votes, answers
        self._server, self._max_connections = server, max_connections
        self._without_temperature: set[str] = set()
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
        """The answer that is remembered, else a new one, which is then kept; a refusal is an answer too.

        Raises:
            BackendError: the model gives none.
        """
        if self.answers is None:
            return replace(await self._reply(backend, request), latency_s=None)
        key = answer_key(backend.model, request, server=address_of(backend.model, self._server))
        answer = self.answers.find(key)
        if answer is None:
            answer = await self._answer(backend, request, asked, key)
            self.answers.add(answer)
        return answer.reply

    async def _answer(self, backend: Backend, request: Request, asked: Asked, key: str) -> Answer:
        try:
            reply = await self._reply(backend, request)
        except ReplyRefused as error:
            refused = Reply("", None, usage=error.usage, cost_usd=error.cost_usd, attempts=error.attempts)
            return _kept(key, backend.model, asked, refused, refusal=str(error))
        except BackendError as error:
            if self.answers is not None:
                self.answers.note(cost_of_failure(error))
            raise
        return _kept(key, backend.model, asked, reply)

    async def _reply(self, backend: Backend, request: Request) -> Reply:
        """A reply; a model that takes no temperature (those that reason) is asked without, and the reply says so."""
        async with self._gate():
            if backend.model not in self._without_temperature:
                try:
                    return await backend.reply(request)
                except CallRejected as error:
                    if request.temperature is None or "temperature" not in str(error):
                        raise
                    self._without_temperature.add(backend.model)
            reply = await backend.reply(replace(request, temperature=None))
            return replace(reply, not_taken=(*reply.not_taken, "temperature"))

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


def _kept(key: str, model: str, asked: Asked, reply: Reply, *, refusal: str = "") -> Answer:
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
        refusal=refusal,
    )
