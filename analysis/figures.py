"""How figures stand in files: six significant digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DIGITS = 6


def rounded(value: Any) -> Any:
    """A float with six significant digits; everything else as it is.

    >>> rounded(1 / 3), rounded("a"), rounded(None)
    (0.333333, 'a', None)
    """
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def rounded_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its floats rounded."""
    return {key: rounded(value) for key, value in record.items()}
