"""The columns of annotated items, and their reader: rows in, one item with all of its labels out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from analysis.datatypes.columns import Row, Rows
from sims.errors import UsageError

Scale: TypeAlias = Literal["nominal", "ordinal", "interval"]

UNGROUPED = "(no group)"
"""The group of rows whose group column is empty."""


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """Which columns hold what; a column of labels holds one label or a list of them.

    `group` parts the rows into sets that are audited apart, `by_votes` by how many people labelled them. Labels must
    be numbers where `scale` is not nominal.

    Raises:
        UsageError: no human column, a column named twice, or both ways of grouping at once.
    """

    human: tuple[str, ...]
    llm: tuple[str, ...] = ()
    text: str | None = None
    cluster: str | None = None
    group: str | None = None
    by_votes: bool = False
    scale: Scale = "nominal"

    def __post_init__(self) -> None:
        for side in (self.human, self.llm):
            if not isinstance(side, tuple):
                raise UsageError(f"{side!r}: expected a tuple of columns, as ({str(side)!r},)")
        named = self.human + self.llm
        twice = [name for name in named if named.count(name) > 1]
        if not self.human:
            raise UsageError("no column of human labels is named; give at least one --human-column")
        if twice:
            raise UsageError(f"column {twice[0]!r} is named twice as one of labels; name each once")
        if self.group is not None and self.by_votes:
            raise UsageError(f"--group-column {self.group} and --group-by-votes exclude each other; give one of them")

    @property
    def names(self) -> tuple[str, ...]:
        """All that are read."""
        more = (self.text, self.cluster, self.group)
        return (*self.human, *self.llm, *(name for name in more if name is not None))


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """One item: its labels, missing ones left out.

    `cluster` is the text where no column says it, None without either; `text` is None without a text column.
    """

    human: tuple[str, ...]
    llm: tuple[str, ...]
    cluster: str | None
    group: str | None
    text: str | None


def labelled_items(paths: Sequence[Path], columns: LabelColumns) -> Iterator[LabelledItem]:
    """The items of the files, as a stream.

    Raises:
        UsageError: a file or a row cannot be read, or a label is no number where the scale asks for one.
    """
    for row in Rows(paths, columns=columns.names):
        human = _labels(row, columns.human, scale=columns.scale)
        yield LabelledItem(
            human=human,
            llm=_labels(row, columns.llm, scale=columns.scale),
            cluster=_cluster(row, columns),
            group=_group(row, columns, votes=len(human)),
            text=None if columns.text is None else row.text(columns.text),
        )


def _cluster(row: Row, columns: LabelColumns) -> str | None:
    """What the cluster column says; without one, the text, so that rows of one text are not taken for independent."""
    if columns.cluster is not None:
        return row.group(columns.cluster)
    return None if columns.text is None else row.text(columns.text).strip() or None


def as_number(label: str) -> float | None:
    """The label as a finite number; None where it is none.

    >>> as_number("2"), as_number("two"), as_number("nan")
    (2.0, None, None)
    """
    try:
        number = float(label)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _labels(row: Row, columns: Sequence[str], *, scale: Scale) -> tuple[str, ...]:
    if scale == "nominal":
        return row.labels(columns)
    return tuple(_number(row, column, label, scale) for column in columns for label in row.labels([column]))


def _number(row: Row, column: str, label: str, scale: Scale) -> str:
    """The number as it is always spelled, so that 1 and 1.0 are one label."""
    number = as_number(label)
    if number is None:
        raise row.fault(column, f"holds the label {label[:60]!r}; --scale {scale} needs numbers (else --scale nominal)")
    return str(int(number)) if number.is_integer() else str(number)


def _group(row: Row, columns: LabelColumns, *, votes: int) -> str | None:
    if columns.by_votes:
        return f"{votes} human {'label' if votes == 1 else 'labels'}"
    return None if columns.group is None else row.label(columns.group) or UNGROUPED
