"""Every part of the README that can be run is run."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
import readme

from sims.scenario_file import load_scenario
from sims.transcript_file import TranscriptFiles
from simstress.cli.app import app, run_app


def test_the_demo_prints_what_the_readme_shows() -> None:
    """The output in the README is the real one; `python tests/readme.py` renews it."""
    assert readme.shown_demo() == readme.printed_by_demo()


def test_the_transcript_is_one(tmp_path: Path) -> None:
    """The line of JSON loads as it stands."""
    (block,) = readme.blocks("json")
    (tmp_path / "t.jsonl").write_text(block)
    (found,) = TranscriptFiles([tmp_path / "t.jsonl"])
    assert found.speakers == ("A", "B")


def test_the_scenario_is_one(tmp_path: Path) -> None:
    """The YAML validates as it stands."""
    (block,) = readme.blocks("yaml")
    (tmp_path / "refund.yaml").write_text(block)
    assert load_scenario(tmp_path / "refund.yaml").id == "refund"


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The snippet runs on the README's own transcript and prints its turn graph."""
    monkeypatch.chdir(tmp_path)
    Path("transcripts.jsonl").write_text(readme.blocks("json")[0])
    assert run_python(readme.blocks("python")[0]).splitlines()[-1] == "1 1"


def test_the_stress_test_in_python_finds_the_rise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's scenario under role pressure, by an actor that gives way: role_flip rises."""
    monkeypatch.chdir(tmp_path)
    Path("refund.yaml").write_text(readme.blocks("yaml")[0])
    assert "role_flip EXCEEDS" in run_python(readme.blocks("python")[1])


def run_python(block: str) -> str:
    """What a snippet prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own README
    return out.getvalue().strip()


OFFLINE = (
    *("judge transcripts.jsonl --out judged ", "compare transcripts", "reference list", "init", "validate"),
    *("--model offline/actor", "judges list", "judges show"),
)


def test_the_offline_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the README that needs no provider and no data of the reader's ends with 0."""
    monkeypatch.chdir(tmp_path)
    Path("transcripts.jsonl").write_text(readme.blocks("json")[0])
    commands = [line.partition("#")[0].split() for block in readme.blocks("sh") for line in block.splitlines()]
    ours = [words[1:] for words in commands if words[:1] == ["simstress"]]
    runnable = [words for words in ours if any(part in f"{' '.join(words)} " for part in OFFLINE)]
    assert len(runnable) == 8
    for words in runnable:
        assert run_app(words) == 0, words


def test_every_verb_of_the_readme_exists() -> None:
    """No command is shown that there is not, with providers or without."""
    shown = {
        found for block in readme.blocks("sh") for found in re.findall(r"^simstress +([\w-]+)", block, re.MULTILINE)
    }
    verbs = {verb.replace("-", "_") for verb in shown}
    known = {command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {str(group.name) for group in app.registered_groups}
    assert verbs
    assert verbs <= known
