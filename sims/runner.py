"""Holds the conversations of a grid, several at once, and puts each on disk as it ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

from sims.backends.backend import Backend
from sims.backends.catalogue import token_prices_usd
from sims.beginnings import cells_to_hold
from sims.cell import Cell
from sims.commitments import Commitments, NotBegun
from sims.conversation import Watcher, hold_conversation
from sims.errors import CallRejected, NoMoreCalls, UsageError
from sims.estimate import estimate_ratio, estimated
from sims.interrupts import stopping_on_signals
from sims.keeping import Kept, OnDone
from sims.manifest import Manifest, Status
from sims.prompt import PROMPT_VERSION
from sims.run_folder import RunFolder, Written
from sims.totals import Estimated, totals_of
from sims.transcript import UNFINISHED, Transcript, Turn

PASSING = UNFINISHED | {"backend_error"}
"""Stop reasons that say nothing of the conversation itself, only of what it met on the way."""
Place = TypeVar("Place")


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
    watch: Watcher | None = None,
    commitments: Commitments | None = None,
    on_done: OnDone = lambda transcript: None,
) -> None:
    """Hold every conversation of the folder's grid that is not there yet, and say in run.json how far it came.

    The models of the grid are called by turns (`Grid.in_turns`); `commitments` say when there is the money to begin a
    conversation. The caller holds the folder's lock.

    Raises:
        KeyboardInterrupt: the run was interrupted; what was said until then is on disk.
        NoMoreCalls: the money is spent, or a provider is away; what was said until then is on disk.
    """
    cells = cells_to_hold(folder)
    try:
        was_interrupted = await hold_cells(
            folder,
            cells,
            backends,
            max_connections=max_connections,
            retry_errors=retry_errors,
            watch=watch,
            commitments=commitments,
            on_done=on_done,
        )
    except (KeyboardInterrupt, NoMoreCalls):
        settle(folder, is_whole=False)
        raise
    settle(folder)
    if was_interrupted:
        raise KeyboardInterrupt


async def hold_cells(
    folder: RunFolder,
    cells: Iterable[Cell],
    backends: Mapping[str, Backend],
    *,
    max_connections: int,
    retry_errors: bool = False,
    watch: Watcher | None = None,
    commitments: Commitments | None = None,
    on_done: OnDone = lambda transcript: None,
) -> bool:
    """Hold those of the conversations that are not in the folder yet, then close the backends.

    Cells are told apart by identity, so a killed run goes on where it was. A conversation that was stopped together
    with its run (`UNFINISHED`) goes on after its last turn; with `retry_errors` so does one that a failed call ended.
    Where the prompts have changed since the run began they start again instead. `on_done` hears of each conversation as
    it ends. Interrupts are those of `stopping_on_signals`; what was said in conversations cut short is kept. Returns
    whether one came when the last had begun already: then all are held, and nothing more should be begun.

    Raises:
        KeyboardInterrupt: the run was interrupted; what was said until then is on disk.
        NoMoreCalls: the money is spent, or a provider is away and what others serve is held; what was said is on disk.
    """
    manifest, written = _running(folder), folder.recover()
    done = finished(written, retry_errors=retry_errors)
    missing = (cell for cell in cells if cell.id not in done)
    with folder.appending() as writer:
        kept = Kept(writer, on_done, backends, plays_remembered=manifest.settings.cache is not None)

        async def hold(cell: Cell) -> Transcript:
            conversation = partial(
                hold_conversation,
                cell,
                backends,
                timeout_s=manifest.settings.timeout_s,
                begun=_begun(folder, manifest, written.get(cell.id)),
                watch=watch,
                on_cancel=kept.keep,
            )
            return await (commitments.hold(cell, conversation) if commitments else conversation())

        try:
            was_interrupted = await hold_all(
                kept.until_stopped(missing),
                hold,
                max_connections=max_connections,
                on_done=kept.add,
                commitments=commitments,
            )
        finally:
            await close_backends(backends)
    kept.raise_what_stopped()
    return was_interrupted


def finished(written: Mapping[str, Written], *, retry_errors: bool = False) -> Collection[str]:
    """The ids of the conversations that are not held again."""
    again = PASSING if retry_errors else UNFINISHED
    return {identity for identity, place in written.items() if place.stop_reason not in again}


def _running(folder: RunFolder) -> Manifest:
    """The manifest, which from now on says that the run is not at its end, also when this process is killed."""
    manifest = folder.read_manifest()
    if manifest.status != "running":
        manifest = manifest.model_copy(update={"status": "running"})
        folder.write_manifest(manifest)
    return manifest


def _begun(folder: RunFolder, manifest: Manifest, written: Written | None) -> Sequence[Turn]:
    """The turns to go on from; words said to another prompt are no beginning."""
    return folder.read(written).turns if written and manifest.prompt_version == PROMPT_VERSION else ()


def settle(folder: RunFolder, *, is_whole: bool = True) -> None:
    """Put the conversations held into the order of the grid, count them, and say in run.json how far the run came.

    `is_whole` says that none is left to be held.
    """
    manifest = folder.read_manifest()
    conversations = folder.put_in_order(cell.id for cell in manifest.grid)
    totals = totals_of(folder.transcripts if conversations else ())
    status = _status(totals.stop_reasons, is_whole=is_whole)
    before = _estimated(folder, manifest)
    ratio = estimate_ratio(before, totals) if before and status != "stopped" else None
    folder.write_manifest(manifest.model_copy(update={"status": status, "totals": totals, "estimate_ratio": ratio}))


def _estimated(folder: RunFolder, manifest: Manifest) -> Estimated | None:
    """What the conversations were estimated at that a whole run holds: until all is decided that is a part of them."""
    if manifest.estimated is None or manifest.until_decided is None:
        return manifest.estimated
    return estimated(manifest.grid, price=token_prices_usd, held=folder.recover())


def _status(reasons: Collection[str], *, is_whole: bool) -> Status:
    if not is_whole or UNFINISHED.intersection(reasons):
        return "stopped"
    return "errors" if "backend_error" in reasons else "complete"


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
    commitments: Commitments | None = None,
) -> bool:
    """Hold a conversation for each place, at most `max_connections` at a time; each worker takes the next that is free.

    `commitments` are those that `hold` waits for: an interrupt lets none of those who wait begin.
    Returns whether an interrupt came when the last place was taken up already, and all of them have ended.

    Raises:
        KeyboardInterrupt: an interrupt left places that were not taken up, or conversations cut short.
    """

    async def work() -> None:
        while not stopping.is_set() and (place := next(places, None)) is not None:
            try:
                on_done(await hold(place))
            except NotBegun:
                not_begun.append(place)
            await asyncio.sleep(0)  # offline conversations wait for nothing: let an interrupt through

    workers, not_begun = list[asyncio.Task[None]](), list[Place]()
    with stopping_on_signals(workers, commitments=commitments) as stopping:
        try:
            async with asyncio.TaskGroup() as group:
                workers += [group.create_task(work()) for _ in range(max_connections)]
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
    is_cut_short = bool(not_begun) or any(worker.cancelled() for worker in workers)
    if is_cut_short or (stopping.is_set() and next(places, None) is not None):
        raise KeyboardInterrupt
    return stopping.is_set()
