"""What demo, run and judge end with: verdicts, summary, report, and the figures on the terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from analysis.judge_agreement import Agreement
    from analysis.judge_tools import JudgeTools
    from analysis.judged_folder import JudgedFolder
    from analysis.report.build import Report
    from sims.run_folder import RunFolder

EXIT_MISSING_DATA = 4


def assess_and_show(
    folder: JudgedFolder,
    judges: Sequence[str],
    *,
    tools: JudgeTools,
    total: int | None,
    reference: str | None,
    seed: int = 0,
    max_missing: float,
    as_json: bool,
) -> int:
    """Judge the transcripts of a folder, write summary and page, print the figures, and return the exit code.

    The code is 4 when of a stress test nothing was judged, and when the share of conversations that failed, or that a
    judge failed on, is above `max_missing`; all those count on which a model was asked that never answered.
    """
    from analysis.assessment import assess, write_page, write_summary
    from analysis.report.tally import JUDGE_FAILED

    _judge(folder, judges, tools, total)
    report = assess(folder, reference=reference, seed=seed)
    agreement = _agreement(folder, judges)
    write_summary(folder, report, agreement)
    page = write_page(report, folder.report_file)
    if as_json:
        _print_records(folder, report)
    else:
        _print(report, agreement)
    typer.echo(f"report: {page}", err=as_json)
    tally = report.tally
    failed = Counter[str]()
    for (judge, reason), count in tally.unjudged.items():
        failed[judge] += count if reason in JUDGE_FAILED else 0
    if _nothing_to_tell(report):
        typer.echo("no turn that the stress can reach was judged, so the stress test says nothing", err=True)
        return EXIT_MISSING_DATA
    missing = [(tally.failed, "failed"), (max(failed.values(), default=0), "made a judge fail")]
    missing += [
        (record.conversations, f"got no answer from {record.model} for {record.judge}")
        for record in (agreement.silent if agreement else ())
    ]
    codes = (exit_code(count, tally.conversations, max_missing=max_missing, what=what) for count, what in missing)
    return next((code for code in codes if code), 0)


def _nothing_to_tell(report: Report) -> bool:
    """Whether it is a stress test of which no judge judged anything."""
    if report.stress is None or report.control is None:
        return False
    return not any(point.judged_turns for one in report.stress.responses for point in one.points)


def assess_run(folder: RunFolder, *, max_connections: int, max_missing: float, as_json: bool) -> int:
    """`assess_and_show` for the conversations that a run has held, as its manifest says."""
    from analysis.judged_folder import JudgedFolder
    from analysis.simulation import judge_tools
    from analysis.spending import calling_of
    from simstress.cli.progress import telling_how_to_go_on

    manifest = folder.read_manifest()
    with telling_how_to_go_on(folder):
        return assess_and_show(
            JudgedFolder(folder.path),
            manifest.judges,
            tools=judge_tools(
                manifest,
                max_connections=max_connections,
                calling=calling_of(folder, max_connections=max_connections),
            ),
            total=manifest.totals.conversations if manifest.totals else None,
            reference=manifest.settings.reference,
            seed=manifest.seed,
            max_missing=max_missing,
            as_json=as_json,
        )


def _judge(folder: JudgedFolder, judges: Sequence[str], tools: JudgeTools, total: int | None) -> None:
    from analysis.assessment import judge_folder
    from simstress.cli.progress import showing_progress

    with showing_progress("judging", total=total) as on_done:
        judge_folder(folder, judges, tools=tools, on_done=on_done)
    if tools.models.models and (damaged := folder.manifest["judging"]["unreadable_answers"]):
        typer.echo(f"{folder.answer_file}: {damaged} damaged lines were passed over and asked for anew", err=True)


def _agreement(folder: JudgedFolder, judges: Sequence[str]) -> Agreement | None:
    """Among judge models, and between them and the offline judges; None where no judge asks a model."""
    from analysis.judge_agreement import agreement_among
    from judges.catalogue import needs_model

    return agreement_among(folder.verdicts()) if any(map(needs_model, judges)) else None


def exit_code(count: int, conversations: int, *, max_missing: float, what: str = "failed") -> int:
    """4 when so many conversations are missing that nothing should rest on the others, else 0."""
    if count <= max_missing * conversations:
        return 0
    of = f"{count} of {conversations} conversations {what}"
    typer.echo(f"{of}, more than --max-missing {max_missing:g} allows", err=True)
    return EXIT_MISSING_DATA


def _print_records(folder: JudgedFolder, report: Report) -> None:
    """The summary as one record; of a stress test, a record a dose."""
    from analysis.stress.records import dose_records

    if report.stress is None or report.control is None:
        typer.echo(json.dumps(json.loads(folder.summary_file.read_text(encoding="utf-8"))))
        return
    for record in dose_records(report.stress):
        typer.echo(json.dumps(record, allow_nan=False))


def _print(report: Report, agreement: Agreement | None) -> None:
    from rich.console import Console

    from simstress.cli.terminal import print_summary

    print_summary(report, Console())
    for line in agreement.lines if agreement else ():
        typer.echo(line)
