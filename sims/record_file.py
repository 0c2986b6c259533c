"""JSON Lines files of one kind of record: read as a stream, every fault with its file and line."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import jsonlines
from pydantic import TypeAdapter, ValidationError

from sims.errors import TranscriptError, nearest, shortened

Record = TypeVar("Record")
_SURROGATE = re.compile("[\ud800-\udfff]")


class RecordFormat(Generic[Record]):
    """How one kind of record stands in a JSONL file, plain or gzipped (`.gz`).

    `what` names the record in messages; `keys` are those allowed at its top, for "did you mean";
    `always` are written even where they are empty.
    """

    def __init__(
        self, record_type: type[Record], *, what: str, schema: str, keys: tuple[str, ...], always: tuple[str, ...]
    ) -> None:
        self._adapter: TypeAdapter[Record] = TypeAdapter(record_type)
        self.what, self.schema, self.keys, self.always = what, schema, keys, always

    def read(self, path: str | Path) -> Iterator[Record]:
        """The records of a file, one at a time; blank lines are passed over.

        Raises:
            TranscriptError: the file is missing, a directory, empty, not text, or a line is not such a record.
        """
        for line, data in read_lines(path, what=self.what):
            yield self.load(data, path=path, line=line)

    def load(self, data: Any, *, path: str | Path, line: int) -> Record:
        """The record that the decoded JSON of one line stands for."""
        if not isinstance(data, dict):
            raise TranscriptError(path, f"expected a JSON object (a {self.what}), found {json_kind(data)}", line=line)
        schema = data.get("schema", self.schema)
        if schema != self.schema:
            raise TranscriptError(
                path, f"schema {shortened(schema)} cannot be read here; expected {self.schema!r}", line=line
            )
        try:
            return self._adapter.validate_python(data)
        except ValidationError as error:
            raise TranscriptError(path, self._first_fault(error), line=line) from error

    def dump(self, record: Record) -> str:
        """One line of JSON, without its line end; what is at its default is left out, but for `always`."""
        data = {"schema": self.schema, **self._adapter.dump_python(record, exclude_defaults=True)}
        data.update({key: getattr(record, key) for key in self.always if key not in data})
        return json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)

    def _first_fault(self, error: ValidationError) -> str:
        fault = error.errors(include_url=False)[0]
        place = ".".join(
            part if isinstance(part, str) and len(part) < 100 else shortened(part) for part in fault["loc"]
        )
        if fault["type"] == "missing":
            return f"not a {self.what}: the key {place!r} is missing"
        if fault["type"] == "unexpected_keyword_argument":
            guess = nearest(str(fault["loc"][-1]), self.keys) if len(fault["loc"]) == 1 else None
            hint = f"; did you mean {guess!r}?" if guess else "; free-form data belongs under 'meta'"
            return f"unknown key {place!r}{hint}"
        message = fault["msg"].removeprefix("Value error, ")
        return f"{place}: {message}" if place else message


def read_lines(
    path: str | Path, *, what: str, loads: Callable[[str | bytes], Any] = json.loads
) -> Iterator[tuple[int, Any]]:
    """The decoded JSON of each line with the line's number, one at a time; blank lines are passed over.

    Raises:
        TranscriptError: the file is missing, a directory, empty or not text, or a line is not JSON.
    """
    path = Path(path)
    count = 0
    try:
        with _open_text(path) as stream:
            for line, data in _numbered_objects(path, stream, loads):
                yield line, data
                count += 1
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise TranscriptError(path, unreadable(path, error, what)) from error
    if not count:
        raise TranscriptError(path, f"the file is empty; expected one {what} a line, as JSON")


def _open_text(path: Path) -> IO[str]:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def _numbered_objects(path: Path, stream: IO[str], loads: Callable[[str | bytes], Any]) -> Iterator[tuple[int, Any]]:
    numbered = enumerate(stream, start=1)
    for number, text in numbered:
        if not text.strip():
            continue
        try:
            data = jsonlines.Reader([text.rstrip("\n")], loads=loads).read()
            yield number, _of_whole_characters(data) if "\\ud" in text.lower() else data
        except jsonlines.InvalidLineError as error:
            raise TranscriptError(path, f"not JSON: {_why(error.__cause__ or error)}", line=number) from error
        except RecursionError as error:
            raise TranscriptError(path, "not a record: brackets within brackets without end", line=number) from error


def _of_whole_characters(data: Any) -> Any:
    """The data, half characters (lone surrogate escapes) replaced by U+FFFD: no table, page or terminal holds them."""
    text = json.dumps(data, ensure_ascii=False)
    return json.loads(_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)) if _SURROGATE.search(text) else data


def _why(error: BaseException) -> str:
    return "a whole number has too many digits" if "set_int_max_str_digits" in str(error) else str(error)


def unreadable(path: Path, error: Exception, what: str) -> str:
    """Why a file of such records cannot be read, in words."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "this is a directory; name the file inside it"
    if isinstance(error, UnicodeDecodeError):
        return f"this is not UTF-8 text (byte {error.start}); expected one {what} a line, as JSON"
    if path.suffix == ".gz":
        return f"cannot be decompressed: {error}"
    return f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"


def json_kind(data: Any) -> str:
    """What a decoded value is called in messages."""
    kinds = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return kinds.get(type(data), "a number")
