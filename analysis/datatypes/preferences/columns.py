"""Reading pairs: one vote a row, by the columns that hold the answers and the choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.datatypes.columns import Row, Rows
from analysis.datatypes.preferences.choices import INCONSISTENT, Choice, Coding, read_coding
from analysis.datatypes.preferences.pairs import Pair
from sims.seeds import stable_hash


@dataclass(frozen=True, slots=True)
class PreferenceColumns:
    """Names of the columns: the two answers, the choice of a person and of the model, and what may be there beside.

    `reference` holds what the answers are held against (a reference answer, or the prompt), `cluster` the question,
    `rater` the person who voted. `choices` says what values stand for where that cannot be guessed.
    """

    a: str = "a"
    b: str = "b"
    human: str = "human"
    llm: str = "llm"
    reference: str | None = None
    cluster: str | None = None
    rater: str | None = None
    choices: tuple[tuple[str, Choice], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that must be there."""
        named = (self.a, self.b, self.human, self.llm, self.reference, self.cluster, self.rater)
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The pairs of files as a stream that can be begun again."""

    paths: tuple[Path, ...]
    columns: PreferenceColumns
    coding: Coding

    def __iter__(self) -> Iterator[Pair]:
        """A pair a row, also those without a text or a vote."""
        return (_pair(row, self.columns, self.coding) for row in Rows(self.paths, columns=self.columns.names))


def pair_files(paths: Sequence[Path], columns: PreferenceColumns) -> PairFiles:
    """The pairs in the files, after one reading that tells what the votes stand for.

    Raises:
        UsageError: a file cannot be read, a column is missing, or a vote is no choice that is known.
    """
    rows = Rows(paths, columns=columns.names)
    coding = read_coding(rows, columns=(columns.human, columns.llm), given=columns.choices)
    return PairFiles(tuple(paths), columns, coding)


def _pair(row: Row, columns: PreferenceColumns, coding: Coding) -> Pair:
    a, b = row.text(columns.a), row.text(columns.b)
    llm = row.label(columns.llm)
    return Pair(
        a,
        b,
        coding.choice(row.label(columns.human)),
        coding.choice(llm),
        # Without a question, votes on the same two answers are what rows have in common.
        row.group(columns.cluster) if columns.cluster is not None else f"pair {stable_hash(*sorted((a, b)))}",
        reference=row.text(columns.reference) if columns.reference is not None else "",
        rater=row.label(columns.rater) if columns.rater is not None else None,
        is_inconsistent=llm is not None and llm.casefold() in INCONSISTENT,
    )
