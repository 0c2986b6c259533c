"""Retries: only what may pass is tried again, after the wait that was asked for, and not for ever."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.backends.backend import Message, Reply, Request
from sims.errors import (
    BackendError,
    CallRejected,
    CallTimedOut,
    ConnectionLost,
    MalformedReply,
    RateLimited,
    ReplyRefused,
    ServerFault,
)
from sims.retry import Retrying, RetryPolicy
from sims.seeds import generator

REQUEST = Request((Message("user", "hello"),))


class Faulty:
    """A backend that raises the given errors, one a call, and then replies."""

    model = "test/faulty"

    def __init__(self, *errors: BaseException, attempts: int = 1) -> None:
        self.errors, self.attempts, self.calls, self.is_closed = list(errors), attempts, 0, False

    async def reply(self, request: Request) -> Reply:
        """The next error, or a reply when there is none left."""
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return Reply("fine", attempts=self.attempts)

    async def aclose(self) -> None:
        """Remember that it was called."""
        self.is_closed = True


class NoJitter(random.Random):
    """A generator that always takes the whole wait."""

    def random(self) -> float:
        """Nothing is taken off."""
        return 0.0


def retrying(backend: Faulty, **policy: float) -> tuple[Retrying, list[float]]:
    """The backend with retries, and the waits it will have taken; nobody waits."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    return Retrying(backend, policy=RetryPolicy(**policy), jitter=NoJitter(), sleep=sleep), waits


async def test_a_reply_at_once_is_passed_on() -> None:
    """One call, one attempt, no wait."""
    backend = Faulty()
    subject, waits = retrying(backend)
    assert await subject.reply(REQUEST) == Reply("fine", attempts=1)
    assert (subject.model, backend.calls, waits) == ("test/faulty", 1, [])


@pytest.mark.parametrize("error", [RateLimited, ServerFault, ConnectionLost, CallTimedOut, MalformedReply])
async def test_what_may_pass_is_tried_again(error: type[BackendError]) -> None:
    """Two failures and a reply are three attempts, with waits of 0.5 s and 0.5 * 2 = 1 s."""
    backend = Faulty(error("no"), error("no"))
    subject, waits = retrying(backend)
    assert await subject.reply(REQUEST) == Reply("fine", attempts=3)
    assert (backend.calls, waits) == (3, [0.5, 1.0])


@pytest.mark.parametrize("error", [CallRejected("bad key"), ReplyRefused("no"), KeyError("ours"), KeyboardInterrupt()])
async def test_what_cannot_pass_is_raised_at_once(error: BaseException) -> None:
    """A rejection, a refusal and errors outside the family are raised as they are, after one call."""
    backend = Faulty(error)
    subject, waits = retrying(backend)
    with pytest.raises(type(error)) as caught:
        await subject.reply(REQUEST)
    assert caught.value is error
    assert (backend.calls, waits) == (1, [])


async def test_a_rejection_after_a_retry_ends_it_and_counts() -> None:
    """A passing fault and then a rejection are two calls, and the message says so."""
    backend = Faulty(ServerFault("500"), CallRejected("bad key"), ServerFault("never reached"))
    subject, waits = retrying(backend)
    with pytest.raises(CallRejected, match=r"^bad key \(after 2 attempts\)$"):
        await subject.reply(REQUEST)
    assert (backend.calls, waits) == (2, [0.5])


async def test_giving_up_raises_the_last_error_with_the_attempts() -> None:
    """Three attempts at most: class, attributes and cause of the last error survive, the message counts."""
    last = RateLimited("slow down", retry_after_s=9.0)
    subject, waits = retrying(Faulty(ServerFault("a"), ServerFault("b"), last, ServerFault("c")), max_attempts=3)
    with pytest.raises(RateLimited, match=r"^slow down \(after 3 attempts\)$") as caught:
        await subject.reply(REQUEST)
    assert (caught.value.retry_after_s, caught.value.__cause__, waits) == (9.0, last, [0.5, 1.0])
    assert str(last) == "slow down"


async def test_one_attempt_means_no_retry() -> None:
    """With max_attempts 1 the error is raised as it is."""
    subject, waits = retrying(Faulty(ServerFault("500")), max_attempts=1)
    with pytest.raises(ServerFault, match=r"^500$"):
        await subject.reply(REQUEST)
    assert waits == []


@pytest.mark.parametrize("error", [RateLimited, ServerFault])
async def test_retry_after_is_honoured(error: type[RateLimited | ServerFault]) -> None:
    """The provider's 7 s replace the 0.5 s, its 120 s are just allowed, its 0 s are 0 s; of a 503 as of a 429."""
    asked = [error("no", retry_after_s=wait_s) for wait_s in (7.0, 120.0, 0.0)]
    subject, waits = retrying(Faulty(*asked))
    assert (await subject.reply(REQUEST)).attempts == 4
    assert waits == [7.0, 120.0, 0.0]


async def test_a_wait_longer_than_we_wait_ends_it() -> None:
    """A provider that asks for an hour is not called again: the error says what it said, after one call."""
    error = RateLimited("come back later", retry_after_s=3600.0)
    backend = Faulty(error)
    subject, waits = retrying(backend)
    with pytest.raises(RateLimited) as caught:
        await subject.reply(REQUEST)
    assert caught.value is error
    assert (backend.calls, waits) == (1, [])


async def test_jitter_is_drawn_from_the_generator_given() -> None:
    """With a seed the waits are repeatable, and within [1/2, 1] of the doubling wait."""
    drawn = generator(7)
    expected = [wait_s * (1 - drawn.random() / 2) for wait_s in (0.5, 1.0)]
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    await Retrying(Faulty(ServerFault("a"), ServerFault("b")), jitter=generator(7), sleep=sleep).reply(REQUEST)
    assert waits == expected


async def test_calls_that_the_backend_inside_counts_are_added() -> None:
    """One failed call, then a reply that took the backend inside 3 calls, are 1 + 3 = 4 attempts."""
    subject, _ = retrying(Faulty(ServerFault("a"), attempts=3))
    assert (await subject.reply(REQUEST)).attempts == 4


async def test_closing_reaches_the_backend_inside() -> None:
    """aclose is passed on to a backend that has it, and is harmless for one that has none."""
    backend = Faulty()
    await Retrying(backend).aclose()
    assert backend.is_closed

    class Plain:
        model = "test/plain"

        async def reply(self, request: Request) -> Reply:
            """An empty reply."""
            return Reply("")

    await Retrying(Plain()).aclose()


async def test_validating_reaches_the_backend_inside() -> None:
    """What the backend inside says about itself is passed on, untried again; one that cannot tell is taken as fine."""

    class Unknown(Faulty):
        async def validate(self) -> None:
            """Nothing can be done with it."""
            raise CallRejected("no such provider")

    with pytest.raises(CallRejected, match=r"^no such provider$"):
        await Retrying(Unknown()).validate()
    await Retrying(Faulty()).validate()


@given(
    attempt=st.integers(1, 10_000),
    first_wait_s=st.floats(0, 10),
    max_wait_s=st.floats(10, 1000),
    jitter=st.floats(0, 1, exclude_max=True),
    asked_s=st.none() | st.floats(0, 1e6),
)
def test_no_wait_is_negative_or_beyond_the_limit(
    attempt: int, first_wait_s: float, max_wait_s: float, jitter: float, asked_s: float | None
) -> None:
    """Whatever is asked, the wait is in [0, max_wait_s], and no shorter than an asked wait within the limit."""
    policy = RetryPolicy(first_wait_s=first_wait_s, max_wait_s=max_wait_s)
    wait_s = policy.wait_s(attempt, asked_s=asked_s, jitter=jitter)
    assert 0 <= wait_s <= max_wait_s
    assert asked_s is None or wait_s >= min(asked_s, max_wait_s)


@pytest.mark.parametrize(
    "policy", [{"max_attempts": 0}, {"first_wait_s": -1}, {"first_wait_s": 2.0, "max_wait_s": 1.0}]
)
def test_an_impossible_policy_is_refused(policy: dict[str, float]) -> None:
    """A policy of no attempt, or of waits out of order, is an error that names the value."""
    with pytest.raises(ValueError, match=str(next(iter(policy.values())))):
        RetryPolicy(**policy)
