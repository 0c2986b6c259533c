"""Appends transcripts to a file as their conversations end, each whole or not at all."""

from __future__ import annotations

import contextlib
import os
from io import FileIO
from pathlib import Path

from sims.errors import OutputError
from sims.transcript import Transcript
from sims.transcript_file import TRANSCRIPTS


class TranscriptWriter:
    """Appends transcripts to an open file, each whole or not at all."""

    def __init__(self, stream: FileIO, path: Path) -> None:
        self._stream, self._path = stream, path

    def write(self, transcript: Transcript) -> None:
        """Add one line and hand it to the operating system, which keeps it when this process is killed.

        Raises:
            OutputError: it cannot be written; what was there before is unchanged.
        """
        try:
            append_whole(self._stream, TRANSCRIPTS.dump(transcript).encode() + b"\n")
        except OSError as error:
            raise unwritable(self._path, error) from error


def append_whole(stream: FileIO, content: bytes) -> None:
    """Put content behind what is there, all of it or nothing.

    Raises:
        OSError: it cannot be written.
    """
    end, rest = stream.seek(0, os.SEEK_END), memoryview(content)
    try:
        while rest:
            rest = rest[stream.write(rest) :]
    except OSError:
        with contextlib.suppress(OSError):
            stream.truncate(end)
        raise


def unwritable(path: Path, error: OSError) -> OutputError:
    """What to raise when the transcripts of a run cannot be written."""
    return OutputError(
        f"{path}: cannot be written: {error.strerror}; the conversations before are safe, continue with --resume"
    )
