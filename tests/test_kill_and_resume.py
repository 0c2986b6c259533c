"""A run that is killed outright goes on where it was, to the same bytes; so does every other way of running it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nursery import Nursery, kill_while_it_writes, nursery

from sims.seeds import generator

MODEL = "offline/actor?role_flip=0.1&digression=0.1"
SCENARIOS = ("refund-dispute", "product-meeting")


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where commands come from."""
    with nursery(tmp_path_factory.mktemp("commands") / "told.txt") as found:
        yield found


def run_command(out: Path, *, repeats: int) -> list[str]:
    """A run of offline conversations, with more of them at once than the machine has processors."""
    return ["run", *SCENARIOS, "--model", MODEL, "--repeats", str(repeats), "--out", str(out), "--no-judge"]


@pytest.mark.parametrize(
    ("kills", "repeats"),
    [(5, 100), pytest.param(100, 1_500, marks=pytest.mark.campaign)],
)
def test_kill_9_and_resume_until_done_gives_the_bytes_of_the_unkilled_run(
    kills: int, repeats: int, tmp_path: Path, commands: Nursery
) -> None:
    """Killed at so many random moments, at the start, in the middle of a line and between two."""
    assert commands.finish(*run_command(tmp_path / "whole", repeats=repeats)) == 0
    whole = (tmp_path / "whole" / "transcripts.jsonl").read_bytes()
    out, draws, killed, torn = tmp_path / "run", generator("kills", kills), 0, 0
    file = out / "transcripts.jsonl"
    while killed < kills:
        is_there = (out / "run.json").exists()
        begin = ["run", "--resume", str(out), "--no-judge"] if is_there else run_command(out, repeats=repeats)
        code = kill_while_it_writes(commands.begin(*begin), file, draws, most_bytes=len(whole) // kills)
        assert code == -9, commands.told.read_text()
        killed += 1
        torn += file.exists() and not file.read_bytes().endswith(b"\n")
    assert json.loads((out / "run.json").read_bytes())["status"] == "running"
    assert commands.finish("run", "--resume", str(out), "--no-judge") == 0
    assert file.read_bytes() == whole
    assert json.loads((out / "run.json").read_bytes())["status"] == "complete"
    assert sorted(path.name for path in out.iterdir()) == [".lock", "run.json", "transcripts.jsonl"]


def finish(*arguments: str, **environment: str) -> None:
    """Run a command in a new interpreter to its good end."""
    command = [sys.executable, "-m", "simstress", *arguments]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment}, timeout=240)


def test_hash_seed_and_concurrency_change_nothing(tmp_path: Path) -> None:
    """Two runs with other hash seeds and connections: the same transcripts, verdicts, summary and page."""
    first, second = tmp_path / "a" / "run", tmp_path / "b" / "run"
    short = ("run", "refund-dispute", "coffee-order", "--model", MODEL, "--repeats", "8")
    finish(*short, "--out", str(first), "--max-connections", "1", PYTHONHASHSEED="1")
    finish(*short, "--out", str(second), "--max-connections", "16", PYTHONHASHSEED="2")
    for name in ("transcripts.jsonl", "verdicts.jsonl", "summary.json", "report.html"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
