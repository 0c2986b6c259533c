"""One promise: what was asked and answered before is not asked again.

An answer is found by all that was asked: model, server, messages, temperature, token limit, seed, and the repeat, so
that no repeat ever reads what another was told. A refusal is an answer; a failed call is none. Messages and keys of
providers are not kept: the key is a hash, the entry the reply.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar
from weakref import WeakValueDictionary

from sims.backends.backend import Backend, Reply, Request
from sims.backends.wrapping import Wrapping
from sims.errors import ReplyRefused, TranscriptError
from sims.record_file import RecordFormat
from sims.reply_store import ReplyStore, StoreFault, open_store
from sims.transcript import Usage

SCHEMA = "simstress/remembered@1"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A reply as it was given; `cost_usd` is what it cost then, `kept_at_s` when that was, in seconds since 1970.

    `refusal` is what the model or its provider said where it declined to answer.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    model: str
    kept_at_s: float
    text: str = ""
    finish_reason: str | None = "stop"
    usage: Usage | None = None
    cost_usd: float | None = None
    not_taken: tuple[str, ...] = ()
    refusal: str | None = None
    schema: str = SCHEMA

    @property
    def reply(self) -> Reply:
        """The reply as it counts today: nobody was called, nothing was paid or measured; `saved_usd` is in its meta.

        Raises:
            ReplyRefused: the model declined to answer.
        """
        if self.refusal is not None:
            error = ReplyRefused(self.refusal)
            error.usage, error.cost_usd, error.attempts = self.usage, 0.0, 0
            raise error
        return Reply(
            self.text,
            finish_reason=self.finish_reason,
            usage=self.usage,
            cost_usd=0.0,
            attempts=0,
            cached=True,
            not_taken=self.not_taken,
            meta={} if self.cost_usd is None else {"saved_usd": self.cost_usd},
        )


_ENTRIES: RecordFormat[Remembered] = RecordFormat(
    Remembered,
    what="remembered reply",
    schema=SCHEMA,
    keys=tuple(field.name for field in fields(Remembered)),
    always=("schema",),
)


class ReplyCache:
    """The remembered replies of one folder. It never fails: what it cannot read or keep is asked for again.

    Raises:
        UsageError: the folder holds something else, or no cache where one `must_exist`.
        OutputError: it cannot be made or opened.
    """

    def __init__(self, path: str | Path, *, must_exist: bool = False) -> None:
        self.store: ReplyStore = open_store(path, must_exist=must_exist)
        self._asking: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._has_failed = False

    def find(self, key: bytes) -> Remembered | None:
        """What was answered, or None; a damaged entry, or one of another version, is none."""
        try:
            value = self.store.get(key)
        except StoreFault as fault:
            self._fail(fault)
            return None
        return None if value is None else _read(value)

    def keep(self, key: bytes, entry: Remembered) -> None:
        """Remember an answer; the first failure to is told, and nothing is remembered after it."""
        if self._has_failed:
            return
        try:
            self.store.put(key, _ENTRIES.dump(entry).encode())
        except StoreFault as fault:
            self._fail(fault)

    def entries(self) -> Iterator[tuple[bytes, int, Remembered | None]]:
        """Every key, with the bytes its entry takes and what it says; None where that cannot be read.

        Raises:
            StoreFault: the folder cannot be read.
        """
        return ((key, len(key) + len(value), _read(value)) for key, value in self.store.items())

    def turn_at(self, key: bytes) -> asyncio.Lock:
        """Whoever holds it may ask; who asks the same meanwhile waits for that answer."""
        return self._asking.setdefault(key, asyncio.Lock())

    def _fail(self, fault: StoreFault) -> None:
        if not self._has_failed:
            self._has_failed = True
            _LOG.warning("cache: %s; the run goes on without remembering", fault)


def _read(value: bytes) -> Remembered | None:
    try:
        return _ENTRIES.load(json.loads(value), path="", line=0)
    except (ValueError, RecursionError, TranscriptError):
        return None


class Cached(Wrapping):
    """A backend that is asked only what `cache` does not remember. `api_base` is where its model is served."""

    def __init__(self, backend: Backend, cache: ReplyCache, *, api_base: str | None = None) -> None:
        super().__init__(backend)
        self.cache, self.api_base = cache, api_base

    async def reply(self, request: Request) -> Reply:
        """The remembered reply, else a new one, which is then remembered.

        Raises:
            ReplyRefused: the model declines, or did.
            BackendError: the backend inside fails.
        """
        key = request_key(self.model, request, api_base=self.api_base)
        async with self.cache.turn_at(key):
            found = self.cache.find(key)
            return found.reply if found else await self._asked(request, key)

    async def _asked(self, request: Request, key: bytes) -> Reply:
        try:
            reply = await self.backend.reply(request)
        except ReplyRefused as refusal:
            declined = Reply("", None, usage=refusal.usage, cost_usd=refusal.cost_usd)
            self.cache.keep(key, _entry(self.model, declined, refusal=str(refusal)))
            raise
        self.cache.keep(key, _entry(self.model, reply))
        return reply


def _entry(model: str, reply: Reply, *, refusal: str | None = None) -> Remembered:
    return Remembered(
        model=model,
        kept_at_s=round(time.time(), 3),
        text=reply.text,
        finish_reason=reply.finish_reason,
        usage=reply.usage,
        cost_usd=reply.cost_usd,
        not_taken=reply.not_taken,
        refusal=refusal,
    )


def request_key(model: str, request: Request, *, api_base: str | None = None) -> bytes:
    """32 bytes, the same for the same question in the same repeat to the same model and server, else others."""
    asked = [
        SCHEMA,
        model,
        api_base,
        request.temperature,
        request.max_tokens,
        request.seed,
        request.scene.repeat if request.scene else None,
        [[message.role, message.content] for message in request.messages],
    ]
    return hashlib.blake2b(json.dumps(asked).encode(), digest_size=32).digest()
