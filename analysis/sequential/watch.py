"""Keeps count of a run that goes on until its expectations are settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.sequential.expectation import Expectation, Standing, TurnCount, is_open, standing, turn_count
from judges.judge import Judge
from judges.panel import judge_transcripts
from sims.conversation import Cell
from sims.grid import Grid
from sims.transcript import Transcript


class Watch:
    """The expectations of a run, those that are still open, and the turns counted for each so far."""

    def __init__(self, expectations: Sequence[Expectation]) -> None:
        self.expectations = tuple(expectations)
        self.open = self.expectations
        self._counts: dict[Expectation, list[TurnCount]] = {expectation: [] for expectation in expectations}

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges that some expectation is of."""
        return tuple(dict.fromkeys(expectation.judge for expectation in self.expectations))

    @property
    def settled(self) -> int:
        """How many expectations more conversations cannot settle, or need not."""
        return len(self.expectations) - len(self.open)

    def concerns(self, cell: Cell) -> bool:
        """Whether some expectation is about the conversation of this cell."""
        return any(expectation.is_about(cell) for expectation in self.expectations)

    def batches(self, grid: Grid, *, size: int) -> Iterator[list[Cell]]:
        """The cells to be held next, again and again, while an expectation is open and there are repeats left."""
        for first in range(0, max(casting.repeats for casting in grid.castings), size):
            repeats = range(first, first + size)
            cells = [cell for cell in grid.in_turns if cell.repeat in repeats and self._is_needed(cell)]
            if not cells:
                return
            yield cells

    def _is_needed(self, cell: Cell) -> bool:
        return any(expectation.is_about(cell) for expectation in self.open)

    def add(self, cells: Sequence[Cell], transcripts: Sequence[Transcript], judges: Sequence[Judge]) -> None:
        """Count the turns of a batch, in the order of its cells, whatever that of its transcripts.

        Raises:
            KeyError: the conversation of a cell is not among the transcripts.
        """
        held = {transcript.id: transcript for transcript in transcripts}
        verdicts = judge_transcripts(transcripts, judges)
        counts = {(one.transcript, one.judge): turn_count(held[one.transcript], one) for one in verdicts}
        for expectation, known in self._counts.items():
            known += [counts[cell.id, expectation.judge] for cell in cells if expectation.is_about(cell)]
        tests = len(self.expectations)
        self.open = tuple(one for one in self.open if is_open(one, self._counts[one], tests=tests))

    def standings(self) -> tuple[Standing, ...]:
        """How each expectation stands, in their order."""
        tests = len(self.expectations)
        return tuple(standing(expectation, known, tests=tests) for expectation, known in self._counts.items())
