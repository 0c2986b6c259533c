"""Verdicts and features as tables: what a row stands for, and what happens to what does not fit."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from builders import transcript

from analysis.tables import FEATURE_COLUMNS, FLAG_COLUMNS, NO_VERDICT, feature_table, flag_rows
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.errors import UsageError
from sims.transcript import Participant, ScenarioRef, Transcript, Turn

ROLES = {"ann": "customer", "bob": "support agent"}


def dialogue(id: str = "t1", **more: object) -> Transcript:  # noqa: A002
    """Three turns between a customer and an agent."""
    return transcript(("ann", "I want a refund."), ("bob", "Which order?"), ("ann", "All."), id=id, roles=ROLES, **more)


def verdict(of: Transcript, *scores: float | None, flagged: tuple[int, ...] = (), judge: str = "digression") -> Verdict:
    """A verdict on a dialogue, whole turns as quotes."""
    hits = [Hit(turn, 1.0, "off_task", of.turns[turn].text, 0, len(of.turns[turn].text), "why") for turn in flagged]
    return verdict_on(of, judge=judge, version="1", turn_scores=scores, hits=hits)


def row(table: pd.DataFrame, speaker: str) -> dict[str, Any]:
    """The one row of a speaker."""
    found = table.loc[table["speaker"] == speaker]
    assert len(found) == 1
    return found.iloc[0].to_dict()


def test_what_broke_off_is_not_compared() -> None:
    """Half of a conversation is not a short one: it enters the flags, with its reason, but no feature."""
    lines = [("customer", "I want my money back."), ("support", "Let me see.")]
    whole = transcript(*lines, id="whole", stop_reason="agent_done")
    broken = transcript(*lines, id="broken", stop_reason="backend_error")
    assert set(feature_table([whole, broken])["transcript"]) == {"whole"}


def test_a_row_counts_the_turns_of_one_speaker() -> None:
    """Ann speaks twice, is scored once and flagged once; Bob speaks once and is not scored."""
    talk = dialogue()
    table = flag_rows([talk], [verdict(talk, 0.9, None, None, flagged=(0,))])
    assert tuple(table.columns) == FLAG_COLUMNS
    ann, bob = row(table, "ann"), row(table, "bob")
    assert (ann["turns"], ann["judged_turns"], ann["flagged_turns"]) == (2, 1, 1)
    assert (bob["turns"], bob["judged_turns"], bob["flagged_turns"]) == (1, 0, 0)
    assert (ann["side"], bob["side"], ann["role"]) == ("seeker", "helper", "customer")
    assert ann["unjudged"] is None
    assert ann["model"] is None


def test_two_hits_on_one_turn_are_one_flagged_turn() -> None:
    """The unit is the turn, however many hits it has."""
    talk = dialogue()
    table = flag_rows([talk], [verdict(talk, 0.9, 0.1, 0.1, flagged=(0, 0))])
    assert row(table, "ann")["flagged_turns"] == 1


def test_verdicts_are_joined_by_id_in_any_order() -> None:
    """Verdicts that come backwards and interleaved give the same rows."""
    talks = [dialogue(id) for id in ("t1", "t2", "t3")]  # noqa: A001
    verdicts = [verdict(talk, 0.5, 0.5, None, judge=judge) for talk in talks for judge in ("digression", "metaphor")]
    keys = ["transcript", "speaker", "judge"]
    forward = flag_rows(iter(talks), iter(verdicts)).sort_values(keys, ignore_index=True)
    backward = flag_rows(iter(talks), reversed(verdicts)).sort_values(keys, ignore_index=True)
    assert len(forward) == 3 * 2 * 2
    assert forward.equals(backward)


def test_missing_is_a_row_with_its_reason() -> None:
    """An unjudged transcript keeps the judge's reason; one without any verdict says so; a failed one is marked."""
    first, second = dialogue("t1", stop_reason="backend_error"), dialogue("t2")
    nothing = unjudged(first, judge="digression", version="1", reason="too_short", detail="3 turns")
    table = flag_rows([first, second], [nothing])
    assert set(table.loc[table["transcript"] == "t1", "unjudged"]) == {"too_short"}
    assert set(table.loc[table["transcript"] == "t2", "unjudged"]) == {NO_VERDICT}
    assert table["has_failed"].tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("verdicts", "message"),
    [
        ([verdict(dialogue("t9"), None, None, None)], "no such transcript"),
        ([verdict(dialogue(), None, None, None)] * 2, "there twice"),
        ([verdict(transcript(("ann", "Hello."), id="t1"), 0.1)], "is on 1 turns, the transcript has 3"),
    ],
)
def test_verdicts_that_do_not_fit_are_refused(verdicts: list[Verdict], message: str) -> None:
    """A stranger's verdict, a doubled one, or one on other turns is an error, never a silent row."""
    with pytest.raises(UsageError, match=message):
        flag_rows([dialogue()], verdicts)


def test_no_input_gives_an_empty_table_with_all_columns() -> None:
    """Nothing in, no row out, every column there."""
    assert tuple(flag_rows([], []).columns) == FLAG_COLUMNS
    assert tuple(feature_table([]).columns) == FEATURE_COLUMNS
    assert len(feature_table([])) == 0


def test_the_feature_table_has_a_row_a_side_and_one_for_the_whole() -> None:
    """A customer and an agent: three rows; what is not measured of a side is missing, not 0."""
    cast = (Participant("ann", "customer", model="m/a"), Participant("bob", "support agent", model="m/b"))
    talk = Transcript("t1", "test", "llm", cast, (Turn("ann", "Hi there."), Turn("bob", "Hello!")))
    table = feature_table([talk])
    assert table["side"].tolist() == ["seeker", "helper", "conversation"]
    assert table["model"].tolist() == ["m/a", "m/b", "m/a + m/b"]
    assert table["words_per_turn"].tolist()[:2] == [2, 1]
    assert table["words_per_turn"].isna().tolist() == [False, False, True]
    assert table["mattr"].isna().all()


def test_a_conversation_has_the_same_features_whatever_is_measured_beside_it() -> None:
    """Two read as a stream: the rows of the one, then those of the other, as each has them alone."""
    talks = [dialogue("t1"), transcript(("ann", "My cat!"), ("bob", "Penguins breed in blizzards."), id="t2")]
    alone = pd.concat([feature_table([talk]) for talk in talks], ignore_index=True)
    pd.testing.assert_frame_equal(feature_table(iter(talks)), alone)


def test_the_scenario_of_a_simulated_conversation_is_named() -> None:
    """Both tables carry the scenario's id, None where nobody recorded one."""
    talk = dialogue(scenario=ScenarioRef("refund", "0" * 16))
    assert set(flag_rows([talk], [verdict(talk, 0.5, 0.5, 0.5)])["scenario"]) == {"refund"}
    assert feature_table([talk, dialogue("t2")])["scenario"].tolist() == ["refund"] * 3 + [None] * 3
