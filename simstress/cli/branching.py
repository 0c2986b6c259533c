"""branch: recorded conversations go on from a turn with another model, prompt or words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import grids, options

if TYPE_CHECKING:
    from analysis.branching import Branch, BranchPlan
    from sims.manifest import Manifest, RunSettings

Run = Annotated[Path, typer.Argument(help="Run folder whose conversations go on.", metavar="RUN")]
At = Annotated[
    int,
    typer.Option(
        "--at",
        help="The first turn that is not as recorded, counted from 0 as in the files and in the report.",
        metavar="TURN",
        min=0,
    ),
]
Conversations = Annotated[
    list[str] | None, typer.Option("--conversation", help="Only this one, by its id; repeat for more.", metavar="ID")
]
OfModel = Annotated[str | None, typer.Option("--of-model", help="Only conversations by this model.", metavar="M")]
Repeats = Annotated[int, typer.Option("--repeats", help="How often each goes on.", min=1)]
Out = Annotated[Path | None, typer.Option("--out", help="Folder to write; left out: a new one under runs/.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", help="Left out: the run's own, which repeats it where models keep to seeds.", min=0),
]
ApiBase = Annotated[
    str | None, typer.Option("--api-base", help="Address of an OpenAI-compatible server; left out: the run's.")
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        envvar="SIMSTRESS_WITH",
        help="What is different from there on: model=M, task=..., or of an agent NAME.model, .persona, .goal, .role,"
        " .private, or NAME.say, the words of turn TURN; repeat for more. Left out: played on as it was, a control.",
        metavar="KEY=VALUE",
    ),
]


_SETTINGS = {
    "timeout_s": "timeout_s",
    "max_attempts": "max_attempts",
    "api_base": "api_base",
    "budget": "budget_usd",
    "cache": "cache",
    "judges": "judges",
    "judge_model": "judge_models",
    "votes": "votes",
    "judge_api_base": "judge_api_base",
    "embeddings": "embeddings",
    "cards": "cards",
    "learn_from": "learn_from",
    "reference": "reference",
    "abort_on": "abort_on",
}
"""The options that stand in the settings of a run, and what they are called there."""
_OF_THE_RUN_ONLY = {"budget_usd": None, "abort_on": ()}
"""The settings that a branch does not take from its run, and what they are when nothing is given."""


def branch(
    context: typer.Context,
    run: Run,
    *,
    at: At,
    with_: With = None,
    conversation: Conversations = None,
    of_model: OfModel = None,
    repeats: Repeats = 1,
    out: Out = None,
    seed: Seed = None,
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
    max_missing: options.MaxMissing = 0.05,
    as_json: options.AsJson = False,
) -> int:
    """Go on with recorded conversations from a turn, with another model, prompt or words; a new run, with a report.

    What was said before TURN stays as recorded, costs nothing, and counts for nobody. Settings that are left out are
    those of RUN, but for --budget and --abort-on. `simstress gate RUN BRANCH` compares the two from TURN on, and
    `simstress run --resume BRANCH` goes on when it is stopped.
    """
    from simstress.cli.running import run_and_assess

    return run_and_assess(
        _started(context).folder,
        max_connections=max_connections,
        is_judged=not no_judge,
        max_missing=max_missing,
        as_json=as_json,
    )


def _started(context: typer.Context) -> Branch:
    """A new folder, as the options of the command say."""
    from analysis.branch_changes import parse_changes
    from analysis.branching import BranchPlan, start_branch
    from simstress.cli.running import free_folder

    given = context.params
    changes, conversations = parse_changes(given["with_"] or ()), tuple(given["conversation"] or ())
    plan = BranchPlan(given["at"], changes, conversations, given["of_model"], given["repeats"], given["seed"])
    settings = _settings(context, plan)
    out = given["out"] or free_folder(f"{given['run'].resolve().name}-at-{plan.at}")
    found = start_branch(given["run"], out, plan, settings=settings, is_judged=not given["no_judge"])
    _tell(found, plan)
    _tell_inherited(context, found)
    return found


def _settings(context: typer.Context, plan: BranchPlan) -> RunSettings:
    """The settings of the run, with what is given anew.

    Raises:
        UsageError: an option holds what it cannot; or the run called a server of its own, and it is not said whether
            that has the other model too.
    """
    from sims.run_folder import RunFolder
    from simstress.cli.running import run_settings

    manifest = RunFolder(context.params["run"]).read_manifest()
    _check_server(manifest, plan, context.params["api_base"])
    anew = run_settings(context)
    given = {field: getattr(anew, field) for name, field in _SETTINGS.items() if grids.is_given(context, name)}
    return manifest.settings.model_copy(update=_OF_THE_RUN_ONLY | given)


def _check_server(manifest: Manifest, plan: BranchPlan, api_base: str | None) -> None:
    from sims.backends.backend import is_offline
    from sims.errors import UsageError

    others = {value for key, value in plan.changes.told.items() if key.rpartition(".")[2] == "model"}
    others -= set(manifest.grid.model_strings)
    own = manifest.settings.api_base
    if own and api_base is None and not all(map(is_offline, others)):
        raise UsageError(
            f"the run called its models at {own}: say with --api-base where {', '.join(sorted(others))} is called"
        )


def _tell_inherited(context: typer.Context, found: Branch) -> None:
    """Write to stderr which settings are those of the run, where they are not what they are by default."""
    held = found.folder.read_manifest().settings.model_dump(exclude_defaults=True)
    left_out = {field: name for name, field in _SETTINGS.items() if not grids.is_given(context, name)}
    told = [f"{grids.option_name(left_out[field])} {_in_words(held[field])}" for field in held if field in left_out]
    if told:
        typer.echo(f"as in the run: {', '.join(told)}", err=True)


def _in_words(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _tell(found: Branch, plan: BranchPlan) -> None:
    from analysis.wording import counted

    typer.echo(f"{counted(found.conversations, 'conversation')} from turn {plan.at} on", err=True)
    for reason, count in found.left_out.items():
        typer.echo(f"left out: {count:,} {reason}", err=True)
