"""What becomes of the conversations of a run as they end, and which are still worth beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from sims.backends.backend import Backend
from sims.backends.wrapping import provider_away
from sims.cell import Cell, picker_model
from sims.errors import BudgetReached, NoMoreCalls, ProviderAway
from sims.transcript import Transcript
from sims.transcript_writer import TranscriptWriter

OnDone = Callable[[Transcript], None]


class Kept:
    """Puts conversations on disk as they end, and notes when one ended as something should not be asked any more.

    Where replies are remembered (`plays_remembered`) conversations go on without money: some can be played.
    """

    def __init__(
        self, writer: TranscriptWriter, on_done: OnDone, backends: Mapping[str, Backend], *, plays_remembered: bool
    ) -> None:
        self._writer, self._on_done, self._backends = writer, on_done, backends
        self._plays_remembered, self._is_spent = plays_remembered, False
        self._stopped: NoMoreCalls | None = None

    def add(self, transcript: Transcript) -> None:
        """Keep a conversation that has ended, and tell of it."""
        if transcript.is_unfinished:
            is_spent = transcript.stop_reason == "budget"
            self._is_spent = self._is_spent or is_spent
            self._note((BudgetReached if is_spent else ProviderAway)(str(transcript.error)))
        if self.keep(transcript):
            self._on_done(transcript)

    def keep(self, transcript: Transcript) -> bool:
        """Put it on disk, and return whether it was: one that was stopped before its first word was not begun."""
        is_begun = not transcript.is_unfinished or any(turn.is_generated for turn in transcript.turns)
        if is_begun:
            self._writer.write(transcript)
        return is_begun

    def until_stopped(self, cells: Iterable[Cell]) -> Iterator[Cell]:
        """The cells to go on with: none when the money is spent, none that a provider who is away would serve."""
        for cell in cells:
            if self._is_spent and not self._plays_remembered:
                return
            if away := self._away(cell):
                self._note(away)
            else:
                yield cell

    def raise_what_stopped(self) -> None:
        """Return where nothing did.

        Raises:
            NoMoreCalls: the first reason why something was not asked.
        """
        if self._stopped:
            raise self._stopped

    def _note(self, reason: NoMoreCalls) -> None:
        self._stopped = self._stopped or reason

    def _away(self, cell: Cell) -> ProviderAway | None:
        models = dict.fromkeys((*cell.models.values(), picker_model(cell.scenario, cell.models)))
        backends = (self._backends[model] for model in models if model in self._backends)
        return next(filter(None, map(provider_away, backends)), None)
