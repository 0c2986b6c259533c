"""Calls wait for their turn: no more at once than the provider takes, none while it asks to wait, and no place lost."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence

import pytest
from provider_parts import Counting, Roomy
from virtual_time import run_in_virtual_time

from sims.backends.backend import Allowance, Backend, Message, Reply, Request
from sims.errors import (
    AccountRejected,
    BackendError,
    CallTimedOut,
    ConnectionLost,
    ProviderAway,
    RateLimited,
    ReplyRefused,
    ServerFault,
)
from sims.pacing import Paced, Pacer
from sims.patience import Patience
from sims.retry import Retrying, RetryPolicy
from sims.transcript import Usage

REQUEST = Request((Message("user", "hello"),))
NO_RETRY = RetryPolicy(max_attempts=1)


def now_s() -> float:
    """The time of the event loop."""
    return asyncio.get_running_loop().time()


class Planned(Counting):
    """Answers each call as planned, the last plan for ever, and notes when each began."""

    def __init__(self, *plan: Reply | BackendError, latency_s: float = 0.1) -> None:
        super().__init__(latency_s=latency_s)
        self._plan, self.began_s = plan, list[float]()

    async def reply(self, request: Request) -> Reply:
        """The next of the plan, after the latency to the point."""
        outcome = self._plan[min(len(self.began_s), len(self._plan) - 1)]
        self.began_s.append(now_s())
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        try:
            await asyncio.sleep(self.latency_s)
        finally:
            self.in_flight -= 1
        if isinstance(outcome, BackendError):
            raise outcome
        return outcome


HELLO = Reply("Hello.")


def pacer(*, most: int = 100, max_wait_s: float = 120.0) -> Pacer:
    """The pacer of a test's provider."""
    return Pacer("test", most=most, max_wait_s=max_wait_s)


async def outcomes(backend: Backend, times: int) -> list[Reply | BaseException]:
    """What comes of so many calls, all asked for at once."""
    return await asyncio.gather(*(backend.reply(REQUEST) for _ in range(times)), return_exceptions=True)


def since_first(began_s: Sequence[float]) -> list[float]:
    """The times since the first call, to the millisecond."""
    return [round(one - began_s[0], 3) for one in began_s]


def test_no_more_calls_at_once_than_allowed() -> None:
    """50 calls, 4 places: never more than 4 at once, and all are answered, in ceil(50 / 4) = 13 rounds of 0.1 s."""
    provider = Planned(HELLO)
    paced = Paced(provider, pacer(most=4))
    answers = run_in_virtual_time(outcomes(paced, 50))
    assert (len(answers), set(answers), provider.most_in_flight) == (50, {HELLO}, 4)
    assert since_first(provider.began_s)[-1] == pytest.approx(1.2)


def test_calls_begin_in_the_order_they_were_asked_for() -> None:
    """With one place, ten calls begin in their order."""
    asked: list[str] = []

    class Noting(Planned):
        async def reply(self, request: Request) -> Reply:
            """Note who asked."""
            asked.append(request.messages[0].content)
            return await super().reply(request)

    async def main() -> None:
        paced = Paced(Noting(HELLO), pacer(most=1))
        await asyncio.gather(*(paced.reply(Request((Message("user", str(number)),))) for number in range(10)))

    run_in_virtual_time(main())
    assert asked == [str(number) for number in range(10)]


def test_all_calls_pause_while_the_provider_asks_to_wait() -> None:
    """A 429 with Retry-After 7 after 0.1 s: the calls that had no place yet begin at 7.1 s, not before."""
    provider = Planned(RateLimited("429", retry_after_s=7.0), HELLO)
    run_in_virtual_time(outcomes(Paced(provider, pacer(most=1)), 3))
    assert since_first(provider.began_s) == [0.0, 7.1, 7.2]


def test_a_busy_server_is_given_its_time_and_keeps_its_places() -> None:
    """503 with Retry-After 3 pauses all calls, and does not shrink the limit: it says nothing of how many at once."""
    subject, provider = pacer(most=10), Planned(ServerFault("503", retry_after_s=3.0), HELLO)
    run_in_virtual_time(outcomes(Paced(provider, subject), 11))
    assert since_first(provider.began_s) == [0.0] * 10 + [3.1]
    assert (subject.pace.limit, subject.pace.rate_limited) == (10, 0)
    assert [change.reason for change in subject.pace.changes] == ["start", "asked_to_wait"]


@pytest.mark.parametrize("error", [ServerFault("500"), CallTimedOut("late"), ConnectionLost("dropped")])
def test_failures_that_are_no_refusals_do_not_shrink(error: BackendError) -> None:
    """A burst of 200 of them leaves the limit as it was, and does not make it grow."""
    subject = pacer(most=40)
    run_in_virtual_time(outcomes(Paced(Planned(error), subject), 200))
    assert (subject.pace.calls, subject.pace.limit, subject.pace.rate_limited) == (200, 10, 0)


def test_an_hour_is_not_sat_through() -> None:
    """Retry-After 3,600: the call is not made again; it, those that wait and those that come later are sent away."""

    async def main() -> tuple[list[Reply | BaseException], float]:
        started_s = now_s()
        retrying = Retrying(Paced(provider, subject), policy=RetryPolicy())
        return [*await outcomes(retrying, 3), *await outcomes(retrying, 1)], now_s() - started_s

    subject, provider = pacer(most=1), Planned(RateLimited("429", retry_after_s=3600.0))
    told, took_s = run_in_virtual_time(main())
    assert (len(provider.began_s), round(took_s, 3)) == (1, 0.1)
    for error in told:
        assert isinstance(error, ProviderAway)
        assert re.fullmatch(r"test asks us to wait 3600 s, until \d\d:\d\d, and we wait 120 s at most", str(error))


def test_a_key_that_is_rejected_five_times_is_not_tried_a_sixth_time() -> None:
    """One call at a time: four conversations hear it as their own error, the fifth and all others are sent away."""
    provider = Planned(AccountRejected("bad key"))
    told = run_in_virtual_time(outcomes(Paced(provider, pacer(most=1)), 30))
    assert [type(error) for error in told] == [AccountRejected] * 4 + [ProviderAway] * 26
    assert len(provider.began_s) == 5
    assert str(told[5]) == "test rejected 5 calls in a row, the last with: bad key"


@pytest.mark.parametrize("other", [HELLO, ReplyRefused("no"), ConnectionLost("dropped"), ServerFault("503")])
def test_anything_else_between_rejections_begins_the_count_anew(other: Reply | BackendError) -> None:
    """Four rejections, something else, four more are not five in a row; the ninth is."""
    rejected = AccountRejected("bad key")
    provider = Planned(*[rejected] * 4, other, *[rejected] * 5, HELLO)
    told = run_in_virtual_time(outcomes(Paced(provider, pacer(most=1)), 12))
    assert [type(one) for one in told[:9]] == [AccountRejected] * 4 + [type(other)] + [AccountRejected] * 4
    assert [type(one) for one in told[9:]] == [ProviderAway] * 3


@pytest.mark.parametrize("other", [ServerFault("503"), CallTimedOut("60 s"), HELLO])
def test_refusals_with_something_else_between_them_are_not_nothing_but_refusals(other: Reply | BackendError) -> None:
    """Refused at 0 and at 130 s with a fault at 10 s: asked again; refused since 130 s, at 251 s it is enough."""
    patience = Patience("test", most_s=120.0)
    for at_s, outcome in ((0.0, RateLimited("429")), (10.0, other), (130.0, RateLimited("429"))):
        patience.take(outcome, now_s=at_s)
    assert patience.away(0.0) is None
    patience.take(RateLimited("429"), now_s=251.0)
    assert str(patience.away(0.0)) == "test has refused every call for 121 s"


def test_minutes_of_nothing_but_refusals_are_enough() -> None:
    """Refused from 0 s on, every 40 s: at 120 s it may still come, at 160 s nobody asks any more."""
    provider = Planned(RateLimited("429", retry_after_s=40.0), latency_s=0.0)
    told = run_in_virtual_time(outcomes(Paced(provider, pacer(most=1)), 9))
    assert since_first(provider.began_s) == [0.0, 40.0, 80.0, 120.0, 160.0]
    assert [type(error) for error in told] == [RateLimited] * 4 + [ProviderAway] * 5
    assert str(told[-1]) == "test has refused every call for 160 s"


def test_a_wait_is_told_at_once_and_then_every_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    """Pauses of 4 s from 0 s on: told at 0, 12 and 24 s; those of less than a second are not told."""
    with caplog.at_level(logging.WARNING):
        pausing = Planned(RateLimited("429", retry_after_s=4.0), latency_s=0.0)
        run_in_virtual_time(outcomes(Paced(pausing, pacer(most=1)), 8))
        short = Planned(ServerFault("503", retry_after_s=0.9), HELLO)
        run_in_virtual_time(outcomes(Paced(short, pacer(most=1)), 2))
    assert caplog.messages == [f"test makes us wait 4 s (limit 1, {count} refusals)" for count in (1, 4, 7)]


def test_the_last_two_minutes_of_an_hour_are_sat_through() -> None:
    """An hour asked for at 0.1 s: a call at 3,500 s waits the 100.1 s that are left, and is answered."""

    async def main() -> float:
        paced = Paced(provider, pacer())
        await outcomes(paced, 1)
        await asyncio.sleep(3500.0 - 0.1)
        assert await paced.reply(REQUEST) == HELLO
        return provider.began_s[1] - provider.began_s[0]

    provider = Planned(RateLimited("429", retry_after_s=3600.0), HELLO)
    assert run_in_virtual_time(main()) == pytest.approx(3600.1)


def test_a_wait_of_a_retry_holds_no_place() -> None:
    """With one place, a call that waits half a second for its second attempt lets the other by."""
    provider = Planned(ServerFault("500"), HELLO)
    retrying = Retrying(Paced(provider, pacer(most=1)), policy=RetryPolicy(first_wait_s=0.5))
    run_in_virtual_time(outcomes(retrying, 2))
    first, other, again = since_first(provider.began_s)
    assert (first, other) == (0.0, 0.1)
    assert 0.35 <= again <= 0.6


def test_a_provider_that_refuses_everything_is_asked_once_a_second() -> None:
    """Nothing in flight, no Retry-After: ten calls at first, then fewer, each round a second after the last."""
    provider = Planned(RateLimited("429"), latency_s=0.0)
    told = run_in_virtual_time(outcomes(Paced(provider, pacer()), 20))
    assert all(isinstance(error, RateLimited) for error in told)
    rounds = sorted({round(one) for one in since_first(provider.began_s)})
    assert rounds[:3] == [0, 1, 2]
    assert since_first(provider.began_s).count(0.0) == 10


def test_a_cancelled_call_frees_its_place_and_a_cancelled_waiter_its_turn() -> None:
    """One place, three calls: the first is cancelled in flight and the second in the queue; the third is answered."""

    async def main() -> Reply:
        paced = Paced(Planned(HELLO, latency_s=10.0), pacer(most=1))
        first, second, third = (asyncio.create_task(paced.reply(REQUEST)) for _ in range(3))
        await asyncio.sleep(1.0)
        second.cancel()
        first.cancel()
        return await third

    assert run_in_virtual_time(main()) == HELLO


def test_a_place_given_to_a_call_that_is_cancelled_at_that_moment_is_passed_on() -> None:
    """The second call gets its place and is cancelled before it could go on: the third has it."""

    async def main() -> Reply:
        subject = pacer(most=1)
        call = await subject.begin()
        second, third = (asyncio.create_task(Paced(Planned(HELLO), subject).reply(REQUEST)) for _ in range(2))
        await asyncio.sleep(0)
        subject.end(call, HELLO)
        second.cancel()
        return await third

    assert run_in_virtual_time(main()) == HELLO


def test_one_event_loop_after_another() -> None:
    """A loop that ends in a pause, with a call in flight and one in the queue, leaves nothing behind for the next."""

    async def broken_off() -> None:
        slow = Paced(Planned(RateLimited("429", retry_after_s=0.05), HELLO, latency_s=0.01), subject)
        waiting = [asyncio.create_task(slow.reply(REQUEST)) for _ in range(4)]
        await asyncio.sleep(0.03)
        assert not all(task.done() for task in waiting)

    subject = pacer(most=2)
    asyncio.run(broken_off())
    answers = asyncio.run(outcomes(Paced(Planned(HELLO, latency_s=0.001), subject), 5))
    assert answers == [HELLO] * 5


def test_a_provider_that_gives_ten_a_second_is_asked_for_ten_a_second() -> None:
    """Nothing left of 100, full in 10 s: ten calls that want to begin wait for ten units, a second."""
    spent = Reply("Hello.", allowances=(Allowance("requests", remaining=0, limit=100, full_in_s=10.0),))
    provider = Planned(spent, HELLO)
    run_in_virtual_time(outcomes(Paced(provider, pacer(most=1)), 10))
    assert since_first(provider.began_s)[:2] == pytest.approx([0.0, 0.2])


def test_tokens_are_waited_for_by_what_a_reply_took() -> None:
    """50 of 1,000 tokens left, full in 95 s, so 10 a second; a reply took 150: (150 - 50) / 10 = 10 s."""
    told = (Allowance("tokens", remaining=50, limit=1000, full_in_s=95.0),)
    provider = Planned(Reply("Hello.", usage=Usage(100, 50), allowances=told), HELLO)
    run_in_virtual_time(outcomes(Paced(provider, pacer(most=1)), 2))
    assert since_first(provider.began_s) == pytest.approx([0.0, 10.1])


def test_it_does_not_grow_while_its_places_are_not_all_taken() -> None:
    """One call after another, 100 of them: ten places were enough."""

    async def main() -> None:
        paced = Paced(Planned(HELLO), subject)
        for _ in range(100):
            await paced.reply(REQUEST)

    subject = pacer()
    run_in_virtual_time(main())
    assert (subject.pace.limit, [change.reason for change in subject.pace.changes]) == (10, ["start"])


def test_the_history_tells_peaks_and_cuts() -> None:
    """Room for 40: it grows to 41, is refused, goes down to 36; growth between two cuts is one entry, times rise."""
    subject, provider = pacer(), Roomy(lambda answered: 40)
    retrying = Retrying(Paced(provider, subject), policy=RetryPolicy())

    async def main() -> None:
        for _ in range(10):
            await outcomes(retrying, 100)

    run_in_virtual_time(main())
    changes = subject.pace.changes
    assert [(one.limit, one.reason) for one in changes[:3]] == [(10, "start"), (41, "grown"), (36, "rate_limited")]
    assert [one.at_s for one in changes] == sorted(one.at_s for one in changes)
    assert subject.pace.rate_limited == provider.refused
    assert subject.pace.calls == provider.refused + 1000


def test_what_cannot_be_a_fault_of_the_provider_frees_the_place() -> None:
    """An error outside the family passes through, and the next call has the place."""

    class Broken(Planned):
        async def reply(self, request: Request) -> Reply:
            """Fails with an error of ours, the first time."""
            if not self.began_s:
                self.began_s.append(now_s())
                raise KeyError("ours")
            return HELLO

    first, second = run_in_virtual_time(outcomes(Paced(Broken(HELLO), pacer(most=1)), 2))
    assert isinstance(first, KeyError)
    assert second == HELLO


def test_validating_and_closing_reach_the_backend_inside() -> None:
    """Both are passed on, and are harmless for a backend that has neither."""
    done: list[str] = []

    class Whole(Planned):
        async def validate(self) -> None:
            """Note it."""
            done.append("validate")

        async def aclose(self) -> None:
            """Note it."""
            done.append("aclose")

    async def main(make: Callable[..., Planned]) -> None:
        paced = Paced(make(HELLO), pacer())
        await paced.validate()
        await paced.aclose()

    run_in_virtual_time(main(Planned))
    run_in_virtual_time(main(Whole))
    assert done == ["validate", "aclose"]
