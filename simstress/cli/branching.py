"""branch: recorded conversations go on from a turn with another model, prompt or words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import grids, options

if TYPE_CHECKING:
    from analysis.branching import Branched, Wanted
    from sims.manifest import RunSettings

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


def branch(
    context: typer.Context,
    run: Run,
    *,
    at: At,
    with_: With = None,
    conversation: Annotated[
        list[str] | None,
        typer.Option("--conversation", help="Only this one, by its id; repeat for more.", metavar="ID"),
    ] = None,
    of_model: Annotated[
        str | None, typer.Option("--of-model", help="Only conversations by this model.", metavar="M")
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", help="How often each goes on.", min=1)] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write; left out: a new one under runs/.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Left out: the run's own, which repeats it where models keep to seeds.")
    ] = None,
    judges: options.Judges = None,
    no_judge: Annotated[bool, typer.Option("--no-judge", help="Only hold the conversations.")] = False,
    api_base: Annotated[
        str | None, typer.Option("--api-base", help="Address of an OpenAI-compatible server; left out: the run's.")
    ] = None,
    max_connections: options.MaxConnections = options.MOST_AT_ONCE,
    max_missing: options.MaxMissing = 0.05,
    as_json: options.AsJson = False,
) -> int:
    """Go on with recorded conversations from a turn, with another model, prompt or words; a new run, with a report.

    What was said before TURN stays as recorded and costs nothing. `simstress gate RUN BRANCH` compares the two, and
    `simstress run --resume BRANCH` goes on when it is stopped.
    """
    from analysis.branch_changes import parse_changes
    from analysis.branching import Wanted, start_branch
    from simstress.cli.running import free_folder, run_and_assess

    wanted = Wanted(at, parse_changes(with_ or ()), tuple(conversation or ()), of_model, repeats, seed)
    settings = _settings(context, wanted)
    out = out or free_folder(f"{run.resolve().name}-at-{at}")
    branched = start_branch(run, out, wanted, settings=settings, is_judged=not no_judge)
    _tell(branched, wanted)
    return run_and_assess(
        branched.folder,
        max_connections=max_connections,
        is_judged=not no_judge,
        max_missing=max_missing,
        as_json=as_json,
    )


def _settings(context: typer.Context, wanted: Wanted) -> RunSettings:
    """The settings of the run with what is given anew; nobody watches a branch.

    Raises:
        UsageError: the run called a server of its own, and it is not said whether that has the other model too.
    """
    from sims.backends.backend import is_offline
    from sims.backends.catalogue import check_api_base
    from sims.errors import UsageError
    from sims.run_folder import RunFolder

    given, manifest = context.params, RunFolder(context.params["run"]).read_manifest()
    others = {value for key, value in wanted.changes.told.items() if key.rpartition(".")[2] == "model"}
    others -= set(manifest.grid.model_strings)
    own = manifest.settings.api_base
    if own and given["api_base"] is None and not all(map(is_offline, others)):
        raise UsageError(
            f"the run called its models at {own}: say with --api-base where {', '.join(sorted(others))} is called"
        )
    updates: dict[str, object] = {"abort_on": (), "api_base": check_api_base(given["api_base"]) or own}
    if grids.is_given(context, "judges"):
        updates["judges"] = options.chosen_judges(given["judges"])
    return manifest.settings.model_copy(update=updates)


def _tell(branched: Branched, wanted: Wanted) -> None:
    from analysis.wording import counted

    typer.echo(f"{counted(branched.conversations, 'conversation')} from turn {wanted.at} on", err=True)
    for reason, count in branched.left_out.items():
        typer.echo(f"left out: {count:,} {reason}", err=True)
