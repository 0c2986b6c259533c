"""attribute: which side of a conversation causes its flags."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options

if TYPE_CHECKING:
    from analysis.attribution.run import Attributed, Plan
    from sims.transcript import Transcript


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
    max_connections: options.MaxConnections = 10,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Speak the prefix of flagged turns again with one side's model swapped, and count which swap takes flags away."""
    from analysis.attribution.run import Wanted, attribute_run
    from simstress.cli.progress import showing_progress

    names = options.chosen_judges(judges)
    wanted = Wanted(names, swap_model, replays, max_conversations, max_connections, seed)
    with ExitStack() as stack:

        def on_plan(plan: Plan) -> Callable[[Transcript], None]:
            typer.echo(f"speaking {len(plan.missing):,} prefixes again: {plan.calls:,} calls", err=True)
            done = len(plan.replays) - len(plan.missing)
            return stack.enter_context(showing_progress("replaying", total=len(plan.replays), done=done))

        found = attribute_run(run, out or run / "attribution", wanted, on_plan=on_plan)
    if as_json:
        _print_records(found)
    else:
        _print_tables(found)


def _print_records(found: Attributed) -> None:
    for attribution in found.attributions:
        typer.echo(json.dumps({"record": "attribution", **asdict(attribution)}, allow_nan=False))
    for counts in found.counts:
        typer.echo(json.dumps({"record": "conversation", **asdict(counts)}, allow_nan=False))


def _print_tables(found: Attributed) -> None:
    from rich.console import Console

    from simstress.cli.attribution_tables import print_attribution

    print_attribution(found, Console())
