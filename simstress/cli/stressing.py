"""stress: scenarios under kinds x doses of stress, against the undisturbed control."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import grids, options
from simstress.cli.resuming import resumed
from simstress.cli.running import ApiBase, Out, free_folder, run_and_assess, run_settings

if TYPE_CHECKING:
    from sims.grid import Grid
    from sims.run_folder import RunFolder


def stress(
    context: typer.Context,
    scenarios: grids.Scenarios = None,
    *,
    kinds: grids.Kinds = None,
    doses: grids.Doses = None,
    model: grids.Model = None,
    models: grids.Models = None,
    agent_model: grids.AgentModels = None,
    repeats: grids.ArmRepeats = None,
    temperature: grids.Temperatures = None,
    seed: options.Seed = 0,
    out: Out = None,
    resume: Annotated[Path | None, typer.Option("--resume", help="Go on with the stress test in this folder.")] = None,
    max_connections: options.MaxConnections = options.MOST_AT_ONCE,
    timeout_s: options.TimeoutS = 60.0,
    max_attempts: options.MaxAttempts = 5,
    api_base: ApiBase = None,
    judges: options.Judges = None,
    judge_model: options.JudgeModels = None,
    votes: options.Votes = 1,
    judge_api_base: options.JudgeApiBase = None,
    embeddings: options.Embeddings = None,
    cards: options.Cards = None,
    learn_from: options.LearnFrom = None,
    reference: options.Reference = None,
    budget: options.Budget = None,
    cache: options.Cache = None,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="With --resume: hold again what ended in a failed call.")
    ] = False,
    max_missing: options.MaxMissing = 0.05,
    as_json: options.AsJson = False,
) -> int:
    """Hold scenarios under stress and without, paired by seed: how judges' rates follow the dose, onset, repair.

    Every place of the grid is held once undisturbed, the control, and once under each kind at each dose.
    """
    return run_and_assess(
        _started(context) if resume is None else _resumed(resume, context),
        max_connections=max_connections,
        retry_errors=retry_errors,
        max_missing=max_missing,
        as_json=as_json,
    )


def _resumed(path: Path, context: typer.Context) -> RunFolder:
    from sims.errors import UsageError

    folder = resumed(path, context)
    if not folder.read_manifest().stress:
        raise UsageError(f"{path}: a run without a stress test; go on with: simstress run --resume {path}")
    return folder


def _started(context: typer.Context) -> RunFolder:
    """A new run folder, as the options of the command say."""
    from analysis.simulation import start_run

    grid = grids.stressed(context, grids.grid_of(context, repeats=context.params["repeats"]))
    settings = run_settings(context)
    folder = start_run(grid, context.params["out"] or free_folder(_name(grid)), settings=settings)
    typer.echo(_plan(grid), err=True)
    grids.say_if_too_few(grid, judges=len(folder.read_manifest().judges))
    return folder


def _name(grid: Grid) -> str:
    return f"{grid.scenarios[0].id}-stress"


def _plan(grid: Grid) -> str:
    """How much is about to be held, in a line."""
    from analysis.wording import counted

    arms = len(grid.stress) + 1
    return (
        f"stress test: {counted(len(grid), 'conversation')} in {arms} arms of {len(grid) // arms:,}: the control, and"
        f" {'; '.join(_held_at(grid))}"
    )


def _held_at(grid: Grid) -> Iterator[str]:
    """Kinds and their doses; kinds of the same doses together."""
    from analysis.wording import plain

    doses: dict[str, list[str]] = {}
    for stressor in grid.stress:
        doses.setdefault(plain(stressor.kind), []).append(f"{stressor.dose:g}")
    for at in dict.fromkeys(map(tuple, doses.values())):
        kinds = [kind for kind, own in doses.items() if tuple(own) == at]
        each = "each " if len(kinds) > 1 else ""
        yield f"{', '.join(kinds)} {each}at {'dose' if len(at) == 1 else 'doses'} {', '.join(at)}"
