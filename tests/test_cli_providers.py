"""compare, where models are set against each other, through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.comparison import RECORD_KEYS
from simstress.cli.app import run_app

Says = Callable[..., tuple[int, str, str]]
GOOD, BAD = "offline/actor", "offline/actor?digression=0.3"


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Says:
    """Run a command; gives its exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_app(arguments)
        return (code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two models in "both", of one each in "good" and "bad"; six repeats, two judges."""
    base = tmp_path_factory.mktemp("runs")
    for name, models in {"both": (GOOD, BAD), "good": (GOOD,), "bad": (BAD,)}.items():
        chosen = [part for model in models for part in ("--model", model)]
        arguments = ["run", "coffee-order", *chosen, "--repeats", "6", "--judges", "role_flip,digression"]
        assert run_app([*arguments, "--out", str(base / name)]) == 0
    return base


def records(out: str) -> list[dict[str, Any]]:
    """The records of a --json output."""
    return [json.loads(line) for line in out.splitlines()]


def test_one_run_of_several_models_compares_them(says: Says, runs: Path, tmp_path: Path) -> None:
    """Tables on stdout, a page where it was asked for."""
    page = tmp_path / "page.html"
    code, out, _ = says("compare", str(runs / "both"), "--report", str(page))
    assert code == 0
    assert "rank 1 is the least" in out
    assert "nan" not in out.lower().split()
    assert "Which model is better" in page.read_text(encoding="utf-8")


def test_records_of_models_say_what_they_are(says: Says, runs: Path) -> None:
    """Arms, differences and costs, one a line and nothing else."""
    code, out, _ = says("compare", str(runs / "both"), "--json")
    found = records(out)
    assert code == 0
    assert {record["record"] for record in found} == {"arm", "difference", "cost"}
    assert [record["arm"] for record in found if record["record"] == "cost"] == [GOOD, BAD]


def test_two_judged_runs_show_shifts_and_models(says: Says, runs: Path) -> None:
    """The shifts first, with nothing but their own keys, then the folders as arms, which say what they are."""
    code, out, _ = says("compare", str(runs / "good"), str(runs / "bad"))
    assert code == 0
    assert out.index("Compared with") < out.index("rank 1 is the least")
    code, out, _ = says("compare", str(runs / "good"), str(runs / "bad"), "--json")
    assert code == 0
    shifts = [record for record in records(out) if "record" not in record]
    assert {tuple(record) for record in shifts} == {RECORD_KEYS}
    assert {record["record"] for record in records(out)[len(shifts) :]} == {"arm", "difference", "cost"}


def test_runs_of_other_scenarios_say_so_first(says: Says, runs: Path, tmp_path: Path) -> None:
    """The shifts are shown with the note, no model beside another; a page on models is refused."""
    other = tmp_path / "other"
    arguments = ["--model", GOOD, "--repeats", "2", "--judges", "role_flip", "--out", str(other)]
    assert says("run", "refund-dispute", *arguments)[0] == 0
    code, out, err = says("compare", str(runs / "good"), str(other))
    assert (code, "rank 1" in out, "Compared with" in out) == (0, False, True)
    assert "good and other share no scenario (coffee-order / refund-dispute)" in " ".join(err.split())
    code, _, err = says("compare", str(runs / "good"), str(other), "--report", str(tmp_path / "x.html"))
    assert (code, "share no scenario" in err) == (2, True)


def test_plain_files_show_shifts_only(says: Says, runs: Path) -> None:
    """Transcript files carry no verdicts, so there are no models to rank."""
    files = [str(runs / name / "transcripts.jsonl") for name in ("good", "bad")]
    code, out, _ = says("compare", *files)
    assert (code, "rank 1" in out) == (0, False)


def test_people_are_compared_with_each_model(says: Says, runs: Path) -> None:
    """Two models make two blocks, and records that say whose; one model keeps the plain keys."""
    code, out, _ = says("compare", str(runs / "both"), "--reference", "service-order", "--json")
    assert code == 0
    assert {record["arm"] for record in records(out)} == {GOOD, BAD}
    assert all(set(RECORD_KEYS) < set(record) for record in records(out))
    _, out, _ = says("compare", str(runs / "good"), "--reference", "service-order", "--json")
    assert {tuple(record) for record in records(out)} == {RECORD_KEYS}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("good",), "there is one model only"),
        (("good/transcripts.jsonl",), "nothing to compare with"),
        (("nowhere",), "nowhere: there is no such file"),
        (("good", "good"), "is there twice"),
        (("both", "--reference", "service-order", "--report", "x.html"), "compares with people"),
        (("good/transcripts.jsonl", "bad/transcripts.jsonl", "--report", "x.html"), "not all judged runs"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    says: Says, runs: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    """Exit code 2 and what to do instead."""
    monkeypatch.chdir(runs)
    code, _, err = says("compare", *arguments)
    assert code == 2
    assert words in err
    assert len([line for line in err.splitlines() if "error" in line]) == 1
    assert not Path("x.html").exists()


def test_the_report_of_a_run_of_several_models_compares_them(runs: Path) -> None:
    """The page has the section, the summary the records; a run of one model has neither."""
    both, good = runs / "both", runs / "good"
    assert 'id="providers"' in (both / "report.html").read_text(encoding="utf-8")
    assert 'id="providers"' not in (good / "report.html").read_text(encoding="utf-8")
    assert json.loads((both / "summary.json").read_text())["providers"]
    assert json.loads((good / "summary.json").read_text())["providers"] == []
