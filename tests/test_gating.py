"""gate and baseline on the command line: exit codes, what is printed, what is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from gate_sides import judged_folder, spoken, verdict

from simstress.cli.app import run_app


def run(tmp_path: Path, name: str, flagged: set[int], *, repeats: int = 8, **more: str) -> str:
    """A judged folder of so many repeats, whose first turn is flagged in some."""
    texts = [spoken(f"r{n}", repeat=n, **more) for n in range(repeats)]
    verdicts = [verdict(f"r{n}", *((0,) if n in flagged else ())) for n in range(repeats)]
    return str(judged_folder(tmp_path / name, texts, verdicts))


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    """A clean baseline, and a candidate flagged in each of its eight conversations: p = 1/256."""
    return run(tmp_path, "before", set()), run(tmp_path, "after", set(range(8)))


def test_a_regression_ends_with_1_and_is_named(sides: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The decision is the first thing printed."""
    assert run_app(["gate", *sides]) == 1
    assert capsys.readouterr().out.startswith("REGRESSED")


def test_json_is_one_record_on_stdout(sides: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """stdout carries the record and nothing else."""
    assert run_app(["gate", *sides, "--json", "--margin", "0.1", "--margin", "role_flip=0.2"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["decision"] == "REGRESSED"
    assert [(check["judge"], check["bound"]) for check in record["checks"]] == [("role_flip", 0.2)]


def test_files_are_written_and_the_step_summary_is_added_to(
    sides: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JUnit, Markdown and page in one call; what another step wrote into the summary stays."""
    summary = tmp_path / "summary.md"
    summary.write_text("# before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    files = [tmp_path / name for name in ("j.xml", "m.md", "r.html")]
    arguments = [
        part for pair in zip(("--junit", "--markdown", "--report"), map(str, files), strict=True) for part in pair
    ]
    assert run_app(["gate", *sides, *arguments]) == 1
    assert ET.fromstring(files[0].read_text(encoding="utf-8")).get("failures") == "1"  # noqa: S314 - our own file
    assert "hello" in files[2].read_text(encoding="utf-8")
    assert summary.read_text(encoding="utf-8") == f"# before\n{files[1].read_text(encoding='utf-8')}\n"


def test_a_step_summary_that_cannot_be_written_undoes_no_gate(
    sides: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A warning on stderr; decision, files and exit code stand."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert run_app(["gate", *sides, "--report", str(tmp_path / "r.html")]) == 1
    assert "simstress: warning" in capsys.readouterr().err
    assert (tmp_path / "r.html").exists()


def test_no_older_result_survives_a_gate_that_could_not_be_held(
    sides: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The JUnit file of a passing gate gives way to one error, and the step summary says why."""
    junit, summary = tmp_path / "j.xml", tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert run_app(["gate", *sides, "--junit", str(junit)]) == 1
    assert run_app(["gate", sides[0], str(tmp_path / "gone"), "--junit", str(junit)]) == 2
    suites = ET.fromstring(junit.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("1", "0", "1")
    error = suites.find(".//error")
    assert error is not None
    assert "gone: not found" in str(error.get("message"))
    assert summary.read_text(encoding="utf-8").count("## ") == 2


def test_a_candidate_that_lacks_conversations_ends_with_4_unless_that_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three of eight are absent: the headline counts them, and the option that takes it for a subset is named."""
    before, after = run(tmp_path, "a", set()), run(tmp_path, "b", set(), repeats=5)
    assert run_app(["gate", before, after]) == 4
    printed = capsys.readouterr()
    assert printed.out.startswith("INCONCLUSIVE: 3 of 8 conversations of the baseline have no partner here")
    assert "--allow-unpaired" in printed.err
    assert run_app(["gate", before, after, "--allow-unpaired", "--margin", "0.9"]) == 0


def test_a_bug_ends_with_4_in_one_line(
    sides: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 means a regression, so that no crash may end with it; the traceback can be asked for."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("analysis.gate.gate.run_gate", broken)
    monkeypatch.delenv("SIMSTRESS_TRACEBACK", raising=False)
    line = "simstress: error: internal error: ZeroDivisionError: division by zero, please report it;"
    assert run_app(["gate", *sides]) == 4
    assert capsys.readouterr().err == f"{line} SIMSTRESS_TRACEBACK=1 shows where\n"
    monkeypatch.setenv("SIMSTRESS_TRACEBACK", "1")
    assert run_app(["gate", *sides]) == 4
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "candidate", "code"), [("--json", "after", 1), ("--no-limits", "before", 3)])
def test_the_exit_code_stands_when_nobody_reads_on(
    sides: tuple[str, str], option: str, candidate: str, code: int
) -> None:
    """A closed pipe turns no REGRESSED into 0, and no INCONCLUSIVE into 1."""
    command = [sys.executable, "-m", "simstress", "gate", sides[0], str(Path(sides[0]).with_name(candidate)), option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as gate:
        assert gate.stdout is not None
        assert gate.stderr is not None
        gate.stdout.close()
        assert gate.stderr.read() == b""
    assert gate.returncode == code


def test_few_clean_conversations_end_with_3(tmp_path: Path) -> None:
    """Not shown to be worse, nor not to be."""
    assert run_app(["gate", run(tmp_path, "a", set()), run(tmp_path, "b", set())]) == 3


def test_failed_conversations_end_with_4_unless_allowed(tmp_path: Path) -> None:
    """All candidates failed: nothing to compare, whatever is allowed to be missing."""
    before, after = run(tmp_path, "a", set()), run(tmp_path, "b", set(), stop_reason="backend_error")
    assert run_app(["gate", before, after]) == 4
    assert run_app(["gate", before, after, "--max-missing", "1"]) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--margin", "much"], "expected a share such as 0.02, or JUDGE=0.02"),
        (["--margin", "0.1", "--margin", "0.2"], "given twice"),
        (["--margin", "role_flop=0.1"], "did you mean 'role_flip'"),
        (["--margin", "7"], "expected a share of turns from 0 to 1"),
        (["--judges", "ending"], "unknown judge"),
        (["--junit", "/nonexistent/j.xml"], "cannot be written"),
        (["--report", "notes.txt"], "notes.txt: is there already and is no page; choose another file"),
        (["--junit", "notes.txt"], "is there already and is no JUnit XML"),
        (["--markdown", "notes.txt"], "is there already and is no Markdown"),
    ],
)
def test_bad_options_end_with_2_and_one_line(
    sides: tuple[str, str],
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is decided, nothing overwritten, and the line says what was allowed."""
    monkeypatch.chdir(tmp_path)
    notes = tmp_path / "notes.txt"
    notes.write_text("mine", encoding="utf-8")
    assert run_app(["gate", *sides, *arguments]) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert notes.read_text(encoding="utf-8") == "mine"


def test_other_scenarios_end_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both sides' scenarios are named."""
    assert run_app(["gate", run(tmp_path, "a", set()), run(tmp_path, "b", set(), scenario="coffee")]) == 2
    assert "holds refund, the candidate coffee" in capsys.readouterr().err


def test_a_baseline_is_set_shown_replaced_and_gated_against(
    sides: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file takes the run's place; over an old one the old rates are told."""
    before, after = sides
    file = str(tmp_path / "base.json")
    assert run_app(["baseline", "set", after, "--out", file, "--name", "old"]) == 0
    assert run_app(["baseline", "set", before, "--out", file, "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert ([rate["rate"] for rate in record["rates"]], [rate["rate"] for rate in record["rates_before"]]) == (
        [0],
        [0.5],
    )
    assert run_app(["baseline", "show", file]) == 0
    assert "baseline before" in capsys.readouterr().out
    assert run_app(["gate", file, after]) == 1
    assert run_app(["baseline", "show", str(tmp_path / "none.json")]) == 2


def test_offline_runs_with_more_planted_faults_are_found_and_the_baseline_file_finds_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way without a network: held, judged, kept, gated. Thirty points more of planted flips are REGRESSED.

    A torn file of a run is mended by resuming it, and the message says so.
    """
    before, after, file = (str(tmp_path / name) for name in ("before", "after", "base.json"))
    for out, model in ((before, "offline/actor"), (after, "offline/actor?role_flip=0.3")):
        options = ["--repeats", "8", "--judges", "role_flip", "--out", out, "--json"]
        assert run_app(["run", "refund-dispute", "--model", model, *options]) == 0
    assert run_app(["baseline", "set", before, "--out", file, "--json"]) == 0
    records = []
    for baseline in (before, file):
        capsys.readouterr()
        assert run_app(["gate", baseline, after, "--json"]) == 1
        records.append(json.loads(capsys.readouterr().out))
    assert records[0] | {"baseline": file} == records[1]
    assert records[0]["checks"][0]["difference"] > 0.05
    assert any("Compared across models" in note for note in records[0]["notes"])
    verdicts = tmp_path / "after" / "verdicts.jsonl"
    verdicts.write_text(verdicts.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    assert run_app(["gate", before, after]) == 2
    assert f"; mend it with: simstress run --resume {after}" in capsys.readouterr().err
