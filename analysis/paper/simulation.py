"""Simulations: the logic puzzles of self-collaborating personas, tau-bench's agents."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import comb

import numpy as np

from analysis.paper.rows import PublishedRow, rows_in
from analysis.paper.sources import Found
from analysis.paper.values import Measured, Measures
from analysis.statistics.clusters import mean_of, share_of
from sims.errors import UsageError

PUZZLES = 200
TRIALS = 4
_RUN = "logic-gpt4-wsys"


@dataclass(frozen=True, slots=True)
class Puzzle:
    """A dialogue of the run that the paper analysed, and whether it ends with the right answer."""

    place: int
    transcript: str
    is_right: bool


def read_puzzles(found: Found) -> tuple[Puzzle, ...]:
    """The dialogues of the run that the paper analysed.

    Raises:
        UsageError: the file is not of its form, or lacks that run.
    """
    puzzles = tuple(_puzzle(row) for row in rows_in(found.path) if row.word("meta.run") == _RUN)
    if not puzzles:
        raise UsageError(f"{found.path}: there is no dialogue of the run {_RUN!r}, the one that the paper analysed")
    return puzzles


def puzzle_figures(found: Found) -> Measures:
    """Task accuracy over the 200 puzzles; one without answer is wrong."""
    puzzles = read_puzzles(found)
    right = np.zeros(PUZZLES, dtype=bool)
    for one in puzzles:
        right[one.place] = one.is_right
    seen = len({one.place for one in puzzles})
    note = f"{PUZZLES - seen} of {PUZZLES} without an answer, counted as wrong" if seen < PUZZLES else ""
    return {"spp-accuracy": Measured(share_of(right, np.arange(PUZZLES)), "puzzles", note, rows=seen)}


def predicted(response: str) -> int:
    """The answer as the paper's notebook reads it: the last character but one, else the last, else 0.

    >>> predicted("The house is 3."), predicted("Final answer: 2"), predicted("None")
    (3, 2, 0)
    """
    return next((int(one) for one in (response[-2:-1], response[-1:]) if one.isdecimal()), 0)


def _puzzle(row: PublishedRow) -> Puzzle:
    gold = row.list("meta.gold")
    is_right = str(predicted(row.text("meta.raw_response"))) in map(str, gold)
    return Puzzle(_place(row), row.word("id"), is_right)


def _place(row: PublishedRow) -> int:
    place = row.number("meta.idx")
    if place not in range(PUZZLES):
        raise row.fault("meta.idx", f"expected a whole number from 0 to {PUZZLES - 1}, found {place:g}")
    return int(place)


def agent_figures(found: Found) -> Measures:
    """pass^k of the airline agent, k = 1..4: the chance that k of a task's trials, drawn at random, all succeed."""
    rewards: dict[str, list[float]] = defaultdict(list)
    for row in rows_in(found.path):
        meta = row.mapping("meta")
        if "trial" in meta and meta.get("domain") == "airline":
            rewards[row.word("meta.task_id")].append(row.number("meta.reward"))
    whole = [sum(one == 1 for one in trials) for trials in rewards.values() if len(trials) == TRIALS]
    tasks = np.arange(len(whole))
    return {
        f"tau-pass-{k}": Measured(
            mean_of(np.array([comb(count, k) / comb(TRIALS, k) for count in whole], dtype=np.float64), tasks), "tasks"
        )
        for k in range(1, TRIALS + 1)
    }
