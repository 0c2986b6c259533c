"""Under a budget conversations are begun that can be brought to their end."""

from __future__ import annotations

import asyncio
import signal
from functools import partial

import pytest
from builders import Saying, cell

from sims.backends.backend import Reply, Request
from sims.budget import Budgeted, Purse
from sims.commitments import Commitments
from sims.conversation import hold_conversation
from sims.estimate import estimated_cell
from sims.runner import hold_all
from sims.transcript import Transcript, Usage

MODEL = "openai/gpt-4o-mini"
TURNS = 6


def price(model: str) -> tuple[float, float]:
    """0.001 USD a token in, 0.01 out."""
    return 0.001, 0.01


class Talker:
    """A provider's model whose calls take a moment and cost as much each; counts the conversations going on."""

    def __init__(self, cost_usd: float) -> None:
        self.model, self._cost_usd = MODEL, cost_usd
        self.most_at_once = 0
        self._talking: set[str] = set()

    async def reply(self, request: Request) -> Reply:
        """Words that say nothing, a little later."""
        assert request.scene
        self._talking.add(request.scene.conversation)
        self.most_at_once = max(self.most_at_once, len(self._talking))
        await asyncio.sleep(0.001)
        if len(request.scene.turns) == TURNS - 1:
            self._talking.remove(request.scene.conversation)
        return Reply("Well.", usage=Usage(10, 10), cost_usd=self._cost_usd)


def hold(talker: Talker, purse: Purse, *, workers: int, repeats: int = 40) -> list[Transcript]:
    """Conversations of six turns, as a run holds them: until the money is spent."""
    commitments = Commitments(purse, price=price)
    backends = {MODEL: Budgeted(talker, purse, price=price)}
    repeat, held = iter(range(repeats)), list[Transcript]()

    async def work() -> None:
        while all(one.stop_reason != "budget" for one in held) and (number := next(repeat, None)) is not None:
            one = cell(model=MODEL, repeat=number)
            held.append(await commitments.hold(one, partial(hold_conversation, one, backends)))

    async def all_workers() -> None:
        await asyncio.gather(*(work() for _ in range(workers)))

    asyncio.run(all_workers())
    return held


def test_money_buys_whole_conversations() -> None:
    """60.5 USD at 1 USD a turn are ten conversations of six, and the part of one; before it were parts of forty."""
    purse = Purse(60.5)
    held = hold(Talker(1.0), purse, workers=40)
    reasons = [one.stop_reason for one in held if one.turns]
    assert (reasons.count("max_turns"), reasons.count("budget")) == (10, 1)
    assert purse.spent_usd == 61.0


@pytest.mark.parametrize(("budgeted", "begun"), [(20.5, 20), (0.5, 1)])
def test_only_as_many_go_on_as_the_money_is_expected_to_last_for(budgeted: float, begun: int) -> None:
    """Before one has ended the estimate is gone by: money for 20.5 such begins 20 of 40, money for half of one, one."""
    expected_usd = estimated_cell(cell(model=MODEL), price=price).cost_usd or 0.0
    talker = Talker(expected_usd / TURNS)
    hold(talker, Purse(budgeted * expected_usd), workers=40)
    assert talker.most_at_once == begun


def test_without_a_budget_all_begin_at_once() -> None:
    """Forty workers, forty conversations."""
    talker = Talker(1.0)
    assert len(hold(talker, Purse(), workers=40)) == 40
    assert talker.most_at_once == 40


def test_conversations_that_fail_leave_their_room() -> None:
    """One that raises, and one that is cancelled, let the next begin."""
    purse, one = Purse(0.5), cell(model=MODEL)
    commitments = Commitments(purse, price=price)

    async def failing() -> Transcript:
        raise ZeroDivisionError

    async def endless() -> Transcript:
        await asyncio.sleep(3600)
        raise AssertionError

    async def three() -> Transcript:
        with pytest.raises(ZeroDivisionError):
            await commitments.hold(one, failing)
        slow = asyncio.create_task(commitments.hold(one, endless))
        await asyncio.sleep(0)
        last = asyncio.create_task(commitments.hold(one, partial(hold_conversation, one, {MODEL: Saying("Hello.")})))
        await asyncio.sleep(0.01)
        assert not last.done()
        slow.cancel()
        return await asyncio.wait_for(last, timeout=5)

    assert asyncio.run(three()).stop_reason == "max_turns"


def test_after_an_interrupt_nobody_begins_who_waits_for_money(caplog: pytest.LogCaptureFixture) -> None:
    """Forty workers, money for ten conversations: Ctrl-C while they talk counts those ten, and none of the others
    begins when they have ended.
    """
    expected_usd = estimated_cell(cell(model=MODEL), price=price).cost_usd or 0.0
    commitments = Commitments(Purse(10.5 * expected_usd), price=price)
    begun, ended = list[int](), list[Transcript]()

    async def hold_one(repeat: int) -> Transcript:
        one = cell(model=MODEL, repeat=repeat)

        async def talk() -> Transcript:
            begun.append(repeat)
            if len(begun) == 10:
                signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0.05)
            return await hold_conversation(one, {MODEL: Saying("Hello.")})

        return await commitments.hold(one, talk)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(
            hold_all(iter(range(40)), hold_one, max_connections=40, on_done=ended.append, commitments=commitments)
        )
    assert (len(begun), len(ended), commitments.waiting) == (10, 10, 0)
    assert "the 10 in flight have 10 s to end" in caplog.text


def test_nobody_waits_for_money_that_is_spent() -> None:
    """What is remembered can still be played: a call that costs is what is refused."""
    purse, one = Purse(0.0), cell(model=MODEL)
    backends = {MODEL: Budgeted(Talker(1.0), purse, price=price)}
    held = asyncio.run(Commitments(purse, price=price).hold(one, partial(hold_conversation, one, backends)))
    assert (held.stop_reason, held.turns) == ("budget", ())
