"""A budget is kept: by one purse, by calls in flight, through kills, and on the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import Saying, cell
from small_disks import files_no_larger_than

from sims.backends.backend import Backend, Message, Reply, Request
from sims.budget import Budgeted, Ledger, Purse
from sims.conversation import hold_conversation
from sims.errors import (
    BackendError,
    BudgetReached,
    CallRejected,
    CallTimedOut,
    MalformedReply,
    OutputError,
    ProviderAway,
    RateLimited,
    ReplyRefused,
)
from sims.pacing import Paced, Pacer
from sims.transcript import Transcript, Usage

MODEL = "openai/gpt-4o-mini"
REQUEST = Request((Message("user", "x" * 400),), max_tokens=10)
"""100 tokens in, at most 10 out: at the prices below it is reckoned at 100 x 0.01 + 10 x 0.1 = 2 USD."""


def price(model: str) -> tuple[float, float] | None:
    """0.01 USD a token in, 0.1 out; no price for any other model."""
    return (0.01, 0.1) if model == MODEL else None


def costing(cost_usd: float) -> Reply:
    """A reply of that price."""
    return Reply("Hello.", usage=Usage(100, 10), cost_usd=cost_usd)


class Slow:
    """A backend whose calls take a moment and cost the same; counts those in flight."""

    def __init__(self, cost_usd: float) -> None:
        self.model, self._reply = MODEL, costing(cost_usd)
        self.calls = self.in_flight = self.most_in_flight = 0

    async def reply(self, request: Request) -> Reply:
        """The reply, a little later."""
        self.calls += 1
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        await asyncio.sleep(0.002)
        self.in_flight -= 1
        return self._reply


async def ask_until_spent(backend: Backend, *, workers: int) -> None:
    """Let so many workers ask until each is told that the money is spent."""

    async def work() -> None:
        try:
            while True:
                await backend.reply(REQUEST)
        except BudgetReached:
            return

    await asyncio.gather(*(work() for _ in range(workers)))


@pytest.mark.parametrize("workers", [1, 7, 50])
@pytest.mark.parametrize(("cost_usd", "calls"), [(2.0, 50), (0.5, 200), (1.9, 53)])
def test_calls_that_cost_what_they_were_reckoned_at_or_less_stay_within_a_call(
    workers: int, cost_usd: float, calls: int
) -> None:
    """100 USD for calls reckoned at 2: 50 at 2 USD, 200 at 0.50, 53 at 1.90 (100.70: the last began at 98.80)."""
    purse, slow = Purse(100.0), Slow(cost_usd)
    asyncio.run(ask_until_spent(Budgeted(slow, purse, price=price), workers=workers))
    assert slow.calls == calls
    assert purse.spent_usd == pytest.approx(calls * cost_usd)
    assert purse.spent_usd < 100.0 + cost_usd
    assert slow.most_in_flight == min(workers, 50)


def test_calls_dearer_than_reckoned_go_over_by_those_in_flight_at_most() -> None:
    """Ten workers, calls of 20 USD reckoned at 2: the last begins below 100 USD, with at most nine others in flight."""
    purse, slow = Purse(100.0), Slow(20.0)
    asyncio.run(ask_until_spent(Budgeted(slow, purse, price=price), workers=10))
    assert 10 <= slow.calls <= 14
    assert purse.spent_usd == slow.calls * 20.0 < 100.0 + 10 * 20.0


def test_the_dearest_call_so_far_is_what_the_next_are_reckoned_at() -> None:
    """One call of 20 USD alone, then ten workers: with 80 USD left four calls of 20 fit, and no more are begun."""
    purse, slow = Purse(100.0), Slow(20.0)
    backend = Budgeted(slow, purse, price=price)

    async def one_then_many() -> None:
        await backend.reply(REQUEST)
        await ask_until_spent(backend, workers=10)

    asyncio.run(one_then_many())
    assert (slow.calls, slow.most_in_flight, purse.spent_usd) == (5, 4, 100.0)


def refusal() -> ReplyRefused:
    """A refusal that cost 0.7 USD."""
    error = ReplyRefused("no")
    error.cost_usd = 0.7
    return error


@pytest.mark.parametrize(
    ("said", "spent_usd"),
    [
        (Reply("y" * 40), 100 * 0.01 + 10 * 0.1),
        (refusal(), 0.7),
        (ReplyRefused("no"), 0.0),
        (RateLimited("429"), 0.0),
        (CallTimedOut("60 s"), 2.0),
        (MalformedReply("half a page"), 2.0),
    ],
)
def test_what_a_call_counts_as(said: Reply | Exception, spent_usd: float) -> None:
    """Uncounted replies by their length, refusals as told, what may be charged for as reckoned, other failures 0."""
    purse = Purse(10.0)
    backend = Budgeted(Saying(said, model=MODEL), purse, price=price)
    if isinstance(said, Reply):
        asyncio.run(backend.reply(REQUEST))
    else:
        with pytest.raises(type(said)):
            asyncio.run(backend.reply(REQUEST))
    assert purse.spent_usd == pytest.approx(spent_usd)


def test_a_cancelled_call_counts_and_lets_the_next_begin() -> None:
    """It was reckoned at 2 USD; a waiting call that is cancelled counts nothing and leaves no gap in the queue."""
    purse = Purse(3.0)
    backend = Budgeted(Slow(0.5), purse, price=price)

    async def cancel_two_of_three() -> float:
        first, second, third = (asyncio.create_task(backend.reply(REQUEST)) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        return (await asyncio.wait_for(third, timeout=5)).cost_usd or 0.0

    assert asyncio.run(cancel_two_of_three()) == 0.5
    assert purse.spent_usd == 2.5


def test_nobody_is_called_once_the_money_is_spent() -> None:
    """Spent to the cent: the next call is refused with both sums; a budget of 0 refuses the first."""
    for budget_usd, calls in ((4.0, 2), (0.0, 0)):
        slow = Slow(2.0)
        purse = Purse(budget_usd)
        asyncio.run(ask_until_spent(Budgeted(slow, purse, price=price), workers=1))
        assert slow.calls == calls
        with pytest.raises(BudgetReached, match=rf"{budget_usd:g} USD are spent of a budget of {budget_usd:g} USD"):
            asyncio.run(Budgeted(slow, purse, price=price).reply(REQUEST))


def test_calls_in_flight_are_told_when_the_money_is_spent() -> None:
    """Of two calls at once the quicker costs the whole budget: that is what is spent, and the other comes to more."""
    purse = Purse(4.0)

    async def one_of_two() -> None:
        await purse.set_aside(1.0)
        await purse.set_aside(1.0)
        purse.pay(MODEL, 5.0, set_aside_usd=1.0)
        with pytest.raises(
            BudgetReached, match=r"^5 USD are spent of a budget of 4 USD, and the calls in flight \(1\) will"
        ):
            await purse.set_aside(1.0)

    asyncio.run(one_of_two())


def test_one_purse_serves_one_event_loop_after_the_other() -> None:
    """Five loops, each with two workers that ask twice, some of them waiting: 20 calls of 2 USD are counted."""
    purse, slow = Purse(41.0), Slow(2.0)

    async def four() -> None:
        backend = Budgeted(slow, purse, price=price)
        for _ in range(2):
            await asyncio.gather(backend.reply(REQUEST), backend.reply(REQUEST))

    for _ in range(5):
        asyncio.run(four())
    assert purse.spent_usd == 40.0


def test_a_model_without_a_price_is_refused_before_it_is_called() -> None:
    """With what to do about it."""
    said = Saying("Hello.", model="openai/mine")
    backend = Budgeted(said, Purse(1.0), price=price)
    for asking in (backend.validate, lambda: backend.reply(REQUEST)):
        with pytest.raises(CallRejected, match=r"openai/mine: its price is not known.*leave out --budget"):
            asyncio.run(asking())  # type: ignore[arg-type]
    assert said.requests == []


def test_the_ledger_knows_what_was_spent_before_and_after_a_kill(tmp_path: Path) -> None:
    """1 USD before it was begun, then 0.25 and 0.5; a line torn by a kill is cut off, and the next goes on behind."""
    path = tmp_path / "spent.jsonl"
    ledger = Ledger(path, spent_usd=1.0)
    assert (ledger.total_usd(), path.exists()) == (1.0, False)
    ledger.add(MODEL, 0.25)
    ledger.add(MODEL, 0.5)
    assert Ledger(path).total_usd() == 1.75
    with path.open("a") as stream:
        stream.write('{"model": "openai/gp')
    again = Ledger(path)
    assert again.total_usd() == 1.75
    again.add(MODEL, 0.25)
    assert Purse(5.0, ledger=Ledger(path)).spent_usd == 2.0


@pytest.mark.parametrize(
    "line",
    ["\x00\x00garbage", "", "[1]", '{"cost_usd": NaN}', '{"cost_usd": 1e999}', '{"cost_usd": -1}', '{"model": "m"}'],
)
def test_a_damaged_ledger_is_no_licence_to_spend(line: str, tmp_path: Path) -> None:
    """A line without a price that is finite and not below 0 is named with its number; nothing is spent or changed."""
    path = tmp_path / "spent.jsonl"
    content = f'{{"model": "", "cost_usd": 1.0}}\n{line}\n{{"model": "m", "cost_usd": 0.5}}\n'
    path.write_text(content)
    with pytest.raises(OutputError, match=r"spent\.jsonl:2: not a price in USD: b.*; mend or delete the line"):
        Purse(5.0, ledger=Ledger(path))
    assert path.read_text() == content


def test_a_call_that_never_got_its_turn_costs_nothing() -> None:
    """Of two calls for one place the first is cancelled in flight (2 USD as reckoned), the second in the queue."""
    purse, slow = Purse(50.0), Slow(0.5)
    backend = Budgeted(Paced(slow, Pacer("test", most=1, max_wait_s=120.0)), purse, price=price)

    async def cancel_both() -> None:
        calls = [asyncio.create_task(backend.reply(REQUEST)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert all(call.cancelled() for call in calls)

    asyncio.run(cancel_both())
    assert (slow.calls, purse.spent_usd) == (1, 2.0)


def test_calls_without_money_hold_no_place_and_are_not_counted() -> None:
    """Ten calls with money for two: the pacer counts two, not ten."""
    purse, slow, pacer = Purse(4.0), Slow(2.0), Pacer("test", most=100, max_wait_s=120.0)
    asyncio.run(ask_until_spent(Budgeted(Paced(slow, pacer), purse, price=price), workers=10))
    assert (pacer.pace.calls, slow.calls) == (2, 2)


@pytest.mark.parametrize(("error", "spent_usd"), [(CallTimedOut("60 s"), 2.0), (ReplyRefused("no"), 0.0)])
def test_a_call_that_shows_its_provider_away_counts_as_it_failed(error: BackendError, spent_usd: float) -> None:
    """A time-out may be charged for, also where it is the last before nobody asks any more; those sent away cost 0."""
    error.retry_after_s = 3600.0
    purse = Purse(10.0)
    backend = Budgeted(Paced(Saying(error, model=MODEL), Pacer("test", most=1, max_wait_s=120.0)), purse, price=price)
    for expected in (ProviderAway if error.is_transient else type(error), ProviderAway):
        with pytest.raises(expected):
            asyncio.run(backend.reply(REQUEST))
    assert purse.spent_usd == spent_usd


def test_every_paid_call_is_in_the_ledger(tmp_path: Path) -> None:
    """What the purse has spent is what a new purse finds."""
    path = tmp_path / "spent.jsonl"
    purse = Purse(9.0, ledger=Ledger(path))
    make: Callable[[], Budgeted] = lambda: Budgeted(Slow(1.9), purse, price=price)  # noqa: E731
    asyncio.run(ask_until_spent(make(), workers=3))
    assert Purse(9.0, ledger=Ledger(path)).spent_usd == pytest.approx(purse.spent_usd) == pytest.approx(9.5)


def test_a_ledger_is_kept_where_there_is_no_budget(tmp_path: Path) -> None:
    """Two calls of 1.9 USD, and one of a model without a price, which counts as free and is not refused."""
    ledger = Ledger(tmp_path / "spent.jsonl", spent_usd=1.0)
    purse = Purse(ledger=ledger)
    backend = Budgeted(Slow(1.9), purse, price=price)
    unpriced = Budgeted(Saying("Hello.", model="openai/mine"), purse, price=price)

    async def ask() -> None:
        await asyncio.gather(backend.reply(REQUEST), backend.reply(REQUEST), unpriced.reply(REQUEST))
        await unpriced.validate()

    asyncio.run(ask())
    assert Ledger(ledger.path).total_usd() == pytest.approx(purse.spent_usd) == pytest.approx(1.0 + 2 * 1.9)


def test_a_payment_is_in_the_ledger_whole_or_not_at_all(tmp_path: Path) -> None:
    """On a disk with room for half a line more it is refused in one sentence, and the next goes on behind the last."""
    ledger = Ledger(tmp_path / "spent.jsonl")
    ledger.add(MODEL, 0.25)
    before = ledger.path.read_bytes()
    with (
        files_no_larger_than(len(before) + 20),
        pytest.raises(OutputError, match="what was spent cannot be kept, so nothing more is spent: File too large"),
    ):
        ledger.add(MODEL, 0.5)
    assert ledger.path.read_bytes() == before
    ledger.add(MODEL, 0.5)
    assert Ledger(ledger.path).total_usd() == 0.75


def test_a_first_payment_that_fails_forgets_nothing(tmp_path: Path) -> None:
    """The file is there and empty: what was spent before it still counts."""
    ledger = Ledger(tmp_path / "spent.jsonl", spent_usd=3.0)
    with files_no_larger_than(10), pytest.raises(OutputError):
        ledger.add(MODEL, 0.5)
    assert (ledger.path.read_bytes(), ledger.is_begun, ledger.total_usd()) == (b"", False, 3.0)
    ledger.add(MODEL, 0.5)
    assert Ledger(ledger.path).total_usd() == 3.5


def test_a_ledger_that_is_full_ends_the_conversation_with_its_turns_kept() -> None:
    """It is no failed call: the error gets through, after the one turn said so far was handed on."""
    kept: list[Transcript] = []
    backends = {"test/saying": Saying("Hello.", OutputError("spent.jsonl: no space"))}
    with pytest.raises(OutputError, match="no space"):
        asyncio.run(hold_conversation(cell(), backends, on_cancel=kept.append))
    assert [(one.stop_reason, [turn.text for turn in one.turns]) for one in kept] == [("cancelled", ["Hello."])]


def test_a_cancelled_call_is_cancelled_also_where_the_ledger_is_full(tmp_path: Path) -> None:
    """An interrupt finds its way, and the conversation is told of it."""
    backend = Budgeted(Slow(0.5), Purse(ledger=Ledger(tmp_path / "gone" / "spent.jsonl")), price=price)

    async def cancel() -> None:
        call = asyncio.create_task(backend.reply(REQUEST))
        await asyncio.sleep(0)
        call.cancel()
        await call

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
