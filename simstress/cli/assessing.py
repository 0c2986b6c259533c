"""What demo, run and judge end with: verdicts, summary, report, and the figures on the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from analysis.judged_folder import JudgedFolder
    from analysis.report.build import Report

EXIT_MISSING_DATA = 4


def assess_and_show(
    folder: JudgedFolder,
    judges: Sequence[str],
    *,
    total: int | None,
    reference: str | None,
    seed: int = 0,
    max_missing: float,
    as_json: bool,
) -> int:
    """Judge the transcripts of a folder, write summary and page, print the figures, and return the exit code.

    The code is 4 when the share of conversations that failed, or that a judge failed on, is above `max_missing`.
    """
    from analysis.assessment import assess, judge_folder, write_page, write_summary
    from simstress.cli.progress import showing_progress

    with showing_progress("judging", total=total) as on_done:
        judge_folder(folder, judges, on_done=on_done)
    report = assess(folder, reference=reference, seed=seed)
    write_summary(folder, report)
    page = write_page(report, folder.report_file)
    if as_json:
        typer.echo(json.dumps(json.loads(folder.summary_file.read_text(encoding="utf-8"))))
    else:
        _print(report)
    typer.echo(f"report: {page}", err=as_json)
    tally = report.tally
    crashed = max((count for (_, reason), count in tally.unjudged.items() if reason == "crashed"), default=0)
    return exit_code(tally.failed, tally.conversations, max_missing=max_missing) or exit_code(
        crashed, tally.conversations, max_missing=max_missing, what="made a judge fail"
    )


def exit_code(count: int, conversations: int, *, max_missing: float, what: str = "failed") -> int:
    """4 when so many conversations are missing that nothing should rest on the others, else 0."""
    if count <= max_missing * conversations:
        return 0
    of = f"{count} of {conversations} conversations {what}"
    typer.echo(f"{of}, more than --max-missing {max_missing:g} allows", err=True)
    return EXIT_MISSING_DATA


def _print(report: Report) -> None:
    from rich.console import Console

    from simstress.cli.terminal import print_summary

    print_summary(report, Console())
