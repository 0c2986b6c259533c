"""demo, plan, run: from scenario files to a judged run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import grids, options
from simstress.cli.resuming import resumed

if TYPE_CHECKING:
    from sims.manifest import RunSettings, UntilDecided
    from sims.run_folder import RunFolder

DEMO_MODEL = "offline/actor?role_flip=0.04&digression=0.04&formality=0.04&metaphor=0.04"
DEMO_REPEATS = 10
DEMO_STRESSED = "offline/actor?sensitivity=0.5"
"""The actor of the demo's stress test, which gives way to half of what presses on it."""

Out = Annotated[Path | None, typer.Option("--out", help="Folder to write; left out: a new one under runs/.")]
ApiBase = Annotated[
    str | None, typer.Option("--api-base", help="Address of an OpenAI-compatible server (vLLM, llama.cpp, ...).")
]


def demo(
    *,
    out: Out = None,
    seed: options.Seed = 0,
    repeats: Annotated[int, typer.Option("--repeats", help="Conversations per scenario.", min=1)] = DEMO_REPEATS,
    max_connections: options.MaxConnections = options.MOST_AT_ONCE,
) -> int:
    """Show the whole way on the shipped scenarios, and one of them under stress: no key, no network."""
    from analysis.simulation import start_run
    from sims.grid import Grid
    from sims.manifest import RunSettings
    from sims.scenario_file import load_scenarios, shipped_scenarios

    scenarios = load_scenarios(shipped_scenarios().values())
    grid = Grid(scenarios, models=(DEMO_MODEL,), repeats=repeats, seed=seed)
    folder = start_run(grid, out or free_folder("demo"), settings=RunSettings())
    _stress_refund(folder.path, repeats=2 * repeats, seed=seed, max_connections=max_connections)
    return run_and_assess(folder, max_connections=max_connections)


def _stress_refund(path: Path, *, repeats: int, seed: int, max_connections: int) -> None:
    """Hold a small stress test inside the folder of a run, whose report shows it."""
    from analysis.assessment import STRESS_FOLDER
    from analysis.simulation import simulate
    from sims.grid import Grid
    from sims.manifest import RunSettings
    from sims.scenario_file import find_scenario, load_scenarios
    from sims.stressors.choosing import stressors_for

    scenarios = load_scenarios([find_scenario("refund-dispute")])
    stress = stressors_for(scenarios, ["role_pressure"])
    grid = Grid(scenarios, models=(DEMO_STRESSED,), repeats=repeats, seed=seed, stress=stress)
    typer.echo(f"stress test: {len(grid)} conversations of refund-dispute under role pressure", err=True)
    settings = RunSettings(judges=("role_flip",))
    simulate(grid, path / STRESS_FOLDER, settings=settings, max_connections=max_connections)


def plan(
    context: typer.Context,
    scenarios: grids.Scenarios = None,
    *,
    model: grids.Model = None,
    models: grids.Models = None,
    agent_model: grids.AgentModels = None,
    repeats: grids.Repeats = None,
    temperature: grids.Temperatures = None,
    kinds: grids.PlannedKinds = None,
    doses: grids.PlannedDoses = None,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Print the grid, the calls, the tokens and the money a run would take, without spending any."""
    from sims.backends.catalogue import open_backend, token_prices_usd
    from sims.estimate import estimate
    from simstress.cli.terminal import print_plan

    grid = grids.grid_of(context, repeats=repeats)
    if kinds is not None or doses is not None:
        grid = grids.stressed(context, grid)
        named = {judge for scenario in grid.scenarios for judge in scenario.judges}
        grids.say_if_too_few(grid, judges=len(named))
    for name in grid.model_strings:
        open_backend(name)
    print_plan(estimate(grid, price=token_prices_usd), as_json=as_json)


def run(
    context: typer.Context,
    scenarios: grids.Scenarios = None,
    *,
    model: grids.Model = None,
    models: grids.Models = None,
    agent_model: grids.AgentModels = None,
    repeats: grids.Repeats = None,
    temperature: grids.Temperatures = None,
    seed: options.Seed = 0,
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="Go on until every expectation of the scenarios is settled.")
    ] = False,
    most: Annotated[
        int,
        typer.Option(
            "--max",
            envvar="SIMSTRESS_MAX",
            help="With --until-decided: most conversations per scenario and model.",
            min=1,
        ),
    ] = 200,
    batch: Annotated[
        int, typer.Option("--batch", help="With --until-decided: conversations of each between two looks.", min=1)
    ] = 10,
    out: Out = None,
    resume: Annotated[Path | None, typer.Option("--resume", help="Go on with the run in this folder.")] = None,
    max_connections: options.MaxConnections = options.MOST_AT_ONCE,
    timeout_s: options.TimeoutS = 60.0,
    max_attempts: options.MaxAttempts = 5,
    api_base: ApiBase = None,
    budget: options.Budget = None,
    cache: options.Cache = None,
    judges: options.Judges = None,
    judge_model: options.JudgeModels = None,
    votes: options.Votes = 1,
    judge_api_base: options.JudgeApiBase = None,
    embeddings: options.Embeddings = None,
    cards: options.Cards = None,
    learn_from: options.LearnFrom = None,
    reference: options.Reference = None,
    abort_on: options.AbortOn = None,
    no_judge: Annotated[bool, typer.Option("--no-judge", help="Only hold the conversations.")] = False,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="With --resume: hold again what ended in a failed call.")
    ] = False,
    max_missing: options.MaxMissing = 0.05,
    as_json: options.AsJson = False,
) -> int:
    """Hold the conversations of a grid, judge them, compare them with people, write the report."""
    return run_and_assess(
        _started(context) if resume is None else resumed(resume, context),
        max_connections=max_connections,
        retry_errors=retry_errors,
        is_judged=not no_judge,
        max_missing=max_missing,
        as_json=as_json,
    )


def _started(context: typer.Context) -> RunFolder:
    """A new run folder, as the options of the command say."""
    from analysis.simulation import start_run

    given, until_decided = context.params, _until_decided(context)
    grid = grids.grid_of(context, repeats=given["most"] if until_decided else given["repeats"])
    return start_run(
        grid,
        given["out"] or free_folder(grid.scenarios[0].id),
        settings=run_settings(context),
        is_judged=not given["no_judge"],
        until_decided=until_decided,
    )


def run_settings(context: typer.Context) -> RunSettings:
    """How calls are made and what is done with the transcripts, as the options of run or stress say."""
    from sims.backends.catalogue import check_api_base
    from sims.manifest import RunSettings

    given = context.params
    return RunSettings(
        timeout_s=given["timeout_s"],
        max_attempts=given["max_attempts"],
        api_base=check_api_base(given["api_base"]),
        judges=options.chosen_judges(given["judges"]),
        reference=options.checked_reference(given["reference"]),
        judge_models=tuple(given["judge_model"] or ()),
        judge_api_base=options.checked_judge_api_base(given["judge_api_base"]),
        votes=given["votes"],
        embeddings=options.checked_embeddings(given["embeddings"]),
        cards=options.card_folder(given["cards"]),
        learn_from=options.checked_lessons(given["learn_from"]),
        budget_usd=options.checked_budget(given["budget"]),
        cache=options.cache_folder(given["cache"]),
        abort_on=options.watching_judges(given.get("abort_on")),
    )


def _until_decided(context: typer.Context) -> UntilDecided | None:
    """How to go on until all is settled, where that is asked for."""
    from sims.errors import UsageError
    from sims.manifest import UntilDecided

    given = context.params
    if not given["until_decided"]:
        stray = next((name for name in ("most", "batch") if grids.is_given(context, name)), None)
        if stray:
            raise UsageError(
                f"{grids.option_name(stray)} belongs to --until-decided; for a fixed number give --repeats N"
            )
        return None
    if grids.is_given(context, "repeats"):
        raise UsageError(
            f"--until-decided finds the number of conversations itself; for a limit give --max {given['repeats']}"
        )
    if given["no_judge"]:
        raise UsageError("--until-decided has to judge as it goes; leave out --no-judge")
    if given["abort_on"]:
        raise UsageError(
            "--until-decided settles rates of flagged turns, and --abort-on leaves the turns after the first flag"
            " unspoken; leave one of them out"
        )
    return UntilDecided(batch=given["batch"])


def free_folder(name: str) -> Path:
    """The first of runs/NAME, runs/NAME-2, ... that is not there."""
    base = Path("runs") / name
    number, path = 1, base
    while path.exists():
        number += 1
        path = base.with_name(f"{name}-{number}")
    return path


def run_and_assess(
    folder: RunFolder,
    *,
    max_connections: int,
    retry_errors: bool = False,
    is_judged: bool = True,
    max_missing: float = 1.0,
    as_json: bool = False,
) -> int:
    """Hold what is missing of a run, judge it and show what was found; the exit code."""
    from analysis.simulation import hold_run
    from simstress.cli.assessing import assess_run, exit_code
    from simstress.cli.deciding import decide
    from simstress.cli.progress import showing_run
    from simstress.cli.spending import telling_what_stopped

    with folder.locked(), telling_what_stopped(folder):
        if folder.read_manifest().until_decided:
            return decide(
                folder,
                max_connections=max_connections,
                retry_errors=retry_errors,
                max_missing=max_missing,
                as_json=as_json,
            )
        _say_what_watches(folder)
        with showing_run(folder, retry_errors=retry_errors) as on_done:
            hold_run(folder, max_connections=max_connections, retry_errors=retry_errors, on_done=on_done)
        if is_judged:
            return assess_run(folder, max_connections=max_connections, max_missing=max_missing, as_json=as_json)
        typer.echo(str(folder.transcript_file))
        totals = folder.read_manifest().totals
        return exit_code(totals.failed_conversations, totals.conversations, max_missing=max_missing) if totals else 0


def _say_what_watches(folder: RunFolder) -> None:
    from analysis.simulation import judge_tools
    from analysis.watching import watching_lines

    manifest = folder.read_manifest()
    for line in watching_lines(manifest.settings.abort_on, judge_tools(manifest)):
        typer.echo(line, err=True)
