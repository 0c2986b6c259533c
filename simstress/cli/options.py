"""Options that several verbs share, declared once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

Judges = Annotated[
    str | None,
    typer.Option(
        "--judges", help="Comma-separated judges; left out: those the scenarios name, else all.", metavar="A,B"
    ),
]
Reference = Annotated[
    str | None,
    typer.Option("--reference", help="Human profile to compare with, by name or file; left out: the scenario's own."),
]
Seed = Annotated[int, typer.Option("--seed", help="Everything random follows from it.", min=0)]
MaxMissing = Annotated[
    float,
    typer.Option("--max-missing", help="Highest share of failed conversations that still passes.", min=0, max=1),
]
AsJson = Annotated[
    bool, typer.Option("--json", envvar="SIMSTRESS_JSON", help="Print records to stdout, one JSON object a line.")
]
Transcripts = Annotated[
    list[Path], typer.Argument(help="Transcript files (.jsonl, .jsonl.gz) or run folders.", metavar="FILE...")
]


def transcript_files(paths: Sequence[Path]) -> list[Path]:
    """The transcript files that were named, a run folder by the file inside it."""
    return [path / "transcripts.jsonl" if (path / "run.json").is_file() else path for path in paths]


def chosen_judges(names: str | None) -> tuple[str, ...]:
    """The judges of a comma-separated option; empty when it was left out.

    Raises:
        UnknownNameError: no judge has one of the names.
    """
    from judges.catalogue import judge_names
    from sims.errors import UnknownNameError, UsageError

    chosen = split_names(names)
    if names is not None and not chosen:
        raise UsageError(f"--judges {names!r} names no judge; there are: {', '.join(judge_names())}")
    for name in chosen:
        if name not in judge_names():
            raise UnknownNameError("judge", name, judge_names())
    return chosen


def split_names(names: str | None) -> tuple[str, ...]:
    """The names of a comma-separated option; empty when it was left out."""
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())
