"""Rows of free-form texts: a pair in each row, or a file of people's texts and one of a model's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from analysis.datatypes.columns import Row, Rows

Side: TypeAlias = Literal["human", "llm"]


@dataclass(frozen=True, slots=True)
class TextsColumns:
    """The names of the columns.

    `human` and `llm` hold the texts, of one row where they are paired, else of the files of each side. `cluster` is
    what rows have in common (a prompt, an author), `label` the class of the text.
    """

    human: str = "human"
    llm: str = "llm"
    cluster: str | None = None
    label: str | None = None

    def of_side(self, side: Side) -> str:
        """The column of a side's texts."""
        return self.human if side == "human" else self.llm

    @property
    def others(self) -> tuple[str, ...]:
        """The columns beside the texts."""
        return tuple(name for name in (self.cluster, self.label) if name is not None)


@dataclass(frozen=True, slots=True)
class GivenText:
    """A text as it was given; empty where it is missing, `label` None where that is. `place` is its `file:line`."""

    place: str
    text: str
    cluster: str
    label: str | None


@dataclass(frozen=True, slots=True)
class TextPair:
    """What a person and what a model wrote to the same end."""

    human: GivenText
    llm: GivenText


def text_pairs(paths: Sequence[Path], columns: TextsColumns) -> Iterator[TextPair]:
    """The pairs, a row each.

    Raises:
        UsageError: a file cannot be read, lacks a column, or holds something else than texts in it.
    """
    for row in Rows(paths, columns=(columns.human, columns.llm, *columns.others)):
        yield TextPair(_given(row, columns, side="human"), _given(row, columns, side="llm"))


def texts_of(paths: Sequence[Path], columns: TextsColumns, *, side: Side) -> Iterator[GivenText]:
    """The texts of one side, a row each.

    Raises:
        UsageError: a file cannot be read, lacks a column, or holds something else than texts in it.
    """
    for row in Rows(paths, columns=(columns.of_side(side), *columns.others)):
        yield _given(row, columns, side=side)


def _given(row: Row, columns: TextsColumns, *, side: Side) -> GivenText:
    label = row.label(columns.label) if columns.label is not None else None
    return GivenText(row.place, row.text(columns.of_side(side)), row.group(columns.cluster), label)
