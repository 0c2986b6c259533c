"""Judges that hold a speaker to their own manner take it, under stress, from the undisturbed conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from builders import transcript

from judges.formality import FormalityJudge
from judges.panel import prepare_judges
from judges.undisturbed import MOST_ALIKE, Undisturbed
from judges.verbosity import VerbosityJudge
from judges.verdict import Verdict
from sims.transcript import ScenarioRef, Transcript

SCENARIO = ScenarioRef("refund", "h")
CASUAL = (
    "hey, did you get my message about the trip?",
    "i think we can just take the bus to town.",
    "my sister said she might come with us too.",
    "let's meet at the station, i'll bring some food.",
    "it's gonna be fun, we can walk by the river.",
)
STIFF = (
    "I would respectfully request that the aforementioned correspondence be considered in accordance with regulations.",
    "The documentation was submitted in accordance with the applicable regulations.",
    "Further clarification regarding the contract will be provided upon request.",
    "Additional verification of the account is required prior to any reimbursement.",
)
LASTING = (CASUAL[0], *STIFF)
"""Four of five turns in another register: measured against themselves, that is the register."""


def said(lines: Sequence[str], name: str, *, twin: str | None = None, model: str = "m") -> Transcript:
    """A conversation in which one speaker says the lines; an arm where it has a twin."""
    meta = {"model": model} | ({"twin": twin} if twin else {})
    return transcript(*(("a", line) for line in lines), id=name, scenario=SCENARIO, meta=meta)


def flagged(verdict: Verdict) -> list[tuple[int, str]]:
    """The flagged turns with their kinds."""
    return [(hit.turn, hit.kind) for hit in verdict.hits]


def by_speaker(one: Transcript) -> Mapping[str, list[str]]:
    """The texts of a conversation, as a measure of nothing."""
    return {name: [turn.text for turn in one.turns if turn.speaker == name] for name in one.speakers}


def known(*sample: Transcript) -> Undisturbed[str]:
    """What is known of these conversations; two texts tell what is usual."""
    return Undisturbed(by_speaker, lambda texts: len(texts) >= 2, sample)


def test_a_lasting_break_is_found_against_the_twin() -> None:
    """Measured against itself the conversation has no break; against its twin all four stiff turns are raised."""
    arm = said(LASTING, "r0+register_shift=1", twin="r0")
    assert FormalityJudge().judge(arm).hits == ()
    verdict = FormalityJudge().prepare([said(CASUAL, "r0")]).judge(arm)
    assert flagged(verdict) == [(place, "raised") for place in range(1, 5)]
    assert "than this speaker's undisturbed turns" in verdict.hits[0].reason


def test_an_arm_that_says_what_its_twin_says_has_its_verdict() -> None:
    """The same words at the same places: the same scores and hits, but for whom the reason names."""
    control = said((*CASUAL, STIFF[0]), "r0")
    judge = FormalityJudge().prepare([control])
    calm, arm = judge.judge(control), judge.judge(said((*CASUAL, STIFF[0]), "r0+typos=1", twin="r0"))
    assert calm.turn_scores == arm.turn_scores
    assert flagged(calm) == flagged(arm) == [(5, "raised")]
    assert calm.hits[0].score == arm.hits[0].score


@pytest.mark.parametrize("judge", [FormalityJudge(), VerbosityJudge()])
def test_no_other_verdict_changes(judge: FormalityJudge | VerbosityJudge) -> None:
    """An ordinary conversation is judged as by a judge that has learnt nothing, whatever was learnt."""
    ordinary = said((*CASUAL, STIFF[0]), "r0")
    prepared = judge.prepare([said(STIFF, "r0"), said(STIFF, "r1")])
    assert prepared.judge(ordinary) == judge.judge(ordinary)
    assert prepared.version == judge.version


def test_turns_that_all_grow_are_bursts_against_the_twin() -> None:
    """Some nine words a turn undisturbed, twenty times that under stress: no burst by themselves, five by the twin."""
    arm = said([" ".join([line] * 20) for line in CASUAL], "r0+silence=1", twin="r0")
    assert VerbosityJudge().judge(arm).hits == ()
    verdict = VerbosityJudge().prepare([said(CASUAL, "r0")]).judge(arm)
    assert flagged(verdict) == [(place, "burst") for place in range(5)]


def test_a_drift_is_one_of_the_conversation_itself() -> None:
    """Turns that grow eightfold drift up, though all of them are far shorter than those of the twin."""
    words = ("one two three four five six seven eight " * 60).split()
    arm = said([" ".join(words[: 5 + 5 * place]) for place in range(8)], "r0+silence=1", twin="r0")
    long = said([" ".join(words)] * 8, "r0")
    assert (7, "drift_up") in flagged(VerbosityJudge().prepare([long]).judge(arm))


def test_without_the_twin_conversations_alike_tell() -> None:
    """Same scenario, model and speaker; another model's, or an arm's, do not count."""
    arm = said(LASTING, "r9+typos=1", twin="r9")
    alike = known(said(CASUAL, "r0"), said(STIFF, "other", model="n"), said(STIFF, "r1+typos=1", twin="r1"))
    assert alike.usual(arm, "a") == list(CASUAL)
    assert known(said(STIFF, "other", model="n")).usual(arm, "a") is None


def test_a_twin_that_broke_off_at_once_does_not_tell() -> None:
    """One turn is too little: the others alike tell, the twin's turn among them."""
    arm = said(LASTING, "r0+typos=1", twin="r0")
    found = known(said(CASUAL[:1], "r0"), said(CASUAL, "r1")).usual(arm, "a")
    assert sorted(found or ()) == sorted((CASUAL[0], *CASUAL))


def test_few_of_many_alike_tell_in_whatever_order() -> None:
    """Of 50 conversations alike the same `MOST_ALIKE` are measured, however they are ordered."""
    sample = [said((f"{name} one", f"{name} two"), f"r{name}") for name in range(50)]
    arm = said(LASTING, "r99+typos=1", twin="r99")
    found = known(*sample).usual(arm, "a")
    assert found == known(*reversed(sample)).usual(arm, "a")
    assert len(found or ()) == 2 * MOST_ALIKE


def test_an_ordinary_conversation_has_no_other_manner() -> None:
    """It is no arm: None, also where its own id was learnt."""
    assert known(said(CASUAL, "r0")).usual(said(CASUAL, "r0"), "a") is None


def test_arms_beyond_the_sample_are_judged_by_the_conversations_alike() -> None:
    """Of 30 controls 10 are learnt from: every arm still has its four lasting breaks."""
    controls = [said(CASUAL, f"r{number}") for number in range(30)]
    (judge,) = prepare_judges([FormalityJudge()], controls, sample_size=10)
    for number in range(30):
        verdict = judge.judge(said(LASTING, f"r{number}+register_shift=1", twin=f"r{number}"))
        assert [hit.turn for hit in verdict.hits] == [1, 2, 3, 4]


def test_a_single_place_has_no_others_to_hold_marks_to() -> None:
    """Conversations alike of one long turn each tell the register; marks at the same place are compared with nobody."""
    alike = [said(CASUAL[:1], f"r{number}") for number in range(3)]
    arm = replace(said(STIFF[:1], "r9+typos=1", twin="r9"))
    assert [hit.turn for hit in FormalityJudge().prepare(alike).judge(arm).hits] == [0]
