"""Holds the conversations of a grid, several at once, and puts each on disk as it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping

from sims.backends.backend import Backend, is_offline
from sims.backends.catalogue import open_backend
from sims.conversation import Cell, hold_conversation
from sims.errors import CallRejected, UsageError
from sims.manifest import Manifest, RunSettings, totals_of
from sims.retry import Retrying, RetryPolicy
from sims.run_folder import RunFolder
from sims.transcript import Transcript

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
    on_done: OnDone = lambda transcript: None,
) -> None:
    """Hold every conversation of the folder's grid that is not there yet, then mark the run complete.

    Cells are told apart by identity, so a killed run goes on where it was. `on_done` hears of each conversation
    as it ends. The caller holds the folder's lock.
    """
    manifest = folder.read_manifest()
    grid = manifest.grid
    finished = folder.recover()
    missing = (cell for cell in grid if cell.id not in finished)
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
    for backend in backends.values():
        close = getattr(backend, "aclose", None)
        if close is not None:
            await close()


async def hold_all(
    cells: Iterator[Cell],
    backends: Mapping[str, Backend],
    *,
    max_connections: int,
    timeout_s: float | None = None,
    on_done: OnDone,
) -> None:
    """Hold conversations, at most `max_connections` at a time; each worker takes the next cell that is free."""

    async def work() -> None:
        for cell in cells:
            on_done(await hold_conversation(cell, backends, timeout_s=timeout_s))

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(max_connections):
                workers.create_task(work())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
