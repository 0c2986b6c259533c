"""Progress on stderr: a live bar with counts on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from sims.run_folder import RunFolder
    from sims.transcript import Transcript

PLAIN_INTERVAL_S = 10.0


class Progress(Protocol):
    """Hears of each conversation that is done."""

    def __call__(self, transcript: Transcript) -> None:
        """Count one more."""
        ...


class _Counts:
    """How many are done, and how they ended."""

    def __init__(self, what: str, total: int | None, done: int) -> None:
        self.what, self.total, self.done = what, total, done
        self.turns = 0
        self.failures: Counter[str] = Counter()

    def add(self, transcript: Transcript) -> None:
        self.done += not transcript.is_unfinished
        self.turns += len(transcript.turns)
        if transcript.has_failed:
            self.failures[str(transcript.stop_reason)] += 1

    def __str__(self) -> str:
        of_total = f"/{self.total}" if self.total is not None else ""
        failed = "".join(f", {count} {reason}" for reason, count in sorted(self.failures.items()))
        return f"{self.what} {self.done}{of_total} conversations, {self.turns} turns{failed}"


@contextmanager
def showing_progress(what: str, *, total: int | None, done: int = 0) -> Iterator[Progress]:
    """A callback for each conversation that is done; `done` were before."""
    from sims.errors import UsageError

    counts = _Counts(what, total, done)
    if sys.stderr.isatty():
        with _live_bar(counts) as update:
            yield update
    else:
        try:
            yield _plain_lines(counts)
        except UsageError:
            raise
        except BaseException:
            _say(str(counts))
            raise
        _say(str(counts))


@contextmanager
def showing_run(folder: RunFolder, *, retry_errors: bool = False) -> Iterator[Progress]:
    """A callback for each conversation of a run held; says how to go on where the run did not come to a good end.

    How many a run holds that goes on until all is settled, nobody knows beforehand.
    """
    from analysis.wording import counted
    from sims.beginnings import count_cells
    from sims.errors import NoMoreCalls, SimstressError
    from sims.runner import finished

    total = None if folder.read_manifest().until_decided else count_cells(folder)
    done = len(finished(folder.recover(), retry_errors=retry_errors))
    try:
        with telling_how_to_go_on(folder), showing_progress("simulating", total=total, done=done) as on_done:
            yield on_done
    except NoMoreCalls:
        raise
    except SimstressError:
        _say(_stopped(folder))
        raise
    manifest = folder.read_manifest()
    if manifest.status == "errors" and manifest.totals:
        failed = counted(manifest.totals.stop_reasons["backend_error"], "conversation")
        _say(f"{failed} ended in a failed call; go on from there with: {_resume(folder)} --retry-errors")


@contextmanager
def telling_how_to_go_on(folder: RunFolder) -> Iterator[None]:
    """Says when it is interrupted that nothing is lost, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        _say(_stopped(folder))
        raise


def _stopped(folder: RunFolder) -> str:
    return f"stopped; what was said so far is kept, go on with: {_resume(folder)}"


def _resume(folder: RunFolder) -> str:
    return f"simstress run --resume {shlex.quote(str(folder.path))}"


@contextmanager
def showing_steps(what: str, *, total: int) -> Iterator[Callable[[], None]]:
    """A callback for each of `total` steps of one kind, such as models trained."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
    else:
        yield _plain_steps(what, total)


def _plain_steps(what: str, total: int) -> Callable[[], None]:
    done, last_s = 0, time.monotonic()

    def step() -> None:
        nonlocal done, last_s
        done += 1
        if time.monotonic() - last_s >= PLAIN_INTERVAL_S:
            last_s = time.monotonic()
            _say(f"{what}: {done} of {total}")

    return step


@contextmanager
def _live_bar(counts: _Counts) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(str(counts), total=counts.total, completed=counts.done)
        yield _updating(bar, task, counts)


def _updating(bar: RichProgress, task: TaskID, counts: _Counts) -> Progress:
    def update(transcript: Transcript) -> None:
        counts.add(transcript)
        bar.update(task, completed=counts.done, description=str(counts))

    return update


def _plain_lines(counts: _Counts) -> Progress:
    last_s = time.monotonic()

    def update(transcript: Transcript) -> None:
        nonlocal last_s
        counts.add(transcript)
        if time.monotonic() - last_s >= PLAIN_INTERVAL_S:
            last_s = time.monotonic()
            _say(str(counts))

    return update


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
