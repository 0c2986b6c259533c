"""Remembered answers: found again for the same question, and only for it; torn and damaged files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import transcript
from llm_parts import Finding, flagged, llm_judge

from judges.llm.answer_file import ANSWERS, AnswerFile, answer_key
from judges.verdict import Verdict
from sims.backends.backend import Message, Request
from sims.errors import ConnectionLost, ReplyRefused
from sims.transcript import Transcript

CHAT = transcript(("A", "How can I help you?"), ("B", "I am fine."), id="chat")
FLIP = {0: flagged("How can I help you?")}


def judge_into(path: Path, one: Transcript, model: Finding, *, votes: int = 1, name: str = "role_flip:llm") -> Verdict:
    """The verdict of a judge that remembers."""
    with AnswerFile(path).opened() as answers:
        return llm_judge(model, name=name, votes=votes, answers=answers).judge(one)


def test_the_same_question_is_not_paid_twice(tmp_path: Path) -> None:
    """A second judge, in a process of its own as it were, asks nobody and says the same, costs included."""
    path = tmp_path / "answers.jsonl"
    first = judge_into(path, CHAT, Finding(FLIP))
    again = Finding()
    assert judge_into(path, CHAT, again) == first
    assert again.requests == []
    assert first.meta["cost_usd"] == 0.25
    (kept,) = ANSWERS.read(path)
    assert (kept.judge, kept.transcript, kept.first_turn, kept.vote) == ("role_flip:llm", "chat", 0, 0)


def test_more_votes_ask_only_for_the_further_ones(tmp_path: Path) -> None:
    """One vote, then three: two calls."""
    path = tmp_path / "answers.jsonl"
    judge_into(path, CHAT, Finding())
    more = Finding()
    judge_into(path, CHAT, more, votes=3)
    assert len(more.requests) == 2


@pytest.mark.parametrize(
    "changed",
    [
        transcript(("A", "How can I help you!"), ("B", "I am fine."), id="chat"),
        transcript(("A", "How can I help you?"), ("B", "I am fine."), id="chat", roles={"A": "agent"}),
        transcript(("A", "How can I help you?"), ("B", "I am fine."), id="other"),
    ],
)
def test_another_text_role_or_id_is_another_question(tmp_path: Path, changed: Transcript) -> None:
    """What is kept answers nothing but what was asked."""
    path = tmp_path / "answers.jsonl"
    judge_into(path, CHAT, Finding())
    model = Finding()
    judge_into(path, changed, model)
    assert len(model.requests) == 1


def test_another_judge_or_model_is_another_question(tmp_path: Path) -> None:
    """Nor another artifact's question, nor another model's answer."""
    path = tmp_path / "answers.jsonl"
    judge_into(path, CHAT, Finding())
    other, digression = Finding(model="test/other"), Finding()
    judge_into(path, CHAT, other)
    judge_into(path, CHAT, digression, name="digression:llm")
    assert (len(other.requests), len(digression.requests)) == (1, 1)


def test_every_setting_that_changes_an_answer_is_in_the_key() -> None:
    """Model, server, words, temperature and seed; not the time a call may take."""
    asked = Request((Message("user", "x"),), temperature=0.0, seed=1)
    others = [replace(asked, temperature=0.7), replace(asked, seed=2), replace(asked, messages=(Message("user", "y"),))]
    keys = {answer_key("m", one) for one in (asked, *others)} | {answer_key("n", asked)}
    assert len(keys | {answer_key("m", asked, server=f"http://{host}/v1") for host in "ab"}) == 7
    assert answer_key("m", replace(asked, timeout_s=3.0)) == answer_key("m", asked)


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """A process killed while it wrote: what was whole is kept, the rest is asked for again."""
    path = tmp_path / "answers.jsonl"
    judge_into(path, CHAT, Finding(), votes=2)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    model = Finding()
    judge_into(path, CHAT, model, votes=2)
    assert len(model.requests) == 1
    assert path.read_bytes().count(b"\n") == 2


def test_damaged_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    """Among two good answers: they cost no more than their own call; they stay in the file, a blank line is nothing."""
    path = tmp_path / "answers.jsonl"
    first = judge_into(path, CHAT, Finding(), votes=2)
    good = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b'{"key": 1}\n\xff\n\n' + good[0] + b"not JSON\n" + good[1])
    with AnswerFile(path).opened() as answers:
        assert (answers.unreadable, answers.spent_usd) == (3, 0.5)
        nobody = Finding(replies=[ConnectionLost("nobody is asked")])
        assert llm_judge(nobody, votes=2, answers=answers).judge(CHAT) == first
    assert path.read_bytes().startswith(b'{"key": 1}')


def test_a_refusal_is_an_answer(tmp_path: Path) -> None:
    """It is remembered, with its calls, attempts and price; a call that got no answer is made again."""
    path = tmp_path / "answers.jsonl"
    refused = ReplyRefused("m: no")
    refused.attempts, refused.cost_usd = 2, 0.125
    first = judge_into(path, CHAT, Finding(replies=[refused]))
    again = Finding()
    assert judge_into(path, CHAT, again) == first
    assert again.requests == []
    assert first.unjudged is not None
    assert (first.unjudged.detail, first.meta["calls"], first.meta["attempts"]) == ("m: no", 1, 2)
    assert (first.meta["cost_usd"], first.meta["calls_without_cost"]) == (0.125, 0)
    judge_into(path, replace(CHAT, id="lost"), Finding(replies=[ConnectionLost("gone")]))
    judge_into(path, replace(CHAT, id="lost"), again)
    assert len(again.requests) == 1


def test_what_was_used_and_what_was_spent(tmp_path: Path) -> None:
    """Three votes at $0.25, then one: one answer is used, $0.75 were spent; a call that failed is counted, unpaid."""
    path = tmp_path / "answers.jsonl"
    judge_into(path, CHAT, Finding(), votes=3)
    with AnswerFile(path).opened() as answers:
        judge = llm_judge(Finding(replies=[ConnectionLost("gone")]), answers=answers)
        judge.judge(CHAT)
        judge.judge(replace(CHAT, id="lost"))
    assert (answers.used.calls, answers.used.cost_usd, answers.spent_usd) == (2, 0.25, 0.75)


def test_no_file_where_nobody_was_asked(tmp_path: Path) -> None:
    """An empty conversation costs nothing and leaves nothing."""
    path = tmp_path / "answers.jsonl"
    judge_into(path, transcript(("A", " "), ("B", ""), id="blank"), Finding())
    assert not path.exists()
