"""Judges that learn from good conversations see a fault that pervades the ones they judge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simstress.cli.app import run_app


def flags(folder: Path) -> int:
    """How many turns role_flip flags, as the summary says."""
    (rate,) = json.loads((folder / "summary.json").read_text())["rates"]
    assert rate["judge"] == "role_flip"
    return int(rate["flagged_turns"])


def held(folder: Path, dial: float, *more: str) -> int:
    """The flags of a run in which the given share of turns is a role flip."""
    model = f"offline/actor?role_flip={dial}"
    what = ["refund-dispute", "coffee-order", "--model", model, "--repeats", "25", "--judges", "role_flip"]
    assert run_app(["run", *what, "--seed", "1", "--out", str(folder), *more]) == 0
    return flags(folder)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a flip in one turn of twenty."""
    folder = tmp_path_factory.mktemp("good") / "run"
    held(folder, 0.05)
    return folder


def test_a_fault_found_everywhere_is_seen_after_learning_from_a_good_run(good: Path, tmp_path: Path) -> None:
    """A quarter of the turns are flips: learnt from, they look usual; learnt from good ones, they do not."""
    alone, taught = held(tmp_path / "alone", 0.25), held(tmp_path / "taught", 0.25, "--learn-from", str(good))
    assert taught > 4 * alone
    assert run_app(["judge", str(tmp_path / "alone"), "--judges", "role_flip", "--learn-from", str(good),
                    "--out", str(tmp_path / "judged")]) == 0  # fmt: skip
    assert flags(tmp_path / "judged") == taught


def test_a_run_remembers_what_its_judges_learnt_from(good: Path, tmp_path: Path) -> None:
    """The manifest has the whole path, so that resuming and attributing judge alike."""
    held(tmp_path / "run", 0.0, "--learn-from", str(good))
    assert json.loads((tmp_path / "run" / "run.json").read_text())["settings"]["learn_from"] == str(good.resolve())


def test_nothing_to_learn_from_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is told before anything is held: exit code 2."""
    missing = ["--learn-from", str(tmp_path / "nowhere.jsonl"), "--out", str(tmp_path / "run")]
    assert run_app(["run", "coffee-order", "--model", "offline/actor", *missing]) == 2
    assert "nowhere.jsonl" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
