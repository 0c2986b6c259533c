"""Rows of the known files with their places: every fault is one line with file, row and field."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims.errors import UsageError
from sims.flat_rows import read_rows


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One row and where it stands. Fields inside objects are named with dots ("meta.run").

    In a table, where all values are texts, numbers, lists and objects are those that the cell spells as JSON.
    """

    place: str
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """The text under the name.

        Raises:
            UsageError: there is none; as for the other readers below, with place and field.
        """
        value = self._value(name)
        if not isinstance(value, str):
            raise self.fault(name, f"expected a text, found {_shown(value)}")
        return value

    def word(self, name: str) -> str:
        """A text or a whole number as a word: what rows are told apart by."""
        value = self._value(name)
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise self.fault(name, f"expected a name or a whole number, found {_shown(value)}")
        return str(value)

    def flag(self, name: str) -> bool:
        """The truth value under the name."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise self.fault(name, f"expected true or false, found {_shown(value)}")
        return value

    def number(self, name: str) -> float:
        """The number under the name, finite."""
        return self._number(name, self._value(name))

    def numbers(self, name: str) -> tuple[float, ...]:
        """The list of numbers under the name, at least one."""
        found = tuple(self._number(name, one) for one in self.list(name))
        if not found:
            raise self.fault(name, "expected a list of numbers, found an empty one")
        return found

    def all_numbers(self) -> Mapping[str, float]:
        """All fields, each a number."""
        return {name: self._number(name, value) for name, value in self.values.items()}

    def mapping(self, name: str) -> Mapping[str, Any]:
        """The object under the name."""
        value = self._spelt(name)
        if not isinstance(value, dict):
            raise self.fault(name, f"expected an object, found {_shown(value)}")
        return value

    def list(self, name: str) -> list[Any]:
        """The list under the name, whatever it holds."""
        value = self._spelt(name)
        if not isinstance(value, list):
            raise self.fault(name, f"expected a list, found {_shown(value)}")
        return value

    def fault(self, name: str, message: str) -> UsageError:
        """The error that names this row and the field."""
        return UsageError(f"{self.place}: field {name!r}: {message}")

    def _value(self, name: str) -> Any:
        value: Any = self.values
        for part in name.split("."):
            if not isinstance(value, Mapping) or part not in value:
                there = ", ".join(map(str, value)) if isinstance(value, Mapping) else _shown(value)
                raise self.fault(name, f"is not there; there is: {there[:200]}")
            value = value[part]
        return value

    def _number(self, name: str, value: Any) -> float:
        try:
            found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise self.fault(name, f"expected a number, found {_shown(value)}")
        return found

    def _spelt(self, name: str) -> Any:
        value = self._value(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise self.fault(name, f"expected JSON, found {_shown(value)}") from error


def rows_in(path: Path) -> Iterator[PublishedRow]:
    """The rows of a file.

    Raises:
        UsageError: it cannot be read, holds no rows, or a row is no object.
    """
    for line, values in read_rows(path):
        if not isinstance(values, dict):
            raise UsageError(f"{path}:{line}: expected an object (a row), found {_shown(values)}")
        yield PublishedRow(f"{path}:{line}", values)


def _shown(value: Any, *, limit: int = 60) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else f"{text[:limit]}…"
