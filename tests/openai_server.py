"""A server on loopback that speaks the OpenAI chat API, well or badly, as it is told.

It is a real one (an ASGI app under uvicorn, in a thread), so that clients are tested through the protocol and
not through a patched library, from this process or from another:

    with openai_server(rate_limited(retry_after="0"), says("Hello.")) as server:
        ...  # point a client at server.base_url; server.calls tells what it asked
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Call:
    """A chat completion that a client asked for; `number` counts from 0, in the order of arrival."""

    number: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def last_message(self) -> str:
        """What the last message says."""
        return str(self.body["messages"][-1]["content"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server does with a call: waits, then hangs up or answers. A `body` of str is sent as it stands.

    With `trickle_s` the answer never ends: a blank, every so many seconds.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    wait_s: float = 0.0
    hangs_up: bool = False
    trickle_s: float | None = None

    def response(self) -> Response:
        """The same as an HTTP response."""
        if self.trickle_s is not None:
            return StreamingResponse(_blanks(self.trickle_s), media_type=self.media_type)
        content = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return Response(content, self.status, dict(self.headers), self.media_type)


def says(text: str | None, *, finish_reason: str = "stop", wait_s: float = 0.0, **message: Any) -> Answer:
    """A chat completion of that text; `message` adds fields to the message. 11 tokens in, 7 out."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text} | message,
        "finish_reason": finish_reason,
        "logprobs": None,
    }
    return _completion([choice], wait_s=wait_s)


def refuses(words: str) -> Answer:
    """The model declines, in the field that the API has for it."""
    return says(None, refusal=words)


def is_filtered(text: str = "") -> Answer:
    """A content filter stopped the text."""
    return says(text, finish_reason="content_filter")


def is_cut_off(text: str) -> Answer:
    """The text ended at the token limit."""
    return says(text, finish_reason="length")


def has_no_choice() -> Answer:
    """A completion whose list of choices is empty."""
    return _completion([])


def lacks_choices() -> Answer:
    """A JSON object that is no completion."""
    return Answer({"id": "chatcmpl-0", "object": "chat.completion"})


def is_broken_json() -> Answer:
    """Status 200 and half an object."""
    return Answer('{"id": "chatcmpl-0", "choices": [{"mess')


def is_html() -> Answer:
    """Status 200 and the page of some proxy."""
    return Answer("<html><body>Welcome to the hotel network</body></html>", media_type="text/html")


def fails(status: int, message: str = "The server had an error", *, code: str | None = None) -> Answer:
    """An error of that HTTP status, in the form the API has for it."""
    return Answer({"error": {"message": message, "type": "error", "param": None, "code": code}}, status)


def rate_limited(*, retry_after: str | None = None) -> Answer:
    """429, with the Retry-After header as given."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return Answer({"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}, 429, headers)


def context_too_long() -> Answer:
    """The messages do not fit the model."""
    message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
    return fails(400, message, code="context_length_exceeded")


def hangs() -> Answer:
    """No answer, ever."""
    return Answer(wait_s=math.inf)


def hangs_up() -> Answer:
    """The connection is dropped without a byte."""
    return Answer(hangs_up=True)


def trickles(every_s: float) -> Answer:
    """An answer that never ends, one blank at a time."""
    return Answer(trickle_s=every_s)


async def _blanks(every_s: float) -> AsyncIterator[str]:
    while True:
        yield " "
        await asyncio.sleep(every_s)


def _completion(choices: list[dict[str, Any]], *, wait_s: float = 0.0) -> Answer:
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    head = {"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": "test"}
    return Answer(head | {"choices": choices, "usage": usage}, wait_s=wait_s)


class OpenAIServer:
    """The server: `base_url` for clients, `calls` for whoever checks what was asked, `in_flight` those not answered."""

    def __init__(self, choose: Callable[[Call], Answer] | None = None) -> None:
        self.calls: list[Call] = []
        self.in_flight = 0
        self._choose = choose or (lambda call: says("Hello."))
        app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])
        settings = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none")
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, name="openai-server", daemon=True)

    @property
    def base_url(self) -> str:
        """What a client calls `api_base`."""
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}/v1"

    def play(self, *script: Answer) -> None:
        """From now on give these answers in order, the last one for ever; forget the calls so far."""
        self.calls.clear()
        self._choose = lambda call: script[min(call.number, len(script) - 1)]

    def allow(self, room: Callable[[int], int], *, wait_s: float, retry_after: str | None = None) -> None:
        """From now on answer as many calls at once as `room` says for the number of a call, and refuse the others."""
        self.calls.clear()

        def choose(call: Call) -> Answer:
            has_room = self.in_flight <= room(call.number)
            return says("Hello.", wait_s=wait_s) if has_room else rate_limited(retry_after=retry_after)

        self._choose = choose

    def start(self) -> None:
        """Return when the server answers."""
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the test server did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """Hang up on everybody and return when the server is gone."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=10)

    async def _complete(self, request: Request) -> Response:
        call = Call(len(self.calls), await request.json(), dict(request.headers))
        self.calls.append(call)
        self.in_flight += 1
        try:
            answer = self._choose(call)
            if not await self._is_still_wanted(request, answer.wait_s) or answer.hangs_up:
                self._hang_up(request)
        finally:
            self.in_flight -= 1
        return answer.response()

    async def _is_still_wanted(self, request: Request, wait_s: float) -> bool:
        """Wait; whether client and server are both still there afterwards."""
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            if self._server.should_exit or await request.is_disconnected():
                return False
            await asyncio.sleep(min(0.05, until - time.monotonic()))
        return True

    def _hang_up(self, request: Request) -> None:
        for connection in self._server.server_state.connections:
            if connection.client == tuple(request.client or ()) and connection.transport is not None:
                connection.transport.abort()


@contextmanager
def openai_server(*script: Answer, choose: Callable[[Call], Answer] | None = None) -> Iterator[OpenAIServer]:
    """A running server that gives the answers of `script` in order, the last one for ever, or what `choose` says."""
    server = OpenAIServer(choose)
    if script:
        server.play(*script)
    server.start()
    try:
        yield server
    finally:
        server.stop()
