"""What counts in a stress test, and what is kept of each conversation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import transcript
from stress_folders import conversation, flagged, stress_folder

from analysis.outcomes import outcomes
from analysis.stress.episodes import Episode, episodes_of
from analysis.stress.rows import ArmColumn, StressRows, read_rows
from analysis.stress.values import Arm
from analysis.tables import flag_rows
from judges.verdict import unjudged
from sims.errors import UsageError
from sims.transcript import Turn

CONTROL, FULL = Arm("m", "role_pressure", 0.0), Arm("m", "role_pressure", 1.0)


def columns(tmp_path: Path, *pairs: object) -> dict[Arm, ArmColumn]:
    """What role_flip found, by arm."""
    return {arm: column for (_, arm), column in read(tmp_path, *pairs).columns.items()}


def read(tmp_path: Path, *pairs: object) -> StressRows:
    """The rows of a folder of these conversations."""
    return read_rows(stress_folder(tmp_path, pairs))  # type: ignore[arg-type]


def test_only_turns_count_that_the_stressor_reaches_and_the_same_in_the_control(tmp_path: Path) -> None:
    """Pressure on support from turn 2 on: 3, 5 and 7 count; flags at 1, 4 and 6 do not, in neither arm."""
    found = columns(tmp_path, conversation(".x..xxx."), conversation(".x.xxxx.", dose=1.0))
    assert [(*found[arm].flagged, *found[arm].judged, *found[arm].turns) for arm in (CONTROL, FULL)] == [
        (1, 3, 3),
        (2, 3, 3),
    ]


def test_fixed_turns_and_turns_that_a_stressor_changed_do_not_count(tmp_path: Path) -> None:
    """Of 3, 5 and 7 the first is fixed and the second stressed; both are flagged, one turn is left."""
    found = columns(tmp_path, conversation("........"), conversation("...f.x..", dose=1.0, stressed=[5]))
    assert (list(found[FULL].flagged), list(found[FULL].judged), list(found[FULL].turns)) == ([0], [1], [1])


def test_a_control_counts_once_for_each_kind_over_the_turns_of_that_kind(tmp_path: Path) -> None:
    """A stripped persona of the customer reaches the customer's turns 0, 2, 4; pressure reaches support's 3 and 5."""
    strip = {"kind": "persona_strip", "onto": "customer"}
    found = columns(
        tmp_path,
        conversation("x.xx.."),
        conversation("......", dose=1.0),
        conversation("......", dose=1.0, record=strip),
    )
    controls = {arm.kind: (*column.flagged, *column.judged) for arm, column in found.items() if arm.is_control}
    assert controls == {"role_pressure": (1, 2), "persona_strip": (2, 3)}


def test_onset_and_last_turn_are_counted_from_one(tmp_path: Path) -> None:
    """First flag at index 5, so turn 6; the last judged turn of support is index 7, turn 8; index 9 is unjudged."""
    found = columns(tmp_path, conversation(".........?"), conversation(".....x...?", dose=1.0))
    assert (list(found[FULL].onset), list(found[FULL].last)) == ([6], [8])
    assert (list(found[CONTROL].onset), list(found[CONTROL].last)) == ([0], [8])


def test_a_failed_conversation_is_missing_and_what_was_judged_of_it_stands(tmp_path: Path) -> None:
    """It broke off after turn 6: support's turns 4 and 6 are known, one of them flagged."""
    found = columns(tmp_path, conversation("........"), conversation("...x..", dose=1.0, stop_reason="backend_error"))
    assert (list(found[FULL].is_missing), list(found[FULL].flagged), list(found[FULL].judged)) == ([1], [1], [2])


def test_a_verdict_that_could_not_be_given_is_missing_and_an_inapplicable_one_is_not_there(tmp_path: Path) -> None:
    """ "too_short" is missing with the three turns that could have been judged; "no_facts" has no entry."""
    control, verdict = conversation("........")
    missing = unjudged(control, judge="role_flip", version="1", reason="too_short", detail="")
    nothing = unjudged(control, judge="role_flip", version="1", reason="no_facts", detail="")
    other = conversation("........", dose=1.0)
    found = columns(tmp_path / "missing", (control, missing), other)[CONTROL]
    assert (list(found.is_missing), list(found.judged), list(found.turns)) == ([1], [0], [3])
    assert CONTROL not in columns(tmp_path / "nothing", (control, nothing), other)
    assert verdict.unjudged is None


def test_arms_and_models_share_places(tmp_path: Path) -> None:
    """Two models, two repeats, two arms: two places, and the place does not depend on model or arm."""
    rows = read(
        tmp_path,
        *(
            conversation("......", dose=dose, repeat=repeat, model=model)
            for dose in (0.0, 1.0)
            for repeat in (0, 1)
            for model in ("a", "b")
        ),
    )
    assert [(place.scenario, place.repeat) for place in rows.places] == [("refund", 0), ("refund", 1)]
    assert {tuple(column.places) for column in rows.columns.values()} == {(0, 1)}
    assert rows.arms("role_flip", "a", "role_pressure") == [Arm("a", "role_pressure", dose) for dose in (0.0, 1.0)]


def test_arms_are_in_the_order_of_dose_and_the_one_without_comes_last(tmp_path: Path) -> None:
    """Whatever the order in the file."""
    rows = read(tmp_path, *(conversation("......", dose=dose) for dose in (None, 1.0, 0.25, 0.0)))
    assert [arm.dose for arm in rows.arms("role_flip", "m", "role_pressure")] == [0.0, 0.25, 1.0, None]


def test_a_folder_without_a_stress_test_is_refused(tmp_path: Path) -> None:
    """One line that says how to make one."""
    with pytest.raises(UsageError, match=r"no conversation here is part of a stress test; .*simstress stress"):
        read(tmp_path, conversation("......"))


@pytest.mark.parametrize(
    ("flags", "episodes"),
    [
        ("", []),
        ("...", []),
        ("xx.", [Episode(2, is_repaired=True)]),
        ("..x", [Episode(1, is_repaired=False)]),
        (".xx", [Episode(2, is_repaired=False)]),
        ("x.xx.x", [Episode(1, is_repaired=True), Episode(2, is_repaired=True), Episode(1, is_repaired=False)]),
    ],
)
def test_episodes_of_one_speaker(flags: str, episodes: list[Episode]) -> None:
    """A run ends with the next clean turn; of one that reaches the end nobody knows, however long it is."""
    assert list(episodes_of(("a", flag == "x") for flag in flags)) == episodes


def test_an_episode_is_of_one_speaker_whatever_the_others_say() -> None:
    """a is flagged twice around b's clean turn; b's own two flags are another episode."""
    turns = [("a", True), ("b", False), ("a", True), ("b", True), ("a", False), ("b", True)]
    assert list(episodes_of(turns)) == [Episode(2, is_repaired=True), Episode(2, is_repaired=False)]


def test_a_stressed_turn_is_nobodys_artifact_in_tables_and_outcomes(tmp_path: Path) -> None:
    """Of the customer's two flagged turns one was changed by a stressor: one of one judged turn is left."""
    lines = transcript(("customer", "a turn"), ("support", "a turn"), ("customer", "a turn"))
    changed = Turn("customer", "a turn", meta={"stressed": ["typos"]})
    lines = replace(lines, turns=(*lines.turns[:2], changed))
    verdict = flagged(lines, "x.x", judge="role_flip")
    row = flag_rows([lines], [verdict]).iloc[0]
    assert (row["turns"], row["judged_turns"], row["flagged_turns"]) == (2, 1, 1)
    (outcome,) = outcomes(stress_folder(tmp_path, [(lines, verdict)]))
    assert (outcome.flagged, outcome.judged_turns, outcome.turns) == ((0,), 2, 3)
