"""The columns of audited files: labels, texts and groups, every fault with its file, line and column."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import Any

from sims.errors import Fault, UsageError, nearest
from sims.flat_rows import is_table, read_rows

_ONE = (str, int, float, bool, NoneType, date, Decimal)
"""What a label may be read from: all that is one value; dates and decimals come from Parquet."""
_WHOLE = re.compile(r"-?\d+\.0+")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, its values by column. `kinds` is shared by the rows of a reading: what each column holds."""

    path: Path
    line: int
    values: Mapping[str, Any]
    kinds: dict[str, str]

    @property
    def place(self) -> str:
        """Where the row stands, as `file:line`."""
        return f"{self.path}:{self.line}"

    def fault(self, column: str, message: str) -> UsageError:
        """The error that names this row and the column."""
        return UsageError(str(Fault(str(self.path), self.line, None, f"column {column!r}", message)))

    def text(self, column: str) -> str:
        """The text in the column, as it stands; "" where it is missing or null.

        Raises:
            UsageError: there is no such column, or it holds something else than a text.
        """
        value = self._value(column)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.fault(column, f"holds {_kind(value)} ({_shown(value)}); expected a text")
        return value

    def label(self, column: str) -> str | None:
        """The label in the column: a text trimmed, a number (a whole one without its point), true or false.

        None where it is missing: null, NaN or blank. A cell of a table is a text, but "1.0" and "True" are read as
        1 and true there: tables write whole numbers so in columns with gaps.

        Raises:
            UsageError: there is no such column, it holds a list or an object, or earlier rows held another kind.
        """
        value = self._value(column)
        if not isinstance(value, _ONE):
            raise self.fault(column, f"holds {_kind(value)} ({_shown(value)}); expected one label")
        return self._label(column, value)

    def labels(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The labels in the columns: each holds one, or a list of them; what is missing is left out.

        A column of a table may hold a list as JSON ("[0, 1, 1]").

        Raises:
            UsageError: as for `label`; also for a list that holds lists or objects.
        """
        found: list[str] = []
        for column in columns:
            value = self._list(column, self._value(column))
            for one in value if isinstance(value, list) else [value]:
                if not isinstance(one, _ONE):
                    raise self.fault(column, f"holds {_kind(one)} ({_shown(one)}) in a list; expected labels")
                label = self._label(column, one)
                found += [] if label is None else [label]
        return tuple(found)

    def group(self, column: str | None) -> str:
        """The group the row belongs to, by the column; a row without one is a group of its own."""
        return (self.label(column) if column is not None else None) or f"row at {self.place}"

    def _value(self, column: str) -> Any:
        if column not in self.values:
            guess = nearest(column, self.values)
            hint = f"did you mean {guess!r}? " if guess else ""
            raise UsageError(
                f"{self.place}: there is no column {column!r}; {hint}there are: {', '.join(self.values) or 'none'}"
            )
        value = self.values[column]
        return None if _is_missing(value) else value

    def _label(self, column: str, value: Any) -> str | None:
        if _is_missing(value):
            return None
        is_cell = is_table(self.path)
        kind = "a text" if is_cell else _label_kind(value)
        held = self.kinds.setdefault(column, kind)
        if held != kind:
            raise self.fault(
                column, f"holds {kind} ({_shown(value)}), but {held} in earlier rows; make them of one kind"
            )
        if isinstance(value, float) and math.isinf(value):
            raise self.fault(column, f"holds a number without end ({_shown(value)}); expected a label")
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        label = str(value).strip()
        if isinstance(value, bool) or (is_cell and label.lower() in ("true", "false")):
            return label.lower()
        return label.partition(".")[0] if is_cell and _WHOLE.fullmatch(label) else label

    def _list(self, column: str, value: Any) -> Any:
        """The value, or the list that a cell of a table spells."""
        if not (isinstance(value, str) and is_table(self.path) and value.lstrip().startswith("[")):
            return value
        for read in (json.loads, ast.literal_eval):
            try:
                found = read(value)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(found, list):
                return found
        raise self.fault(column, f"looks like a list but cannot be read as one: {_shown(value)}")


class Rows:
    """The rows of one or more files as a stream that can be begun again; every row an object, columns by name.

    `columns` are those that will be asked for: the first row is checked for them, so that a misspelled name is found
    before anything is computed.
    """

    def __init__(self, paths: Sequence[Path], *, columns: Sequence[str]) -> None:
        if isinstance(paths, str | Path):
            raise UsageError(f"{paths}: expected a list of files; put the one into brackets: [{str(paths)!r}]")
        self.paths, self.columns = tuple(map(Path, paths)), tuple(columns)

    def __iter__(self) -> Iterator[Row]:
        """The rows.

        Raises:
            UsageError: a file cannot be read or holds no rows, a row is no object, or the first lacks a column.
        """
        kinds: dict[str, str] = {}
        for path in self.paths:
            for count, (line, values) in enumerate(read_rows(path)):
                if not isinstance(values, dict):
                    raise UsageError(f"{path}:{line}: expected a JSON object (a row), found {_kind(values)}")
                row = Row(Path(path), line, values, kinds)
                if not count:
                    for column in self.columns:
                        row._value(column)
                yield row


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, float) and math.isnan(value))


def _label_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "a number" if isinstance(value, int | float) else "a text"


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    if value is None:
        return "null"
    return _label_kind(value) if isinstance(value, bool | int | float | str) else f"a {type(value).__name__}"


def _shown(value: Any, *, limit: int = 60) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else f"{text[:limit]}…"
