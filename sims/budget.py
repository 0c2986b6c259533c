"""One promise: no call is begun once the money allowed is spent.

Every call is reckoned before it is made, and what calls in flight may cost is set aside: while that would break the
budget a call waits for one of them to end. So a run goes over its budget by no more than calls cost beyond what they
were reckoned at, and never by more than the calls in flight.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import math
from pathlib import Path

from sims.backends.backend import Backend, Reply, Request
from sims.backends.wrapping import NeverCalled, Wrapping
from sims.errors import (
    BackendError,
    BudgetReached,
    CallRejected,
    CallTimedOut,
    MalformedReply,
    OutputError,
    ProviderAway,
    shortened,
)
from sims.estimate import REPLY_TOKENS, Price, tokens_of
from sims.transcript_writer import append_whole

MAY_BE_CHARGED = (CallTimedOut, MalformedReply)
"""Failures after which the provider may still charge for the call: they are counted as it was reckoned."""


class Ledger:
    """A file with the price of every call of a run, a line each, so that a killed run forgets nothing it has paid.

    `spent_usd` is what the run had spent before the file was begun.
    """

    def __init__(self, path: Path, *, spent_usd: float = 0.0) -> None:
        self.path, self._spent_usd = path, spent_usd

    @property
    def is_begun(self) -> bool:
        """Whether anything was paid since there are ledgers."""
        return self.path.exists() and self.path.stat().st_size > 0

    def total_usd(self) -> float:
        """What was spent until now; a torn last line, left by a killed process, is cut off.

        Raises:
            OutputError: the file cannot be read and written, or a line of it holds no price.
        """
        if not self.is_begun:
            return self._spent_usd
        try:
            content = self.path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                self.path.write_bytes(whole)
        except OSError as error:
            raise self._unwritable(error) from error
        return sum(_cost_in(line, place=f"{self.path}:{number}") for number, line in enumerate(whole.splitlines(), 1))

    def add(self, model: str, cost_usd: float) -> None:
        """Put one price on disk at once.

        Raises:
            OutputError: it cannot be written; what was there before is unchanged.
        """
        before = b"" if self.is_begun else _line("", self._spent_usd)
        try:
            with self.path.open("ab", buffering=0) as stream:
                append_whole(stream, before + _line(model, cost_usd))
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(f"{self.path}: what was spent cannot be kept, so nothing more is spent: {error.strerror}")


def _line(model: str, cost_usd: float) -> bytes:
    return json.dumps({"model": model, "cost_usd": cost_usd}).encode() + b"\n"


def _cost_in(line: bytes, *, place: str) -> float:
    try:
        cost_usd = float(json.loads(line)["cost_usd"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        cost_usd = math.nan
    if not (math.isfinite(cost_usd) and cost_usd >= 0):
        raise OutputError(f"{place}: not a price in USD: {shortened(line)}; mend or delete the line")
    return cost_usd


class Bell:
    """Wakes all who wait for it, on whatever event loop they do."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    async def heard(self) -> None:
        """Return when it rings next."""
        ringing = asyncio.get_running_loop().create_future()
        self._waiting.append(ringing)
        await ringing

    def ring(self) -> None:
        """Wake those who wait now."""
        waiting, self._waiting = self._waiting, []
        for ringing in waiting:
            if not ringing.done():
                ringing.set_result(None)


class Purse:
    """The money a run may spend in USD, None for any amount, and what it has spent, kept in the ledger if there is one.

    All backends of a run pay from one purse, on whatever event loop they run, one after another.
    """

    def __init__(self, budget_usd: float | None = None, *, ledger: Ledger | None = None) -> None:
        self.budget_usd, self._ledger = budget_usd, ledger
        self.spent_usd = ledger.total_usd() if ledger else 0.0
        self._set_aside_usd, self._in_flight = 0.0, 0
        self._paid = Bell()

    async def set_aside(self, cost_usd: float) -> None:
        """Return when a call of that price may begin: at once, or when enough of the calls in flight have ended.

        Raises:
            BudgetReached: the money is spent.
        """
        while not self._has_room(cost_usd):
            await self._paid.heard()
        self._set_aside_usd += cost_usd
        self._in_flight += 1

    def _has_room(self, cost_usd: float) -> bool:
        if self.budget_usd is None:
            return True
        if self.spent_usd >= self.budget_usd:
            more = f", and the calls in flight ({self._in_flight}) will cost more" if self._in_flight else ""
            raise BudgetReached(f"{self.spent_usd:.6g} USD are spent of a budget of {self.budget_usd:g} USD{more}")
        return not self._in_flight or self.spent_usd + self._set_aside_usd + cost_usd <= self.budget_usd

    def pay(self, model: str, cost_usd: float, *, set_aside_usd: float) -> None:
        """Count what a call came to, and give back what was set aside for it.

        Raises:
            OutputError: it cannot be written into the ledger.
        """
        self._in_flight -= 1
        self._set_aside_usd = self._set_aside_usd - set_aside_usd if self._in_flight else 0.0
        self.spent_usd += cost_usd
        self._paid.ring()
        if self._ledger and cost_usd:
            self._ledger.add(model, cost_usd)


class Budgeted(Wrapping):
    """A backend whose calls are paid for from a purse. `price` tells what its model's tokens cost.

    A reply that the provider did not count is paid by its length. A call is reckoned at four characters a token and
    `REPLY_TOKENS` or its token limit, times the most by which any call of the model cost more than that so far. Where
    there is no budget, a model without a known price counts as free, and nothing is held up.
    """

    def __init__(self, backend: Backend, purse: Purse, *, price: Price) -> None:
        super().__init__(backend)
        self.purse, self._price = purse, price
        self._worst = 1.0

    async def reply(self, request: Request) -> Reply:
        """The reply of the backend inside.

        Raises:
            BudgetReached: the money is spent; nobody is called.
            BackendError: the backend inside fails.
            OutputError: what the call cost cannot be written down.
        """
        expected_usd = self._cost_usd(request, request.max_tokens or REPLY_TOKENS)
        reckoned_usd = expected_usd * self._worst
        await self.purse.set_aside(reckoned_usd)
        pay = functools.partial(self.purse.pay, self.model, set_aside_usd=reckoned_usd)
        try:
            reply = await self.backend.reply(request)
        except NeverCalled:
            pay(0.0)
            raise
        except asyncio.CancelledError:
            with contextlib.suppress(OutputError):  # the interrupt has to get through
                pay(reckoned_usd)
            raise
        except Exception as error:
            pay(_cost_of_failure_usd(error, reckoned_usd=reckoned_usd))
            raise
        cost_usd = self._paid(request, reply)
        if expected_usd:
            self._worst = max(self._worst, cost_usd / expected_usd)
        pay(cost_usd)
        return reply

    def _paid(self, request: Request, reply: Reply) -> float:
        return self._cost_usd(request, tokens_of(reply.text)) if reply.cost_usd is None else reply.cost_usd

    def _cost_usd(self, request: Request, reply_tokens: int) -> float:
        prices = self._price(self.model)
        if prices is None:
            if self.purse.budget_usd is None:
                return 0.0
            raise self._unpriced()
        return prices[0] * sum(tokens_of(message.content) for message in request.messages) + prices[1] * reply_tokens

    async def validate(self) -> None:
        """Ask the backend inside whether it can answer at all, where it can tell.

        Raises:
            CallRejected: there is a budget, and the model has no known price.
        """
        await super().validate()
        if self.purse.budget_usd is not None and self._price(self.model) is None:
            raise self._unpriced()

    def _unpriced(self) -> CallRejected:
        return CallRejected(
            f"{self.model}: its price is not known, so it cannot be kept to a budget; leave out --budget, or name a"
            " model whose price simstress plan shows"
        )


def _cost_of_failure_usd(error: Exception, *, reckoned_usd: float) -> float:
    """What the provider told, else what it may charge; of a call that showed it away, by how that call failed."""
    if isinstance(error, ProviderAway):
        error = error.__cause__ if isinstance(error.__cause__, BackendError) else error
    told_usd = error.cost_usd if isinstance(error, BackendError) else None
    return told_usd or (reckoned_usd if isinstance(error, MAY_BE_CHARGED) else 0.0)
