"""One promise: under a budget no more conversations are begun than it is likely to bring to their end.

Every conversation is expected to cost as much as the dearest of its kind that came to its end in this session; before
there is one, what it is estimated at. While the money left is less than those going on and the next are expected to
cost, the next waits, unless none is going on: so the money buys whole conversations and, at its end, parts of a few.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sims.budget import Bell, Purse
from sims.cell import Cell
from sims.estimate import Price, estimated_cell
from sims.totals import totals_of
from sims.transcript import Transcript

_Kind = tuple[str, str, str]


class NotBegun(Exception):  # noqa: N818 - names the event
    """Of a conversation that there is a budget for: nothing begins any more."""


class Commitments:
    """What the conversations going on may cost, out of one purse. Serves one event loop after another.

    `waiting` is how many wait for the money to begin.
    """

    def __init__(self, purse: Purse, *, price: Price) -> None:
        self._purse, self._price = purse, price
        self._estimated_usd: dict[_Kind, float] = {}
        self._dearest_usd: dict[_Kind, float] = {}
        self._going_on, self._committed_usd = 0, 0.0
        self._ended = Bell()
        self._is_stopped = False
        self.waiting = 0

    def stop(self) -> None:
        """From now on let no conversation begin."""
        self._is_stopped = True
        self._ended.ring()

    async def hold(self, cell: Cell, conversation: Callable[[], Awaitable[Transcript]]) -> Transcript:
        """The conversation of a cell, begun when there is room for it: at once where there is no budget.

        Raises:
            NotBegun: nothing begins any more.
        """
        if self._purse.budget_usd is None:
            return await conversation()
        await self._room(cell)
        expected_usd = self._expected_usd(cell)
        self._going_on += 1
        self._committed_usd += expected_usd
        try:
            transcript = await conversation()
            self._learn(cell, transcript)
        finally:
            self._going_on -= 1
            self._committed_usd = self._committed_usd - expected_usd if self._going_on else 0.0
            self._ended.ring()
        return transcript

    async def _room(self, cell: Cell) -> None:
        self.waiting += 1
        try:
            while not self._is_stopped and not self._has_room(cell):
                await self._ended.heard()
        finally:
            self.waiting -= 1
        if self._is_stopped:
            raise NotBegun

    def _has_room(self, cell: Cell) -> bool:
        left_usd = (self._purse.budget_usd or 0.0) - self._purse.spent_usd
        return left_usd <= 0 or not self._going_on or self._committed_usd + self._expected_usd(cell) <= left_usd

    def _expected_usd(self, cell: Cell) -> float:
        kind = _kind(cell)
        if kind not in self._estimated_usd:
            self._estimated_usd[kind] = estimated_cell(cell, price=self._price).cost_usd or 0.0
        return self._dearest_usd.get(kind, self._estimated_usd[kind])

    def _learn(self, cell: Cell, transcript: Transcript) -> None:
        """Remember what a whole conversation cost; what was remembered from earlier runs cost less than it will."""
        cost_usd = totals_of([transcript]).cost_usd
        if cost_usd and not transcript.has_failed:
            self._dearest_usd[_kind(cell)] = max(cost_usd, self._dearest_usd.get(_kind(cell), 0.0))


def _kind(cell: Cell) -> _Kind:
    return cell.scenario.id, cell.label, cell.arm
