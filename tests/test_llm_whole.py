"""The paper's questions about whole conversations: what is asked, what an answer amounts to, how it is told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import transcript
from llm_parts import WHOLE, Finding, found_in, llm_judge

from analysis.rates import flag_rates
from analysis.tables import flag_rows
from judges.llm.answer import UnreadableAnswer, read_answer
from judges.llm.prompt import messages_for
from judges.llm.prompts.collaboration import QUESTION as COLLABORATION
from judges.llm.prompts.human_likeness import QUESTION as HUMAN_LIKENESS
from judges.llm.prompts.spp_digression import QUESTION as SPP_DIGRESSION
from judges.llm.question import Question
from judges.llm.windows import WHOLE_CHARS, whole_window
from judges.verdict import Verdict, check_quote
from judges.verdict_file import VERDICTS
from sims.transcript import Transcript
from simstress.cli.app import run_app

QUESTIONS = (SPP_DIGRESSION, HUMAN_LIKENESS, COLLABORATION)
ROLES = {"Poet": "persona: Poet", "Detective": "persona: Detective", "AI": "persona: AI Assistant"}
PUZZLE = transcript(
    ("AI", "Let us begin with the first clue."),
    ("Poet", "Speaking of houses, I once wrote a sonnet about a door."),
    ("Detective", "The flutist lives in the second house."),
    ("Poet", "My cat likes the second house as well."),
    ("AI", "So the answer is 2."),
    ("Poet", " "),
    id="puzzle",
    roles=ROLES,
    meta={"task_input": "There are 4 houses in a row. Who owns the tulips?"},
)
OFF_TOPIC = found_in((3, "My cat likes the second house"), (1, "I once wrote a sonnet"), kind="off-topic")


def judged(*models: Finding, name: str = "spp_digression:llm", of: Transcript = PUZZLE) -> Verdict:
    """The verdict of that judge on the puzzle."""
    return llm_judge(*models, name=name).judge(of)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.artifact)
def test_the_whole_conversation_is_put_with_its_task(question: Question) -> None:
    """One call shows every turn and the puzzle, asks once, and names the form of one answer."""
    model = Finding()
    judged(model, name=f"{question.artifact}:llm")
    (request,) = model.requests
    system, user = (said.content for said in request.messages)
    assert question.asks in system
    assert '{"conversation": {"evidence": [{"turn": 0' in system
    assert "Answer once, for the conversation as a whole" in system
    assert user.endswith("Judge the conversation as a whole. Answer with the JSON object alone.")
    assert '{"task": "There are 4 houses in a row. Who owns the tulips?"}' in user
    assert user.count('{"turn": ') == len(PUZZLE.turns)


VERSIONS = {"spp_digression": "1", "human_likeness": "2", "collaboration": "1"}
FINGERPRINT = "a0e082edb59272be"


def test_a_changed_word_is_another_version() -> None:
    """The words of the three prompts are pinned. Where this fails, raise the version of what changed, then pin anew."""
    assert {question.artifact: question.version for question in QUESTIONS} == VERSIONS
    window = whole_window(PUZZLE)
    assert window is not None
    words = [said.content for question in QUESTIONS for said in messages_for(question, PUZZLE, window)]
    assert hashlib.blake2b("\n".join(words).encode(), digest_size=8).hexdigest() == FINGERPRINT


def test_the_paper_counts_seven_ways_to_digress() -> None:
    """Each of the seven categories is a digression, procedural and constructive ones among them; none is none."""
    assert len(SPP_DIGRESSION.hit_kinds) == 7
    assert set(SPP_DIGRESSION.kinds) - SPP_DIGRESSION.hit_kinds == {"none"}


def test_a_flag_is_told_once_with_all_its_quotes() -> None:
    """Quotes in turns 1 and 3 are hits there; the one score, 0.9, stands at the first of them."""
    verdict = judged(Finding(OFF_TOPIC))
    assert [(hit.turn, hit.kind, hit.quote) for hit in verdict.hits] == [
        (1, "off-topic", "I once wrote a sonnet"),
        (3, "off-topic", "My cat likes the second house"),
    ]
    for hit in verdict.hits:
        check_quote(PUZZLE, hit)
    assert verdict.turn_scores == (None, 0.9, None, None, None, None)
    assert (verdict.judged_turns, verdict.meta["kind"]) == (1, "off-topic")
    assert VERDICTS.load(json.loads(VERDICTS.dump(verdict)), path=Path("v"), line=1) == verdict


@pytest.mark.parametrize(
    ("name", "plain"),
    [("spp_digression:llm", "none"), ("human_likeness:llm", "human-like"), ("collaboration:llm", "combined")],
)
def test_nothing_found_is_a_score_at_the_last_turn_with_text(name: str, plain: str) -> None:
    """Turn 4 has the score 0, the blank turn 5 none; `meta` names the kind."""
    verdict = judged(Finding(), name=name)
    assert verdict.turn_scores == (None, None, None, None, 0, None)
    assert (verdict.hits, verdict.meta["kind"]) == ((), plain)


def test_the_share_of_flagged_turns_is_the_share_of_conversations() -> None:
    """One of two conversations digresses, by two quotes: 1 of 2, not 2 of 3."""
    other = replace(PUZZLE, id="other")
    verdicts = [judged(Finding(OFF_TOPIC)), judged(Finding(), of=other)]
    (rate,) = flag_rates(flag_rows([PUZZLE, other], verdicts))
    assert (rate.flagged_turns, rate.judged_turns) == (1, 2)


@pytest.mark.parametrize(
    ("quotes", "unsupported"),
    [([(1, "I never said this")], 1), ([(2, "I once wrote a sonnet")], 1), ([(99, "houses"), (-1, "houses")], 2)],
)
def test_a_flag_without_a_supported_quote_is_undecided(quotes: list[tuple[int, str]], unsupported: int) -> None:
    """Words nobody said, said in another turn, or in a turn there is not: neither clean nor flagged, and counted."""
    verdict = judged(Finding(found_in(*quotes, kind="off-topic")))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "undecided"
    assert set(verdict.turn_scores) == {None}
    assert verdict.meta["unsupported_quotes"] == unsupported


def test_a_jury_needs_a_majority() -> None:
    """Two of three flag: flagged, with the mean of .9, .9 and 0. One of two: undecided."""
    yes, no = Finding(OFF_TOPIC), Finding()
    verdict = judged(yes, yes, no)
    assert verdict.turn_scores[1] == pytest.approx(0.6)
    assert verdict.meta["disagreement"] == 1
    tied = judged(yes, no)
    assert tied.unjudged is not None
    assert tied.unjudged.reason == "undecided"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"kind": "weird"}, "conversation: kind 'weird' is not one of none, procedural"),
        ({"kind": "off-topic", "score": 0.9}, "conversation: kind 'off-topic' without evidence"),
        ({"score": 2}, "conversation: score 2.0 is not between 0 and 1"),
        ({"score": 0.7}, "conversation: kind 'none' with score 0.7 contradict"),
        ({"evidence": [{"quote": "q", "turn": 1}], "score": 0.4}, "a conversation of this kind has no evidence"),
        ({"evidence": [{"quote": "q"}], "kind": "closing", "score": 1}, "evidence that names no turn"),
        ({"evidence": [{"quote": "q", "turn": "1"}]}, "valid integer"),
        ({"score": None}, "score None is not between"),
    ],
)
def test_what_cannot_be_read_is_told(found: dict[str, Any], told: str) -> None:
    """One line that says what to mend; after a second such answer the conversation is not judged."""
    text = json.dumps({"conversation": {"evidence": [], "kind": "none", "score": 0, **found}})
    with pytest.raises(UnreadableAnswer, match=told):
        read_answer(text, SPP_DIGRESSION, [4])
    verdict = judged(Finding({WHOLE: found}))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "malformed_reply"


@pytest.mark.parametrize("text", ["", "yes", '{"turns": []}', '{"conversation": []}', '{"conversation": {', "[1]"])
def test_another_form_is_no_answer(text: str) -> None:
    """A bare yes, the form of the other questions, a broken object: told, never taken for clean."""
    with pytest.raises(UnreadableAnswer):
        read_answer(text, HUMAN_LIKENESS, [0])


def test_a_mended_answer_counts() -> None:
    """A bare "yes" is asked for once more; the second answer is read."""
    verdict = judged(Finding(OFF_TOPIC, replies=["yes, it digresses"]))
    assert (len(verdict.hits), verdict.meta["calls"]) == (2, 2)


@pytest.mark.parametrize(
    "texts", [["x " * 5_000, "Yes."], ["word " * 300] * (WHOLE_CHARS // 1_500 + 1)], ids=["a long turn", "many turns"]
)
def test_what_cannot_be_shown_whole_is_not_judged(texts: list[str]) -> None:
    """A turn above 8,000 characters, or more than 100,000 in all: no call is made, and the reason is told."""
    model = Finding()
    verdict = judged(model, of=transcript(*[("AB"[n % 2], text) for n, text in enumerate(texts)]))
    assert verdict.unjudged is not None
    assert (verdict.unjudged.reason, model.requests) == ("too_long", [])


def test_the_whole_is_asked_through_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scripted model finds a conversation artificial: one of one judged turn is flagged, and the report says so."""
    answer = {
        "evidence": [{"turn": 4, "quote": "So the answer is 2.", "why": "flat"}],
        "kind": "artificial",
        "score": 1,
    }
    script = tmp_path / "lines.json"
    script.write_text(json.dumps([json.dumps({"conversation": answer})]), encoding="utf-8")
    cast = [{"name": who.name, "role": who.role} for who in PUZZLE.participants]
    said = [{"speaker": turn.speaker, "text": turn.text} for turn in PUZZLE.turns]
    line = {"id": "1", "source": "t", "kind": "llm", "participants": cast, "turns": said, "meta": dict(PUZZLE.meta)}
    path = tmp_path / "chat.jsonl"
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    arguments = ["--judges", "human_likeness:llm", "--judge-model", f"offline/script?file={script}"]
    assert run_app(["judge", str(path), *arguments, "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "1/1" in out
    assert "artificial" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
