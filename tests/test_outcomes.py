"""Outcomes: one a conversation and judge, with what identifies a conversation across runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_sides import judged_folder, spoken, verdict

from analysis.judged_folder import JudgedFolder
from analysis.outcomes import ConversationKey, Outcome, key_of, outcomes
from judges.verdict import Unjudged
from sims.errors import UsageError


def found(path: Path) -> list[Outcome]:
    """The outcomes of a folder."""
    return list(outcomes(JudgedFolder(path)))


def test_an_outcome_carries_the_flagged_turns_and_the_place_in_the_grid(tmp_path: Path) -> None:
    """Scenario, model, temperature and repeat make the key; the id is empty where those are known."""
    one = spoken("x", repeat=3, seed=7, meta={"model": "m", "temperature": 0.5})
    (outcome,) = found(judged_folder(tmp_path / "j", [one], [verdict("x", 1)]))
    assert outcome.key == ConversationKey("refund", "m", 0.5, 3, "")
    assert (outcome.seed, outcome.flagged, outcome.judged_turns, outcome.turns) == (7, (1,), 2, 2)
    assert outcome.missing is None


@pytest.mark.parametrize(("scenario", "repeat"), [(None, None), (None, 0), ("refund", None)])
def test_an_imported_conversation_is_known_by_its_id(scenario: str | None, repeat: int | None) -> None:
    """Where scenario or repeat is unknown the transcript's id is in the key."""
    assert key_of(spoken("x", scenario=scenario, repeat=repeat)).id == "x"


def test_keys_are_in_order_also_where_a_temperature_is_missing() -> None:
    """None comes before every number."""
    keys = [ConversationKey("a", "m", heat, repeat, "") for heat in (None, 0.0, 1.0) for repeat in (0, 1)]
    assert sorted({*keys}) == keys


def test_what_a_failed_conversation_shows_is_kept_beside_why_it_is_missing(tmp_path: Path) -> None:
    """The stop reason is the reason, the turns judged before stand in the counts."""
    failed = spoken("x", stop_reason="backend_error")
    (outcome,) = found(judged_folder(tmp_path / "j", [failed], [verdict("x", 0)]))
    assert (outcome.missing, outcome.flagged, outcome.judged_turns) == ("backend_error", (0,), 2)


def test_a_conversation_that_no_verdict_is_on_is_missing_in_its_place(tmp_path: Path) -> None:
    """The stream follows the transcripts; the reason is no_verdict, of every judge that judged another."""
    texts = [spoken(name, repeat=n) for n, name in enumerate("xyz")]
    folder = judged_folder(tmp_path / "j", texts, [verdict("x"), verdict("z"), verdict("z", judge="ending")])
    assert [(one.transcript, one.judge, one.missing) for one in found(folder)] == [
        ("x", "role_flip", None),
        ("x", "ending", "no_verdict"),
        ("y", "role_flip", "no_verdict"),
        ("y", "ending", "no_verdict"),
        ("z", "role_flip", None),
        ("z", "ending", None),
    ]


def test_unjudged_is_missing_and_not_applicable_is_left_out(tmp_path: Path) -> None:
    """A crash is missing data; no private facts to look at is none."""
    texts = [spoken("x"), spoken("y", repeat=1)]
    empty = {"turn_scores": (None, None), "judged_turns": 0}
    verdicts = [
        verdict("x", unjudged=Unjudged("crashed", "bug"), **empty),
        verdict("y", unjudged=Unjudged("no_facts", "none"), **empty),
    ]
    assert [(one.transcript, one.missing) for one in found(judged_folder(tmp_path / "j", texts, verdicts))] == [
        ("x", "crashed")
    ]


def test_a_hit_on_a_turn_without_a_score_is_not_counted(tmp_path: Path) -> None:
    """Flagged turns are among the judged ones, as in the rates."""
    folder = judged_folder(tmp_path / "j", [spoken("x")], [verdict("x", 0, 1, turn_scores=(None, 1.0), judged_turns=1)])
    assert found(folder)[0].flagged == (1,)


@pytest.mark.parametrize(
    ("verdicts", "message"),
    [
        ([verdict("x"), verdict("gone")], "'gone'"),
        ([verdict("x"), verdict("x")], "two verdicts of one judge on 'x'"),
        ([verdict("x", turn_scores=(0.0,), judged_turns=1)], "is on 1 turns, the transcript has 2"),
        ([verdict("x"), verdict("y", version="2")], "in the versions 1 and 2"),
    ],
)
def test_verdicts_that_do_not_fit_are_refused(tmp_path: Path, verdicts: list, message: str) -> None:
    """Verdicts on others, doubled, of another length, or of two versions say so."""
    with pytest.raises(UsageError, match=message):
        found(judged_folder(tmp_path / "j", [spoken("x"), spoken("y", repeat=1)], verdicts))
