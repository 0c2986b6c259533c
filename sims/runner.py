"""Holds the conversations of a grid, several at once, and puts each on disk as it ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeVar

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
Place = TypeVar("Place")


def backends_for(manifest: Manifest) -> dict[str, Backend]:
    """A backend for every model of the grid; those of providers try again when a call fails in passing.

    Raises:
        UsageError: a model string names no backend.
    """
    settings = manifest.settings
    return {model: backend_for(model, settings) for model in manifest.grid.model_strings}


def backend_for(model: str, settings: RunSettings) -> Backend:
    """The backend of one model, called as the settings say."""
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

    The models of the grid are called by turns (`Grid.in_turns`). The caller holds the folder's lock.

    Raises:
        KeyboardInterrupt: the run was interrupted; what had ended is on disk.
    """
    cells = folder.read_manifest().grid.in_turns
    await hold_cells(
        folder, cells, backends, max_connections=max_connections, retry_errors=retry_errors, on_done=on_done
    )
    complete(folder)


async def hold_cells(
    folder: RunFolder,
    cells: Iterable[Cell],
    backends: Mapping[str, Backend],
    *,
    max_connections: int,
    retry_errors: bool = False,
    on_done: OnDone = lambda transcript: None,
) -> bool:
    """Hold those of the conversations that are not in the folder yet, then close the backends.

    Cells are told apart by identity, so a killed run goes on where it was; with `retry_errors` those that ended by no
    fault of their own (`PASSING`) are held again. `on_done` hears of each conversation as it ends. On the first
    interrupt no new conversation begins and those in flight have `GRACE_S` to end. Returns whether an interrupt came
    when the last had begun already: then all are held, and nothing more should be begun.

    Raises:
        KeyboardInterrupt: the run was interrupted; what had ended is on disk.
    """
    timeout_s = folder.read_manifest().settings.timeout_s
    kept = {name for name, one in folder.recover().items() if not (retry_errors and one.stop_reason in PASSING)}
    missing = (cell for cell in cells if cell.id not in kept)
    with folder.appending() as writer:

        def keep(transcript: Transcript) -> None:
            writer.write(transcript)
            on_done(transcript)

        hold = partial(hold_conversation, backends=backends, timeout_s=timeout_s)
        try:
            return await hold_all(missing, hold, max_connections=max_connections, on_done=keep)
        finally:
            await close_backends(backends)


def complete(folder: RunFolder) -> None:
    """Put the conversations held into the order of the grid, count them, and mark the run complete."""
    manifest = folder.read_manifest()
    folder.put_in_order(cell.id for cell in manifest.grid)
    totals = totals_of(folder.transcripts)
    folder.write_manifest(manifest.model_copy(update={"status": "complete", "totals": totals}))


async def close_backends(backends: Mapping[str, Backend]) -> None:
    """Close connections; a failure to is no reason to lose a run."""
    for backend in backends.values():
        close = getattr(backend, "aclose", None)
        if close is not None:
            with contextlib.suppress(Exception):
                await close()


async def hold_all(
    places: Iterator[Place],
    hold: Callable[[Place], Awaitable[Transcript]],
    *,
    max_connections: int,
    on_done: OnDone,
) -> bool:
    """Hold a conversation for each place, at most `max_connections` at a time; each worker takes the next that is free.

    Returns whether an interrupt came when the last place was taken up already.

    Raises:
        KeyboardInterrupt: an interrupt came before the last place was taken up.
    """

    async def work() -> None:
        while not stopping.is_set() and (place := next(places, None)) is not None:
            on_done(await hold(place))
            await asyncio.sleep(0)  # offline conversations wait for nothing: let an interrupt through

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
        if stopping.is_set() and next(places, None) is not None:
            raise KeyboardInterrupt
    return stopping.is_set()


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
