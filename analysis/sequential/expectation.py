"""What scenarios expect of judges' flag rates, and how each expectation stands after the conversations so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, log
from typing import Literal, TypeAlias

import numpy as np

from analysis.sequential.e_process import LEAST_CLEAN_EVIDENCE, confidence_sequence, e_values
from analysis.statistics.common import ALPHA, Counts, Interval
from analysis.statistics.rates import TurnCounts, worst_rates
from judges.verdict import Verdict
from sims.cell import Cell
from sims.errors import UsageError
from sims.manifest import Manifest
from sims.scenario import Scenario, ScriptTurns
from sims.transcript import Transcript

Settlement: TypeAlias = Literal["MET", "FAILED", "UNDECIDED"]
Course: TypeAlias = Literal["settled", "given up", "open"]
_PATIENCE = 10
"""So many conversations in a row without a judged turn are a fault that more of them will not mend."""
TurnCount: TypeAlias = tuple[int, int] | None
"""Flagged and judged turns of a conversation; None where it failed or has no verdict."""


@dataclass(frozen=True, slots=True)
class RunExpectation:
    """A scenario's `expect.<judge>.max_rate`, for one choice of models and one temperature.

    `most_turns` is the most turns a conversation of the scenario can have.
    """

    scenario: str
    model: str
    temperature: float | None
    judge: str
    max_rate: float
    most_turns: int

    def is_about(self, cell: Cell) -> bool:
        """Whether the conversation of this cell bears on it."""
        return (cell.scenario.id, cell.label, cell.temperature) == (self.scenario, self.model, self.temperature)

    @property
    def least_conversations(self) -> float:
        """How many conversations meet it when all are clean and of full length; infinite for a limit of 0."""
        if self.max_rate in (0, 1):
            return 1 if self.max_rate else inf
        return ceil(LEAST_CLEAN_EVIDENCE / -log(1 - self.max_rate))


@dataclass(frozen=True, slots=True)
class ExpectationStanding:
    """How an expectation stands.

    FAILED: the e-value against "the rate is at most `max_rate`" once reached 20 times the number of expectations of
    the run, so that all those that hold are spared together with 95 %, and the rate over all is above the limit. MET:
    the e-value against "the rate is at least `max_rate`" once reached 20, and the rate is not above it. `settled_after`
    is the number of conversations with a verdict by then, None while UNDECIDED.

    `conversations` have a verdict, `missing` failed or have none. Rate and bounds are over all conversations so far,
    in [0, 1], None without a judged turn: `ci_low` and `ci_high` are a 95 % confidence sequence, `worst_low` and
    `worst_high` bound the rate had the missing ones been clean, or flagged throughout (`worst_rates`). `is_stuck` says
    that no turn of the last ten was judged.

    `is_overruled` says that it was settled before the judges had learnt from all conversations, and then no more.
    """

    expectation: RunExpectation
    decision: Settlement
    conversations: int
    missing: int
    flagged_turns: int
    judged_turns: int
    settled_after: int | None = None
    rate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    worst_low: float | None = None
    worst_high: float | None = None
    is_stuck: bool = False
    is_overruled: bool = False


def expectations_of(manifest: Manifest) -> tuple[RunExpectation, ...]:
    """The expectations of a run, in the order of its grid and of each scenario's file.

    Raises:
        UsageError: no scenario has any, or one is of a judge that the run does not have.
    """
    found = tuple(
        RunExpectation(casting.scenario.id, casting.label, heat, judge, expected.max_rate, most_turns(casting.scenario))
        for casting in manifest.grid.castings
        for heat in casting.temperatures
        for judge, expected in casting.scenario.expect.items()
        if expected.max_rate is not None
    )
    if not found:
        names = ", ".join(scenario.id for scenario in manifest.scenarios)
        raise UsageError(
            f"--until-decided has nothing to decide: none of {names} expects anything of a judge's rate; write for"
            " example expect: {role_flip: {max_rate: 0.02}} into the scenario, or hold --repeats N"
        )
    for one in found:
        if one.judge not in manifest.judges:
            raise UsageError(
                f"scenario {one.scenario!r} expects {one.judge} to flag at most {one.max_rate:g} of the turns, but"
                f" {one.judge} is not among the judges of this run: {', '.join(manifest.judges)}; add it to --judges"
            )
    return found


def most_turns(scenario: Scenario) -> int:
    """The most turns that a conversation of the scenario can have."""
    if isinstance(scenario.turns, ScriptTurns):
        return min(scenario.stop.max_turns, len(scenario.opening_turns) + len(scenario.turns.lines))
    return scenario.stop.max_turns


def turn_count(transcript: Transcript, verdict: Verdict) -> TurnCount:
    """The flagged and judged turns of a conversation; None where it failed or has no verdict.

    Where there was nothing of the judge's kind to look at, no turn is judged and none is missing.
    """
    if transcript.has_failed or verdict.missing_for is not None:
        return None
    judged = [turn for turn in verdict.flagged_turns if verdict.turn_scores[turn] is not None]
    return len(judged), verdict.judged_turns


def standing(expectation: RunExpectation, counts: Sequence[TurnCount], *, tests: int) -> ExpectationStanding:
    """How an expectation stands after conversations in the order of their repeats.

    `tests` is the number of expectations of the run.
    """
    flagged, judged = _known(counts)
    decision, settled_after = settlement(expectation, flagged, judged, tests=tests)
    hits, total, missing = int(flagged.sum()), int(judged.sum()), len(counts) - len(judged)
    interval = confidence_sequence(flagged, judged, most_turns=expectation.most_turns)
    worst = _worst(flagged, judged, missing=missing)
    return ExpectationStanding(
        expectation=expectation,
        decision=decision,
        conversations=len(judged),
        missing=missing,
        flagged_turns=hits,
        judged_turns=total,
        settled_after=settled_after,
        rate=hits / total if total else None,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        worst_low=worst.low if worst else None,
        worst_high=worst.high if worst else None,
        is_stuck=_is_stuck(counts),
    )


def _worst(flagged: Counts, judged: Counts, *, missing: int) -> Interval | None:
    """`worst_rates` with so many conversations of which nothing is known."""
    unknown = np.zeros(missing, dtype=np.int64)
    counts = TurnCounts(np.concatenate([flagged, unknown]), np.concatenate([judged, unknown]))
    is_missing = np.arange(len(counts.judged)) >= len(judged)
    return worst_rates(counts, turns=counts.judged, is_missing=is_missing)


def course_of(expectation: RunExpectation, counts: Sequence[TurnCount], *, tests: int) -> Course:
    """Whether an expectation is settled, given up for want of verdicts, or open, without its intervals."""
    if settlement(expectation, *_known(counts), tests=tests)[0] != "UNDECIDED":
        return "settled"
    return "given up" if _is_stuck(counts) else "open"


def _known(counts: Sequence[TurnCount]) -> tuple[Counts, Counts]:
    known = np.array([count for count in counts if count is not None], dtype=np.int64).reshape(-1, 2)
    return known[:, 0], known[:, 1]


def _is_stuck(counts: Sequence[TurnCount]) -> bool:
    return len(counts) >= _PATIENCE and not any(count and count[1] for count in counts[-_PATIENCE:])


def settlement(
    expectation: RunExpectation, flagged: Counts, judged: Counts, *, tests: int
) -> tuple[Settlement, int | None]:
    """The decision, and after how many conversations with a verdict it was reached.

    One entry a conversation, in the order of repeats; the rest as in `ExpectationStanding`.
    """
    found = e_values(flagged, judged, limit=expectation.max_rate, most_turns=expectation.most_turns)
    is_above = int(flagged.sum()) > expectation.max_rate * int(judged.sum())
    values, needed = (found.above, tests / ALPHA) if is_above else (found.below, 1 / ALPHA)
    reached = np.flatnonzero(values >= log(needed))
    if not len(reached):
        return "UNDECIDED", None
    return "FAILED" if is_above else "MET", int(reached[0]) + 1
