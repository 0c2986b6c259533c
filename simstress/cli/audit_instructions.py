"""audit instructions: what is corrupt in instruction data, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import audit_options, options

if TYPE_CHECKING:
    from analysis.datatypes.instructions.columns import InstructionColumns
    from analysis.second_order.task import Task

InputColumn = Annotated[
    str | None,
    typer.Option(
        "--input-column", help='Column of the inputs; left out: "input" where rows have one.', metavar="COLUMN"
    ),
]
Human = Annotated[
    Path | None,
    typer.Option("--human", help="Instruction data by people, with the same columns, to compare with.", metavar="FILE"),
]
Ignore = Annotated[
    list[str] | None, typer.Option("--ignore", help="A check to leave out; may be given again.", metavar="CHECK")
]


def instructions(
    files: audit_options.Files,
    *,
    instruction_column: Annotated[
        str, typer.Option("--instruction-column", help="Column of the instructions.", metavar="COLUMN")
    ] = "instruction",
    input_column: InputColumn = None,
    output_column: Annotated[
        str, typer.Option("--output-column", help="Column of the outputs.", metavar="COLUMN")
    ] = "output",
    cluster_column: audit_options.ClusterColumn = None,
    ignore: Ignore = None,
    human: Human = None,
    retrain: audit_options.Retrain = False,
    estimator: audit_options.Estimator = None,
    seeds: audit_options.Seeds = 5,
    seed: options.Seed = 0,
    out: audit_options.Out = Path("audit-instructions"),
    as_json: options.AsJson = False,
) -> int:
    """Scan instruction data for corruptions: suspects with reasons, a clean copy, and counts.

    Writes suspects.jsonl and clean.jsonl beside the report; together they hold every row.
    """
    from analysis.datatypes.instructions.audit import audit_of, refuse_own_people
    from analysis.datatypes.instructions.columns import InstructionColumns
    from analysis.datatypes.instructions.scan import CLEAN_FILE, SUSPECTS_FILE, scan_instructions
    from analysis.datatypes.instructions.telling import tell_instructions
    from simstress.cli.audit_outputs import begin, finish
    from simstress.cli.audit_retraining import Retraining

    columns = InstructionColumns(instruction_column, input_column, output_column, cluster_column)
    ignored = tuple(ignore or ())
    refuse_own_people(files, human)
    retraining = Retraining(retrain, estimator, seeds, seed)
    begin("instructions", out, extra_files=(CLEAN_FILE, SUSPECTS_FILE), retraining=retraining)
    _check_out(out, [*files, *([human] if human else [])])
    scan = scan_instructions(files, columns, ignore=ignored)
    people = scan_instructions([human], columns, ignore=ignored) if human else None
    audit = audit_of(scan, people=people, ignored=ignored, seed=seed)
    found = retraining.of(lambda: _task(files, columns, human, seed))
    return finish(
        "instructions",
        audit,
        told=tell_instructions(audit, second_order=found),
        sources={"files": list(map(str, files)), "human": str(human) if human else None, "columns": columns},
        second_order=found,
        out=out,
        as_json=as_json,
        extra_files={SUSPECTS_FILE: scan.suspect_lines(), CLEAN_FILE: scan.clean_lines()},
    )


def _task(files: list[Path], columns: InstructionColumns, human: Path | None, seed: int) -> Task:
    from analysis.datatypes.instructions.task import instructions_task
    from sims.errors import UsageError

    if human is None:
        raise UsageError("--retrain needs people's instruction data to test on: give it by --human FILE")
    return instructions_task(files, columns, human=human, seed=seed)


def _check_out(out: Path, files: list[Path]) -> None:
    """Return when no file that is read would be replaced."""
    from analysis.datatypes.instructions.scan import CLEAN_FILE, SUSPECTS_FILE
    from sims.errors import OutputError

    written = {(out / name).resolve() for name in (CLEAN_FILE, SUSPECTS_FILE)}
    for file in files:
        if file.resolve() in written:
            raise OutputError(f"{out}: would replace {file}, which is read; choose another --out")
