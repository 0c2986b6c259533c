"""attribute: which side of a conversation causes its flags."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options
from simstress.cli.assessing import EXIT_MISSING_DATA
from simstress.cli.controls import say_control

if TYPE_CHECKING:
    from analysis.attribution.run import Attributed, Plan
    from sims.transcript import Transcript

_REASONS = 3


def attribute(
    run: Annotated[Path, typer.Argument(help="A judged run folder.", metavar="RUN")],
    *,
    swap_model: Annotated[
        str | None,
        typer.Option(
            "--swap-model", help="provider/model that takes a side's place; left out: the other of the run's two."
        ),
    ] = None,
    judges: options.Judges = None,
    replays: Annotated[int, typer.Option("--replays", help="How often each prefix is spoken again.", min=1)] = 5,
    max_conversations: Annotated[
        int, typer.Option("--max-conversations", help="Flagged conversations a judge, chosen by a stable hash.", min=1)
    ] = 30,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the replays; left out: RUN/attribution.")] = None,
    swap_api_base: Annotated[
        str | None, typer.Option("--swap-api-base", help="Address of the server of a swap model that is not the run's.")
    ] = None,
    max_connections: options.MaxConnections = options.MOST_AT_ONCE,
    max_missing: Annotated[
        float, typer.Option("--max-missing", help="Highest share of failed replays that still passes.", min=0, max=1)
    ] = 0.05,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> int:
    """Speak the prefix of flagged turns again with one side's model swapped, and count which swap takes flags away."""
    from analysis.attribution.run import Wanted, attribute_run
    from sims.backends.catalogue import check_api_base
    from simstress.cli.progress import showing_progress

    names = options.chosen_judges(judges)
    say_control([run])
    _say_branch(run)
    server = check_api_base(swap_api_base)
    wanted = Wanted(names, swap_model, server, replays, max_conversations, max_connections, seed)
    with ExitStack() as stack:

        def on_plan(plan: Plan) -> Callable[[Transcript], None]:
            if not plan.replays:
                return lambda transcript: None
            typer.echo(f"speaking {len(plan.missing):,} prefixes again: {plan.calls:,} calls", err=True)
            done = len(plan.replays) - len(plan.missing)
            return stack.enter_context(showing_progress("replaying", total=len(plan.replays), done=done))

        found = attribute_run(run, out or run / "attribution", wanted, on_plan=on_plan)
    _print(found, as_json=as_json)
    return _exit_code(found, max_missing)


def _say_branch(run: Path) -> None:
    from sims.run_folder import RunFolder

    branched_off = RunFolder(run).read_manifest().branched_off
    if branched_off:
        typer.echo(
            f"branched off {branched_off.run} at turn {branched_off.at}: flags in recorded turns are not asked about",
            err=True,
        )


def _print(found: Attributed, *, as_json: bool) -> None:
    from analysis.attribution.records import attribution_records

    if as_json:
        for record in attribution_records(found):
            typer.echo(json.dumps(record, allow_nan=False))
        return
    from rich.console import Console

    from simstress.cli.attribution_tables import print_attribution

    print_attribution(found, Console())


def _exit_code(found: Attributed, max_missing: float) -> int:
    """4 where so many replays failed that nothing should rest on the others."""
    failed = sum(found.failures.values())
    for reason, count in list(found.failures.items())[:_REASONS]:
        typer.echo(f"{count:,} replays failed: {reason}", err=True)
    return EXIT_MISSING_DATA if failed > max_missing * found.spoken else 0
