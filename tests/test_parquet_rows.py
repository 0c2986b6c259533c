"""Parquet files as rows: the same rows as JSON lines would give, and every fault in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from sims.errors import UsageError
from sims.flat_rows import read_rows

ROWS = [{"id": f"r{n}", "labels": [0, n], "text": None if n == 2 else f"text {n}"} for n in range(2_500)]


def test_rows_are_those_of_json_lines(tmp_path: Path) -> None:
    """Lists and nulls come as in JSON; rows are numbered from 1 through batches of a thousand."""
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    assert list(read_rows(tmp_path / "rows.parquet")) == list(read_rows(tmp_path / "rows.jsonl"))


def test_no_rows_is_a_fault(tmp_path: Path) -> None:
    """A table with columns and no rows is refused like an empty file."""
    parquet.write_table(pyarrow.table({"id": pyarrow.array([], pyarrow.string())}), tmp_path / "none.parquet")
    with pytest.raises(UsageError, match="there are no rows"):
        list(read_rows(tmp_path / "none.parquet"))


def test_two_columns_of_one_name_are_a_fault(tmp_path: Path) -> None:
    """One of the two values of each row would be lost."""
    table = pyarrow.table([pyarrow.array(["a"]), pyarrow.array(["b"])], names=["text", "text"])
    parquet.write_table(table, tmp_path / "twice.parquet")
    with pytest.raises(UsageError, match="two columns have one name"):
        list(read_rows(tmp_path / "twice.parquet"))


def test_a_key_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    """In JSON lines too, with its line."""
    (tmp_path / "twice.jsonl").write_text('{"a": 1}\n{"text": "x", "text": "y"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"twice.jsonl:2: .*'text' stands twice"):
        list(read_rows(tmp_path / "twice.jsonl"))


def test_a_long_cell_and_a_long_number(tmp_path: Path) -> None:
    """A cell of 200,000 characters is read; a number of 5,000 digits is refused in words of ours."""
    (tmp_path / "long.csv").write_text(f"text\n{'x' * 200_000}\n", encoding="utf-8")
    assert [len(row["text"]) for _, row in read_rows(tmp_path / "long.csv")] == [200_000]
    (tmp_path / "long.jsonl").write_text(f'{{"n": {"9" * 5_000}}}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="too many digits"):
        list(read_rows(tmp_path / "long.jsonl"))


@pytest.mark.parametrize(("content", "message"), [(b"a,b\n1,2\n", "cannot be read as Parquet"), (None, "no such file")])
def test_what_is_no_parquet_is_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    """A foreign or missing file is named in one line."""
    path = tmp_path / "x.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        list(read_rows(path))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_without_pyarrow_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named where it is missing."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"simstress\[parquet\]"):
        list(read_rows(tmp_path / "x.parquet"))
