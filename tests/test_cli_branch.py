"""simstress branch: from a run folder and a turn to a judged run, and one line for what cannot be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from builders import scenario
from openai_server import openai_server, says

from analysis.simulation import simulate
from sims.grid import Grid
from sims.manifest import RunSettings
from sims.run_folder import RunFolder
from simstress.cli.app import run_app

ACTOR = "offline/actor"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A judged run of three conversations."""
    of = scenario(judges=("role_flip",), stop={"max_turns": 8})
    folder = tmp_path_factory.mktemp("run") / "run"
    return simulate(Grid((of,), models=(ACTOR,), repeats=3), folder, settings=RunSettings()).path


def test_a_branch_is_a_run_with_a_report(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Held, judged and reported; run.json says where from and what is different; gate takes it; exit code 0."""
    out = tmp_path / "b"
    change = "customer.say=Let me speak to your manager."
    assert run_app(["branch", str(run), "--at", "2", "--with", change, "--out", str(out), "--json"]) == 0
    told = capsys.readouterr()
    assert "3 conversations from turn 2 on" in told.err
    assert json.loads(told.out)["conversations"] == 3
    assert "Branched off refund:offline/actor:r0 at turn 2" in (out / "report.html").read_text()
    branched_off = json.loads((out / "run.json").read_text())["branched_off"]
    assert branched_off == {"run": "run", "at": 2, "changes": {"customer.say": "Let me speak to your manager."}}
    assert run_app(["gate", str(run), str(out), "--json"]) in (0, 3)
    assert json.loads(capsys.readouterr().out)["pairs"] == 3


def test_it_can_be_resumed(run: Path, tmp_path: Path) -> None:
    """A branch with a conversation missing goes on by run --resume, to the same bytes."""
    out = tmp_path / "b"
    assert run_app(["branch", str(run), "--at", "2", "--seed", "4", "--no-judge", "--out", str(out)]) == 0
    whole = (out / "transcripts.jsonl").read_bytes()
    (out / "transcripts.jsonl").write_bytes(whole[:200])
    assert run_app(["run", "--resume", str(out), "--no-judge"]) == 0
    assert (out / "transcripts.jsonl").read_bytes() == whole


def test_what_is_left_out_is_told(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One conversation asked for of three; a turn that is not the agent's leaves none, in one line."""
    chosen = ["branch", str(run), "--at", "2", "--conversation", f"refund:{ACTOR}:r2", "--no-judge"]
    assert run_app([*chosen, "--out", str(tmp_path / "b")]) == 0
    assert "1 conversation from turn 2 on" in capsys.readouterr().err
    assert run_app([*chosen, "--with", "support.say=No.", "--out", str(tmp_path / "c")]) == 2
    assert "1 do not have support speak that turn" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--at", "99"], "3 are shorter"),
        (["--at", "-1"], "--at"),
        (["--at", "2", "--with", "mood=bad"], "unknown key"),
        (["--at", "2", "--with", "customer.goal="], "KEY=VALUE"),
        (["--at", "2", "--conversation", "r9"], "no such conversation"),
        (["--at", "2", "--judges", "nosuch"], "unknown judge"),
        (["--at", "2", "--api-base", "ftp://x"], "--api-base"),
        (["--at", "2", "--seed", "-4"], "--seed"),
        (["--at", "2", "--budget", "nan"], "--budget"),
        (["--at", "2", "--abort-on", "ending"], "--abort-on"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], message: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and no folder."""
    assert run_app(["branch", str(run), *arguments, "--out", str(tmp_path / "b")]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "b").exists()


def test_settings_are_the_run_s_unless_given(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run with cache, lessons and a budget: the branch has the first two, says so, and spends on its own account."""
    manifest = RunFolder(run).read_manifest()
    had = {"cache": str(tmp_path / "cache"), "learn_from": str(run), "budget_usd": 5.0, "abort_on": ("metaphor",)}
    source = tmp_path / "run"
    shutil.copytree(run, source)
    settings = manifest.settings.model_copy(update=had)
    RunFolder(source).write_manifest(manifest.model_copy(update={"settings": settings}))
    arguments = ["branch", str(source), "--at", "2", "--no-judge"]
    assert run_app([*arguments, "--out", str(tmp_path / "b")]) == 0
    told = capsys.readouterr().err
    assert f"as in the run: --learn-from {run}, --cache {tmp_path / 'cache'}" in told
    kept = RunFolder(tmp_path / "b").read_manifest().settings
    assert kept == settings.model_copy(update={"budget_usd": None, "abort_on": ()})
    given = ["--budget", "3", "--abort-on", "camel_markers", "--timeout-s", "9", "--judges", "metaphor"]
    assert run_app([*arguments, *given, "--out", str(tmp_path / "c")]) == 0
    kept = RunFolder(tmp_path / "c").read_manifest().settings
    assert (kept.budget_usd, kept.abort_on, kept.timeout_s, kept.judges) == (3, ("camel_markers",), 9, ("metaphor",))


def test_gate_does_not_miss_what_a_branch_leaves_out(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One conversation of three goes on: one pair, two told as not compared, and the exit code is not 4."""
    out = tmp_path / "b"
    chosen = ["--conversation", f"refund:{ACTOR}:r2"]
    assert run_app(["branch", str(run), "--at", "2", *chosen, "--out", str(out)]) == 0
    capsys.readouterr()
    assert run_app(["gate", str(run), str(out), "--json"]) in (0, 3)
    found = json.loads(capsys.readouterr().out)
    assert (found["pairs"], found["only_baseline"]) == (1, 2)
    assert any("does not go on with 2 conversations" in note for note in found["notes"])


def test_attribute_says_that_recorded_turns_are_not_asked_about(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clean branch: nothing to attribute, and the line on the recorded turns stands before that."""
    out = tmp_path / "b"
    assert run_app(["branch", str(run), "--at", "2", "--out", str(out)]) == 0
    capsys.readouterr()
    swap = ["--judges", "role_flip", "--swap-model", "offline/actor?digression=0.1"]
    assert run_app(["attribute", str(out), *swap]) == 0
    assert "branched off run at turn 2: flags in recorded turns are not asked about" in capsys.readouterr().err


def test_a_taken_folder_and_a_missing_run_are_one_line(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run itself is no place to write a branch to; transcripts alone are no run."""
    before = (run / "transcripts.jsonl").read_bytes()
    assert run_app(["branch", str(run), "--at", "2", "--out", str(run)]) == 2
    assert "already there" in capsys.readouterr().err
    assert (run / "transcripts.jsonl").read_bytes() == before
    assert run_app(["branch", str(run / "transcripts.jsonl"), "--at", "2", "--out", str(tmp_path / "b")]) == 2
    assert "there is no run here" in capsys.readouterr().err


def test_a_provider_is_shown_the_recorded_turns_and_called_for_the_others_only(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight turns from turn 6 on: two calls a conversation, the first of which holds all six turns before.

    A run that called a server of its own has to be told where another model is.
    """
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    out, model = tmp_path / "b", "model=openai/gpt-4o-mini"
    with openai_server(says("Fine.")) as server:
        arguments = ["branch", str(run), "--at", "6", "--with", model, "--no-judge", "--max-connections", "1"]
        assert run_app([*arguments, "--api-base", server.base_url, "--out", str(out)]) == 0
        assert len(server.calls) == 6
        sent = str(server.calls[0].body["messages"])
        first = next(iter(RunFolder(out).transcripts))
        assert all(repr(turn.text)[1:-1] in sent for turn in first.turns[:6])
    assert [turn.text for turn in first.turns[6:]] == ["Fine.", "Fine."]
    capsys.readouterr()
    other = ["branch", str(out), "--at", "7", "--with", "model=openai/gpt-4o", "--out", str(tmp_path / "c")]
    assert run_app(other) == 2
    assert "say with --api-base where openai/gpt-4o is called" in capsys.readouterr().err
