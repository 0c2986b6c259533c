"""report and view: the page of a run."""

from __future__ import annotations

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
) -> None:
    """Write the report of a judged folder as one self-contained page."""
    from analysis.assessment import assess, write_page
    from analysis.judged_folder import JudgedFolder

    check_page(out)
    judged = JudgedFolder(folder)
    report = assess(judged, reference=reference, seed=seed, max_transcripts=max_transcripts)
    typer.echo(str(write_page(report, out or judged.report_file)))


def check_page(path: Path | None) -> None:
    """Return when a page, and nothing else, would be replaced."""
    from sims.errors import OutputError

    if path is not None and path.exists() and path.suffix not in (".html", ".htm"):
        raise OutputError(f"{path}: is there already and is no page; choose another --out")


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
