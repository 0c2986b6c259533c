"""What the conversations of a branched run go on from: recorded turns, kept beside its transcripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from sims.cell import Beginning, Cell
from sims.errors import UsageError
from sims.run_folder import RunFolder, replace_stream
from sims.transcript import Transcript
from sims.transcript_file import TRANSCRIPTS

BEGINNINGS_FILE = "begun.jsonl"


def cells_of(folder: RunFolder) -> Iterator[Cell]:
    """The conversations of a run in the order of holding; of a branched run those that have a beginning, with it.

    Raises:
        UsageError: the run was branched off and its beginnings are gone.
    """
    manifest = folder.read_manifest()
    if manifest.branched_off is None:
        return manifest.grid.in_turns
    begun = read_beginnings(folder)
    return (replace(cell, beginning=begun[cell.id]) for cell in manifest.grid.in_turns if cell.id in begun)


def write_beginnings(folder: RunFolder, recordings: Mapping[str, Transcript], *, at: int) -> None:
    """Keep the cut recordings that conversations go on from, by the ids of the conversations."""
    kept = (_kept(identity, recording, at) for identity, recording in recordings.items())
    replace_stream(_file(folder), (TRANSCRIPTS.dump(one) + "\n" for one in kept))


def read_beginnings(folder: RunFolder) -> dict[str, Beginning]:
    """The beginnings of a branched run, by the ids of its conversations.

    Raises:
        UsageError: they are gone, or damaged.
    """
    path = _file(folder)
    if not path.is_file():
        raise UsageError(f"{path}: gone, so the run cannot go on from there; branch again into another --out")
    return {one.id: _beginning(one) for one in TRANSCRIPTS.read(path)}


def count_cells(folder: RunFolder) -> int:
    """How many conversations a run is to hold."""
    manifest = folder.read_manifest()
    return len(manifest.grid) if manifest.branched_off is None else len(read_beginnings(folder))


def _file(folder: RunFolder) -> Path:
    return folder.path / BEGINNINGS_FILE


def _kept(identity: str, recording: Transcript, at: int) -> Transcript:
    return replace(recording, id=identity, meta={"branch": {"of": recording.id, "at": at}})


def _beginning(kept: Transcript) -> Beginning:
    branch = kept.meta["branch"]
    return Beginning(branch["of"], branch["at"], kept.repeat or 0, kept.turns)
