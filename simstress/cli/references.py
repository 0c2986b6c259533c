"""reference: the human profiles that simulations are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simstress.cli import options

app = typer.Typer(help="Human reference profiles: build, list, show.", no_args_is_help=True)
_OPTIONS_FROM_ENVIRONMENT = {"auto_envvar_prefix": "SIMSTRESS"}


@app.command(context_settings=_OPTIONS_FROM_ENVIRONMENT)
def build(
    files: options.Transcripts,
    *,
    name: Annotated[str, typer.Option("--name", help="Its name; --reference and scenarios take the file, NAME.json.")],
    genre: Annotated[str, typer.Option("--genre", help="What kind of conversations these are.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="Whose they are, under which terms.")] = "not stated",
    out: Annotated[Path | None, typer.Option("--out", help="The file; left out: NAME.json here.")] = None,
) -> None:
    """Measure human dialogues of your own: figures only, none of their sentences."""
    from analysis.build_profiles import build_profile
    from analysis.reference import load_profile, write_profile
    from sims.transcript_file import TranscriptFiles

    path = out or Path(f"{name}.json")
    if path.exists():
        load_profile(path)
    profile = build_profile(TranscriptFiles(files), name=name, genre=genre, licence=licence)
    typer.echo(str(write_profile(profile, path)))


@app.command("list", context_settings=_OPTIONS_FROM_ENVIRONMENT)
def list_profiles(*, as_json: options.AsJson = False) -> None:
    """The shipped profiles, with how many conversations stand behind each."""
    import json

    from rich.console import Console

    from analysis.reference import load_profile, profile_names
    from simstress.cli.profile_tables import profiles_table

    profiles = [load_profile(name) for name in profile_names()]
    if as_json:
        for profile in profiles:
            typer.echo(json.dumps(profile.model_dump(by_alias=True, include={"name", "genre", "conversations"})))
    else:
        Console().print(profiles_table(profiles))


@app.command(context_settings=_OPTIONS_FROM_ENVIRONMENT)
def show(
    name: Annotated[str, typer.Argument(help="A shipped profile, or a .json file.")], *, as_json: options.AsJson = False
) -> None:
    """One profile: sources, licence, and each feature by side with its noise floor."""
    from rich.console import Console

    from analysis.reference import load_profile
    from simstress.cli.profile_tables import profile_tables

    profile = load_profile(name)
    if as_json:
        typer.echo(profile.model_dump_json(by_alias=True))
        return
    console = Console()
    for table in profile_tables(profile):
        console.print(table)
