"""Rows of flat files: JSON lines, tables (.csv, .tsv), both plain or gzipped, Parquet; and the texts that rows hold."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sims.errors import Fault, UsageError, nearest
from sims.parquet_rows import parquet_rows
from sims.record_file import json_kind, read_lines, unreadable

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_MOST_CELL = 2**30
"""Characters of a cell: csv's own limit of 131,072 would refuse long texts."""
_JSON_LINES = ("", ".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class TextRow:
    """The text of one row. `id` is the row's own, else the number of the line it begins on, from 1."""

    id: str | int
    text: str


def read_text_rows(path: str | Path, *, field: str) -> Iterator[TextRow]:
    """The texts under `field`, row by row; a list of strings is joined by single spaces.

    Raises:
        UsageError: the file cannot be read, or a row lacks the field or holds no text there; names file and line.
    """
    path = Path(path)
    for line, row in read_rows(path):
        if not isinstance(row, dict):
            raise _fault(path, line, f"expected a JSON object (a row), found {json_kind(row)}")
        yield TextRow(_identity(path, line, row), _text(path, line, row, field))


def read_rows(path: str | Path) -> Iterator[tuple[int, Any]]:
    """Each row with the line it begins on: what a line of JSON holds, or the columns of a table by name, as texts.

    The file's ending, in capitals or not, says which: .csv or .tsv is a table whose first line names the columns,
    .jsonl (.ndjson, .json, none) is JSON, a row a line. Either may be gzipped (.gz) and begin with a byte-order mark.
    .parquet is Parquet (extra `parquet`), its rows numbered from 1.

    Raises:
        UsageError: the file cannot be read, holds no row, or has another ending; names file and line.
    """
    path = Path(path)
    if is_table(path):
        return _table_rows(path, delimiter=_DELIMITERS[_ending(path)])
    if _ending(path) == ".parquet":
        return parquet_rows(path)
    if _ending(path) not in _JSON_LINES:
        raise UsageError(
            f"{path}: files ending in {_ending(path)!r} are not read; .jsonl, .csv and .tsv are, also .gz, and .parquet"
        )
    return read_lines(path, what="row", loads=_row_of)


def is_table(path: Path) -> bool:
    """Whether the rows of the file are of a table, all of its values texts."""
    return _ending(path) in _DELIMITERS


def _row_of(line: str | bytes) -> Any:
    """What a line of JSON holds; no object in it may name a key twice, since one of the values would be lost."""
    return json.loads(line, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"the key {_twice(key for key, _ in pairs)!r} stands twice; each may stand once")
    return found


def _twice(names: Iterable[str]) -> str:
    return next(name for name, count in Counter(names).items() if count > 1)


def _ending(path: Path) -> str:
    """The last suffix before any `.gz`, in small letters."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _identity(path: Path, line: int, row: Mapping[str, Any]) -> str | int:
    found = row.get("id")
    if found is None:
        return line
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise _fault(path, line, f"the id is {_kind(found)}; expected a text or a whole number")
    return found


def _text(path: Path, line: int, row: Mapping[str, Any], field: str) -> str:
    if field not in row:
        guess = nearest(field, row)
        hint = f"did you mean {guess!r}? " if guess else ""
        raise _fault(path, line, f"no field {field!r}; {hint}the row has: {', '.join(row) or 'no field at all'}")
    value = row[field]
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    raise _fault(path, line, f"field {field!r} holds {_kind(value)}; expected a text, or a list of strings")


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list of other things than strings"
    return "an object" if isinstance(value, dict) else json_kind(value)


def _table_rows(path: Path, *, delimiter: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row by its column names, with the line it begins on; blank lines are passed over."""
    line, count = 1, 0
    csv.field_size_limit(_MOST_CELL)
    try:
        with _open_table(path) as stream:
            reader = csv.reader(stream, strict=True, delimiter=delimiter)
            names = _column_names(path, next(reader, []))
            line = reader.line_num
            for values in reader:
                line, begun = reader.line_num, line + 1
                if values and len(values) != len(names):
                    raise _fault(path, begun, f"{len(values)} values, but the first line names {len(names)} columns")
                if values:
                    yield begun, dict(zip(names, values, strict=True))
                    count += 1
    except csv.Error as error:
        raise _fault(path, reader.line_num, f"not CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path}: {unreadable(path, error, 'row')}") from error
    if not count:
        raise UsageError(f"{path}: there are no rows; expected a first line with the names of the columns, then rows")


def _open_table(path: Path) -> IO[str]:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _column_names(path: Path, names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise _fault(path, 1, f"two columns are named {_twice(names)!r}; each needs a name of its own")
    return names


def _fault(path: Path, line: int, message: str) -> UsageError:
    return UsageError(str(Fault(str(path), line, None, "", message)))
