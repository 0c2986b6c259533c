"""The folder of a run: its manifest, and transcripts appended as conversations finish.

A finished conversation is on disk before the next step is taken, so that a killed run loses none it has paid for.
When all are there the file is put into the order of the grid, which makes its bytes independent of concurrency.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from sims.errors import OutputError, TranscriptError, UsageError
from sims.manifest import Manifest
from sims.transcript import Transcript
from sims.transcript_file import TRANSCRIPTS, TranscriptFiles
from sims.transcript_writer import TranscriptWriter, unwritable

_RUN_FILES = ("transcripts.jsonl", "verdicts.jsonl", "summary.json", "report.html")
_DELETE_IT = "delete the line, and run --resume holds its conversation from the start"


@dataclass(frozen=True, slots=True)
class Written:
    """Where a transcript stands in its file, the line and the bytes, and how its conversation ended."""

    line: int
    offset: int
    length: int
    stop_reason: str | None


class RunFolder:
    """The files of one run, by name."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.manifest_file = self.path / "run.json"
        self.transcript_file = self.path / "transcripts.jsonl"
        self._lock_file = self.path / ".lock"

    @property
    def transcripts(self) -> TranscriptFiles:
        """The transcripts written so far, as a stream."""
        return TranscriptFiles([self.transcript_file])

    def create(self, manifest: Manifest) -> None:
        """Make the folder and write the manifest.

        Raises:
            OutputError: a run is there already, or the place cannot be written.
        """
        self._require_free()
        make_folder(self.path)
        with self.locked():
            self._require_free()
            self.write_manifest(manifest)

    def _require_free(self) -> None:
        if self.manifest_file.exists():
            raise OutputError(
                f"{self.path}: a run is already there; continue it with --resume {self.path}, or give another --out"
            )
        foreign = [name for name in _RUN_FILES if (self.path / name).exists()]
        if foreign:
            raise OutputError(f"{self.path}: {foreign[0]} is there already and belongs to no run; give another --out")

    def read_manifest(self) -> Manifest:
        """What run.json says.

        Raises:
            UsageError: there is no run, or its manifest cannot be read.
        """
        try:
            return Manifest.model_validate_json(self.manifest_file.read_bytes())
        except OSError as error:
            raise UsageError(f"{self.path}: there is no run here (no readable run.json): {error.strerror}") from error
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            place = ".".join(map(str, fault["loc"]))
            raise UsageError(
                f"{self.manifest_file}: not a manifest of this version: {place}: {fault['msg']}"
            ) from error

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace run.json in one step."""
        replace_file(self.manifest_file, manifest.model_dump_json(by_alias=True, indent=2) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process.

        Raises:
            UsageError: another process works in it.
        """
        lock = FileLock(self._lock_file, blocking=False)
        try:
            lock.acquire()
        except Timeout:
            raise UsageError(f"{self.path}: another process is running here; wait for it to end") from None
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error.strerror}") from error
        try:
            yield
        finally:
            lock.release()

    def require_idle(self) -> None:
        """Return when no process works in the folder; one that cannot be written is nobody's workplace.

        Raises:
            UsageError: another process works in it.
        """
        if os.access(self._lock_file, os.W_OK):
            with self.locked():
                pass

    def recover(self) -> dict[str, Written]:
        """Every transcript that is wholly there, by id, the newest where one was held again.

        A torn last line is cut off.

        Raises:
            UsageError: a line before the last is damaged.
            OutputError: the file cannot be read or written.
        """
        written: dict[str, Written] = {}
        if not self.transcript_file.exists():
            return written
        whole = 0
        try:
            with self.transcript_file.open("rb") as stream:
                for number, line in enumerate(stream, start=1):
                    if not line.endswith(b"\n"):
                        os.truncate(self.transcript_file, whole)
                        break
                    identity, reason = _identity(self.transcript_file, number, line)
                    written[identity] = Written(number, whole, len(line), reason)
                    whole += len(line)
        except OSError as error:
            raise OutputError(f"{self.transcript_file}: cannot be read and written: {error.strerror}") from error
        return written

    @contextmanager
    def appending(self) -> Iterator[TranscriptWriter]:
        """A writer that puts each transcript on disk at once."""
        try:
            stream = self.transcript_file.open("ab", buffering=0)
        except OSError as error:
            raise unwritable(self.transcript_file, error) from error
        with stream:
            yield TranscriptWriter(stream, self.transcript_file)

    def held(self, ids: Iterable[str]) -> Iterator[Transcript]:
        """The transcripts of those ids, in their order; ids that were not held are passed over."""
        written = self.recover()
        for identity in ids:
            if place := written.get(identity):
                yield self.read(place)

    def read(self, place: Written) -> Transcript:
        """The transcript that stands there."""
        with self.transcript_file.open("rb") as source:
            source.seek(place.offset)
            data = json.loads(source.read(place.length))
        try:
            return TRANSCRIPTS.load(data, path=self.transcript_file, line=place.line)
        except TranscriptError as error:
            raise UsageError(f"{error}; {_DELETE_IT}") from error

    def put_in_order(self, ids: Iterable[str]) -> int:
        """Rewrite the transcripts in the order given, in one step, and return how many there are.

        Ids that were not held are passed over; transcripts that no id names come last.
        """
        written = self.recover()
        count, ordered = len(written), self.transcript_file.with_suffix(".jsonl.part")
        try:
            with self.transcript_file.open("rb") as source, ordered.open("wb") as target:
                places = (written.pop(identity, None) for identity in ids)
                for place in itertools.chain(filter(None, places), written.values()):
                    source.seek(place.offset)
                    target.write(source.read(place.length))
                target.flush()
                os.fsync(target.fileno())
            ordered.replace(self.transcript_file)
        except OSError as error:
            raise unwritable(self.transcript_file, error) from error
        finally:
            ordered.unlink(missing_ok=True)
        return count


def _identity(path: Path, number: int, line: bytes) -> tuple[str, str | None]:
    """The id and the stop reason of a line."""
    try:
        data = json.loads(line)
        return str(data["id"]), data.get("stop_reason")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path}:{number}: a line is damaged: {line[:80]!r}; {_DELETE_IT}") from error


def make_folder(path: Path) -> None:
    """Make a folder to write into, with its parents.

    Raises:
        OutputError: it cannot be made or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".write-test"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}; choose another --out") from error


def replace_file(path: Path, content: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OutputError: it cannot be written; the file that was there is unchanged.
    """
    replace_stream(path, [content])


def replace_stream(path: Path, pieces: Iterable[str]) -> None:
    """Write a file from pieces, whole or not at all; nothing of it is there before the last piece is.

    Raises:
        OutputError: it cannot be written; the file that was there is unchanged.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
