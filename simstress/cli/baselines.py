"""baseline: the figures of a run, kept in a small file, so that a gate needs no old transcripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress import BASELINE_FILE
from simstress.cli import options
from simstress.cli.controls import say_control

if TYPE_CHECKING:
    from analysis.gate.baseline import Baseline

DEFAULT_FILE = Path(BASELINE_FILE)
app = typer.Typer(help="The baseline that a gate compares with: set, show.", no_args_is_help=True)


@app.command("set", context_settings=options.FROM_ENVIRONMENT)
def set_baseline(
    run: Annotated[Path, typer.Argument(help="A run folder or a judged folder.", metavar="RUN")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The file to write; keep it beside your code.")] = DEFAULT_FILE,
    name: Annotated[str | None, typer.Option("--name", help="What to call it; left out: the folder's name.")] = None,
    as_json: options.AsJson = False,
) -> None:
    """Keep the figures and hashes of a judged run as a baseline: no text, no transcript."""
    from analysis.gate.baseline import baseline_of, load_baseline, write_baseline
    from analysis.gate.sides import load_side
    from sims.errors import UsageError

    say_control([run])
    baseline = baseline_of(load_side(run), name=name or run.resolve().name)
    try:
        before = load_baseline(out) if out.exists() else None
    except UsageError:
        before = None
    write_baseline(baseline, out)
    _print(baseline, out, before=before, as_json=as_json)


@app.command(context_settings=options.FROM_ENVIRONMENT)
def show(
    file: Annotated[Path, typer.Argument(help="A baseline file.", metavar="FILE")] = DEFAULT_FILE,
    *,
    as_json: options.AsJson = False,
) -> None:
    """What a baseline holds: where it is from, its scenarios, and the rate of each judge."""
    from analysis.gate.baseline import load_baseline

    _print(load_baseline(file), file, as_json=as_json)


def _print(baseline: Baseline, path: Path, *, before: Baseline | None = None, as_json: bool) -> None:
    from rich.console import Console

    from simstress.cli.baseline_tables import baseline_record, print_baseline

    if as_json:
        typer.echo(json.dumps(baseline_record(baseline, path, before=before), allow_nan=False))
    else:
        print_baseline(baseline, path, Console(), before=before)
