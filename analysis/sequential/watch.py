"""Keeps count of a run that goes on until its expectations are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil
from typing import TypeAlias

from analysis.sequential.expectation import (
    ExpectationStanding,
    RunExpectation,
    TurnCount,
    course_of,
    standing,
    turn_count,
)
from judges.judge import Judge
from judges.panel import judge_transcripts
from sims.cell import Cell
from sims.grid import Grid
from sims.transcript import Transcript

LEAST_TO_LEARN_FROM = 150
"""So many conversations of a scenario a judge that learns has to have seen before its verdicts count: from there on
what it flags depends little on which ones it saw (measured: docs/statistics-sequential.md)."""
_Place: TypeAlias = tuple[str, str, float | None]


class Watch:
    """The expectations of a run, those still open, those given up, and the turns counted for each so far.

    `cells` are those whose conversations count, in the order of holding.
    """

    def __init__(self, expectations: Sequence[RunExpectation]) -> None:
        self.expectations = tuple(expectations)
        self.cells: list[Cell] = []
        self._forget()
        self._overruled: frozenset[RunExpectation] = frozenset()

    def _forget(self) -> None:
        self.open = self.expectations
        self.given_up: tuple[RunExpectation, ...] = ()
        self._counts: dict[RunExpectation, list[TurnCount]] = {one: [] for one in self.expectations}

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges that some expectation is of."""
        return tuple(dict.fromkeys(expectation.judge for expectation in self.expectations))

    @property
    def settled(self) -> tuple[RunExpectation, ...]:
        """The expectations that are MET or FAILED; those given up are not."""
        return tuple(one for one in self.expectations if one not in self.open and one not in self.given_up)

    @property
    def repeats_to_learn_from(self) -> int:
        """How many repeats make `LEAST_TO_LEARN_FROM` conversations of every scenario."""
        places = {(one.scenario, one.model, one.temperature) for one in self.expectations}
        return ceil(LEAST_TO_LEARN_FROM / min(Counter(scenario for scenario, _, _ in places).values()))

    def concerns(self, cell: Cell) -> bool:
        """Whether some expectation is about the conversation of this cell."""
        return any(expectation.is_about(cell) for expectation in self.expectations)

    def next_cells(self, grid: Grid, *, size: int) -> list[Cell]:
        """The next `size` repeats of all that an open expectation is about, by turns; none where none are left."""
        begun = Counter(map(_place, self.cells))
        return [
            cell
            for cell in grid.in_turns
            if 0 <= cell.repeat - begun[_place(cell)] < size and any(one.is_about(cell) for one in self.open)
        ]

    def add(self, cells: Sequence[Cell], transcripts: Iterable[Transcript], judges: Sequence[Judge]) -> None:
        """Count the turns of a batch, in the order of its cells, whatever that of its transcripts.

        Raises:
            KeyError: the conversation of a cell is not among the transcripts.
        """
        self.cells += cells
        held = {transcript.id: transcript for transcript in transcripts}
        verdicts = judge_transcripts(held.values(), judges)
        counts = {(one.transcript, one.judge): turn_count(held[one.transcript], one) for one in verdicts}
        for expectation, known in self._counts.items():
            known += [counts[cell.id, expectation.judge] for cell in cells if expectation.is_about(cell)]
        tests = len(self.expectations)
        course = {one: course_of(one, self._counts[one], tests=tests) for one in self.open}
        self.open = tuple(one for one in self.open if course[one] == "open")
        self.given_up += tuple(one for one in course if course[one] == "given up")

    def recount(self, transcripts: Iterable[Transcript], judges: Sequence[Judge]) -> None:
        """Count all turns so far anew, by judges that have learnt more; what was settled may be open again."""
        cells, settled = self.cells, self.settled
        self.cells = []
        self._forget()
        self.add(cells, transcripts, judges)
        self._overruled = frozenset(settled) - frozenset(self.settled)

    def standings(self) -> tuple[ExpectationStanding, ...]:
        """How each expectation stands, in their order."""
        tests = len(self.expectations)
        return tuple(
            replace(standing(one, known, tests=tests), is_overruled=one in self._overruled)
            for one, known in self._counts.items()
        )


def learners(judges: Sequence[Judge]) -> tuple[str, ...]:
    """The names of the judges that learn from conversations; one with a card of the user's own is taken to."""
    return tuple(judge.name for judge in judges if judge.prepare(()) is not judge)


def _place(cell: Cell) -> _Place:
    return cell.scenario.id, cell.label, cell.temperature
