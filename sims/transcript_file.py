"""Transcripts in JSONL files, ours and anybody's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from sims.errors import TranscriptError, shortened
from sims.record_file import RecordFormat
from sims.transcript import SCHEMA, Transcript

TRANSCRIPTS: RecordFormat[Transcript] = RecordFormat(
    Transcript,
    what="transcript",
    schema=SCHEMA,
    keys=tuple(field.name for field in fields(Transcript)),
    always=("turns", "meta"),
)


class TranscriptFiles:
    """The transcripts of several files, as a stream that can be read again and again.

    Iterating raises `TranscriptError` at the first line that is not a transcript, and when two transcripts
    share an id, since verdicts name transcripts by it.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self.paths = tuple(Path(path) for path in paths)

    def __iter__(self) -> Iterator[Transcript]:
        seen: set[str] = set()
        for path in self.paths:
            try:
                yield from _not_seen_before(path, seen)
            except TranscriptError as error:
                if (path.parent / "run.json").exists():
                    error.args = (f"{error}; if the run was killed, simstress run --resume {path.parent} mends it",)
                raise


def _not_seen_before(path: Path, seen: set[str]) -> Iterator[Transcript]:
    for transcript in TRANSCRIPTS.read(path):
        if transcript.id in seen:
            raise TranscriptError(path, f"the id {shortened(transcript.id)} occurs twice; ids must be unique")
        seen.add(transcript.id)
        yield transcript
