"""verify-judges: recall, place, dose and false alarms of planted faults, each against a judge whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import pytest
from test_planting import POOL, talk

from judges.injections import Planted, put_text
from judges.measuring.figures import Figure
from judges.planting.catalogue import FAULTS
from judges.planting.donors import Donors
from judges.planting.fault import Fault, Ground
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from judges.verification import (
    Detection,
    PlantedBatch,
    Trial,
    clean_detection,
    detection_record,
    detections,
    planted_batch,
    trials_for,
)
from judges.verification_gate import gate_outcome, gate_rows, worst_outcome
from sims.errors import UsageError
from sims.transcript import Transcript

BATCH = [talk(number) for number in range(20)]


def _plant_word(one: Transcript, ground: Ground) -> Planted | None:
    return replace(put_text(one, 3, "XYZZY"), size=1)


WORD = Fault("word", "a turn says XYZZY", "one", "words", ("finder",), _plant_word, is_graded=False)


@dataclass(frozen=True)
class Finder:
    """Flags turns that say XYZZY, `late` turns late, and always the turns of `alarms`; abstains from some ids."""

    late: int = 0
    alarms: tuple[int, ...] = ()
    abstains: frozenset[str] = frozenset()
    learnt: int = 0
    name: str = "finder"
    version: str = "1"

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """Counts the sample."""
        return replace(self, learnt=len(sample))

    def judge(self, transcript: Transcript) -> Verdict:
        """Scores 1 where the word is, else 0."""
        if transcript.id in self.abstains:
            return unjudged(transcript, judge="finder", version="1", reason="too_short", detail="abstains")
        scores = [float("XYZZY" in turn.text) for turn in transcript.turns]
        flagged = {index + self.late for index, score in enumerate(scores) if score} | set(self.alarms)
        hits = [Hit(turn, 1.0, "x", text := transcript.turns[turn].text, 0, len(text), "r") for turn in flagged]
        return verdict_on(transcript, judge="finder", version="1", turn_scores=scores, hits=hits)


def batch_of(*, share: float = 0.3, reference_size: int | None = None) -> PlantedBatch:
    """Twenty conversations with the word in some."""
    return planted_batch(BATCH, Trial(WORD, 1.0, reference_size), Donors.of(POOL), share=share)


def found_by(finder: Finder, batch: PlantedBatch | None = None) -> Detection:
    """The one row."""
    (row,) = detections(batch or batch_of(), [finder])
    return row


def test_a_share_of_the_batch_is_planted_and_noted() -> None:
    """Three tenths of twenty are six; each says which turn; the same again with the same seed."""
    batch = batch_of()
    assert len(batch.planted) == 6
    note = {"fault": "word", "dose": 1.0, "size": 1, "unit": "words", "turns": [3]}
    assert all(planted.transcript.meta["planted"] == [note] for planted in batch.planted.values())
    assert batch == planted_batch(list(BATCH), Trial(WORD, 1.0), Donors.of(POOL))


def test_a_tenth_is_at_fault_at_once() -> None:
    """Six of twenty make three rounds of two; the other eighteen are as given; every original is judged once."""
    batch = batch_of()
    rounds = list(batch.rounds)
    assert [len(one.at_fault) for one in rounds] == [2, 2, 2]
    assert sorted(one.id for a_round in rounds for one in a_round.at_fault) == sorted(batch.planted)
    for one in rounds:
        assert [talk.id for talk in one.batch] == [talk.id for talk in BATCH]
        assert sum(talk in BATCH for talk in one.batch) == 18
        assert {talk.id for talk in one.at_fault} <= {talk.id for talk in one.originals}
    originals = [talk for one in rounds for talk in one.originals]
    assert sorted(originals, key=lambda one: one.id) == sorted(BATCH, key=lambda one: one.id)


def test_a_perfect_judge() -> None:
    """Recall, place and AUC 1; no false alarm. Six of six: the lower bound is .025 ** (1/6) = .541."""
    row = found_by(Finder())
    assert row.recall is not None
    assert (row.recall.value, row.recall.ci_low, row.recall.ci_high) == (1, pytest.approx(0.541, abs=0.001), 1)
    assert row.near is not None
    assert row.near.value == 1
    assert row.auc is not None
    assert row.auc.value == 1
    assert row.false_alarms is not None
    assert (row.false_alarms.value, row.false_alarms.n) == (0, 160)


@pytest.mark.parametrize(("late", "recall", "near"), [(1, 0.0, 1.0), (2, 0.0, 0.0)])
def test_a_hit_beside_the_fault_is_no_recall_but_may_be_near(late: int, recall: float, near: float) -> None:
    """One turn off counts as near, two do not; neither is a hit on the planted turn."""
    row = found_by(Finder(late=late))
    assert row.recall is not None
    assert row.near is not None
    assert (row.recall.value, row.near.value) == (recall, near)


def test_flagging_everything_finds_nothing() -> None:
    """A judge that flags every turn, clean or not: no hit is new, so recall is 0 and no place is told; 1,000 alarms."""
    row = found_by(Finder(alarms=tuple(range(8))))
    assert row.recall is not None
    assert row.false_alarms is not None
    assert (row.recall.value, row.near, row.false_alarms.value) == (0, None, 1000)
    assert gate_outcome(row, min_recall=0.9, max_false_alarms=None) == "REGRESSED"


def test_a_recall_alone_has_a_limit_of_false_alarms() -> None:
    """Recall 1 with 500 false alarms in 1,000 is no PASS, whatever was not asked for."""
    row = row_with(Figure(1, 0.95, 1, 10, 10), Figure(500, 400, 600, 100, 10))
    assert gate_outcome(row, min_recall=0.9, max_false_alarms=None) == "REGRESSED"
    assert gate_outcome(row, min_recall=0.9, max_false_alarms=700) == "PASS"


@dataclass(frozen=True)
class Stretches(Finder):
    """Flags the turns from `first` to `last` of conversations that say XYZZY anywhere."""

    first: int = 0
    last: int = 0

    def judge(self, transcript: Transcript) -> Verdict:
        """The same turns each time."""
        turns = range(self.first, self.last + 1) if any("XYZZY" in turn.text for turn in transcript.turns) else ()
        hits = [Hit(turn, 1.0, "x", text := transcript.turns[turn].text, 0, len(text), "r") for turn in turns]
        return verdict_on(transcript, judge="finder", version="1", turn_scores=[0.0] * 8, hits=hits)


@pytest.mark.parametrize(
    ("first", "last", "single", "stretch"), [(3, 3, 1.0, 0.0), (0, 7, 5 / 8, 0.0), (2, 6, 1.0, 1.0), (1, 5, 4 / 5, 0.0)]
)
def test_place_is_of_every_new_hit_and_of_the_ends_of_a_stretch(
    first: int, last: int, single: float, stretch: float
) -> None:
    """Turns 3 to 5 at fault. Of hits on 0 to 7 those on 2 to 6 are near, 5 of 8; a stretch is 2 to 4 to 4 to 6."""
    fault = replace(WORD, plant=_plant_three)
    for one, expected in ((fault, single), (replace(fault, is_stretch=True), stretch)):
        batch = planted_batch(BATCH, Trial(one, 1.0), Donors.of(POOL))
        near = found_by(Stretches(first=first, last=last), batch).near
        assert near is not None
        assert near.value == pytest.approx(expected)


def _plant_three(one: Transcript, ground: Ground) -> Planted | None:
    planted = one
    for turn in (3, 4, 5):
        planted = put_text(planted, turn, "XYZZY").transcript
    return Planted(planted, frozenset({3, 4, 5}), 3)


@pytest.mark.parametrize("name", ["swap_stretch", "repetition", "register_raised", "metaphors"])
def test_every_dose_has_the_same_conversations_and_begins_at_the_same_turn(name: str) -> None:
    """At a quarter and at all of the dose: the same ids, the same first turn at fault."""
    low, high = (planted_batch(BATCH, Trial(FAULTS[name], dose), Donors.of(POOL)) for dose in (0.25, 1.0))
    assert {one: min(planted.turns) for one, planted in low.planted.items()} == {
        one: min(planted.turns) for one, planted in high.planted.items()
    }
    assert len(high.planted) == 6


def test_a_judge_without_a_fault_has_false_alarms_only() -> None:
    """20 conversations of 8 turns, one always flagged: 125 in 1,000; a gate on recall decides nothing."""
    row = clean_detection(BATCH, Finder(alarms=(0,)))
    assert row.false_alarms is not None
    assert (row.fault, row.planted, row.recall, row.false_alarms.value) == ("none", 0, None, 125)
    assert gate_outcome(row, min_recall=0.1, max_false_alarms=500) == "INCONCLUSIVE"


def test_false_alarms_are_of_the_clean_originals() -> None:
    """One of eight turns is always flagged: 125 in 1,000; it is on the clean copy too, so it says nothing of place."""
    row = found_by(Finder(alarms=(0,)))
    assert row.false_alarms is not None
    assert row.false_alarms.value == 125
    assert row.near is not None
    assert row.near.value == 1


def test_abstaining_is_missing_with_bounds() -> None:
    """Two of six planted ones unjudged: recall 4/4 of the judged, between 4/6 and 6/6 in all."""
    batch = batch_of()
    row = found_by(Finder(abstains=frozenset(sorted(batch.planted)[:2])), batch)
    assert (row.planted, row.unjudged, row.why_unjudged) == (6, 2, {"too_short": 2})
    assert row.recall is not None
    assert row.recall.n == 4
    assert (row.recall_worst_low, row.recall_worst_high) == (pytest.approx(0.6667, abs=1e-4), 1)


def test_judges_learn_from_so_many() -> None:
    """All of the batch, five of it, or nothing."""
    for size, learnt in ((None, 20), (5, 5), (0, 0)):
        assert found_by(Finder(), batch_of(reference_size=size)).learnt_from == learnt


def test_trials_are_the_grid() -> None:
    """A fault that is not graded has one dose; a dose outside (0, 1] is refused."""
    graded = replace(WORD, name="graded", is_graded=True)
    trials = trials_for([WORD, graded], [0.5, 0.1], [None, 3])
    assert [(one.fault.name, one.dose, one.reference_size) for one in trials] == [
        ("word", 1, None),
        ("word", 1, 3),
        ("graded", 0.1, None),
        ("graded", 0.5, None),
        ("graded", 0.1, 3),
        ("graded", 0.5, 3),
    ]
    for dose in (0, 1.5, float("nan")):
        with pytest.raises(UsageError, match=r"not in \(0, 1\]"):
            trials_for([WORD], [dose], [None])


def row_with(recall: Figure | None, alarms: Figure | None = None, *, dose: float = 1.0, unjudged: int = 0) -> Detection:
    """A row with these figures."""
    value = recall.value if recall else 0.0
    worst = (value * (10 - unjudged) / 10, value)
    why = {"language": unjudged} if unjudged else {}
    return Detection("j", "1", "f", dose, 1.0, "u", 20, 10, 10, unjudged, why, recall, *worst, None, None, alarms)


FEW_ALARMS = Figure(2, 0, 5, 100, 10)


@pytest.mark.parametrize(
    ("low", "high", "outcome"), [(0.8, 0.95, "PASS"), (0.5, 0.75, "REGRESSED"), (0.7, 0.9, "INCONCLUSIVE")]
)
def test_the_gate_asks_for_the_whole_interval(low: float, high: float, outcome: str) -> None:
    """Recall of at least .8: the interval above it passes, below it fails, across it decides nothing."""
    value = (low + high) / 2
    row = row_with(Figure(value, low, high, 10, 10), FEW_ALARMS)
    assert gate_outcome(row, min_recall=0.8, max_false_alarms=None) == outcome


def test_the_gate_on_false_alarms() -> None:
    """At most 10 in 1,000; nothing measured decides nothing; the worst of two limits counts."""
    outcomes = [
        gate_outcome(row_with(None, Figure(5, low, high, 10, 10)), min_recall=None, max_false_alarms=10)
        for low, high in ((2, 9), (2, 12), (11, 20))
    ]
    assert outcomes == ["PASS", "INCONCLUSIVE", "REGRESSED"]
    assert gate_outcome(row_with(None), min_recall=0.5, max_false_alarms=None) == "INCONCLUSIVE"
    assert worst_outcome(["PASS", "REGRESSED", "INCONCLUSIVE"]) == "REGRESSED"
    assert worst_outcome([]) == "PASS"


def test_what_was_not_judged_can_turn_a_pass() -> None:
    """Recall 1 on the judged half of ten conversations is between .5 and 1 in all: not sure to reach .8."""
    row = row_with(Figure(1, 0.9, 1, 5, 5), FEW_ALARMS, unjudged=5)
    assert gate_outcome(row, min_recall=0.8, max_false_alarms=None) == "INCONCLUSIVE"


def test_the_gate_looks_at_the_highest_dose() -> None:
    """Of three doses of one fault the last."""
    rows = [row_with(None, dose=dose) for dose in (0.25, 1.0, 0.5)]
    assert [row.dose for row in gate_rows(rows)] == [1.0]


def test_a_record_is_flat() -> None:
    """A figure is its value and its bounds; what is missing is null."""
    record = detection_record(row_with(Figure(0.5, 0.4, 0.6, 10, 10)))
    assert (record["recall"], record["recall_ci_low"], record["recall_ci_high"]) == (0.5, 0.4, 0.6)
    assert record["within_one_turn"] is None
    assert record["false_alarms_per_1000_ci_high"] is None
