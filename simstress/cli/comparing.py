"""compare: conversations against people, or against other conversations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options

if TYPE_CHECKING:
    from analysis.findings import Shift

Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help="Compare side A here with side B there; repeat for more.", metavar="A=B"),
]


def compare(
    files: options.Transcripts,
    *,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            help="A human profile, by name or .json file; left out: the first FILE is compared"
            " with each of the others.",
        ),
    ] = None,
    role: Roles = None,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Say how far conversations lie from people, or from other conversations: effects, intervals, decisions."""
    from analysis.comparison import records

    roles = _roles(role or ())
    shifts = _against_people(files, reference, roles, seed) if reference else _among_files(files, roles, seed)
    if as_json:
        for record in records(shifts):
            typer.echo(json.dumps(record, allow_nan=False))
    else:
        _print(shifts)


def _against_people(
    files: Sequence[Path], reference: str, roles: dict[str, str] | None, seed: int
) -> tuple[Shift, ...]:
    from analysis.comparison import compare_to_profile
    from analysis.reference import load_profile
    from analysis.tables import feature_table
    from sims.transcript_file import TranscriptFiles

    profile = load_profile(reference)
    table = feature_table(TranscriptFiles(options.transcript_files(files)))
    return compare_to_profile(table, profile, roles=roles, seed=seed)


def _among_files(files: Sequence[Path], roles: dict[str, str] | None, seed: int) -> tuple[Shift, ...]:
    from analysis.comparison import compare_tables, corrected_together
    from analysis.tables import feature_table
    from sims.errors import UsageError
    from sims.transcript_file import TranscriptFiles

    if len(files) < 2:
        raise UsageError("nothing to compare with: give --reference NAME (simstress reference list), or a second file")
    first, *others = (feature_table(TranscriptFiles([path])) for path in options.transcript_files(files))
    return corrected_together(
        [
            shift
            for path, other in zip(files[1:], others, strict=True)
            for shift in compare_tables(first, other, name=str(path), roles=roles, seed=seed)
        ]
    )


def _roles(texts: Sequence[str]) -> dict[str, str] | None:
    from sims.errors import UsageError

    pairs = [_pair(text) for text in texts]
    roles = dict(pairs)
    if len(roles) < len(pairs):
        raise UsageError("--role: a side is named twice; each side here is compared with one side there")
    return roles or None


def _pair(text: str) -> tuple[str, str]:
    from sims.errors import UsageError

    here, sign, there = text.partition("=")
    if not (here and sign and there):
        raise UsageError(f"--role {text!r}: expected SIDE=SIDE, for example seeker=seeker or peer=helper")
    return here, there


def _print(shifts: Sequence[Shift]) -> None:
    from rich.console import Console

    from analysis.features import FEATURES
    from simstress.cli.terminal import shifts_tables

    console = Console()
    for table in shifts_tables(shifts, labels={feature.name: feature.label for feature in FEATURES.values()}):
        console.print(table)
