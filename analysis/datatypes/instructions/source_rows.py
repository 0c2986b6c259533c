"""The rows of files as lines of JSON, with the very values that the source has."""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from sims.flat_rows import is_table, read_rows


def row_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each row with the line it begins on, as one line of JSON without its end.

    A line of JSON is given as it stands, so that 1E5 stays 1E5. Rows of tables and of Parquet are written as JSON.
    """
    if is_table(path) or path.suffix.lower() == ".parquet":
        return ((line, as_json(values)) for line, values in read_rows(path))
    return _lines(path)


def as_json(values: Mapping[str, Any]) -> str:
    """The values as JSON: NaN and infinities as null, bytes in base64, dates and decimals as their text."""
    plain = {key: _plain(value) for key, value in values.items()}
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":"), default=str, allow_nan=False)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with _open(path) as stream:
        for line, text in enumerate(stream, start=1):
            if text.strip():
                yield line, _valid(text.strip())


def _valid(text: str) -> str:
    """The line; where it has a bare NaN or Infinity, which is no JSON, it is written anew with null for them."""
    if "NaN" not in text and "Infinity" not in text:
        return text
    constants: list[str] = []
    values = json.loads(text, parse_constant=constants.append)
    return as_json(values) if constants else text


def _open(path: Path) -> IO[str]:
    """As sims.record_file opens it: a byte-order mark is no part of the first row."""
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
