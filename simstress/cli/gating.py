"""gate: is the candidate worse than the baseline?"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simstress.cli import options
from simstress.cli.controls import say_control

if TYPE_CHECKING:
    from analysis.gate.values import GateResult

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"

Margins = Annotated[
    list[str] | None,
    typer.Option(
        "--margin",
        help="How far the rate of flagged turns may rise, 0.02 for 2 points, of all judges or of one; repeat for more."
        " Left out: the strictest the scenarios expect, else 0.02.",
        metavar="X|JUDGE=X",
    ),
]
GateJudges = Annotated[
    str | None,
    typer.Option("--judges", help="Comma-separated judges to compare; left out: those of the baseline.", metavar="A,B"),
]


def gate(
    baseline: Annotated[Path, typer.Argument(help="Run folder, judged folder or baseline file.", metavar="BASELINE")],
    candidate: Annotated[Path, typer.Argument(help="The same, of what is to be let through.", metavar="CANDIDATE")],
    *,
    margin: Margins = None,
    max_missing: Annotated[
        float,
        typer.Option(
            "--max-missing",
            help="Highest share of conversations without an outcome or a partner that still passes.",
            min=0,
            max=1,
        ),
    ] = 0.05,
    allow_unpaired: Annotated[
        bool,
        typer.Option(
            "--allow-unpaired",
            help="CANDIDATE is a subset on purpose: what it lacks of BASELINE is not missing.",
        ),
    ] = False,
    no_limits: Annotated[
        bool, typer.Option("--no-limits", help="Compare only; do not hold scenarios to their expect.max_rate.")
    ] = False,
    judges: GateJudges = None,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML here.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", help="Write Markdown here.")] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page with both texts of what changed.")
    ] = None,
) -> int:
    """Say whether CANDIDATE is worse than BASELINE: PASS (0), REGRESSED (1) or INCONCLUSIVE (3, or 4 for missing data).

    Conversations are paired by scenario, model, temperature and repeat. REGRESSED takes a rise beyond chance that is
    estimated above the margin. In a GitHub workflow the step summary gets the Markdown too.
    """
    from simstress.cli.reporting import check_file, check_page

    check_page(report)
    check_file(junit, "JUnit XML", endings=(".xml",))
    check_file(markdown, "Markdown", endings=(".md", ".markdown"))
    with _telling_of_errors(junit):
        say_control([baseline, candidate])
        overall, by_judge = _margins(margin or ())
        result = _gated(
            baseline,
            candidate,
            margin=overall,
            margins=by_judge,
            judges=options.split_names(judges),
            has_limits=not no_limits,
            max_missing=max_missing,
            allow_unpaired=allow_unpaired,
            seed=seed,
        )
        _show(result, as_json=as_json)
        _write_files(result, junit=junit, markdown=markdown)
        if report is not None:
            _write_page(result, report, baseline, candidate)
    return result.exit_code


def _gated(baseline: Path, candidate: Path, **settings: Any) -> GateResult:
    from analysis.gate.gate import run_gate
    from analysis.gate.sides import load_sides

    return run_gate(*load_sides(baseline, candidate), **settings)


@contextmanager
def _telling_of_errors(junit: Path | None) -> Iterator[None]:
    """Put what goes wrong into the JUnit file and the step summary, so that no older result stands for this one."""
    try:
        yield
    except Exception as error:
        from analysis.gate_reports.junit import error_xml
        from analysis.gate_reports.markdown import error_markdown
        from sims.run_folder import replace_file

        if junit is not None:
            replace_file(junit, error_xml(str(error)))
        _add_to_summary(error_markdown(str(error)))
        raise


def _margins(texts: Sequence[str]) -> tuple[float | None, dict[str, float]]:
    """The margin of all judges, None where it is not given, and those of single ones.

    Raises:
        UsageError: one is no number, or given twice.
    """
    from sims.errors import UsageError

    margins: dict[str, float] = {}
    for text in texts:
        judge, _, figure = text.rpartition("=")
        if judge in margins:
            raise UsageError(f"--margin {text!r}: given twice{f' for {judge}' if judge else ''}; give each once")
        try:
            margins[judge] = float(figure)
        except ValueError:
            raise UsageError(f"--margin {text!r}: expected a share such as 0.02, or JUDGE=0.02") from None
    return margins.pop("", None), margins


def _write_files(result: GateResult, *, junit: Path | None, markdown: Path | None) -> None:
    from analysis.gate_reports.junit import junit_xml
    from analysis.gate_reports.markdown import markdown as as_markdown
    from sims.run_folder import replace_file

    if junit is not None:
        replace_file(junit, junit_xml(result))
    if markdown is not None:
        replace_file(markdown, as_markdown(result))
    _add_to_summary(as_markdown(result))


def _add_to_summary(text: str) -> None:
    """Append to GitHub's step summary where there is one; a gate is not undone by a page that cannot be written."""
    summary = os.environ.get(STEP_SUMMARY)
    if not summary:
        return
    try:
        with Path(summary).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(text + "\n")
    except OSError as error:
        typer.echo(f"simstress: warning: {summary}: cannot be written: {error.strerror} ({STEP_SUMMARY})", err=True)


def _write_page(result: GateResult, path: Path, baseline: Path, candidate: Path) -> None:
    from analysis.gate_reports.texts import texts_of
    from analysis.page.gate_page import render_gate
    from sims.run_folder import replace_file

    replace_file(path, render_gate(result, texts_of(result, baseline=baseline, candidate=candidate)))
    typer.echo(f"report: {path}", err=True)


def _show(result: GateResult, *, as_json: bool) -> None:
    from rich.console import Console

    from analysis.gate_reports.record import gate_record
    from simstress.cli.gate_tables import print_gate

    if as_json:
        typer.echo(json.dumps(gate_record(result), allow_nan=False))
        return
    print_gate(result, Console())
    for hint in _hints(result):
        typer.echo(hint, err=True)


def _hints(result: GateResult) -> Iterator[str]:
    """Options that would leave out what keeps the gate from passing."""
    if any(check.kind == "limit" and check.decision == "INCONCLUSIVE" for check in result.checks):
        yield "--no-limits leaves the limits of scenarios out."
    if result.is_missing_too_much and result.unpaired_share == result.missing_share:
        yield "--allow-unpaired lets the candidate be a subset of the baseline."
