"""A run that is killed outright goes on where it was, to the same bytes; so does every other way of running it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MODEL = "offline/actor?role_flip=0.1&digression=0.1"
SCENARIOS = ("refund-dispute", "product-meeting")
REPEATS = 100
CONVERSATIONS = len(SCENARIOS) * REPEATS


def command(*arguments: str) -> list[str]:
    """simstress in a new interpreter."""
    return [sys.executable, "-m", "simstress", *arguments]


def run_command(out: Path, *more: str) -> list[str]:
    """A run of 200 offline conversations."""
    return command("run", *SCENARIOS, "--model", MODEL, "--repeats", str(REPEATS), "--out", str(out), *more)


def finish(arguments: list[str], **environment: str) -> None:
    """Run a command to its good end."""
    subprocess.run(arguments, check=True, capture_output=True, env={**os.environ, **environment}, timeout=240)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The transcripts of the run that nobody killed."""
    out = tmp_path_factory.mktemp("whole") / "run"
    finish(run_command(out, "--no-judge"))
    return (out / "transcripts.jsonl").read_bytes()


def kill_after(lines: int, out: Path) -> int:
    """Start the run, kill -9 once so many transcripts are written, and return how many were there."""
    file = out / "transcripts.jsonl"
    process = subprocess.Popen(
        run_command(out, "--no-judge", "--max-connections", "1"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None and not (file.exists() and file.read_bytes().count(b"\n") >= lines):
            time.sleep(0.001)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    return file.read_bytes().count(b"\n")


@pytest.mark.parametrize("lines", [1, 60, 150])
def test_kill_9_and_resume_gives_the_bytes_of_the_unkilled_run(lines: int, tmp_path: Path, whole: bytes) -> None:
    """Killed early, in the middle and late; each time some conversations were there and some were not."""
    out = tmp_path / "run"
    done = kill_after(lines, out)
    assert lines <= done < CONVERSATIONS
    finish(command("run", "--resume", str(out), "--no-judge"))
    assert (out / "transcripts.jsonl").read_bytes() == whole


def test_hash_seed_and_concurrency_change_nothing(tmp_path: Path) -> None:
    """Two runs with other hash seeds and connections: the same transcripts, verdicts, summary and page."""
    first, second = tmp_path / "a" / "run", tmp_path / "b" / "run"
    short = ("run", "refund-dispute", "coffee-order", "--model", MODEL, "--repeats", "8")
    finish(command(*short, "--out", str(first), "--max-connections", "1"), PYTHONHASHSEED="1")
    finish(command(*short, "--out", str(second), "--max-connections", "16"), PYTHONHASHSEED="2")
    for name in ("transcripts.jsonl", "verdicts.jsonl", "summary.json", "report.html"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
