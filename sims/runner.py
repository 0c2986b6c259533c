"""Holds the conversations of a grid, several at once, and puts each on disk as it ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping

from sims.backends.backend import Backend, is_offline
from sims.backends.catalogue import open_backend
from sims.conversation import Cell, hold_conversation
from sims.errors import CallRejected, UsageError
from sims.manifest import Manifest, RunSettings, totals_of
from sims.retry import Retrying, RetryPolicy
from sims.run_folder import RunFolder
from sims.transcript import Transcript

GRACE_S = 10.0
"""How long conversations in flight may go on after the first interrupt."""
PASSING = frozenset({"backend_error", "budget", "cancelled"})
"""Stop reasons that say nothing of the conversation itself, only of what it met on the way."""
OnDone = Callable[[Transcript], None]


def backends_for(manifest: Manifest) -> dict[str, Backend]:
    """A backend for every model of the grid; those of providers try again when a call fails in passing.

    Raises:
        UsageError: a model string names no backend.
    """
    settings = manifest.settings
    return {model: _backend_for(model, settings) for model in manifest.grid.model_strings}


def _backend_for(model: str, settings: RunSettings) -> Backend:
    backend = open_backend(model, api_base=settings.api_base, timeout_s=settings.timeout_s)
    policy = RetryPolicy(max_attempts=settings.max_attempts)
    return backend if is_offline(model) else Retrying(backend, policy=policy)


async def check_backends(backends: Mapping[str, Backend]) -> None:
    """Return when no backend knows beforehand that it cannot answer (no such provider, no key); calls nobody.

    Raises:
        UsageError: one does.
    """
    for backend in backends.values():
        validate = getattr(backend, "validate", None)
        if validate is not None:
            try:
                await validate()
            except CallRejected as error:
                raise UsageError(str(error)) from error


async def run(
    folder: RunFolder,
    backends: Mapping[str, Backend],
    *,
    max_connections: int,
    retry_errors: bool = False,
    on_done: OnDone = lambda transcript: None,
) -> None:
    """Hold every conversation of the folder's grid that is not there yet, then mark the run complete.

    Cells are told apart by identity, so a killed run goes on where it was; with `retry_errors` those that ended by no
    fault of their own (`PASSING`) are held again. `on_done` hears of each conversation as it ends. The caller holds
    the folder's lock. On the first interrupt no new conversation begins and those in flight have `GRACE_S` to end.

    Raises:
        KeyboardInterrupt: the run was interrupted; what had ended is on disk.
    """
    manifest = folder.read_manifest()
    grid = manifest.grid
    kept = {name for name, one in folder.recover().items() if not (retry_errors and one.stop_reason in PASSING)}
    missing = (cell for cell in grid if cell.id not in kept)
    with folder.appending() as writer:

        def keep(transcript: Transcript) -> None:
            writer.write(transcript)
            on_done(transcript)

        try:
            await hold_all(
                missing,
                backends,
                max_connections=max_connections,
                timeout_s=manifest.settings.timeout_s,
                on_done=keep,
            )
        finally:
            await _close(backends)
    folder.put_in_order(cell.id for cell in grid)
    totals = totals_of(folder.transcripts)
    folder.write_manifest(manifest.model_copy(update={"status": "complete", "totals": totals}))


async def _close(backends: Mapping[str, Backend]) -> None:
    """Close connections; a failure to is no reason to lose a run."""
    for backend in backends.values():
        close = getattr(backend, "aclose", None)
        if close is not None:
            with contextlib.suppress(Exception):
                await close()


async def hold_all(
    cells: Iterator[Cell],
    backends: Mapping[str, Backend],
    *,
    max_connections: int,
    timeout_s: float | None = None,
    on_done: OnDone,
) -> None:
    """Hold conversations, at most `max_connections` at a time; each worker takes the next cell that is free.

    Raises:
        KeyboardInterrupt: an interrupt came before the last cell was taken up.
    """

    async def work() -> None:
        while not stopping.is_set() and (cell := next(cells, None)) is not None:
            on_done(await hold_conversation(cell, backends, timeout_s=timeout_s))

    with _stopping_on_interrupt() as stopping:
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(max_connections):
                    workers.create_task(work())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        except asyncio.CancelledError:
            if stopping.is_set():
                raise KeyboardInterrupt from None
            raise
        if stopping.is_set() and next(cells, None) is not None:
            raise KeyboardInterrupt


@contextlib.contextmanager
def _stopping_on_interrupt() -> Iterator[asyncio.Event]:
    """An event that the first SIGINT sets; `GRACE_S` later, or with the second, the current task is cancelled."""
    stopping, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()

    def interrupt() -> None:
        if task is None or stopping.is_set():
            if task is not None:
                task.cancel()
            return
        stopping.set()
        loop.call_later(GRACE_S, task.cancel)

    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except (NotImplementedError, RuntimeError, ValueError):
        yield stopping
        return
    try:
        yield stopping
    finally:
        loop.remove_signal_handler(signal.SIGINT)
