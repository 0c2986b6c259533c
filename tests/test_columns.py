"""The columns of audited files: what is read from them, and every fault in one line with its place."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from analysis.datatypes.columns import Row, Rows
from sims.errors import UsageError


def row(value: Any, *, path: str = "rows.jsonl", kinds: dict[str, str] | None = None) -> Row:
    """A row whose column `x` holds the value, in line 7 of the file."""
    return Row(Path(path), 7, {"x": value}, {} if kinds is None else kinds)


def cell(value: str) -> Row:
    """The same in a table."""
    return row(value, path="rows.csv")


def written(path: Path, *rows: Any) -> Path:
    """The rows in a file of JSON lines."""
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (" yes ", "yes"),
        (1, "1"),
        (1.0, "1"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (True, "true"),
        ("1.0", "1.0"),
        ("True", "True"),
        (date(2024, 1, 31), "2024-01-31"),
        (Decimal("1.50"), "1.50"),
        (None, None),
        (float("nan"), None),
        ("", None),
        (" \t\n", None),
    ],
)
def test_a_label_is_a_text(value: Any, label: str | None) -> None:
    """Numbers lose a point that says nothing, texts their outer blanks; what is missing is None, never "nan" or ""."""
    assert row(value).label("x") == label


@pytest.mark.parametrize(
    ("value", "label"),
    [("1.0", "1"), ("-2.00", "-2"), ("1.5", "1.5"), ("1.0.0", "1.0.0"), ("TRUE", "true"), ("no", "no"), (" ", None)],
)
def test_a_cell_of_a_table_is_read_as_it_was_meant(value: str, label: str | None) -> None:
    """A table writes 1 as "1.0" where the column has gaps: the labels of two columns are the same all the same."""
    assert cell(value).label("x") == label


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("[0, 1, 1]", ("0", "1", "1")),
        (" [1.0, null, NaN]", ("1",)),
        ("['a', 'b']", ("a", "b")),
        ('["a", " "]', ("a",)),
        ("[True]", ("true",)),
        ("[]", ()),
        ("a", ("a",)),
        ("", ()),
    ],
)
def test_a_cell_may_spell_a_list(value: str, labels: tuple[str, ...]) -> None:
    """As JSON or as Python writes it; what is missing in it is left out."""
    assert cell(value).labels(["x"]) == labels


def test_lists_and_cells_may_stand_in_one_column() -> None:
    """One annotator in one row, two in the next: "1" and "[1, 0]" hold the same kind of label."""
    kinds: dict[str, str] = {}
    assert row("1", path="rows.csv", kinds=kinds).labels(["x"]) == ("1",)
    assert row("[1, 0]", path="rows.csv", kinds=kinds).labels(["x"]) == ("1", "0")


def test_labels_of_several_columns_come_in_their_order() -> None:
    """Lists and single labels together; each column may be of another kind."""
    one = Row(Path("r.jsonl"), 1, {"a": [1, None, 2], "b": "z", "c": None}, {})
    assert one.labels(["b", "a", "c"]) == ("z", "1", "2")


@pytest.mark.parametrize("value", ["[1] is not a list in JSON lines", "[0, 1]"])
def test_a_text_of_json_lines_spells_no_list(value: str) -> None:
    """There lists are lists: a text that begins with a bracket is a label."""
    assert row(value).labels(["x"]) == (value,)


@pytest.mark.parametrize(
    ("read", "value", "told"),
    [
        (Row.label, [1], "holds a list ([1]); expected one label"),
        (Row.label, {"a": 1}, "holds an object ({'a': 1}); expected one label"),
        (Row.label, b"a", "holds a bytes (b'a'); expected one label"),
        (Row.text, 5, "holds a number (5); expected a text"),
        (Row.text, True, "holds true or false (True); expected a text"),
        (Row.text, ["a"], "holds a list (['a']); expected a text"),
        (Row.text, b"a", "holds a bytes (b'a'); expected a text"),
        (lambda one, name: one.labels([name]), [[1]], "holds a list ([1]) in a list; expected labels"),
        (lambda one, name: one.labels([name]), [{}], "holds an object ({}) in a list; expected labels"),
        (lambda one, name: one.labels([name]), ["a", 1], "holds a number (1), but a text in earlier rows"),
        (lambda one, name: one.labels([name]), [1, True], "holds true or false (True), but a number in earlier rows"),
    ],
)
def test_a_value_of_another_kind_is_one_line(read: Callable[[Row, str], object], value: Any, told: str) -> None:
    """File, line, column, what it holds, what was expected."""
    with pytest.raises(UsageError) as caught:
        read(row(value), "x")
    assert str(caught.value).startswith(f"rows.jsonl:7: column 'x': {told}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["[1, 2", "[a, b]", "[1, 2], [3]", "[" * 10_000, "[{1, 2}]", "[1](2)"])
def test_a_broken_list_in_a_table_is_one_line(value: str) -> None:
    """It is never taken for a label, and the value is shown cut."""
    with pytest.raises(UsageError) as caught:
        cell(value).labels(["x"])
    assert str(caught.value).startswith("rows.csv:7: column 'x': ")
    assert len(str(caught.value)) < 200


def test_mixed_kinds_are_told_with_the_row_that_differs() -> None:
    """Texts, then a number: line 7 holds a number, earlier rows a text; numbers whole and not are one kind."""
    kinds: dict[str, str] = {}
    row("a", kinds=kinds).label("x")
    with pytest.raises(UsageError, match=r"rows\.jsonl:7: column 'x': holds a number \(1\), but a text in earlier"):
        row(1, kinds=kinds).label("x")
    whole: dict[str, str] = {}
    assert [row(value, kinds=whole).label("x") for value in (1, 1.5, None, 2.0)] == ["1", "1.5", None, "2"]


def test_what_is_missing_is_of_no_kind() -> None:
    """A blank before a number, alone or in a list, is no text."""
    kinds: dict[str, str] = {}
    assert row(" ", kinds=kinds).label("x") is None
    assert row([" ", None, 1], kinds=kinds).labels(["x"]) == ("1",)


def test_a_text_stands_as_it_is() -> None:
    """Outer blanks stay; null, NaN and blanks are the empty text."""
    assert row(" a ").text("x") == " a "
    assert [row(value).text("x") for value in (None, float("nan"), "  ")] == ["", "", ""]


def test_rows_without_a_group_stand_alone() -> None:
    """By the column where it says something, else each row by its place."""
    assert row(3).group("x") == "3"
    assert row(None).group("x") == row("a").group(None) == "row at rows.jsonl:7"


def test_a_misspelled_column_is_found_before_the_first_row(tmp_path: Path) -> None:
    """The first row is checked for every column; the nearest name is offered."""
    path = written(tmp_path / "r.jsonl", {"human": 1, "llm": 0})
    with pytest.raises(UsageError, match=r"r\.jsonl:1: there is no column 'humn'; did you mean 'human'\? there are: "):
        next(iter(Rows([path], columns=["llm", "humn"])))


def test_each_file_is_checked_and_shares_the_kinds(tmp_path: Path) -> None:
    """A second file that lacks the column, or holds another kind, is told by its own name; reading can begin again."""
    first = written(tmp_path / "a.jsonl", {"x": 1})
    lacking = written(tmp_path / "b.jsonl", {"y": 1})
    other = written(tmp_path / "c.jsonl", {"x": "one"})
    with pytest.raises(UsageError, match=r"b\.jsonl:1: there is no column 'x'"):
        list(Rows([first, lacking], columns=["x"]))
    rows = Rows([first, other], columns=["x"])
    for _ in range(2):
        with pytest.raises(UsageError, match=r"c\.jsonl:1: .*but a number in earlier rows"):
            [one.label("x") for one in rows]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("r.jsonl", b"[1]\n", "r.jsonl:1: expected a JSON object (a row), found a list"),
        ("r.jsonl", b'{"x": 1}\n"a"\n', "r.jsonl:2: expected a JSON object (a row), found a text"),
        ("r.jsonl", b"", "the file is empty"),
        ("r.jsonl", b'{"x": 1', "r.jsonl:1: not JSON"),
        ("r.jsonl", '{"x": "é"}\n'.encode("latin-1"), "not UTF-8"),
        ("r.csv", b"x\n", "there are no rows"),
        ("r.csv", b"x,y\n1\n", "r.csv:2: 1 values, but the first line names 2 columns"),
        ("r.csv", "x\né\n".encode("utf-16"), "not UTF-8"),
        ("r.txt", b"x\n", "files ending in '.txt' are not read"),
        ("r.parquet", b"PAR1", "cannot be read as Parquet"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    """Every fault of a file is one line of ours that names it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        list(Rows([path], columns=["x"]))
    assert told in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_same_rows_in_three_forms_are_the_same_labels(tmp_path: Path) -> None:
    """JSON lines, CSV as pandas writes it ("1.0", "True", an empty cell), and Parquet."""
    data = [{"x": 1, "many": [0, 1], "ok": True}, {"x": None, "many": [1], "ok": False}]
    written(tmp_path / "r.jsonl", *data)
    (tmp_path / "r.csv").write_text('x,many,ok\n1.0,"[0, 1]",True\n,[1],False\n', encoding="utf-8")
    parquet.write_table(pyarrow.Table.from_pylist(data), tmp_path / "r.parquet")
    read = [
        [(one.label("x"), one.labels(["many"]), one.label("ok")) for one in Rows([tmp_path / name], columns=["x"])]
        for name in ("r.jsonl", "r.csv", "r.parquet")
    ]
    assert read[0] == [("1", ("0", "1"), "true"), (None, ("1",), "false")]
    assert read[1] == read[2] == read[0]


def or_fault(read: Callable[[], object]) -> object:
    """What is read, or nothing where the column is told to be at fault in one line."""
    with contextlib.suppress(UsageError):
        return read()
    with pytest.raises(UsageError, match=r"\Arows\.\w+:7: column 'x': [^\n]*\Z"):
        read()
    return ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(VALUES)
def test_no_value_breaks_the_reading(value: Any) -> None:
    """Whatever a column holds, it is a label, missing, or one line of ours."""
    for read in (Row.label, Row.text, Row.group, lambda one, name: one.labels([name])):
        found = or_fault(lambda read=read: read(row(value), "x"))
        labels = found if isinstance(found, tuple) else () if found is None else (found,)
        assert all(isinstance(one, str) for one in labels)
        assert read is Row.text or all(one.strip() for one in labels)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_no_cell_breaks_the_reading(text: str) -> None:
    """Any cell of a table gives texts without outer blanks, or one line that names the column."""
    stream = io.StringIO()
    csv.writer(stream).writerow([text])
    (value,) = next(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    labels = or_fault(lambda: cell(value).labels(["x"]))
    assert isinstance(labels, tuple)
    assert all(label == label.strip() != "" for label in labels)
