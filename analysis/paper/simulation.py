"""Simulations: the logic puzzles of self-collaborating personas, CAMEL's role flips, tau-bench's agents."""

from __future__ import annotations

from collections import defaultdict
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


def puzzle_figures(found: Found) -> Measures:
    """Task accuracy over the 200 puzzles, by the paper's reading of the last digit; one without answer is wrong.

    Raises:
        UsageError: the file is not of its form, or lacks the run that the paper analysed.
    """
    right = np.zeros(PUZZLES, dtype=bool)
    seen: set[int] = set()
    for row in rows_in(found.path):
        if row.word("meta.run") == _RUN:
            place = _place(row)
            seen.add(place)
            right[place] = row.flag("meta.paper_correct")
    if not seen:
        raise UsageError(f"{found.path}: there is no dialogue of the run {_RUN!r}, the one that the paper analysed")
    note = f"{PUZZLES - len(seen)} of {PUZZLES} without an answer, counted as wrong" if len(seen) < PUZZLES else ""
    return {"spp-accuracy": Measured(share_of(right, np.arange(PUZZLES)), "puzzles", note)}


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
