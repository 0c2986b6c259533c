"""The baseline file: what it keeps, what it refuses, and that the same run gives the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gate_sides import JUDGE, conversation, flags, found, judged_folder, side, spoken, verdict

from analysis.gate.baseline import baseline_of, load_baseline, read_baseline, write_baseline
from analysis.gate.gate import run_gate
from analysis.gate.side import Side
from analysis.gate.sides import load_side
from analysis.outcomes import ConversationKey
from sims.errors import MissingDataError, UsageError
from sims.scenario import Expectation


def written(path: Path, one: Side) -> Path:
    """The file that keeps a side."""
    write_baseline(baseline_of(one, name="main"), path)
    return path


def rich_side() -> Side:
    """Two scenarios, a temperature, a missing outcome, an import without a place, an expectation."""
    imported = replace(conversation(0), key=ConversationKey("", "", None, None, "x"), transcript="x", seed=None)
    return side(
        conversation(0, 3),
        conversation(1, missing="backend_error"),
        conversation(0, scenario="coffee", temperature=0.5, found={"ending": found(1), JUDGE: found(0)}),
        imported,
        judges={JUDGE: "1@0.5", "ending": "2"},
        expect={"refund": {JUDGE: Expectation(max_rate=0.02)}},
    )


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """Every figure survives, and the file is the same bytes each time."""
    path = written(tmp_path / "b.json", rich_side())
    assert read_baseline(path) == replace(rich_side(), name=str(path))
    again = written(tmp_path / "c.json", read_baseline(path)).read_text(encoding="utf-8")
    assert again.replace("b.json", "here") == path.read_text(encoding="utf-8")


def test_a_gate_against_the_file_is_the_gate_against_the_run(tmp_path: Path) -> None:
    """The file holds all that the gate needs; only the name differs."""
    before, after = flags([0, 1, 0, 2] * 5), flags([1, 1, 4, 0] * 5)
    kept = read_baseline(written(tmp_path / "b.json", before))
    assert replace(run_gate(kept, after), baseline="here") == run_gate(before, after)


def test_the_file_is_small_and_holds_no_text(tmp_path: Path) -> None:
    """At most 100 bytes a conversation and judge over four judges, and not a word of a transcript."""
    names = ("role_flip", "digression", "formality", "metaphor")
    rows = [conversation(n, model="openai/gpt-4o-mini", found=dict.fromkeys(names, found(1))) for n in range(1000)]
    size = written(tmp_path / "b.json", side(*rows, judges=dict.fromkeys(names, "1"))).stat().st_size
    assert size < 100 * 1000 * len(names)
    folder = judged_folder(tmp_path / "j", [spoken("x"), spoken("y", repeat=1)], [verdict("x", 1), verdict("y")])
    text = written(tmp_path / "c.json", load_side(folder)).read_text(encoding="utf-8")
    assert "hello" not in text
    assert str(tmp_path) not in text


def good(**more: Any) -> dict[str, Any]:
    """A small baseline as JSON."""
    row = {"id": "x", "turns": 2, "text": "ab", "found": {JUDGE: {"judged": 2}}}
    data = {
        "schema": "simstress/baseline@1",
        "name": "main",
        "from": {"run": "r", "models": [], "simstress": "1"},
        "judges": {JUDGE: "1"},
        "scenarios": [],
        "conversations": [row],
    }
    return data | more


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a baseline file, or a torn one"),
        (json.dumps(good())[:100], "not a baseline file, or a torn one"),
        ("[" * 100_000, "not a baseline file, or a torn one"),
        ("[]", r"not a baseline \(simstress/baseline@1\)"),
        ('{"schema": "simstress/run@1"}', r"not a baseline \(simstress/baseline@1\)"),
        (json.dumps(good(schema="simstress/baseline@2")), "'simstress/baseline@2' cannot be read here"),
        (json.dumps(good(conversations=[])), "conversations"),
        (json.dumps(good(judges={})), "which is not among the judges"),
        (json.dumps(good(extra=1)), "extra"),
        (json.dumps(good(conversations=good()["conversations"] * 2)), "conversation 'x' stands there twice; delete it"),
        (
            json.dumps(
                good(conversations=[good()["conversations"][0] | {"id": i, "scenario": "s", "repeat": 1} for i in "xy"])
            ),
            "'x' and 'y' are both repeat 1 of scenario 's'",
        ),
        (json.dumps(good(conversations=[good()["conversations"][0] | {"turns": -1}])), "turns"),
        (json.dumps(good(conversations=[good()["conversations"][0] | {"turns": 1}])), "more turns than the 1"),
        (
            json.dumps(
                good(conversations=[good()["conversations"][0] | {"found": {JUDGE: {"judged": 0, "flagged": [1]}}}])
            ),
            "no more than were judged",
        ),
    ],
)
def test_what_is_no_baseline_is_refused_in_one_line(tmp_path: Path, content: str, message: str) -> None:
    """Torn, of another kind or version, or of figures that cannot be: one line, which names the file."""
    path = tmp_path / "b.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message) as caught:
        read_baseline(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_baseline_is_not_overwritten(tmp_path: Path) -> None:
    """A baseline of another version gives way; anything else stays as it is."""
    path = tmp_path / "package.json"
    path.write_text('{"name": "mine"}', encoding="utf-8")
    with pytest.raises(UsageError, match="is there already and no baseline"):
        written(path, flags([0]))
    assert path.read_text(encoding="utf-8") == '{"name": "mine"}'
    path.write_text(json.dumps(good(schema="simstress/baseline@7")), encoding="utf-8")
    assert load_baseline(written(path, flags([0]))).name == "main"


class TestLoading:
    """load_side: what can be a side, and what to do where it cannot."""

    def test_a_judged_folder_is_read_with_hashes_and_figures(self, tmp_path: Path) -> None:
        """The scenario's hash comes from the transcript where no run tells."""
        folder = judged_folder(tmp_path / "j", [spoken("x", seed=4)], [verdict("x", 1)])
        loaded = load_side(folder)
        (one,) = loaded.conversations
        assert (one.found[JUDGE].flagged, one.seed, one.turns) == ((1,), 4, 2)
        assert (loaded.scenarios["refund"].hash, loaded.judges) == ("abc", {JUDGE: "1"})

    @pytest.mark.parametrize(
        ("torn", "advice"),
        [("verdicts.jsonl", "judge it again: simstress judge"), ("transcripts.jsonl", "put the whole file back")],
    )
    def test_a_torn_file_says_what_to_do(self, tmp_path: Path, torn: str, advice: str) -> None:
        """Cut in the middle of a line; the message names file and line, and ends with the way out."""
        folder = judged_folder(tmp_path / "j", [spoken("x")], [verdict("x", 1)])
        text = (folder / torn).read_text(encoding="utf-8")
        (folder / torn).write_text(text[: len(text) // 2], encoding="utf-8")
        with pytest.raises(UsageError, match=rf"{torn}:1: not JSON.*; {advice}"):
            load_side(folder)

    @pytest.mark.parametrize("name", ["nothing", "empty", "texts", "texts.jsonl"])
    def test_what_cannot_be_a_side_says_what_to_do(self, tmp_path: Path, name: str) -> None:
        """A folder of nothing, of transcripts, or transcripts alone."""
        (tmp_path / "empty").mkdir()
        (tmp_path / "texts").mkdir()
        for path in (tmp_path / "texts" / "a.jsonl", tmp_path / "texts.jsonl"):
            path.write_text("{}", encoding="utf-8")
        with pytest.raises(UsageError, match="simstress judge" if "texts" in name else "give a run folder"):
            load_side(tmp_path / name)

    def test_a_folder_without_verdicts_is_to_be_judged(self, tmp_path: Path) -> None:
        """There is nothing to compare yet."""
        folder = judged_folder(tmp_path / "j", [spoken("x")], [verdict("x")])
        (folder / "verdicts.jsonl").unlink()
        with pytest.raises(UsageError, match="not judged yet; judge first: simstress judge"):
            load_side(folder)

    def test_a_run_that_was_killed_is_missing_data(self, tmp_path: Path) -> None:
        """Half a run is no candidate: exit code 4, and how to go on."""
        from builders import scenario

        from sims.grid import Grid
        from sims.manifest import RunSettings, new_manifest
        from sims.run_folder import RunFolder

        folder = RunFolder(tmp_path / "run")
        folder.create(new_manifest(Grid((scenario(),), models=("offline/actor",)), name="run", settings=RunSettings()))
        with pytest.raises(MissingDataError, match="simstress run --resume"):
            load_side(folder.path)
