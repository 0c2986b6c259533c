"""Bad input: one clear line a fault, exit code 2, no traceback, nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judges.formality import FormalityJudge
from simstress.cli.app import run_app

DIALOGUE = {
    "id": "a",
    "source": "by hand",
    "kind": "llm",
    "participants": [{"name": "A", "role": "customer"}, {"name": "B", "role": "clerk"}],
    "turns": [{"speaker": "A", "text": "I'd like a coffee."}, {"speaker": "B", "text": "Coming up."}],
}
HUMAN = {**DIALOGUE, "kind": "human"}
SCENARIO = """\
schema: simstress/scenario@1
id: bad
agents:
  - {name: Ana, role: customer}
  - {name: Ben, role: clerk}
"""


def complaints(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines on stderr of a command that must end with exit code 2 and no traceback."""
    code = run_app(arguments)
    out, err = capsys.readouterr()
    assert code == 2, (code, out, err)
    assert "Traceback" not in err
    lines = err.strip().splitlines()
    assert lines
    assert all(line.startswith("simstress: error: ") for line in lines), lines
    return [line.removeprefix("simstress: error: ") for line in lines]


def jsonl(path: Path, *records: object) -> str:
    """A file of records, one a line; strings stand as they are."""
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in records))
    return str(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: str(folder / "nowhere.jsonl"), "there is no such file"),
        (lambda folder: str(folder), "this is a directory"),
        (lambda folder: jsonl(folder / "empty.jsonl"), "the file is empty"),
        (
            lambda folder: (folder / "b.jsonl").write_bytes(b"\x7fELF\xff\x00") and str(folder / "b.jsonl"),
            "not UTF-8 text",
        ),
        (
            lambda folder: jsonl(folder / "t.jsonl", HUMAN, {**HUMAN, "id": "b"}, '{"id": "c", "sou'),
            "t.jsonl:3: not JSON",
        ),
        (
            lambda folder: jsonl(folder / "t.jsonl", {**DIALOGUE, "turns": [{"text": "Hi."}]}),
            "t.jsonl:1: not a transcript: the key 'turns.0.speaker' is missing",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["judge", "compare", "reference"])
def test_an_unreadable_transcript_file(
    verb: str, make: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """judge, compare and reference build say the same one line; no folder and no file appears."""
    file = make(tmp_path)  # type: ignore[operator]
    before = sorted(tmp_path.iterdir())
    out = str(tmp_path / "out")
    arguments = {
        "judge": ["judge", file, "--out", out],
        "compare": ["compare", file, "--reference", "service"],
        "reference": ["reference", "build", file, "--name", "mine", "--out", out],
    }[verb]
    (line,) = complaints(capsys, *arguments)
    assert message in line
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: Ben", "name: Ana", "bad.yaml:5:12: agents[1].name: two agents are called 'Ana'"),
        ("id: bad", "id: bad\nturns: {policy: alternating}", "did you mean 'alternate'?"),
        ("id: bad", "id: bad\nreference: servise", "did you mean 'service'?"),
        ("id: bad", "id: bad\njudges: [role_flop]", "did you mean 'role_flip'?"),
        ("role: clerk", "rôle: clerk", "bad.yaml:5"),
    ],
)
@pytest.mark.parametrize(
    "verb", [["validate"], ["run", "--model", "offline/actor"], ["plan", "--model", "offline/actor"]]
)
def test_a_faulty_scenario(
    verb: list[str],
    old: str,
    new: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """validate, run and plan name file, line and what was allowed, before anything is made."""
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(SCENARIO.replace(old, new))
    lines = complaints(capsys, verb[0], "bad.yaml", *verb[1:])
    assert any(message in line for line in lines), lines
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.yaml"]


def test_every_fault_of_every_file_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files with two faults each: four lines."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        text = SCENARIO.replace("id: bad", f"id: {name}\nstop: {{max_turns: 0}}").replace("name: Ben", "name: Ana")
        Path(f"{name}.yaml").write_text(text)
    lines = complaints(capsys, "validate", "one.yaml", "two.yaml")
    assert [line.split(":")[0] for line in lines] == ["one.yaml", "one.yaml", "two.yaml", "two.yaml"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "no scenario given"),
        (["run", "refund-disputt", "--model", "offline/actor"], "refund-dispute"),
        (["run", "refund-dispute"], "no model for customer, support"),
        (["run", "refund-dispute", "--model", "gpt-4o"], "openai/gpt-4o"),
        (["run", "refund-dispute", "--model", "offline/acter"], "did you mean 'offline/actor'?"),
        (["run", "refund-dispute", "--model", "offline/actor?role_flop=1"], "did you mean 'role_flip'?"),
        (["run", "refund-dispute", "--model", "offline/actor?role_flip=7"], "role_flip"),
        (["run", "refund-dispute", "--model", "offline/actor", "--reference", "servise"], "did you mean 'service'?"),
        (["run", "refund-dispute", "--model", "offline/actor", "--judges", "role_flop"], "did you mean 'role_flip'?"),
        (["run", "refund-dispute", "--model", "offline/actor", "--repeats", "0"], "'--repeats': Input should be"),
        (["run", "refund-dispute", "--model", "offline/actor", "--agent-model", "support"], "NAME=provider/model"),
        (["run", "--resume", "nowhere"], "nowhere"),
        (["run", "refund-dispute", "--model", "offline/actor", "--api-base", "localhost:8000/v1"], "expected http://"),
        (
            ["run", "refund-dispute", "--model", "offline/actor", "--api-base", "http://bob:pw@h/v1"],
            "no user, password",
        ),
        (["run", "refund-dispute", "--model", "offline/actor", "--model", "offline/actor"], "given twice"),
        (["plan", "refund-dispute", "--model", "offline/foo"], "offline/actor"),
        (["judge", "x.jsonl", "--judges", ","], "names no judge"),
        (
            ["compare", "x.jsonl", "--reference", "service", "--role", "peer=helper", "--role", "peer=seeker"],
            "named twice",
        ),
        (["compare", "x.jsonl"], "there is no such file"),
        (["report", "nowhere"], "neither a run nor a judged folder"),
        (["view", "nowhere"], "there is no report yet"),
        (["reference", "show", "servise"], "did you mean 'service'?"),
        (["nonsense"], "No such command"),
        (["run", "--nonsense"], "No such option"),
    ],
)
def test_a_request_that_cannot_be_carried_out(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line that teaches; no folder is made."""
    monkeypatch.chdir(tmp_path)
    (line,) = complaints(capsys, *arguments)
    assert message in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["run", "judge"])
def test_an_output_that_cannot_be_written(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--out below a file: one line, and nothing beside it changes. (Permissions do not stop the superuser.)"""
    file = jsonl(tmp_path / "t.jsonl", DIALOGUE)
    out = str(tmp_path / "t.jsonl" / "out")
    arguments = {"run": ["run", "refund-dispute", "--model", "offline/actor"], "judge": ["judge", file]}[verb]
    (line,) = complaints(capsys, *arguments, "--out", out)
    assert "cannot be written" in line
    assert [path.name for path in tmp_path.iterdir()] == ["t.jsonl"]


def test_a_run_that_is_there_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second run into the same folder is refused and says how to go on."""
    arguments = ["run", "coffee-order", "--model", "offline/actor", "--no-judge", "--out", str(tmp_path / "run")]
    assert run_app(arguments) == 0
    before = (tmp_path / "run" / "transcripts.jsonl").read_bytes()
    capsys.readouterr()
    (line,) = complaints(capsys, *arguments)
    assert "--resume" in line
    assert (tmp_path / "run" / "transcripts.jsonl").read_bytes() == before


def test_nothing_of_the_users_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run, a folder of somebody's and a transcript file are not written over by judge, run, report and build."""
    file, run, full = jsonl(tmp_path / "t.jsonl", HUMAN), str(tmp_path / "run"), tmp_path / "full"
    assert run_app(["run", "coffee-order", "--model", "offline/actor", "--out", run]) == 0
    full.mkdir()
    (full / "summary.json").write_text("mine")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    capsys.readouterr()
    for arguments, message in (
        (["judge", file, "--out", run], "holds a run"),
        (["judge", file, "--out", str(full)], "summary.json is there already"),
        (["run", "coffee-order", "--model", "offline/actor", "--out", str(full)], "summary.json is there already"),
        (["report", run, "--out", file], "is no page"),
        (
            ["reference", "build", file, "--name", "mine", "--out", str(full / "summary.json")],
            "is no reference profile",
        ),
    ):
        (line,) = complaints(capsys, *arguments)
        assert message in line
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_a_resumed_run_is_cannot_be_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--repeats and --seed belong to the run; how calls are made may be set anew."""
    out = str(tmp_path / "run")
    assert run_app(["run", "coffee-order", "--model", "offline/actor", "--no-judge", "--out", out]) == 0
    capsys.readouterr()
    (line,) = complaints(capsys, "run", "--resume", out, "--repeats", "9", "--seed", "2")
    assert "--repeats, --seed" in line
    assert run_app(["run", "--resume", out, "--no-judge", "--timeout-s", "5"]) == 0


def test_no_secret_of_an_address_is_repeated(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The message about a password in --api-base does not hold it."""
    arguments = ["run", "coffee-order", "--model", "offline/actor", "--out", str(tmp_path / "r")]
    (line,) = complaints(capsys, *arguments, "--api-base", "http://bob:hunter2@host/v1")
    assert "hunter2" not in line


def test_a_judge_that_fails_is_missing_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken judge loses no transcript and no other verdict, but the command does not pass: exit code 4."""

    def fail(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(FormalityJudge, "judge", fail)
    file = jsonl(tmp_path / "t.jsonl", DIALOGUE)
    assert run_app(["judge", file, "--judges", "formality,metaphor", "--out", str(tmp_path / "out")]) == 4
    assert "1 of 1 conversations made a judge fail" in capsys.readouterr().err
    verdicts = [json.loads(line) for line in (tmp_path / "out" / "verdicts.jsonl").read_text().splitlines()]
    assert [verdict["judge"] for verdict in verdicts] == ["formality", "metaphor"]
    assert verdicts[0]["unjudged"] == {"reason": "crashed", "detail": "RuntimeError: broken on purpose"}
