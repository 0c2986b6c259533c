"""Options that several verbs share, declared once."""

from __future__ import annotations

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
AsJson = Annotated[bool, typer.Option("--json", help="Print records to stdout, one JSON object a line.")]
Transcripts = Annotated[
    list[Path], typer.Argument(help="Transcript files (.jsonl, .jsonl.gz) or run folders.", metavar="FILE...")
]


def split_names(names: str | None) -> tuple[str, ...]:
    """The names of a comma-separated option; empty when it was left out."""
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())
