"""Transcripts that attack: sizes that would take for ever, texts that a terminal or a page would obey."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import transcript

from judges.catalogue import judge_names, make_judges
from judges.private_facts_reading import codes
from judges.text_features import sentences
from sims.record_file import read_lines
from sims.transcript import Participant, Transcript, Turn
from simstress.cli.app import run_app

ATTACK = (
    "<script>alert(1)</script></script><img src=x onerror=alert(1)><!-- javascript:alert(1) {{7*7}} {% raw %} %s"
    " \x1b[31m\x1b]8;;http://evil.example\x1b\\x\x1b]52;c;aGk=\x07 \u202e\u2066\u200b\u2028\x00\ud800 \x9b2J"
)
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
OPENS_EVERY_GATE = (
    "As the user, I think {name} [your name] <insert x> my goal here would answer: i'm _ @ / http://x.y # `` so "
)
REPEATED = (
    *(
        "a",
        " ",
        "\n",
        ".",
        ". ",
        ",",
        "1",
        "1.",
        "a-",
        "a_",
        "_",
        "a'",
        '"',
        "[",
        "{",
        "<",
        "#",
        "a:\n",
        "a@",
        "@a",
        "/a",
    ),
    *(
        "\u202e",
        "e\u0301",
        "你",
        "<DONE",
        "##A",
        "1a",
        "$1@",
        "I am ",
        "okay ",
        "-_",
        "a\n",
        "Instruction ",
        "thinking ",
    ),
)


def record(**more: Any) -> dict[str, Any]:
    """A transcript as it stands in a file."""
    cast = [{"name": "Ana", "role": "customer"}, {"name": "Ben", "role": "support agent"}]
    turns = [{"speaker": ("Ana", "Ben")[i % 2], "text": f"Turn {i} about the refund for my flight."} for i in range(8)]
    return {"id": "t", "source": "hand", "kind": "llm", "participants": cast, "turns": turns} | more


def hostile(number: int) -> dict[str, Any]:
    """A transcript with the attack wherever it has a text."""
    made = record(id=f"{ATTACK}{number}", source=ATTACK, stop_reason="backend_error", error=ATTACK)
    name = f"Ana{ATTACK}"
    made["participants"][0] |= dict.fromkeys(("name", "role", "persona", "private", "model"), name)
    for turn in made["turns"][::2]:
        turn |= {"speaker": name, "text": f"I am an AI language model. {ATTACK}", "meta": {"planted": [ATTACK]}}
    made |= {"scenario": {"id": ATTACK, "hash": "h", "task": ATTACK}, "stressors": [{"kind": ATTACK, "dose": ATTACK}]}
    return made | {"meta": {"model": ATTACK, ATTACK: ATTACK}}


def write(path: Path, *records: dict[str, Any]) -> str:
    """A file of them."""
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return str(path)


def test_marks_and_controls_reach_no_terminal_and_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """judge and report: no internal error, no control character on either stream, no element on the page."""
    file, out = write(tmp_path / "t.jsonl", *map(hostile, range(3))), tmp_path / "out"
    judges = ("--judges", "role_flip,truncation,private_facts")
    assert run_app(["judge", file, "--out", str(out), *judges, "--max-missing", "1"]) in (0, 1)
    assert run_app(["report", str(out)]) == 0
    said = "".join(capsys.readouterr())
    assert not OBEYED.findall(said)
    page = (out / "report.html").read_text()
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<!-- javascript" not in page
    assert "49 {% raw" not in page


def test_ids_cannot_speak_for_simstress(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An id with a line break and an escape, twice: one line, the id spelled out; one of 1 MB is cut."""
    for identity in ("a\nsimstress: error: FAKE\r\x1b[2J", "i" * 1_000_000):
        file = write(tmp_path / "t.jsonl", record(id=identity), record(id=identity))
        assert run_app(["judge", file, "--out", str(tmp_path / "out")]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "occurs twice" in line
        assert not OBEYED.findall(line)
        assert len(line) < 2_100


def test_half_characters_are_replaced_as_they_are_read(tmp_path: Path) -> None:
    """Lone surrogates become U+FFFD, one for one, so that offsets stay; pairs and escaped backslashes stay."""
    file = tmp_path / "t.jsonl"
    file.write_text('{"a\\udc00": ["x\\ud800y", "\\ud83d\\ude00", "\\\\ud800"]}\n')
    assert list(read_lines(file, what="row")) == [(1, {"a\ufffd": ["x\ufffdy", "\U0001f600", "\\ud800"]})]


@pytest.mark.parametrize("unit", REPEATED)
def test_judging_takes_time_in_proportion_to_a_turn(unit: str) -> None:
    """100,000 characters of one kind: every judge together below 20 s, where quadratic patterns take minutes."""
    text = OPENS_EVERY_GATE + (unit * 100_000)[:100_000] + " end x@y.z [DONE] <X"
    made = transcript(("Ana", "Hello, a refund please."), ("Ben", text), ("Ana", "Thanks for that."), ("Ben", "Bye."))
    cast = (
        Participant("Ana", "customer"),
        Participant("Ben", "agent", private="The code is XK99, it costs 345 dollars."),
    )
    odd = Transcript("t", "x", "llm", cast, made.turns)
    began = time.process_time()
    verdicts = [judge.judge(odd) for judge in make_judges(judge_names())]
    assert time.process_time() - began < 20
    assert len(verdicts) == len(judge_names())


@pytest.mark.campaign
def test_a_large_cast_and_a_long_conversation_take_time_in_proportion() -> None:
    """3,000 participants, and 20,000 turns all alike: no judge looks at all pairs."""
    cast = tuple(
        Participant(f"P{i}", ("customer", "agent")[i % 2], private=f"The code is K{i}99.") for i in range(3_000)
    )
    crowd = Transcript("c", "x", "llm", cast, tuple(Turn(one.name, f"I'm {one.name}: a refund.") for one in cast))
    alike = tuple(Turn(cast[i % 2].name, "How can I help you with your refund today?") for i in range(20_000))
    began = time.process_time()
    for judge in make_judges(judge_names()):
        judge.prepare([crowd, *(replace(crowd, id=f"c{i}") for i in range(9))]).judge(crowd)
        judge.judge(Transcript("l", "x", "llm", cast[:2], alike))
    assert time.process_time() - began < 60


@pytest.mark.campaign
@pytest.mark.parametrize("shape", ["10,000 participants", "200,000 contradictions", "200,000 courtesies"])
def test_large_transcripts_are_judged_and_reported_in_time(shape: str, tmp_path: Path) -> None:
    """judge, with its report: below 60 s of work, where anything quadratic takes many minutes."""
    made = record()
    if shape == "10,000 participants":
        names = [f"P{i}" for i in range(10_000)]
        made["participants"] = [{"name": one, "role": f"role {one}", "private": f"Code K{one}99."} for one in names]
        made["turns"] = [{"speaker": one, "text": f"I'm {one}: a refund of my flight, code K{one}99?"} for one in names]
    elif shape == "200,000 contradictions":
        made["participants"][0]["private"] = "I have no dog. My reservation number is XK99."
        made["turns"][2]["text"] = "I have a dog. My reservation number is QQ77. " * 100_000
    else:
        made["turns"][3]["text"] = "You are right, I apologize. Thank you so much. " * 100_000
    began = time.process_time()
    assert run_app(["judge", write(tmp_path / "t.jsonl", made), "--out", str(tmp_path / "out")]) in (0, 1)
    assert time.process_time() - began < 60


def test_a_role_for_everybody_is_not_learnt() -> None:
    """Ten conversations of the same 300 roles: none of them has a model, and it takes no time to say so."""
    names = [f"P{i}" for i in range(300)]
    cast = tuple(Participant(one, f"role {one}") for one in names)
    said = tuple(Turn(one, f"I'm {one}: a refund of my flight.") for one in names)
    began = time.process_time()
    judge = make_judges(["role_flip"])[0].prepare([Transcript(f"t{i}", "x", "llm", cast, said) for i in range(10)])
    verdict = judge.judge(Transcript("t", "x", "llm", cast, said))
    assert time.process_time() - began < 5
    assert verdict.unjudged is not None
    assert verdict.unjudged.detail.endswith("there are too many roles to learn one")


def test_numbers_without_end_are_no_codes() -> None:
    """A number longer than Python reads, and a superscript, which is a digit and no decimal."""
    assert codes("9" * 10_000 + "1") == {"9" * 10_000 + "1"}
    assert codes("a room of 10² and 1950 and 500 and 1234") == {"10²", "1234"}


def test_sentences_are_cut_as_before() -> None:
    """Marks inside a number or a word end nothing; runs of marks stay with their sentence."""
    assert [one.text for one in sentences("It is 3.5!! Really?! Yes... ok\nA.B c. D")] == [
        *("It is 3.5!!", "Really?!", "Yes...", "ok", "A.B c.", "D")
    ]
