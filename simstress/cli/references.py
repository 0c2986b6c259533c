"""reference: the human profiles that simulations are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reference.profile import ReferenceProfile
    from sims.transcript import Transcript
    from simstress.cli.progress import Progress

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
    from analysis.reference.build import build_profile, check_name
    from analysis.reference.profile import profile_names, write_profile
    from analysis.statistics.distance import LEAST_PEOPLE
    from sims.errors import UsageError
    from sims.transcript_file import TranscriptFiles
    from simstress.cli.progress import showing_progress

    check_name(name)
    if name in profile_names():
        raise UsageError(f"profile name {name!r}: is that of a shipped profile; choose another --name")
    path = out or Path(f"{name}.json")
    _check_out(path)
    transcripts = TranscriptFiles(options.transcript_files(files))
    with showing_progress("measuring", total=None) as on_done:
        profile = build_profile(transcripts, name=name, genre=genre, licence=licence, on_done=on_done)
    if profile.conversations < LEAST_PEOPLE:
        typer.echo(
            f"warning: {profile.conversations} conversations: against fewer than {LEAST_PEOPLE} nothing is EQUIVALENT,"
            " no distance is given, no classifier is asked and the genre cannot be told; large shifts are still found",
            err=True,
        )
    typer.echo(str(write_profile(profile, path)))


def _check_out(path: Path) -> None:
    """Return when a profile, and nothing else, would be replaced."""
    from analysis.reference.profile import is_profile
    from sims.errors import OutputError

    if path.exists() and not is_profile(path):
        raise OutputError(f"{path}: is there already and is no reference profile; choose another --out")


@app.command("list", context_settings=_OPTIONS_FROM_ENVIRONMENT)
def list_profiles(*, as_json: options.AsJson = False) -> None:
    """The shipped profiles, with how many conversations stand behind each."""
    import json

    from rich.console import Console

    from analysis.reference.profile import shipped_profiles
    from simstress.cli.profile_tables import profiles_table

    if as_json:
        for profile in shipped_profiles():
            typer.echo(json.dumps(profile.model_dump(by_alias=True, include={"name", "genre", "conversations"})))
    else:
        Console().print(profiles_table(shipped_profiles()))


@app.command(context_settings=_OPTIONS_FROM_ENVIRONMENT)
def show(
    name: Annotated[str, typer.Argument(help="A shipped profile, or a .json file.")],
    *,
    html: Annotated[
        Path | None, typer.Option("--html", help="Page to write, with a drawing of each feature.", metavar="FILE.html")
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option("--with", help="Transcripts or a run to draw over the people, in the page.", metavar="FILE"),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """One profile: sources, licence, and each feature by side with its noise floor."""
    from rich.console import Console

    from analysis.reference.profile import load_profile
    from sims.errors import UsageError
    from simstress.cli.profile_tables import profile_tables

    if beside and html is None:
        raise UsageError("--with draws conversations over the people in a page: give --html FILE.html, too")
    profile = load_profile(name)
    if html is not None:
        _write_page(profile, html, beside or ())
    elif as_json:
        typer.echo(profile.model_dump_json(by_alias=True))
    else:
        console = Console()
        for table in profile_tables(profile):
            console.print(table)


def _write_page(profile: ReferenceProfile, path: Path, beside: Sequence[Path]) -> None:
    from analysis.page.profile_page import render_profile
    from analysis.reference.genre_fit import language_notes, profile_notes
    from sims.run_folder import replace_file
    from simstress.cli.reporting import check_page

    check_page(path)
    table = _measured(beside) if beside else None
    for note in (*profile_notes(table, profile), *language_notes(table)) if table is not None else ():
        typer.echo(note, err=True)
    page = render_profile(profile, table, named=", ".join(path.name for path in beside))
    replace_file(path, page)
    typer.echo(str(path))


def _measured(paths: Sequence[Path]) -> pd.DataFrame:
    from analysis.judged_folder import conversations_in
    from analysis.tables import feature_table
    from simstress.cli.progress import showing_progress

    with showing_progress("measuring", total=None) as on_done:
        return feature_table(_telling(conversations_in(paths), on_done))


def _telling(transcripts: Iterable[Transcript], on_done: Progress) -> Iterator[Transcript]:
    for transcript in transcripts:
        yield transcript
        on_done(transcript)
