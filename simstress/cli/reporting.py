"""report and view: the page of a run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simstress.cli import options

Folder = Annotated[Path, typer.Argument(help="A run folder, or one that `simstress judge` wrote.", metavar="DIR")]


def report(
    folder: Folder,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="The page; left out: report.html in the folder.")] = None,
    reference: options.Reference = None,
    seed: options.Seed = 0,
    max_transcripts: Annotated[
        int, typer.Option("--max-transcripts", help="Conversations shown in full, flagged ones first.", min=1)
    ] = 200,
    audit: Annotated[
        list[Path] | None,
        typer.Option("--audit", help="A folder that simstress audit wrote, to be shown as a part.", metavar="DIR"),
    ] = None,
) -> None:
    """Write the report of a judged folder as one self-contained page."""
    from dataclasses import replace

    from analysis.assessment import assess, write_page
    from analysis.datatypes.summary import read_told
    from analysis.judged_folder import JudgedFolder

    check_page(out)
    audits = tuple(read_told(path) for path in audit or ())
    judged = JudgedFolder(folder)
    report = assess(judged, reference=reference, seed=seed, max_transcripts=max_transcripts)
    typer.echo(str(write_page(replace(report, audits=audits), out or judged.report_file)))


def check_page(path: Path | None) -> None:
    """Return when a page can be written there, and nothing but a page would be replaced."""
    check_file(path, "page", endings=(".html", ".htm"))


def check_file(path: Path | None, what: str, *, endings: Sequence[str]) -> None:
    """Return when a file can be written there, and nothing that does not end so would be replaced."""
    from sims.errors import OutputError

    if path is None:
        return
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path}: cannot be written; choose another file")
    if path.exists() and path.suffix not in endings:
        raise OutputError(f"{path}: is there already and is no {what}; choose another file")


def view(folder: Folder) -> None:
    """Open the report of a folder in the browser."""
    import webbrowser

    from analysis.judged_folder import JudgedFolder
    from sims.errors import UsageError

    page = JudgedFolder(folder).report_file
    if not page.is_file():
        raise UsageError(f"{page}: there is no report yet; make it with: simstress report {folder}")
    typer.echo(str(page))
    webbrowser.open(page.resolve().as_uri())
