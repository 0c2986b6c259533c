"""What the conversations of a stress test say of it themselves: planted faults by dose, temperatures not taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from stress_folders import PRESSURE, conversation, stress_folder
from stress_parts import MODEL, findings, point, response, rising

from analysis.stress.recorded import Planted, Recorded, cautions, recorded_in
from analysis.stress.values import Arm
from judges.verdict import Verdict
from sims.transcript import Transcript

Pair = tuple[Transcript, Verdict]
TOP = Arm(MODEL, "role_pressure", 1.0)


def planted_at(pair: Pair, *turns: int, fault: str = "role_flip") -> Pair:
    """The conversation with a fault planted in these turns, and acts in all others, as the actor writes them."""
    made, verdict = pair
    spoken = tuple(
        replace(turn, meta=dict(turn.meta) | ({"planted": [fault]} if place in turns else {"act": "x"}))
        for place, turn in enumerate(made.turns)
    )
    return replace(made, turns=spoken), verdict


def test_found_missed_and_false_by_dose(tmp_path: Path) -> None:
    """The customer presses from turn 2, so support's turns 3, 5, 7 count: at dose 1 flagged 3 and 5, planted 5 and 7:
    1 found, 1 missed, 1 false. Turn 1 is flagged and planted too, and not reached. In the control nothing."""
    calm = planted_at(conversation("........"))
    hard = planted_at(conversation(".x.x.x..", dose=1.0), 1, 5, 7)
    recorded = recorded_in(stress_folder(tmp_path / "s", [calm, hard]))
    none, some = recorded.planted
    assert none == Planted("role_flip", Arm("m", "role_pressure", 0.0), turns=3, planted=0, found=0, false=0)
    assert some == Planted("role_flip", Arm("m", "role_pressure", 1.0), turns=3, planted=2, found=1, false=1)
    assert some.missed == 1


def test_another_fault_or_a_disturbed_turn_counts_as_none(tmp_path: Path) -> None:
    """A flagged digression is a false role flip; a turn that a stressor changed is nobody's and not counted."""
    other = planted_at(conversation("...x.x..", dose=1.0, stressed=(5,)), 3, 5, fault="digression")
    (row,) = recorded_in(stress_folder(tmp_path / "s", [other])).planted
    assert (row.turns, row.planted, row.found, row.false) == (2, 0, 0, 1)


def test_where_nobody_writes_down_what_was_planted_there_is_nothing(tmp_path: Path) -> None:
    """A real model's turns have neither "planted" nor "act"; nor is a judge counted whose fault nobody plants."""
    pairs = [conversation("........"), conversation("...x....", dose=1.0)]
    assert recorded_in(stress_folder(tmp_path / "s", pairs)) == Recorded()
    acted = planted_at(conversation("...x....", dose=1.0, judge="verbosity"))
    assert recorded_in(stress_folder(tmp_path / "t", [acted])).planted == ()


def test_temperatures_that_were_not_taken_are_counted(tmp_path: Path) -> None:
    """Of 4 turns under temperature 2 were said by a model that takes none; under other kinds nobody asks."""
    record = {"kind": "temperature"}
    made, verdict = conversation("....", dose=1.0, record=record)
    turns = [
        replace(turn, meta={"not_taken": ["temperature"]} if place < 2 else {}) for place, turn in enumerate(made.turns)
    ]
    other, its = conversation("....", dose=1.0, record=PRESSURE)
    cold = [replace(turn, meta={"not_taken": ["temperature"]}) for turn in other.turns]
    pairs = [(replace(made, turns=tuple(turns)), verdict), (replace(other, turns=tuple(cold)), its)]
    recorded = recorded_in(stress_folder(tmp_path / "s", pairs))
    assert (recorded.not_taken, recorded.heated) == (2, 4)
    (told,) = cautions(findings(), recorded)
    assert told.startswith("2 of 4 turns under temperature did not take it")


def test_a_rise_of_false_flags_is_laid_to_the_judge() -> None:
    """20 flags, 17 of them false: the judge is confused. 12 found against 8 false: nothing to say."""
    false = Recorded((Planted("role_flip", TOP, 100, 5, 3, 17),))
    (told,) = cautions(findings(rising()), false)
    assert told == (
        "Here the judge is confused, not the speakers: of its 20 flags for role flip under role pressure, dose 1, 17"
        " are on turns where nothing of the kind was planted."
    )
    assert cautions(findings(rising()), Recorded((Planted("role_flip", TOP, 100, 15, 12, 8),))) == ()


@pytest.mark.parametrize("recorded", [None, Recorded()])
def test_without_a_record_every_rise_sends_the_reader_to_the_turns(recorded: Recorded | None) -> None:
    """One sentence however many rise; none where nothing does."""
    (told,) = cautions(findings(rising(), rising(judge="formality")), recorded)
    assert told == (
        "At every rise the judge may be the one that stress confuses: read the turns it flags before you believe it."
    )
    assert cautions(findings(response(point(0, 0.0), point(1, 0.1))), recorded) == ()


def test_what_stands_beside_the_responses() -> None:
    """The arms of the responses in their order, a case without anything planted or flagged left out."""
    some = [Planted("role_flip", Arm(MODEL, "role_pressure", dose), 10, 0, 0, dose == 1.0) for dose in (0.0, 0.5, 1.0)]
    none = [Planted("digression", Arm(MODEL, "role_pressure", dose), 10, 0, 0, 0) for dose in (0.0, 1.0)]
    calm = response(point(0, 0.0), point(1, 0.0), judge="digression")
    assert Recorded((*none, *some)).beside([calm, rising()]) == tuple(some)
