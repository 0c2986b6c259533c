"""One promise: a provider gets no more calls at once than it takes, and none while it asks us to wait."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from sims.backends.backend import Backend, Reply, Request
from sims.backends.wrapping import NeverCalled, Wrapping
from sims.errors import AccountRejected, BackendError, ProviderAway, RateLimited
from sims.limits import Limit
from sims.manifest import KEPT_CHANGES, Pace, PaceChange, PaceReason
from sims.patience import Patience

PROBE_S = 1.0
"""The pause after a provider has refused all calls in flight and does not say how long to wait."""
TOLD_FROM_S = 1.0
"""The shortest pause that is told."""
TELLING_INTERVAL_S = 10.0
"""The time between two pauses that are told."""

_log = logging.getLogger(__name__)


class Pacer:
    """The places for calls to one provider, given away in the order in which they are asked for.

    A refused call leaves its place empty until another call ends otherwise: only that shows there is room. A pause
    that the provider asks for holds for all calls, and is told on the log as a warning, where it lasts. Where the
    provider is not worth asking (`Patience`, with `max_wait_s`) calls are sent away, without being made. Serves one
    event loop after another.
    """

    def __init__(self, provider: str, *, most: int, max_wait_s: float) -> None:
        self.provider, self._max_wait_s = provider, max_wait_s
        self._limit, self._patience = Limit(most=most), Patience(provider, most_s=max_wait_s)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._in_flight = self._calls = self._rate_limited = 0
        self._is_full = False
        self._pause_ends_s = self._began_s = self._told_s = 0.0
        self._alarm: tuple[asyncio.AbstractEventLoop, asyncio.TimerHandle] | None = None
        self._changes: deque[PaceChange] = deque(maxlen=KEPT_CHANGES)

    @property
    def pace(self) -> Pace:
        """What became of the calls so far, and of the number allowed at once."""
        return Pace(
            calls=self._calls,
            rate_limited=self._rate_limited,
            limit=self._limit.places,
            changes=tuple(self._changes),
        )

    async def begin(self) -> int:
        """The number of a call that may be made now; `end` has to follow.

        Raises:
            ProviderAway: it should not be asked.
            NeverCalled: it was cancelled before its turn.
        """
        if away := self.away():
            raise away
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            self._give_back(place)
            raise NeverCalled from None
        self._calls += 1
        if self._calls == 1:
            self._began_s = _now_s()
            self._note("start")
        return self._calls

    def away(self) -> ProviderAway | None:
        """Why the provider should not be asked; None where it may be, sooner or later."""
        return self._patience.away(self._pause_left_s)

    def end(self, call: int, outcome: Reply | BackendError | None) -> None:
        """Take note of how a call ended (None: it was cancelled) and let the next begin."""
        is_refused = isinstance(outcome, RateLimited)
        if outcome is not None:
            self._patience.take(outcome, now_s=_now_s())
        if isinstance(outcome, Reply):
            self._settle()
            self._take_answer(call, outcome)
        elif isinstance(outcome, BackendError):
            self._take_failure(call, outcome)
        self._in_flight -= 1
        self._is_full = is_refused
        if is_refused and not self._in_flight:
            self._pause(PROBE_S)
        self._send_away()
        self._admit()

    def _settle(self) -> None:
        before = self._limit.places
        if self._is_full:
            self._limit.settle(self._in_flight)
        if self._limit.places < before:
            self._note("rate_limited")

    def _take_answer(self, call: int, reply: Reply) -> None:
        """Wait for what the provider says it gives us a second; grow where it says nothing of the kind."""
        wanted = min(self._limit.places, self._in_flight + len(self._waiting))
        tokens = reply.usage.prompt_tokens + reply.usage.completion_tokens if reply.usage else 0
        needs = {"requests": wanted, "tokens": wanted * tokens}
        wait_s = max((one.wait_s(needs[one.unit]) for one in reply.allowances), default=0.0)
        if wait_s > 0:
            self._pause(min(wait_s, self._max_wait_s))
            self._note("asked_to_wait")
        elif self._in_flight >= self._limit.places:
            before = self._limit.places
            self._limit.grow(call, now_s=_now_s())
            if self._limit.places > before:
                self._note("grown")

    def _take_failure(self, call: int, error: BackendError) -> None:
        if isinstance(error, RateLimited):
            self._rate_limited += 1
            before = self._limit.places
            self._limit.shrink(call, in_flight=self._in_flight, newest=self._calls)
            self._limit.spare(min(error.retry_after_s or 0.0, self._max_wait_s), now_s=_now_s())
            if self._limit.places != before:
                self._note("rate_limited")
        if error.retry_after_s:
            self._pause(error.retry_after_s)
            self._note("asked_to_wait")

    @property
    def _pause_left_s(self) -> float:
        return max(0.0, self._pause_ends_s - _now_s())

    def _pause(self, wait_s: float) -> None:
        """Let no call begin for so long."""
        self._pause_ends_s = max(self._pause_ends_s, _now_s() + wait_s)
        left_s = self._pause_left_s
        is_told = self._told_s and _now_s() < self._told_s + TELLING_INTERVAL_S
        if TOLD_FROM_S <= left_s <= self._max_wait_s and not is_told:
            self._told_s = _now_s()
            state = f"limit {self._limit.places}, {self._rate_limited} refusals"
            _log.warning("%s makes us wait %.0f s (%s)", self.provider, left_s, state)

    def _send_away(self) -> None:
        """Tell those who wait, where the provider should not be asked."""
        while self._waiting and (away := self.away()):
            place = self._waiting.popleft()
            if not place.done():
                place.set_exception(away)

    def _admit(self) -> None:
        """Give the places that are free to those who wait, now or when the pause is over."""
        if self._pause_left_s > 0:
            self._set_alarm()
            return
        if not self._in_flight:
            self._is_full = False
        while self._waiting and not self._is_full and self._in_flight < self._limit.places:
            place = self._waiting.popleft()
            if not place.done():
                self._in_flight += 1
                place.set_result(None)

    def _set_alarm(self) -> None:
        """Look again when the pause is over; an alarm of an event loop that is gone does not ring."""
        loop = asyncio.get_running_loop()
        if self._alarm is None or self._alarm[0] is not loop:
            self._alarm = loop, loop.call_at(self._pause_ends_s, self._ring)

    def _ring(self) -> None:
        self._alarm, self._is_full = None, False
        self._admit()

    def _give_back(self, place: asyncio.Future[None]) -> None:
        """Leave the queue, or pass on the place that was given at the same moment."""
        if place in self._waiting:
            self._waiting.remove(place)
        elif not place.cancelled() and place.exception() is None:
            self._in_flight -= 1
            self._admit()

    def _note(self, reason: PaceReason) -> None:
        """Write a change down; growth upon growth is one, as are cut upon cut and a pause that goes on."""
        if self._changes and self._changes[-1].reason == reason:
            if reason == "asked_to_wait":
                return
            self._changes.pop()
        at_s = round(_now_s() - self._began_s, 3)
        self._changes.append(PaceChange(at_s=at_s, limit=self._limit.places, reason=reason))


class Paced(Wrapping):
    """A backend whose calls wait for a place at their provider."""

    def __init__(self, backend: Backend, pacer: Pacer) -> None:
        super().__init__(backend)
        self._pacer = pacer

    async def reply(self, request: Request) -> Reply:
        """The reply of the backend inside, once it is this call's turn; the wait is no part of its latency.

        Raises:
            BackendError: the one of the backend inside.
            ProviderAway: the provider should not be asked, or this call has shown it.
        """
        try:
            return await self._in_turn(request)
        except BackendError as error:
            if (error.is_transient or isinstance(error, AccountRejected)) and (away := self.away()):
                raise away from error
            raise

    def away(self) -> ProviderAway | None:
        """Why the provider should not be asked now; None where it may be."""
        return self._pacer.away()

    async def _in_turn(self, request: Request) -> Reply:
        call = await self._pacer.begin()
        outcome: Reply | BackendError | None = None
        try:
            outcome = reply = await self.backend.reply(request)
        except BackendError as error:
            outcome = error
            raise
        finally:
            self._pacer.end(call, outcome)
        return reply


def _now_s() -> float:
    """The event loop's time: it never jumps, and goes on in the next loop."""
    return asyncio.get_running_loop().time()
