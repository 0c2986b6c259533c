"""One promise: a call that failed for a passing reason is made again, after a decent wait."""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from sims.backends.backend import Backend, Reply, Request
from sims.backends.wrapping import Wrapping
from sims.errors import BackendError
from sims.seeds import generator


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is made, and how long to wait in between.

    The waits double from `first_wait_s` up to `max_wait_s`; each is shortened at random by up to a half, so that
    conversations that failed together do not return together. A provider's Retry-After takes the place of the
    doubling wait; one that is longer than `max_wait_s` is not sat through: the call fails.

    Raises:
        ValueError: fewer than one attempt, or waits that are negative or out of order.
    """

    max_attempts: int = 5
    first_wait_s: float = 0.5
    max_wait_s: float = 120.0

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts is {self.max_attempts}; a call takes at least 1 attempt")
        if not 0 <= self.first_wait_s <= self.max_wait_s:
            raise ValueError(f"need 0 <= first_wait_s <= max_wait_s, not {self.first_wait_s} and {self.max_wait_s}")

    def allows(self, error: BaseException) -> bool:
        """Whether the call that failed so is worth another attempt."""
        if not (isinstance(error, BackendError) and error.is_transient):
            return False
        return (error.retry_after_s or 0.0) <= self.max_wait_s

    def wait_s(self, attempt: int, *, asked_s: float | None = None, jitter: float = 0.0) -> float:
        """The seconds to wait after the failed attempt of that number, counted from 1.

        `asked_s` is the provider's own wish; `jitter` in [0, 1) is how much of the random share is taken.

        >>> [RetryPolicy(first_wait_s=1, max_wait_s=5).wait_s(attempt) for attempt in (1, 2, 3, 4)]
        [1.0, 2.0, 4.0, 5.0]
        >>> RetryPolicy(first_wait_s=1).wait_s(1, jitter=0.5), RetryPolicy(first_wait_s=1).wait_s(1, asked_s=7)
        (0.75, 7.0)
        """
        if asked_s is not None:
            return float(min(asked_s + jitter * self.first_wait_s, self.max_wait_s))
        doublings = min(attempt - 1, 64)
        return min(self.first_wait_s * 2.0**doublings, self.max_wait_s) * (1 - jitter / 2)


class Retrying(Wrapping):
    """A backend that makes another backend's calls again while they fail for a passing reason.

    `Reply.attempts` counts every call made. When it gives up, the last error is raised again, its message saying
    how many attempts there were. `jitter` and `sleep` can be replaced, so that tests neither guess nor wait.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        policy: RetryPolicy | None = None,
        jitter: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(backend)
        self.policy = policy or RetryPolicy()
        self._jitter = jitter or generator("retry", backend.model)
        self._sleep = sleep

    async def reply(self, request: Request) -> Reply:
        """One reply, from the first attempt that succeeds.

        Raises:
            BackendError: the last attempt's error, or the first that no repetition can mend.
        """
        attempts = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(self.policy.max_attempts),
            wait=self._wait_s,
            retry=retry_if_exception(self.policy.allows),
            reraise=True,
        )
        number = 0
        try:
            async for attempt in attempts:
                number = attempt.retry_state.attempt_number
                with attempt:
                    reply = await self.backend.reply(request)
        except BackendError as error:
            if number == 1:
                raise
            raise _with_attempts(error, number) from error
        return replace(reply, attempts=reply.attempts + number - 1)

    def _wait_s(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked_s = error.retry_after_s if isinstance(error, BackendError) else None
        return self.policy.wait_s(state.attempt_number, asked_s=asked_s, jitter=self._jitter.random())


def _with_attempts(error: BackendError, attempts: int) -> BackendError:
    """The same error, of the same class and with the same attributes, that says how often it was tried."""
    told = copy.copy(error)
    told.args = (f"{error} (after {attempts} attempts)",)
    told.attempts = attempts
    return told
