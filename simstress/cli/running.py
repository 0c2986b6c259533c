"""demo, plan, run: from scenario files to a judged run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options

if TYPE_CHECKING:
    from analysis.judge_models import JudgeModels
    from analysis.judge_tools import JudgeTools
    from sims.grid import Grid
    from sims.manifest import Manifest, RunSettings
    from sims.run_folder import RunFolder
    from sims.scenario import Scenario

DEMO_MODEL = "offline/actor?role_flip=0.04&digression=0.04&formality=0.04&metaphor=0.04"
DEMO_REPEATS = 10

Scenarios = Annotated[
    list[str] | None,
    typer.Argument(help="Scenario files, or names of shipped scenarios.", metavar="SCENARIO...", show_default=False),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", help="provider/model, or offline/actor; several make a grid.", metavar="M"),
]
AgentModels = Annotated[
    list[str] | None,
    typer.Option("--agent-model", help="The model of one agent, as NAME=provider/model.", metavar="NAME=M"),
]
Repeats = Annotated[int | None, typer.Option("--repeats", help="Conversations per scenario and model.", min=1)]
Temperatures = Annotated[
    list[float] | None, typer.Option("--temperature", help="Sampling temperature; several make a grid.", min=0, max=2)
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder to write; left out: a new one under runs/.")]
ApiBase = Annotated[
    str | None, typer.Option("--api-base", help="Address of an OpenAI-compatible server (vLLM, llama.cpp, ...).")
]


def demo(
    *,
    out: Out = None,
    seed: options.Seed = 0,
    repeats: Annotated[int, typer.Option("--repeats", help="Conversations per scenario.", min=1)] = DEMO_REPEATS,
    max_connections: options.MaxConnections = 10,
) -> int:
    """Show the whole way on the shipped scenarios: no key, no network."""
    from sims.grid import Grid
    from sims.manifest import RunSettings
    from sims.scenario_file import load_scenarios, shipped_scenarios

    scenarios = load_scenarios(shipped_scenarios().values())
    grid = Grid(scenarios, models=(DEMO_MODEL,), repeats=repeats, seed=seed)
    folder = _started(grid, out or _free_folder("demo"), RunSettings())
    return _run_and_assess(folder, max_connections=max_connections)


def plan(
    scenarios: Scenarios = None,
    *,
    model: Models = None,
    agent_model: AgentModels = None,
    repeats: Repeats = None,
    temperature: Temperatures = None,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Print the grid, the calls, the tokens and the money a run would take, without spending any."""
    from sims.backends.catalogue import open_backend, token_prices_usd
    from sims.estimate import estimate
    from simstress.cli.terminal import print_plan

    grid = _grid(scenarios, model, agent_model, repeats, temperature, seed)
    for name in grid.model_strings:
        open_backend(name)
    print_plan(estimate(grid, price=token_prices_usd), as_json=as_json)


def run(
    context: typer.Context,
    scenarios: Scenarios = None,
    *,
    model: Models = None,
    agent_model: AgentModels = None,
    repeats: Repeats = None,
    temperature: Temperatures = None,
    seed: options.Seed = 0,
    out: Out = None,
    resume: Annotated[Path | None, typer.Option("--resume", help="Go on with the run in this folder.")] = None,
    max_connections: options.MaxConnections = 10,
    timeout_s: options.TimeoutS = 60.0,
    max_attempts: options.MaxAttempts = 5,
    api_base: ApiBase = None,
    judges: options.Judges = None,
    judge_model: options.JudgeModels = None,
    votes: options.Votes = 1,
    judge_api_base: options.JudgeApiBase = None,
    embeddings: options.Embeddings = None,
    cards: options.Cards = None,
    reference: options.Reference = None,
    no_judge: Annotated[bool, typer.Option("--no-judge", help="Only hold the conversations.")] = False,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="With --resume: hold again what ended in a failed call.")
    ] = False,
    max_missing: options.MaxMissing = 0.05,
    as_json: options.AsJson = False,
) -> int:
    """Hold the conversations of a grid, judge them, compare them with people, write the report."""
    from sims.backends.catalogue import check_api_base
    from sims.manifest import RunSettings

    if resume is not None:
        folder = _resumed(resume, context)
    else:
        grid = _grid(scenarios, model, agent_model, repeats, temperature, seed)
        settings = RunSettings(
            timeout_s=timeout_s,
            max_attempts=max_attempts,
            api_base=check_api_base(api_base),
            judges=options.chosen_judges(judges),
            reference=_checked_reference(reference),
            judge_models=tuple(judge_model or ()),
            judge_api_base=options.checked_judge_api_base(judge_api_base),
            votes=votes,
            embeddings=options.checked_embeddings(embeddings),
            cards=options.card_folder(cards),
        )
        folder = _started(grid, out or _free_folder(grid.scenarios[0].id), settings, is_judged=not no_judge)
    return _run_and_assess(
        folder,
        max_connections=max_connections,
        retry_errors=retry_errors,
        is_judged=not no_judge,
        max_missing=max_missing,
        as_json=as_json,
    )


_ON_RESUME = frozenset({"resume", "retry_errors", "max_connections", "no_judge", "max_missing", "as_json"})
_CALLS = ("api_base", "timeout_s", "max_attempts")


def _resumed(path: Path, context: typer.Context) -> RunFolder:
    """The folder of a run to go on with; how calls are made may be set anew, what is run may not."""
    from analysis.judge_models import check_judge_models
    from sims.backends.catalogue import check_api_base
    from sims.errors import UsageError
    from sims.run_folder import RunFolder
    from sims.runner import backends_for, check_backends

    given = [name for name in context.params if _is_given(context, name)]
    fixed = sorted(f"--{name.replace('_', '-')}" for name in given if name not in {*_ON_RESUME, *_CALLS})
    if fixed:
        raise UsageError(f"--resume takes these from the run itself, leave them out: {', '.join(fixed)}")
    folder = RunFolder(path)
    manifest = folder.read_manifest()
    changed = {name: context.params[name] for name in _CALLS if name in given}
    check_api_base(changed.get("api_base"))
    settings = manifest.settings.model_copy(update=changed)
    manifest = manifest.model_copy(update={"settings": settings})
    asyncio.run(check_backends(backends_for(manifest)))
    if not context.params["no_judge"]:
        asyncio.run(check_judge_models(manifest.judges, _judge_models(manifest)))
    if changed:
        folder.write_manifest(manifest)
    return folder


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _grid(
    scenarios: Sequence[str] | None,
    models: Sequence[str] | None,
    agent_models: Sequence[str] | None,
    repeats: int | None,
    temperatures: Sequence[float] | None,
    seed: int,
) -> Grid:
    from sims.errors import UsageError
    from sims.grid import Grid

    if not scenarios:
        raise UsageError("no scenario given; name a file or a shipped scenario (simstress validate lists them)")
    return Grid(
        _loaded(scenarios),
        models=tuple(models or ()),
        agent_models=dict(_pair(text) for text in agent_models or ()),
        temperatures=tuple(temperatures or ()),
        repeats=repeats,
        seed=seed,
    )


def _loaded(names: Sequence[str]) -> tuple[Scenario, ...]:
    from analysis.reference import profile_names
    from judges.catalogue import judge_names, llm_judge_names
    from sims.scenario_file import find_scenario, load_scenarios

    paths = [find_scenario(name) for name in names]
    known = (*judge_names(), *llm_judge_names())
    scenarios = load_scenarios(paths, judges=known, references=profile_names())
    for scenario in scenarios:
        if scenario.stressors:
            typer.echo(f"{scenario.id}: stressors are not applied yet; the conversations run without them", err=True)
    return scenarios


def _pair(text: str) -> tuple[str, str]:
    from sims.errors import UsageError

    name, sign, model = text.partition("=")
    if not (name and sign and model):
        raise UsageError(
            f"--agent-model {text!r}: expected NAME=provider/model, for example support=openai/gpt-4o-mini"
        )
    return name, model


def _checked_reference(name: str | None) -> str | None:
    from analysis.reference import load_profile

    if name is not None:
        load_profile(name)
    return name


def _free_folder(name: str) -> Path:
    """The first of runs/NAME, runs/NAME-2, ... that is not there."""
    base = Path("runs") / name
    number, path = 1, base
    while path.exists():
        number += 1
        path = base.with_name(f"{name}-{number}")
    return path


def _started(grid: Grid, path: Path, settings: RunSettings, *, is_judged: bool = True) -> RunFolder:
    """A new run folder, after asking every backend, of agents and of judges, whether it can answer at all."""
    from analysis.judge_models import check_judge_models
    from sims.manifest import new_manifest
    from sims.run_folder import RunFolder
    from sims.runner import backends_for, check_backends

    manifest = new_manifest(grid, name=path.name, settings=settings)
    asyncio.run(check_backends(backends_for(manifest)))
    if is_judged:
        asyncio.run(check_judge_models(manifest.judges, _judge_models(manifest)))
        _judge_tools(manifest).make(manifest.judges)
    folder = RunFolder(path)
    folder.create(manifest)
    return folder


def _judge_models(manifest: Manifest, *, max_connections: int = 1) -> JudgeModels:
    from analysis.judge_models import JudgeModels

    settings = manifest.settings
    return JudgeModels(
        settings.judge_models,
        settings.votes,
        settings.judge_api_base,
        settings.timeout_s,
        settings.max_attempts,
        max_connections,
    )


def _judge_tools(manifest: Manifest, *, max_connections: int = 1) -> JudgeTools:
    from analysis.judge_tools import JudgeTools

    models = _judge_models(manifest, max_connections=max_connections)
    return JudgeTools(models, manifest.settings.embeddings, manifest.settings.cards)


def _run_and_assess(
    folder: RunFolder,
    *,
    max_connections: int,
    retry_errors: bool = False,
    is_judged: bool = True,
    max_missing: float = 1.0,
    as_json: bool = False,
) -> int:
    from analysis.judged_folder import JudgedFolder
    from simstress.cli.assessing import assess_and_show

    manifest = folder.read_manifest()
    with folder.locked():
        _hold_conversations(folder, manifest, max_connections, retry_errors)
        if not is_judged:
            typer.echo(str(folder.transcript_file))
            return _exit_code(folder, max_missing)
        return assess_and_show(
            JudgedFolder(folder.path),
            manifest.judges,
            tools=_judge_tools(manifest, max_connections=max_connections),
            total=len(manifest.grid),
            reference=manifest.settings.reference,
            seed=manifest.seed,
            max_missing=max_missing,
            as_json=as_json,
        )


def _exit_code(folder: RunFolder, max_missing: float) -> int:
    from simstress.cli.assessing import exit_code

    totals = folder.read_manifest().totals
    return exit_code(totals.failed_conversations, totals.conversations, max_missing=max_missing) if totals else 0


def _hold_conversations(folder: RunFolder, manifest: Manifest, max_connections: int, retry_errors: bool) -> None:
    from sims.errors import SimstressError
    from sims.runner import backends_for, run
    from simstress.cli.progress import showing_progress

    backends, total, done = backends_for(manifest), len(manifest.grid), len(folder.recover())
    try:
        with showing_progress("simulating", total=total, done=done) as on_done:
            asyncio.run(
                run(folder, backends, max_connections=max_connections, retry_errors=retry_errors, on_done=on_done)
            )
    except (KeyboardInterrupt, SimstressError):
        typer.echo(f"stopped; finished conversations are safe: simstress run --resume {folder.path}", err=True)
        raise
