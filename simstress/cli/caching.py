"""cache: what is remembered of models' replies, and how to forget it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simstress.cli import options

app = typer.Typer(help="The replies remembered by run --cache.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The folder given to --cache.", metavar="DIR", envvar="SIMSTRESS_CACHE")]


@app.command("list", context_settings=options.FROM_ENVIRONMENT)
def list_(folder: Folder, *, as_json: options.AsJson = False) -> None:
    """Print what is remembered of each model: how many replies, from when, how large, what they cost once."""
    from sims.cache_contents import contents_of
    from simstress.cli.cache_tables import print_models

    print_models(contents_of(folder).models, as_json=as_json)


@app.command(context_settings=options.FROM_ENVIRONMENT)
def stats(folder: Folder, *, as_json: options.AsJson = False) -> None:
    """Print the sums over all models, and what the folder takes on disk."""
    from sims.cache_contents import contents_of
    from simstress.cli.cache_tables import print_stats

    print_stats(contents_of(folder), as_json=as_json)


@app.command(context_settings=options.FROM_ENVIRONMENT)
def clear(
    folder: Folder,
    *,
    model: Annotated[str | None, typer.Option("--model", help="Only the replies of this model.", metavar="M")] = None,
    older_than: Annotated[
        float | None, typer.Option("--older-than", help="Only what is older than so many days.", metavar="DAYS", min=0)
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Forget what is remembered: everything, or one model's, or what is old."""
    from sims.cache_contents import clear as forget

    forgotten = forget(folder, model=model, older_than_days=older_than)
    typer.echo(json.dumps({"forgotten": forgotten}) if as_json else f"{forgotten:,} replies forgotten")
