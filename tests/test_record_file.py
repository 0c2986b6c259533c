"""Transcript and verdict files: what is read, what is refused and how it is said."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from builders import transcript
from hypothesis import given
from hypothesis import strategies as st

from judges.verdict import Hit, Verdict
from judges.verdict_file import VERDICTS
from sims.errors import TranscriptError
from sims.transcript import Participant, ScenarioRef, Transcript, Turn, Usage
from sims.transcript_file import TRANSCRIPTS, TranscriptFiles

MINIMAL = {
    "id": "a",
    "source": "by hand",
    "kind": "human",
    "participants": [{"name": "A", "role": "customer"}, {"name": "B", "role": "clerk"}],
    "turns": [{"speaker": "A", "text": "Hi."}, {"speaker": "B", "text": "Hello."}],
}


def written(path: Path, *lines: object) -> Path:
    """A file of the given lines, JSON unless a line is a string already."""
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def test_the_first_five_keys_are_enough(tmp_path: Path) -> None:
    """Any dialogue can be written by hand; blank lines are passed over."""
    (found,) = TRANSCRIPTS.read(written(tmp_path / "t.jsonl", MINIMAL, "", "  "))
    assert found.turns == (Turn("A", "Hi."), Turn("B", "Hello."))
    assert (found.stop_reason, found.seed, found.meta) == (None, None, {})


def test_gzip_is_read_by_its_ending(tmp_path: Path) -> None:
    """A .jsonl.gz is read like a .jsonl."""
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(MINIMAL).encode()))
    assert [found.id for found in TRANSCRIPTS.read(path)] == ["a"]


FAULTS = [
    ("{bad", "3: not JSON"),
    ('{"id": "b", "source": ', "3: not JSON"),
    ([1], "3: expected a JSON object (a transcript), found a list"),
    ({**MINIMAL, "id": "b", "turns": [{"text": "x"}]}, "3: not a transcript: the key 'turns.0.speaker' is missing"),
    ({**MINIMAL, "id": "b", "turns": [{"speaker": "C", "text": "x"}]}, "3: turn 0: speaker 'C' is not a participant"),
    ({**MINIMAL, "id": "b", "sauce": 1}, "3: unknown key 'sauce'; did you mean 'source'?"),
    ({**MINIMAL, "id": "b", "turns": [{"speaker": "A", "text": "x", "mood": 1}]}, "3: unknown key 'turns.0.mood'"),
    ({**MINIMAL, "id": "b", "kind": "robot"}, "3: kind: Input should be 'human' or 'llm'"),
    ({**MINIMAL, "id": "b", "schema": "simstress/transcript@9"}, "3: schema 'simstress/transcript@9' cannot be read"),
    ({**MINIMAL, "id": "b", "participants": [{"name": "A", "role": ""}] * 2}, "3: two participants are called 'A'"),
    (MINIMAL, "the id 'a' occurs twice"),
]


@pytest.mark.parametrize(("line", "message"), FAULTS)
def test_a_faulty_line_is_named_by_file_and_line(tmp_path: Path, line: object, message: str) -> None:
    """The third line is at fault and the message says so, in one line."""
    path = written(tmp_path / "t.jsonl", MINIMAL, "", line)
    with pytest.raises(TranscriptError) as caught:
        list(TranscriptFiles([path]))
    assert str(caught.value).startswith(f"{path}:")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), (b"", "empty"), (b"\n \n", "empty"), (b"\x7fELF\x00\xff\xfe", "not UTF-8 text")],
)
def test_a_file_that_holds_nothing_readable(tmp_path: Path, content: bytes | None, message: str) -> None:
    """Missing, empty, blank and binary files each have their own words."""
    path = tmp_path / "t.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TranscriptError, match=message):
        list(TRANSCRIPTS.read(path))


def test_a_folder_and_a_broken_archive(tmp_path: Path) -> None:
    """A directory is no file; a torn gzip says that it cannot be decompressed."""
    torn = tmp_path / "t.jsonl.gz"
    torn.write_bytes(gzip.compress(json.dumps(MINIMAL).encode())[:40])
    with pytest.raises(TranscriptError, match="this is a directory"):
        list(TRANSCRIPTS.read(tmp_path))
    with pytest.raises(TranscriptError, match="cannot be decompressed"):
        list(TRANSCRIPTS.read(torn))


texts = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=30)


@given(texts, texts, st.none() | st.floats(0, 10), st.none() | st.integers(0, 9))
def test_what_is_written_is_read_again(text: str, meta: str, cost_usd: float | None, repeat: int | None) -> None:
    """Any text, lone surrogates and line separators too, survives a line of the file."""
    turns = (
        Turn("A", text, usage=Usage(1, 2), cost_usd=cost_usd, meta={"m": meta}),
        Turn("B", "", reply_to=0, to=("A",)),
    )
    whole = Transcript(
        id="x",
        source="s",
        kind="llm",
        participants=(Participant("A", "a", model="m"), Participant("B", "b", persona=meta)),
        turns=turns,
        scenario=ScenarioRef("s", "h"),
        repeat=repeat,
        stop_reason="agent_done",
    )
    line = TRANSCRIPTS.dump(whole)
    assert "\n" not in line
    assert TRANSCRIPTS.load(json.loads(line), path="x", line=1) == whole


def test_a_verdict_keeps_all_its_keys(tmp_path: Path) -> None:
    """Empty hits and a null `unjudged` are written, so that readers in other languages find them."""
    verdict = Verdict("t", "role_flip", "1", (0.5, None), (Hit(0, 0.5, "flip", "Hi", 0, 2, "why"),), 1)
    data = json.loads(VERDICTS.dump(verdict))
    assert set(data) >= {"schema", "transcript", "judge", "version", "turn_scores", "hits", "judged_turns", "unjudged"}
    assert data["unjudged"] is None
    assert data["turn_scores"] == [0.5, None]
    path = tmp_path / "v.jsonl"
    path.write_text(VERDICTS.dump(verdict) + "\n")
    assert list(VERDICTS.read(path)) == [verdict]


def test_a_built_transcript_has_its_participants_in_order() -> None:
    """Names come in the order they first speak."""
    assert transcript(("B", "x"), ("A", "y"), ("B", "z")).speakers == ("B", "A")
