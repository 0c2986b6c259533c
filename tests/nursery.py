"""Processes of simstress that can be killed by the hundred: each is forked from one that has imported everything."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_FORKING = """
import json, os, sys, sims.runner, analysis.simulation
from simstress.cli.app import run_app
if sys.argv[1]:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm, openai.resources.admin, openai.resources.beta, openai.resources.chat, openai.resources.containers
    import openai.resources.evals, openai.resources.vector_stores
print("ready", flush=True)
for line in sys.stdin:
    arguments, told = json.loads(line)
    child = os.fork()
    if not child:
        for stream, mode in ((1, os.O_WRONLY), (2, os.O_WRONLY)):
            os.dup2(os.open(os.devnull if stream == 1 else told, mode | os.O_CREAT | os.O_APPEND), stream)
        os.close(0)
        os._exit(run_app(arguments))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""


class Child:
    """A running command; `wait` returns its exit code, negative where a signal ended it."""

    def __init__(self, forking: subprocess.Popen[str], arguments: tuple[str, ...], told: Path) -> None:
        self._forking = forking
        self._say(json.dumps([arguments, str(told)]))
        self.pid = int(self._hear())

    def _say(self, line: str) -> None:
        assert self._forking.stdin is not None
        self._forking.stdin.write(line + "\n")
        self._forking.stdin.flush()

    def _hear(self) -> str:
        assert self._forking.stdout is not None
        return self._forking.stdout.readline()

    def send(self, number: signal.Signals) -> None:
        """Send a signal; none is sent to one that has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        """The exit code, once it has ended."""
        return int(self._hear())


class Nursery:
    """Begins commands, one at a time; `told` is the file of what they say on stderr."""

    def __init__(self, forking: subprocess.Popen[str], told: Path) -> None:
        self._forking, self.told = forking, told

    def begin(self, *arguments: str) -> Child:
        """A command that runs."""
        return Child(self._forking, arguments, self.told)

    def finish(self, *arguments: str) -> int:
        """The exit code of a command, and in `told` what it said, alone."""
        self.told.unlink(missing_ok=True)
        return self.begin(*arguments).wait()


@contextlib.contextmanager
def nursery(told: Path, *, with_litellm: bool = False) -> Iterator[Nursery]:
    """A process to fork from, in the folder of `told`; it ends with the context."""
    command = [sys.executable, "-c", _FORKING, "1" if with_litellm else ""]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=told.parent, **pipes) as forking:  # type: ignore[call-overload]
        assert forking.stdout.readline() == "ready\n"
        yield Nursery(forking, told)
        forking.stdin.close()


def kill_while_it_writes(child: Child, file: Path, draws: random.Random, *, most_bytes: int) -> int:
    """Kill -9 a command at a random moment, and return its exit code: -9, or its own where it was faster.

    Once in eight times the moment is somewhere in its first half second, else when it has written some bytes more.
    """
    until_s = time.monotonic() + (draws.uniform(0, 0.5) if draws.random() < 1 / 8 else 60)
    enough = _size(file) + draws.randint(1, most_bytes)
    while time.monotonic() < until_s and _size(file) < enough and _is_alive(child.pid):
        time.sleep(0.0005)
    child.send(signal.SIGKILL)
    return child.wait()


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
