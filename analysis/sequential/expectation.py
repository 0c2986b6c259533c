"""What scenarios expect of judges' flag rates, and how each expectation stands after the conversations so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, log
from typing import Literal, TypeAlias

import numpy as np

from analysis.sequential.e_process import LEAST_CLEAN_EVIDENCE, confidence_sequence, evidence
from analysis.statistics.common import ALPHA, Counts
from judges.verdict import Verdict
from sims.conversation import Cell
from sims.errors import UsageError
from sims.manifest import Manifest
from sims.scenario import Scenario, ScriptTurns
from sims.transcript import Transcript

Settlement: TypeAlias = Literal["MET", "FAILED", "UNDECIDED"]
_PATIENCE = 10
"""So many conversations in a row without a judged turn are a fault that more of them will not mend."""
TurnCount: TypeAlias = tuple[int, int] | None
"""Flagged and judged turns of a conversation; None where it failed or has no verdict."""


@dataclass(frozen=True, slots=True)
class Expectation:
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
class Standing:
    """How an expectation stands.

    FAILED: the e-value against "the rate is at most `max_rate`" once reached 20 times the number of expectations of
    the run, so that all those that hold are spared together with 95 %. MET: the e-value against "the rate is at least
    `max_rate`" once reached 20 before. `settled_after` is the number of conversations with a verdict by then, None
    while UNDECIDED. A settled expectation stays so, whatever comes later.

    `conversations` have a verdict, `missing` failed or have none. Rate and bounds are over all conversations so far,
    in [0, 1], None without a judged turn: `ci_low` and `ci_high` are a 95 % confidence sequence, `worst_low` and
    `worst_high` bound the rate had the missing ones been clean, or flagged throughout, with as many turns as the others
    have on average (with none: the most they can have). `is_stuck` says that no turn of the last ten was judged.
    """

    expectation: Expectation
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


def expectations_of(manifest: Manifest) -> tuple[Expectation, ...]:
    """The expectations of a run, in the order of its grid and of each scenario's file.

    Raises:
        UsageError: no scenario has any, or one is of a judge that the run does not have.
    """
    found = tuple(
        Expectation(casting.scenario.id, casting.label, heat, judge, expected.max_rate, most_turns(casting.scenario))
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


def standing(expectation: Expectation, counts: Sequence[TurnCount], *, tests: int) -> Standing:
    """How an expectation stands after conversations in the order of their repeats.

    `tests` is the number of expectations of the run.
    """
    flagged, judged = _known(counts)
    decision, settled_after = settlement(expectation, flagged, judged, tests=tests)
    hits, total, missing = int(flagged.sum()), int(judged.sum()), len(counts) - len(judged)
    interval = confidence_sequence(flagged, judged, most_turns=expectation.most_turns)
    unseen = missing * (total / len(judged) if total else expectation.most_turns)
    return Standing(
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
        worst_low=hits / (total + unseen) if total + unseen else None,
        worst_high=(hits + unseen) / (total + unseen) if total + unseen else None,
        is_stuck=_is_stuck(counts),
    )


def is_open(expectation: Expectation, counts: Sequence[TurnCount], *, tests: int) -> bool:
    """Whether more conversations could settle an expectation, without working out how it stands."""
    return not _is_stuck(counts) and settlement(expectation, *_known(counts), tests=tests)[0] == "UNDECIDED"


def _known(counts: Sequence[TurnCount]) -> tuple[Counts, Counts]:
    known = np.array([count for count in counts if count is not None], dtype=np.int64).reshape(-1, 2)
    return known[:, 0], known[:, 1]


def _is_stuck(counts: Sequence[TurnCount]) -> bool:
    return len(counts) >= _PATIENCE and not any(count and count[1] for count in counts[-_PATIENCE:])


def settlement(
    expectation: Expectation, flagged: Counts, judged: Counts, *, tests: int
) -> tuple[Settlement, int | None]:
    """The decision reached first, and after how many conversations with a verdict.

    One entry a conversation, in the order of repeats; the rest as in `Standing`.
    """
    found = evidence(flagged, judged, limit=expectation.max_rate, most_turns=expectation.most_turns)
    failed = np.flatnonzero(found.above >= log(tests / ALPHA))
    met = np.flatnonzero(found.below >= log(1 / ALPHA))
    if not len(failed) and not len(met):
        return "UNDECIDED", None
    if not len(met) or (len(failed) and failed[0] < met[0]):
        return "FAILED", int(failed[0]) + 1
    return "MET", int(met[0]) + 1
