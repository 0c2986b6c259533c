"""What the verbs say that take of a stress test its control alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer


def say_control(paths: Iterable[Path]) -> None:
    """Write a line to stderr for each folder that holds a stress test."""
    from analysis.judged_folder import MANIFEST_FILE, SOURCES_FILE, JudgedFolder
    from analysis.stress.control import control_note

    for path in paths:
        if any((path / name).is_file() for name in (MANIFEST_FILE, SOURCES_FILE)):
            note = control_note(JudgedFolder(path))
            if note:
                typer.echo(note, err=True)
