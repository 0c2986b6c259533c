"""From a grid to a judged run folder: the steps of `simstress run`, for programs, tests and the command line alike.

None of these functions can be called where an event loop runs; there, put them on a thread (`asyncio.to_thread`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path

from analysis.assessment import judge_folder
from analysis.judge_models import JudgeModels, check_judge_models
from analysis.judge_tools import JudgeTools
from analysis.judged_folder import JudgedFolder
from analysis.sequential.expectation import expectations_of
from analysis.spending import calling_of
from analysis.watching import check_watching, watch_of
from sims.backends.backend import is_offline
from sims.backends.catalogue import token_prices_usd
from sims.calling import Calling
from sims.estimate import estimated
from sims.grid import Grid
from sims.limits import MOST_AT_ONCE
from sims.manifest import Manifest, RunSettings, UntilDecided, new_manifest
from sims.run_folder import RunFolder
from sims.runner import check_backends, run
from sims.transcript import Transcript

OnDone = Callable[[Transcript], None]


def simulate(
    grid: Grid, path: Path, *, settings: RunSettings | None = None, max_connections: int = MOST_AT_ONCE
) -> JudgedFolder:
    """A new run folder with the conversations of a grid and the verdicts on them.

    Raises:
        UsageError: a model or judge cannot be had, or a run is there already.
    """
    folder = start_run(grid, path, settings=settings or RunSettings())
    with folder.locked():
        hold_run(folder, max_connections=max_connections)
        return judge_run(folder, max_connections=max_connections)


def start_run(
    grid: Grid,
    path: Path,
    *,
    settings: RunSettings,
    is_judged: bool = True,
    until_decided: UntilDecided | None = None,
) -> RunFolder:
    """A new run folder without conversations, after asking every backend whether it can answer at all.

    Raises:
        UsageError: a model or judge cannot be had, or a run is there already.
    """
    manifest = new_manifest(grid, name=path.name, settings=settings)
    return create_run(manifest.model_copy(update={"until_decided": until_decided}), path, is_judged=is_judged)


def create_run(
    manifest: Manifest, path: Path, *, is_judged: bool, start: int = 0, held: Collection[str] | None = None
) -> RunFolder:
    """The folder of a run that can be had, with the estimate of what it takes; `start` and `held` as in `estimated`.

    Raises:
        UsageError: a model or judge cannot be had, or a run is there already.
    """
    check_run(manifest, is_judged=is_judged)
    folder = RunFolder(path)
    folder.create(with_estimate(manifest, start=start, held=held))
    return folder


def with_estimate(manifest: Manifest, *, start: int = 0, held: Collection[str] | None = None) -> Manifest:
    """The manifest with the estimate of what its grid takes, where a provider is called; as in `estimated`."""
    grid = manifest.grid
    if all(map(is_offline, grid.model_strings)):
        return manifest
    before = estimated(grid, price=token_prices_usd, start=start, held=held)
    return manifest.model_copy(update={"estimated": before})


def check_run(manifest: Manifest, *, is_judged: bool = True) -> None:
    """Return when every model, of agents and of judges, may be able to answer; calls nobody.

    Raises:
        UsageError: one cannot, the judges cannot be had, or there is nothing to decide.
    """
    calling = Calling(manifest.settings)
    asyncio.run(check_backends(calling.backends(manifest)))
    if is_judged:
        tools = judge_tools(manifest, calling=calling)
        asyncio.run(check_judge_models(manifest.judges, tools.models))
        tools.make(manifest.judges)
    if manifest.until_decided:
        expectations_of(manifest)
    check_watching(manifest.settings.abort_on)


def hold_run(
    folder: RunFolder,
    *,
    max_connections: int = MOST_AT_ONCE,
    retry_errors: bool = False,
    on_done: OnDone = lambda transcript: None,
) -> None:
    """Hold the conversations of a run that are not there yet (`sims.runner.run`), its judges of `abort_on` watching.

    The caller holds the folder's lock.

    Raises:
        KeyboardInterrupt: the run was interrupted; what had ended is on disk.
    """
    manifest = folder.read_manifest()
    calling = calling_of(folder, max_connections=max_connections)
    watch = watch_of(manifest.settings.abort_on, judge_tools(manifest))
    holding = run(
        folder,
        calling.backends(manifest),
        max_connections=max_connections,
        retry_errors=retry_errors,
        watch=watch,
        commitments=calling.commitments,
        on_done=on_done,
    )
    try:
        asyncio.run(holding)
    finally:
        calling.note_pace(folder)


def judge_run(
    folder: RunFolder, *, max_connections: int = MOST_AT_ONCE, on_done: OnDone = lambda transcript: None
) -> JudgedFolder:
    """The folder, once the run's own judges have judged all its conversations."""
    manifest, judged = folder.read_manifest(), JudgedFolder(folder.path)
    calling = calling_of(folder, max_connections=max_connections)
    tools = judge_tools(manifest, max_connections=max_connections, calling=calling)
    judge_folder(judged, manifest.judges, tools=tools, on_done=on_done)
    return judged


def judge_tools(manifest: Manifest, *, max_connections: int = 1, calling: Calling | None = None) -> JudgeTools:
    """What the judges of a run are given, as its settings say; `calling` makes the calls of those that ask models."""
    settings = manifest.settings
    models = JudgeModels(
        settings.judge_models,
        settings.votes,
        settings.judge_api_base,
        settings.timeout_s,
        settings.max_attempts,
        max_connections,
        calling,
    )
    return JudgeTools(models, settings.embeddings, settings.cards, settings.learn_from)
