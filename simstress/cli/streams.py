"""stdout and stderr that nobody may be reading: what is written there never decides how a command ends."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any


class _Lenient(io.RawIOBase):
    """Writes to a file as long as that works; from the first failure it forgives on, what is written is dropped."""

    def __init__(self, file: io.FileIO, *, forgives: type[OSError]) -> None:
        self._file, self._forgives, self._is_broken = file, forgives, False

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._file.isatty()

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, data: Any, /) -> int | None:
        if not self._is_broken:
            try:
                return self._file.write(data)
            except self._forgives:
                self._is_broken = True
        return len(data)


@contextlib.contextmanager
def lenient_streams() -> Iterator[None]:
    """Until it ends, a closed stdout and a stderr that takes nothing are written to as if they took it.

    Characters that a stream cannot hold are replaced. A full disk below stdout is still an error: a result is lost.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _lenient(before[0], forgives=BrokenPipeError), _lenient(before[1], forgives=OSError)
    try:
        yield
        sys.stdout.flush()
    finally:
        sys.stdout, sys.stderr = before


def _lenient(stream: Any, *, forgives: type[OSError]) -> Any:
    """The stream over the same file; one that is over none, as tests have them, as it is."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="replace")
    file = getattr(stream.buffer, "raw", stream.buffer)
    if not isinstance(file, io.FileIO):
        return stream
    lenient: Any = _Lenient(file, forgives=forgives)
    return io.TextIOWrapper(
        lenient if file is stream.buffer else io.BufferedWriter(lenient),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
