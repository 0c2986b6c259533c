"""Rows of Parquet files, read a batch at a time; needs the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sims.errors import UsageError

_BATCH_ROWS = 1_000


def parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row by its column names, with its number from 1; nested values come as lists and objects.

    Raises:
        UsageError: pyarrow is not installed, or the file is missing, no Parquet, or holds no rows.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise UsageError(f"{path}: Parquet needs pyarrow; install it with: pip install 'simstress[parquet]'") from error
    if not path.is_file():
        raise UsageError(f"{path}: {'this is a directory' if path.is_dir() else 'there is no such file'}")
    count = 0
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if len(set(names)) < len(names):
                raise UsageError(f"{path}: two columns have one name ({', '.join(names)}); each needs one of its own")
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                yield from enumerate(batch.to_pylist(), start=count + 1)
                count += len(batch)
    except (arrow.ArrowException, OSError) as error:
        raise UsageError(f"{path}: cannot be read as Parquet: {' '.join(str(error).split())[:200]}") from error
    if not count:
        raise UsageError(f"{path}: there are no rows")
