"""What is said when nothing more should be asked: the money is spent, or a provider is away."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sims.run_folder import RunFolder, Written


@contextmanager
def telling_what_stopped(folder: RunFolder) -> Iterator[None]:
    """Says of a run that may make no more calls how far it came, and how to go on."""
    from sims.errors import BudgetReached, NoMoreCalls

    try:
        yield
    except NoMoreCalls as stop:
        written = folder.recover()
        options = " --budget MORE" if isinstance(stop, BudgetReached) else ""
        if _failed(written):
            options += " --retry-errors"
        resume = f"simstress run --resume {shlex.quote(str(folder.path))}{options}"
        raise type(stop)(f"{stop}: {_how_far(folder, written)}; go on with: {resume}") from stop


def _failed(written: Mapping[str, Written]) -> int:
    return sum(place.stop_reason == "backend_error" for place in written.values())


def _how_far(folder: RunFolder, written: Mapping[str, Written]) -> str:
    from sims.beginnings import count_cells
    from sims.runner import finished

    held, failed = len(finished(written, retry_errors=True)), _failed(written)
    lost = f", {failed} failed" if failed else ""
    cut = f", {len(written) - held - failed} are cut off" if len(written) > held + failed else ""
    if folder.read_manifest().until_decided:
        return f"{held} conversations are held so far{lost}{cut}"
    total = count_cells(folder)
    return "while judging" if held + failed == total else f"{held} of {total} conversations are held{lost}{cut}"


@contextmanager
def telling_what_stopped_judging(out: Path) -> Iterator[None]:
    """Says of judging that was interrupted, or may make no more calls, how to go on."""
    from sims.errors import BudgetReached, NoMoreCalls

    try:
        yield
    except NoMoreCalls as stop:
        more = " with --budget MORE" if isinstance(stop, BudgetReached) else " later"
        raise type(stop)(
            f"{stop}: the answers so far are kept in {out}; judge again{more}, nothing is asked twice"
        ) from stop
    except KeyboardInterrupt:
        typer.echo(f"stopped; the answers so far are kept in {out}; judge again to go on", err=True)
        raise
