"""Appends transcripts to a file as their conversations end."""

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
        self._stream, self._path, self._end = stream, path, stream.seek(0, os.SEEK_END)

    def write(self, transcript: Transcript) -> None:
        """Add one line and hand it to the operating system, which keeps it when this process is killed.

        Raises:
            OutputError: it cannot be written; what was there before is unchanged.
        """
        line = memoryview(TRANSCRIPTS.dump(transcript).encode() + b"\n")
        end = self._end + len(line)
        try:
            while line:
                line = line[self._stream.write(line) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                self._stream.truncate(self._end)
            raise unwritable(self._path, error) from error
        self._end = end


def unwritable(path: Path, error: OSError) -> OutputError:
    """What to raise when the transcripts of a run cannot be written."""
    return OutputError(
        f"{path}: cannot be written: {error.strerror}; the conversations before are safe, continue with --resume"
    )
