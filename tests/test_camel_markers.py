"""The paper's rule of CAMEL's marks: message by message, conversation by conversation, and in the paper's own form."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from builders import transcript
from hypothesis import given
from hypothesis import strategies as st

from judges.camel_markers import CamelMarkersJudge, Role, marker_fault, roles_of
from judges.catalogue import all_judge_names, judge_names, make_judge, paper_judge_names
from sims.backends.offline_actor import Dials, OfflineActor
from sims.cell import Cell
from sims.conversation import hold_conversation
from sims.scenario_file import find_scenario, load_scenario
from sims.transcript import Participant, Transcript, Turn
from sims.transcript_file import TranscriptFiles
from simstress.cli.app import run_app

DATA = Path(__file__).parents[2] / "shared" / "data"
NAMED = {"Ann": "user", "Bob": "assistant"}
CHAT = (
    ("Ann", "Instruction: Plan the bot.\nInput: None"),
    ("Bob", "Solution: A plan. Next request."),
    ("Ann", "Solution: The bot buys low."),
    ("Bob", "You are welcome!"),
    ("Ann", "Instruction: Test it."),
    ("Bob", "Instruction: Test it yourself."),
    ("Ann", "Thank you, goodbye."),
    ("Bob", "Solution: All tests pass. Next request."),
    ("Ann", "<CAMEL_TASK_DONE>"),
)
KINDS = {2: "role_flip", 3: "interruption", 5: "role_flip", 6: "interruption"}


def kinds(one: Transcript) -> dict[int, str]:
    """The kind of each flagged turn."""
    return {hit.turn: hit.kind for hit in CamelMarkersJudge().judge(one).hits}


@pytest.mark.parametrize(
    ("role", "text", "fault"),
    [
        ("user", "Instruction: a", None),
        ("user", "Solution: a", "role_flip"),
        ("user", "Instruction: a\nSolution: b", "role_flip"),
        ("user", "<CAMEL_TASK_DONE> Solution: b", "role_flip"),
        ("user", "a", "interruption"),
        ("user", "", "interruption"),
        ("user", "well <CAMEL_TASK_DONE>", None),
        ("user", "instruction: a", "interruption"),
        ("user", "Instruction : a", "interruption"),
        ("assistant", "Solution: a", None),
        ("assistant", "Instruction: a", "role_flip"),
        ("assistant", "Solution: a. Instruction: b", "role_flip"),
        ("assistant", "My Solution: a", None),
        ("assistant", "a", "interruption"),
        ("assistant", "<CAMEL_TASK_DONE>", None),
    ],
)
def test_the_rule_of_the_paper(role: Role, text: str, fault: str | None) -> None:
    """The other's mark first, then one's own or the end mark; anywhere in the message, in these very letters."""
    assert marker_fault(role, text) == fault


def test_a_conversation_is_judged_message_by_message() -> None:
    """Nine messages, two flips and two interruptions; each score is 0 or 1 and each quote stands in its turn."""
    verdict = CamelMarkersJudge().judge(transcript(*CHAT, roles=NAMED))
    assert {hit.turn: hit.kind for hit in verdict.hits} == KINDS
    assert verdict.turn_scores == (0, 0, 1, 1, 0, 1, 1, 0, 0)
    assert [hit.quote for hit in verdict.hits] == [
        "Solution:",
        "You are welcome!",
        "Instruction:",
        "Thank you, goodbye.",
    ]
    assert verdict.meta == {"roles": NAMED}


@pytest.mark.parametrize(
    "roles",
    [
        None,
        NAMED,
        {"Ann": "instructor, a trader", "Bob": "assistant, a programmer"},
        {"Ann": "Teacher_RoleType.USER", "Bob": "Student_RoleType.ASSISTANT"},
        {"Ann": "assistant", "Bob": "virtual assistant"},
        {"Ann": "Executive Assistant", "Bob": "User Experience Designer"},
    ],
)
def test_the_user_is_named_or_known_by_the_marks(roles: dict[str, str] | None) -> None:
    """By the role where it says so, else by the balance of marks: Ann 2 - 1, Bob 1 - 2."""
    assert roles_of(transcript(*CHAT, roles=roles)) == NAMED
    assert kinds(transcript(*CHAT, roles=roles)) == KINDS


@pytest.mark.parametrize("name", ["user", "USER", " Instructor ", "Teacher_RoleType.USER", "RoleType.USER"])
def test_a_role_is_named_where_it_is_just_that(name: str) -> None:
    """With as many marks on either side only the names tell; "user of the bot" names a person's part, not a role."""
    even = [("Ann", "Instruction: Solution:"), ("Bob", "Solution: Instruction:")]
    roles = {"Ann": name, "Bob": "assistant"}
    assert roles_of(transcript(*even, roles=roles)) == NAMED
    assert roles_of(transcript(*even, roles=roles | {"Ann": "user of the bot"})) is None


def test_names_that_contradict_the_marks_are_no_verdict() -> None:
    """Where the two seem to have changed places for good, nobody can say whether the names or the marks are wrong."""
    swapped = [("Bob", "Instruction: a"), ("Ann", "Solution: b"), ("Bob", "Instruction: c")]
    verdict = CamelMarkersJudge().judge(transcript(*swapped, roles=NAMED))
    assert verdict.unjudged is not None
    assert (verdict.unjudged.reason, verdict.hits) == ("roles_indistinct", ())
    assert "the roles contradict the marks" in verdict.unjudged.detail
    assert kinds(transcript(*swapped)) == {}


@pytest.mark.parametrize(
    ("lines", "reason", "told"),
    [
        ([], "no_protocol", '"Instruction:" stands in 0 and "Solution:" stands in 0 of 0 turns'),
        ([("a", "Hi."), ("b", "Hello.")], "no_protocol", "not a conversation of CAMEL's"),
        ([("a", "Instruction: go."), ("b", "No.")], "no_protocol", '"Instruction:" stands in 1'),
        ([("a", "Instruction: Solution:")], "no_protocol", "here are 1"),
        ([("a", "Instruction: x"), ("b", "Solution: y"), ("c", "z")], "no_protocol", "here are 3"),
        ([("a", "Instruction: x Solution: y"), ("b", "Solution: y Instruction: x")], "roles_indistinct", "alike"),
    ],
)
def test_other_conversations_are_not_judged(lines: list[tuple[str, str]], reason: str, told: str) -> None:
    """No marks, one mark, another number of speakers: nothing of its kind. Both alike: nobody can say who is who."""
    verdict = CamelMarkersJudge().judge(transcript(*lines))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == reason
    assert told in verdict.unjudged.detail
    assert verdict.is_applicable is (reason != "no_protocol")


def test_a_blank_message_has_no_score() -> None:
    """Nothing was said: None, not an interruption, and no quote to show."""
    verdict = CamelMarkersJudge().judge(transcript(*CHAT[:2], ("Ann", " "), roles=NAMED))
    assert verdict.turn_scores == (0, 0, None)


@given(st.lists(st.text(max_size=120) | st.sampled_from(["Solution: x", "Instruction: y", "\n \u3000x" * 50])))
def test_no_text_breaks_it(texts: list[str]) -> None:
    """Whatever is said, the verdict holds: flags agree with the rule, or names and marks contradict each other."""
    lines = [("AB"[index % 2], text) for index, text in enumerate(["Instruction: a", "Solution: b", *texts])]
    verdict = CamelMarkersJudge().judge(transcript(*lines, roles={"A": "user", "B": "assistant"}))
    roles: tuple[Role, Role] = ("user", "assistant")
    balance = [sum(("Instruction:" in text) - ("Solution:" in text) for _, text in lines[side::2]) for side in (0, 1)]
    assert (verdict.unjudged is not None) is (balance[0] < balance[1])
    for index, (_, text) in enumerate(lines if verdict.unjudged is None else []):
        fault = marker_fault(roles[index % 2], text) if text.strip() else None
        assert (index in verdict.flagged_turns) is (fault is not None)


def annotated(messages: list[tuple[str, str]], *, before: int = 0) -> dict[str, Any]:
    """A chat in CAMEL's published form with the indices that the paper's code adds: position in the object, less 4.

    After `before` messages (0: never) stands a termination_reason, as CAMEL writes it when words repeat.
    """
    chat: dict[str, Any] = {"role_1": "a", "role_2": "b", "id": "001_001_001", "original_task": "t"}
    chat["specified_task"] = "t"
    for number, (role, content) in enumerate(messages, start=1):
        chat[f"message_{number}"] = {"role_type": role, "content": content}
        if number == before:
            chat["termination_reason"] = "repeat_word_threshold"
    faults = {
        place - 4: marker_fault("user" if said["role_type"] == "USER" else "assistant", said["content"])
        for place, (key, said) in enumerate(chat.items())
        if key.startswith("message_")
    }
    flips = [index for index, fault in faults.items() if fault == "role_flip"]
    return chat | {"role_flipping_msg_indices": flips}


def test_the_indices_of_the_paper_count_messages_from_one() -> None:
    """Five keys stand before message_1, so position - 4 is its number: 1. Turn 0 here is index 1 there.

    A termination_reason between the messages moves those behind it by one: turn 4 is index 6.
    """
    messages = [("USER", "Instruction: a"), ("ASSISTANT", "Solution: b")] * 2 + [("USER", "Solution: c")]
    one = Transcript(
        "camel",
        "test",
        "llm",
        (Participant("USER", "user"), Participant("ASSISTANT", "assistant")),
        tuple(Turn(role, content) for role, content in messages),
    )
    (turn,) = kinds(one)
    assert turn == 4
    assert annotated(messages)["role_flipping_msg_indices"] == [turn + 1]
    assert annotated(messages, before=2)["role_flipping_msg_indices"] == [turn + 2]


def test_it_runs_only_where_it_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not among the judges of every conversation, but chosen by its name, listed, and told as uncalibrated."""
    assert paper_judge_names() == ("camel_markers",)
    assert "camel_markers" not in judge_names()
    assert "camel_markers" in all_judge_names()
    assert make_judge("camel_markers").name == "camel_markers"
    said = [{"speaker": speaker, "text": text} for speaker, text in CHAT]
    cast = [{"name": name, "role": role} for name, role in NAMED.items()]
    line = {"id": "1", "source": "t", "kind": "llm", "participants": cast, "turns": said, "meta": {}}
    path = tmp_path / "chat.jsonl"
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert run_app(["judge", str(path), "--judges", "camel_markers", "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "4/9" in out
    assert "uncalibrated" in out


def test_the_planted_flips_of_the_shipped_scenario_are_found() -> None:
    """Every planted turn breaks the marks and no other does: the actor holds to the protocol (20 conversations)."""
    scenario, actor = load_scenario(find_scenario("camel-trading-bot")), OfflineActor(Dials(role_flip=0.1))
    models = {agent.name: actor.model for agent in scenario.agents}
    planted = 0
    for repeat in range(20):
        talk = asyncio.run(
            hold_conversation(Cell(scenario, actor.model, models, None, repeat, 1), {actor.model: actor})
        )
        truth = {index for index, turn in enumerate(talk.turns) if turn.meta.get("planted")}
        assert set(kinds(talk)) == truth
        planted += len(truth)
    assert planted >= 10


def test_the_documented_conversion_of_camels_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines in docs/paper-judges.md make transcripts of its chats; turn 2 there is the flip that was put in."""
    page = (Path(__file__).parents[1] / "docs" / "paper-judges.md").read_text(encoding="utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    messages = [("USER", "Instruction: a"), ("ASSISTANT", "Solution: b"), ("USER", "Solution: c")]
    (tmp_path / "ai_society_chat.jsonl").write_text(json.dumps(annotated(messages)) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "paper-judges.md", "exec"), {})  # noqa: S102 - our own page
    (one,) = TranscriptFiles([tmp_path / "camel.jsonl"])
    assert kinds(one) == {2: "role_flip"}
    assert dict(roles_of(one) or {}) == {"USER": "user", "ASSISTANT": "assistant"}


@pytest.mark.skipif(not DATA.exists(), reason="no corpora here")
@pytest.mark.parametrize("name", ["human_assistance_mirrorbench", "human_taskmaster4", "llm_taubench"])
def test_no_corpus_at_hand_is_taken_for_camel(name: str) -> None:
    """Dialogues of people and of service agents hold no CAMEL protocol: none is judged."""
    assert all(CamelMarkersJudge().judge(one).judged_turns == 0 for one in TranscriptFiles([DATA / f"{name}.jsonl"]))


def test_conversations_of_other_kinds_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file without any CAMEL chat is not called clean, nor unseen: the headline and the endings say what it lacks."""
    cast = [{"name": "a", "role": "customer"}, {"name": "b", "role": "agent"}]
    said = [{"speaker": "a", "text": "Hello."}, {"speaker": "b", "text": "Hi."}]
    line = {"id": "1", "source": "t", "kind": "llm", "participants": cast, "turns": said, "meta": {}}
    path = tmp_path / "chat.jsonl"
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert run_app(["judge", str(path), "--judges", "camel_markers", "--out", str(tmp_path / "out")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "there was nothing of the kind that the judges look at" in out
    assert "Nothing to judge: camel markers, 1: not a conversation of the judge's protocol" in out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "no_protocol" in page
