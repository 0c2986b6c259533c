"""A command whose stdout or stderr nobody reads any more does its work all the same, and ends with its own code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIO = """
schema: simstress/scenario@1
id: tiny
task: Settle a refund.
agents:
  - {name: Ana, role: customer}
  - {name: Ben, role: support agent}
stop: {max_turns: 4}
judges: [truncation]
expect: {truncation: {max_rate: 0}}
"""
RUN = ("run", "tiny.yaml", "--model", "offline/actor", "--out", "r", "--max-connections", "1")


def command(path: Path, *arguments: str, stdout: int, stderr: int) -> int:
    """The exit code of a command in a process of its own, beside a scenario."""
    (path / "tiny.yaml").write_text(SCENARIO)
    whole = [sys.executable, "-m", "simstress", *arguments]
    return subprocess.run(whole, stdout=stdout, stderr=stderr, cwd=path, timeout=120, check=False).returncode


@pytest.fixture
def closed() -> int:
    """The end to write to of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def test_a_run_outlives_its_stderr(tmp_path: Path, closed: int) -> None:
    """Progress is told to nobody: the run is complete, all 20 conversations are there, the code is 0."""
    assert command(tmp_path, *RUN, "--repeats", "20", "--no-judge", stdout=subprocess.DEVNULL, stderr=closed) == 0
    manifest = json.loads((tmp_path / "r/run.json").read_text())
    assert (manifest["status"], manifest["totals"]["conversations"]) == ("complete", 20)


def test_a_closed_stdout_changes_no_exit_code(tmp_path: Path, closed: int) -> None:
    """A limit of 0 that is never met for certain is 3, and stays so; tables as well as records."""
    undecided = (*RUN, "--until-decided", "--max", "2")
    assert command(tmp_path, *undecided, stdout=closed, stderr=subprocess.DEVNULL) == 3
    plan = ("plan", "tiny.yaml", "--model", "offline/actor", "--json")
    assert command(tmp_path, *plan, stdout=closed, stderr=closed) == 0


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="no device that is always full")
def test_a_full_disk_below_stdout_loses_a_result_and_says_so(tmp_path: Path) -> None:
    """Records that cannot be written are an error (4); progress that cannot be is none."""
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        plan = ("plan", "tiny.yaml", "--model", "offline/actor", "--json")
        assert command(tmp_path, *plan, stdout=full, stderr=subprocess.DEVNULL) == 4
        assert command(tmp_path, *plan, stdout=subprocess.DEVNULL, stderr=full) == 0
    finally:
        os.close(full)
