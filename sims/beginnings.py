"""What the conversations of a branched run go on from: recorded turns, kept beside its transcripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from sims.cell import Beginning, Cell
from sims.errors import UsageError
from sims.run_folder import RunFolder, replace_stream
from sims.transcript import Transcript
from sims.transcript_file import TRANSCRIPTS

BEGINNINGS_FILE = "beginnings.jsonl"
_AGAIN = "so the run cannot go on from there; branch again into another --out"


class _Branch(BaseModel):
    """Where a beginning comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str
    at: NonNegativeInt


def cells_to_hold(folder: RunFolder) -> Iterator[Cell]:
    """The conversations of a run in the order of holding; of a branched run those that have a beginning, with it.

    Raises:
        UsageError: the run was branched off and its beginnings are gone, or damaged.
    """
    manifest = folder.read_manifest()
    if manifest.branched_off is None:
        return manifest.grid.in_turns
    beginnings = read_beginnings(folder)
    return (replace(cell, beginning=beginnings[cell.id]) for cell in manifest.grid.in_turns if cell.id in beginnings)


def write_beginnings(folder: RunFolder, recordings: Mapping[str, Transcript], *, at: int) -> None:
    """Keep the cut recordings that conversations go on from, by the ids of the conversations."""
    cut = (
        replace(recording, id=identity, meta={"branch": {"of": recording.id, "at": at}})
        for identity, recording in recordings.items()
    )
    replace_stream(_file(folder), (TRANSCRIPTS.dump(one) + "\n" for one in cut))


def read_beginnings(folder: RunFolder) -> dict[str, Beginning]:
    """The beginnings of a branched run, by the ids of its conversations.

    Raises:
        UsageError: they are gone, or damaged.
    """
    path = _file(folder)
    if not path.is_file():
        raise UsageError(f"{path}: gone, {_AGAIN}")
    return {one.id: _beginning(one, path) for one in TRANSCRIPTS.read(path)}


def count_cells(folder: RunFolder) -> int:
    """How many conversations a run is to hold."""
    manifest = folder.read_manifest()
    return len(manifest.grid) if manifest.branched_off is None else len(read_beginnings(folder))


def _file(folder: RunFolder) -> Path:
    return folder.path / BEGINNINGS_FILE


def _beginning(cut: Transcript, path: Path) -> Beginning:
    try:
        branch = _Branch.model_validate(cut.meta.get("branch"))
    except ValidationError as error:
        raise UsageError(f"{path}: {cut.id!r} does not say what it was branched off (meta.branch), {_AGAIN}") from error
    return Beginning(branch.of, branch.at, cut.repeat or 0, cut.turns)
