"""Rows of flat texts: .jsonl, .jsonl.gz or .csv files that hold one text a row, whatever else they hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims.errors import Fault, UsageError, nearest
from sims.record_file import json_kind, read_lines, unreadable


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
    for line, row in _csv_rows(path) if path.suffix == ".csv" else read_lines(path, what="row"):
        if not isinstance(row, dict):
            raise _fault(path, line, f"expected a JSON object (a row), found {json_kind(row)}")
        yield TextRow(_identity(path, line, row), _text(path, line, row, field))


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


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row by its column names, with the line it begins on; blank lines are passed over."""
    line, count = 1, 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            names = next(reader, [])
            for values in reader:
                line, begun = reader.line_num, line + 1
                if values and len(values) != len(names):
                    raise _fault(path, begun, f"{len(values)} values, but the first line names {len(names)} columns")
                if values:
                    yield begun, dict(zip(names, values, strict=True))
                    count += 1
    except csv.Error as error:
        raise _fault(path, line, f"not CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path}: {unreadable(path, error, 'row')}") from error
    if not count:
        raise UsageError(f"{path}: there are no rows; expected a first line with the names of the columns, then rows")


def _fault(path: Path, line: int, message: str) -> UsageError:
    return UsageError(str(Fault(str(path), line, None, "", message)))
