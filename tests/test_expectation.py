"""What scenarios expect, and how an expectation stands."""

from __future__ import annotations

from typing import Any

import pytest
from builders import scenario, transcript

from analysis.sequential.expectation import (
    RunExpectation,
    TurnCount,
    course_of,
    expectations_of,
    most_turns,
    standing,
    turn_count,
)
from analysis.sequential.record import standing_record
from judges.verdict import Hit, unjudged, verdict_on
from sims.errors import UsageError
from sims.grid import Grid
from sims.manifest import Manifest, RunSettings, new_manifest

EXPECTS = {"role_flip": {"max_rate": 0.02}, "digression": {"max_rate": 0.05, "margin": 0.1}}
CLEAN: TurnCount = (0, 6)
FLAGGED: TurnCount = (6, 6)


def manifest(*, judges: tuple[str, ...] = (), temperatures: tuple[float, ...] = (), **more: Any) -> Manifest:
    """A run of one scenario under two models."""
    grid = Grid((scenario(**more),), ("a/x", "a/y"), temperatures=temperatures)
    return new_manifest(grid, name="run", settings=RunSettings(judges=judges))


def expectation(max_rate: float) -> RunExpectation:
    """Of role_flip, in conversations of at most six turns."""
    return RunExpectation("refund", "a/x", None, "role_flip", max_rate, 6)


def test_every_model_and_temperature_has_expectations_of_its_own() -> None:
    """2 models x 2 temperatures x 2 judges = 8, each with the scenario's limit; a margin alone is no limit."""
    found = expectations_of(manifest(expect=EXPECTS | {"formality": {"margin": 0.1}}, temperatures=(0.0, 1.0)))
    assert len(found) == 8
    assert {(one.judge, one.max_rate, one.most_turns) for one in found} == {
        ("role_flip", 0.02, 6),
        ("digression", 0.05, 6),
    }


@pytest.mark.parametrize(
    ("more", "message"),
    [({}, "nothing to decide"), ({"expect": EXPECTS, "judges": ("formality",)}, "role_flip is not among the judges")],
)
def test_a_run_that_can_decide_nothing_is_refused(more: dict[str, Any], message: str) -> None:
    """No expectation, or one of a judge that was not chosen."""
    with pytest.raises(UsageError, match=message):
        expectations_of(manifest(**more))


def test_a_script_bounds_the_turns() -> None:
    """Three lines after an opening of one: four turns, though six are allowed."""
    lines = [{"speaker": "customer"}, {"speaker": "support"}, {"speaker": "customer"}]
    of = scenario(turns={"policy": "script", "lines": lines}, opening="Hello.")
    assert (most_turns(of), most_turns(scenario())) == (4, 6)


def test_a_limit_is_failed_after_few_flagged_conversations() -> None:
    """Limit .1, all flagged: (10^n + 5.5^n + 3.25^n + 2.125^n + 1.56^n + ...) / 8 is 19 after two, 152 after three."""
    found = standing(expectation(0.1), [FLAGGED, FLAGGED, FLAGGED, CLEAN], tests=1)
    assert (found.decision, found.settled_after) == ("FAILED", 3)
    assert (found.flagged_turns, found.judged_turns, found.conversations) == (18, 24, 4)


def test_more_expectations_ask_for_more_evidence_of_failure_only() -> None:
    """Ten share the 5 %: FAILED needs 200, which takes a fourth conversation; MET needs 20 as before."""
    assert standing(expectation(0.1), [FLAGGED] * 4, tests=10).settled_after == 4
    clean = [standing(expectation(0.1), [CLEAN] * 40, tests=tests) for tests in (1, 10)]
    assert [(one.decision, one.settled_after) for one in clean] == [("MET", 32)] * 2


def test_a_decision_never_contradicts_the_rate_beside_it() -> None:
    """40 clean conversations meet 10 %; 10 flagged ones more, 20 %, leave it open; 40 more, 50 %, make it FAILED."""
    counts = [[CLEAN] * 40 + [FLAGGED] * more for more in (0, 10, 40)]
    found = [standing(expectation(0.1), one, tests=1) for one in counts]
    assert [(one.decision, one.rate) for one in found] == [("MET", 0), ("UNDECIDED", 0.2), ("FAILED", 0.5)]


def test_missing_conversations_are_counted_and_bounded() -> None:
    """Of 4 conversations one is missing: 6 of 18 judged turns are flagged; 6 more unseen ones: 6/24 to 12/24."""
    found = standing(expectation(0.02), [CLEAN, None, FLAGGED, CLEAN], tests=1)
    assert (found.conversations, found.missing, found.rate) == (3, 1, pytest.approx(1 / 3))
    assert (found.worst_low, found.worst_high) == (0.25, 0.5)


def test_nothing_known_is_no_number() -> None:
    """All missing: no rate, no interval, worst cases from 0 to 1; nothing held: not even those. Records hold no NaN."""
    lost, none = (standing(expectation(0.02), counts, tests=1) for counts in ([None, None], []))
    assert (lost.decision, lost.rate, lost.ci_low, lost.worst_low, lost.worst_high) == ("UNDECIDED", None, None, 0, 1)
    assert (none.worst_low, none.worst_high) == (None, None)
    assert {standing_record(none)[key] for key in ("rate", "ci_low", "settled_after")} == {None}


def test_an_expectation_without_verdicts_is_given_up() -> None:
    """Ten conversations in a row without a judged turn: more will not settle it; nine, or one among them, may.

    What was settled before, by 166 clean ones, is not given up.
    """
    given_up, nothing, nine, among, before = (
        course_of(expectation(0.02), counts, tests=1)
        for counts in ([None] * 10, [(0, 0)] * 10, [None] * 9, [*[None] * 9, CLEAN], [CLEAN] * 166 + [None] * 10)
    )
    assert (given_up, nothing) == ("given up", "given up")
    assert (nine, among, before) == ("open", "open", "settled")


def test_a_limit_of_nothing_fails_at_the_first_flag_and_is_never_met() -> None:
    """One flagged turn among clean conversations; without it, UNDECIDED for ever."""
    assert standing(expectation(0.0), [CLEAN, (1, 6), CLEAN], tests=6).settled_after == 2
    assert standing(expectation(0.0), [CLEAN] * 500, tests=1).decision == "UNDECIDED"
    assert expectation(0.0).least_conversations == float("inf")


def test_what_counts_of_a_conversation() -> None:
    """Hits on judged turns; a failed conversation or one without a verdict is missing; no facts is nothing."""
    of = transcript(("a", "One two."), ("b", "Three."), stop_reason="max_turns")
    hits = [Hit(turn, 1.0, "k", of.turns[turn].text, 0, len(of.turns[turn].text), "r") for turn in (0, 1)]
    verdict = verdict_on(of, judge="role_flip", version="1", turn_scores=(1.0, None), hits=hits)
    broken = transcript(("a", "One two."), ("b", "Three."), stop_reason="backend_error")
    lost, moot = (
        unjudged(of, judge="j", version="1", reason=reason, detail="")  # type: ignore[arg-type]
        for reason in ("too_short", "no_facts")
    )
    found = [turn_count(of, verdict), turn_count(broken, verdict), turn_count(of, lost), turn_count(of, moot)]
    assert found == [(1, 1), None, None, (0, 0)]
