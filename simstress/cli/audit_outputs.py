"""What every audit ends with: its files written, its tables or its record printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from analysis.datatypes.told import Told
    from simstress.cli.audit_retraining import Retraining

REPORT_FILE = "report.html"


def begin(kind: str, out: Path, *, extra_files: Iterable[str] = (), retraining: Retraining | None = None) -> None:
    """Return when an audit can go on to read its data: what may fail at the end is tried first.

    Raises:
        UsageError: `out` holds what no such audit wrote, or the retraining cannot be done.
    """
    _check_out(kind, out, extra_files)
    if retraining is not None:
        retraining.check()


def finish(
    kind: str,
    result: Any,
    *,
    told: Told,
    sources: Mapping[str, Any],
    out: Path,
    as_json: bool,
    second_order: Any = None,
    extra_files: Mapping[str, Iterable[str]] | None = None,
    records: Iterable[Mapping[str, Any]] | None = None,
    shown: Told | None = None,
) -> int:
    """Write summary.json, report.html and the extra files (lines by name) into `out`; print the tables or the record.

    With `records`, these are printed instead of the summary where JSON is asked for; with `shown`, its tables are
    printed instead of those of the page.

    Raises:
        OutputError: the folder cannot be written, or holds what an audit did not write.
    """
    from analysis.datatypes.summary import SUMMARY_FILE, audit_summary
    from analysis.page.audit_page import render_audit
    from sims.run_folder import make_folder, replace_file, replace_stream

    summary = audit_summary(kind, result=result, second_order=second_order, told=told, sources=sources)
    page = render_audit(told)
    _check_out(kind, out, extra_files or ())
    make_folder(out)
    for name, lines in (extra_files or {}).items():
        replace_stream(out / name, lines)
    replace_file(out / SUMMARY_FILE, summary)
    replace_file(out / REPORT_FILE, page)
    if as_json:
        for record in [json.loads(summary)] if records is None else records:
            typer.echo(json.dumps(record, separators=(",", ":"), allow_nan=False))
    else:
        _show(shown or told)
    typer.echo(f"report: {out / REPORT_FILE}", err=True)
    return 0


def _show(told: Told) -> None:
    from rich.console import Console

    from simstress.cli.audit_tables import audit_tables

    console = Console()
    for part in audit_tables(told):
        console.print(part)


def _check_out(kind: str, out: Path, extra_files: Iterable[str]) -> None:
    """Return when an audit of the same kind, and nothing else, would be replaced."""
    from analysis.datatypes.summary import SUMMARY_FILE, audit_kind
    from sims.errors import OutputError

    names = ("run.json", "judged.json", SUMMARY_FILE, REPORT_FILE, *extra_files)
    there = [name for name in names if (out / name).exists()]
    if there and audit_kind(out) != kind:
        raise OutputError(f"{out}: {there[0]} is there already and not of such an audit; choose another --out")
