"""What is said when nothing more should be asked: how far the run came, of what it was to hold, and how to go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sims.errors import BudgetReached, NoMoreCalls, ProviderAway
from sims.run_folder import RunFolder
from simstress.cli.app import run_app
from simstress.cli.spending import telling_what_stopped

RUN = ("run", "refund-dispute", "--model", "offline/actor", "--repeats", "3", "--no-judge", "--out")


def said(path: Path, stop: NoMoreCalls) -> str:
    """What is said of a run that is stopped so."""
    with pytest.raises(type(stop)) as caught, telling_what_stopped(RunFolder(path)):
        raise stop
    return str(caught.value)


def rewrite(path: Path, *reasons: str) -> None:
    """Leave as many conversations as there are reasons, ended for these."""
    lines = (path / "transcripts.jsonl").read_text().splitlines()
    kept = (json.loads(line) | {"stop_reason": reason} for line, reason in zip(lines, reasons, strict=False))
    (path / "transcripts.jsonl").write_text("".join(json.dumps(one) + "\n" for one in kept))


def test_the_line_counts_what_is_held_failed_and_cut_off(tmp_path: Path) -> None:
    """Of three one is whole; one failed, so going on takes --retry-errors; one is cut off; a budget needs more."""
    run = tmp_path / "r"
    assert run_app([*RUN, str(run)]) == 0
    resume = f"go on with: simstress run --resume {run}"
    assert said(run, ProviderAway("away")) == f"away: while judging; {resume}"
    rewrite(run, "max_turns", "backend_error", "cancelled")
    far = "1 of 3 conversations are held, 1 failed, 1 are cut off"
    assert said(run, ProviderAway("away")) == f"away: {far}; {resume} --retry-errors"
    rewrite(run, "max_turns", "budget")
    far = "1 of 3 conversations are held, 1 are cut off"
    assert said(run, BudgetReached("spent")) == f"spent: {far}; {resume} --budget MORE"


def test_a_branch_of_one_conversation_is_to_hold_one(tmp_path: Path) -> None:
    """The run it was branched off holds three."""
    run, branch = tmp_path / "r", tmp_path / "b"
    assert run_app([*RUN, str(run)]) == 0
    (conversation, *_) = (json.loads(line)["id"] for line in (run / "transcripts.jsonl").read_text().splitlines())
    given = ("branch", str(run), "--at", "2", "--conversation", conversation, "--no-judge", "--out", str(branch))
    assert run_app(given) == 0
    rewrite(branch, "cancelled")
    assert "0 of 1 conversations are held, 1 are cut off" in said(branch, ProviderAway("away"))
