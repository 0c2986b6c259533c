"""The command `simstress`: its verbs, and how errors become one clear line and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from simstress import __version__
from simstress.cli import (
    attributing,
    auditing,
    baselines,
    branching,
    caching,
    calibrating,
    comparing,
    gating,
    judge_cards,
    judging,
    options,
    papering,
    references,
    reporting,
    running,
    scenario_files,
    scoring,
    stressing,
    verifying,
)
from simstress.cli.streams import lenient_streams

USAGE, SYSTEM, INTERRUPTED = 2, 4, 130
TRACEBACK = "SIMSTRESS_TRACEBACK"
_LONGEST_LINE = 2_000

app = typer.Typer(
    name="simstress",
    help="Stress-test LLM simulations: do your simulated people behave like people?\n\n"
    "Begin with `simstress demo`: it needs no key and no network.",
    epilog="Exit codes: 0 pass, 1 regression or failed expectation, 2 usage, 3 inconclusive, 4 missing data,"
    " infrastructure or internal error, 5 budget, 130 interrupted. Every option can come from SIMSTRESS_<OPTION>.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for verb in (
    running.demo,
    running.run,
    stressing.stress,
    running.plan,
    branching.branch,
    scenario_files.init,
    scenario_files.validate,
    judging.judge,
    scoring.score,
    verifying.verify_judges,
    calibrating.calibrate,
    comparing.compare,
    gating.gate,
    attributing.attribute,
    papering.paper,
    reporting.report,
    reporting.view,
):
    app.command(context_settings=options.FROM_ENVIRONMENT)(verb)
app.add_typer(judge_cards.app, name="judges")
app.add_typer(references.app, name="reference")
app.add_typer(baselines.app, name="baseline")
app.add_typer(auditing.app, name="audit")
app.add_typer(caching.app, name="cache")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"simstress {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """The options before the verb."""


def run_app(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. A bug in simstress itself is one line too, and never reads as a 1.

    With SIMSTRESS_TRACEBACK set it shows where the bug is. SIGTERM interrupts it as Ctrl-C does.
    """
    from sims.interrupts import hearing_sigterm

    try:
        with lenient_streams(), hearing_sigterm():
            return _run(arguments)
    except OSError as error:  # the last of stdout, such as on a full disk
        return _complain(f"output: {error.strerror or error}", SYSTEM)


def _run(arguments: Sequence[str]) -> int:
    from sims.errors import SimstressError

    try:
        code = typer.main.get_command(app).main(args=list(arguments), prog_name="simstress", standalone_mode=False)
    except SimstressError as error:
        return _complain(str(error), error.exit_code)
    except (KeyboardInterrupt, Abort):
        return _complain("interrupted", INTERRUPTED)
    except TyperException as error:
        return _complain(error.format_message(), USAGE) if error.format_message() else USAGE
    except OSError as error:
        return _complain(f"{error.filename or 'output'}: {error.strerror or error}", SYSTEM)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        what = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return _complain(f"internal error: {what}, please report it; {TRACEBACK}=1 shows where", SYSTEM)
    if code == INTERRUPTED:  # typer swallows Ctrl-C
        return _complain("interrupted", INTERRUPTED)
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    for line in message.split("\n"):
        told = line[:_LONGEST_LINE] + ("…" if len(line) > _LONGEST_LINE else "")
        sys.stderr.write(f"simstress: error: {told if told.isprintable() else repr(told)[1:-1]}\n")
    return code
