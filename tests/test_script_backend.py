"""The script backend plays given lines and says clearly when it cannot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from builders import scenario

from sims.backends.backend import Request
from sims.backends.script import ScriptBackend
from sims.cell import Cell
from sims.conversation import hold_conversation
from sims.errors import CallRejected, UsageError
from sims.scenario import Scenario
from sims.transcript import Transcript


def played(backend: ScriptBackend, of: Scenario | None = None) -> Transcript:
    """The conversation that a script makes."""
    of = of or scenario()
    cell = Cell(of, backend.model, {agent.name: backend.model for agent in of.agents}, None, 0, 1)
    return asyncio.run(hold_conversation(cell, {backend.model: backend}))


def texts(lines: Mapping[str, Sequence[str]] | Sequence[str], of: Scenario | None = None) -> list[str]:
    """The words of that conversation."""
    return [turn.text for turn in played(ScriptBackend(lines), of).turns]


def test_each_speaker_plays_its_own_lines_in_order() -> None:
    """Two speakers with two lines each take turns; the marker ends it."""
    lines = {"customer": ["Refund!", "Now!"], "support": ["No.", "Fine. [DONE]"]}
    assert texts(lines) == ["Refund!", "No.", "Now!", "Fine. [DONE]"]


def test_a_common_list_is_played_by_every_speaker_from_its_start() -> None:
    """With one list, the second speaker's first line is the first line too."""
    assert texts(["one", "two", "[DONE]"]) == ["one", "one", "two", "two", "[DONE]"]


def test_fixed_turns_use_up_no_line() -> None:
    """After a fixed opening, the customer's first scripted line is still to come."""
    lines = {"customer": ["mine"], "support": ["yes?", "[DONE]"]}
    assert texts(lines, scenario(opening="Fixed.")) == ["Fixed.", "yes?", "mine", "[DONE]"]


def test_running_out_of_lines_names_speaker_and_count() -> None:
    """The conversation ends as backend_error; the message has the speaker, the number of lines and the turn."""
    done = played(ScriptBackend({"customer": ["a"], "support": ["b"]}))
    assert done.stop_reason == "backend_error"
    assert "'customer' has used all 1 lines by turn 2" in str(done.error)


def test_a_speaker_without_lines_is_named() -> None:
    """The message lists whose lines there are."""
    assert "no lines for 'support'; there are lines for ['customer']" in str(
        played(ScriptBackend({"customer": ["a"]})).error
    )


def test_prompts_outside_conversations_are_rejected() -> None:
    """Without a scene nobody's turn it is."""
    with pytest.raises(CallRejected, match="plays lines in conversations"):
        asyncio.run(ScriptBackend(["a"]).reply(Request(messages=())))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", '{"customer": ["x"], "support": ["[DONE]"]}', ["x", "[DONE]"]),
        ("a.json", '["x [DONE]"]', ["x [DONE]"]),
        (
            "a.jsonl",
            '{"speaker": "customer", "text": "x"}\n\n{"speaker": "support", "text": "[DONE]"}\n',
            ["x", "[DONE]"],
        ),
    ],
)
def test_files_of_each_shape_are_read(tmp_path: Path, name: str, content: str, expected: list[str]) -> None:
    """JSON by speaker, a JSON list and JSON Lines all make a script."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    backend = ScriptBackend.from_file(tmp_path / name)
    assert [turn.text for turn in played(backend).turns] == expected
    assert backend.model == f"offline/script?file={tmp_path / name}"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b"", "is empty"),
        ("a.json", b"{", r"a\.json:1:2: not JSON"),
        ("a.json", b"3", "not a script"),
        ("a.json", b"[]", "not a script"),
        ("a.json", b'{"a": "text"}', "not a script"),
        ("a.json", b'{"a": [1]}', "not a script"),
        ("a.json", b"\xff\xfe", "not UTF-8"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.jsonl", b'{"speaker": "a", "text": "x"}\n{"speaker": "a"}', r"a\.jsonl:2: expected"),
        ("a.jsonl", b'{"speaker": "a", "text": "x"}\n{"speaker', r"a\.jsonl:2:\d+: not JSON"),
    ],
)
def test_broken_files_are_refused_with_their_place(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """One clear line that names the file, the line where known, and the shapes allowed."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        ScriptBackend.from_file(tmp_path / name)
    assert name in str(caught.value)


def test_missing_files_and_directories_are_refused(tmp_path: Path) -> None:
    """There is no such file, or it is a directory."""
    for path, message in ((tmp_path / "no.json", "no such file"), (tmp_path, "directory")):
        with pytest.raises(UsageError, match=message):
            ScriptBackend.from_file(path)


def test_a_script_survives_json(tmp_path: Path) -> None:
    """Unicode lines come back as they were written."""
    lines = {"customer": ["Grüße 🙂"], "support": ["\u200f שלום [DONE]"]}
    path = tmp_path / "lines.json"
    path.write_text(json.dumps(lines), encoding="utf-8")
    assert [turn.text for turn in played(ScriptBackend.from_file(path)).turns] == ["Grüße 🙂", "\u200f שלום [DONE]"]
