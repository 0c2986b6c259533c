"""Providers that refuse calls by the rules that real ones have, in the time of the event loop that asks them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sims.backends.backend import Reply, Request
from sims.errors import RateLimited
from sims.seeds import generator


class Counting:
    """A backend that answers after `latency_s`, and counts what it gave and refused."""

    model = "test/counting"

    def __init__(self, *, latency_s: float = 0.075, refusal_s: float = 0.002) -> None:
        self.latency_s, self.refusal_s = latency_s, refusal_s
        self.in_flight = self.most_in_flight = self.answered = self.refused = 0
        self._random = generator("provider")

    def may_begin(self) -> bool:
        """Whether one more call is taken now."""
        return True

    async def reply(self, request: Request) -> Reply:
        """The answer, after some time, or a refusal, after a little."""
        if not self.may_begin():
            self.refused += 1
            await asyncio.sleep(self.refusal_s * self._random.uniform(0.5, 1.5))
            raise self.refusal()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency_s * self._random.uniform(0.67, 1.33))
        finally:
            self.in_flight -= 1
        self.answered += 1
        return self.answer()

    def refusal(self) -> RateLimited:
        """The refusal, without a word on how long to wait."""
        return RateLimited("429")

    def answer(self) -> Reply:
        """What is answered."""
        return Reply("Hello.")


class Roomy(Counting):
    """Takes so many calls at once, by the number answered; `retry_after_s` is in its refusals."""

    def __init__(
        self, room: Callable[[int], int], *, retry_after_s: float | None = None, latency_s: float = 0.075
    ) -> None:
        super().__init__(latency_s=latency_s)
        self._room, self._retry_after_s = room, retry_after_s

    def may_begin(self) -> bool:
        """Whether there is room."""
        return self.in_flight < self._room(self.answered)

    def refusal(self) -> RateLimited:
        """The refusal, with the wait asked for."""
        return RateLimited("429", retry_after_s=self._retry_after_s)


class Bucket(Counting):
    """Takes so many calls a second, and `size` at once after a rest."""

    def __init__(self, *, per_s: float, size: float, retry_after_s: float | None = None) -> None:
        super().__init__()
        self.per_s, self.size, self.tokens, self._at_s = per_s, size, size, 0.0
        self._retry_after_s = retry_after_s

    def may_begin(self) -> bool:
        """Whether a token is left, after those that came back meanwhile."""
        now_s = asyncio.get_running_loop().time()
        self.tokens = min(self.size, self.tokens + self.per_s * (now_s - self._at_s))
        self._at_s = now_s
        is_taken = self.tokens >= 1
        self.tokens -= is_taken
        return is_taken

    def refusal(self) -> RateLimited:
        """The refusal, with the wait asked for."""
        return RateLimited("429", retry_after_s=self._retry_after_s)
