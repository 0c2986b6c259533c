"""Reading pairs: one vote a row, by the columns that hold the answers and the choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.datatypes.columns import Row, Rows
from analysis.datatypes.preferences.choices import INCONSISTENT, Choice, Codings, Side, read_codings
from analysis.datatypes.preferences.pairs import Pair
from sims.seeds import stable_hash


@dataclass(frozen=True, slots=True)
class PreferenceColumns:
    """Names of the columns: the two answers, the choice of a person and of the model, and what may be there beside.

    `reference` holds what the answers are held against (a reference answer, or the prompt), `cluster` the question,
    `rater` the person who voted. `choices` says what values stand for where that cannot be guessed, `human_choices` and
    `llm_choices` what they stand for in the column of one side.
    """

    a: str = "a"
    b: str = "b"
    human: str = "human"
    llm: str = "llm"
    reference: str | None = None
    cluster: str | None = None
    rater: str | None = None
    choices: tuple[tuple[str, Choice], ...] = ()
    human_choices: tuple[tuple[str, Choice], ...] = ()
    llm_choices: tuple[tuple[str, Choice], ...] = ()

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
    codings: Codings

    def __iter__(self) -> Iterator[Pair]:
        """A pair a row, also those without a text or a vote."""
        return (_pair(row, self.columns, self.codings) for row in Rows(self.paths, columns=self.columns.names))


def pair_files(paths: Sequence[Path], columns: PreferenceColumns) -> PairFiles:
    """The pairs in the files, after one reading that tells what the votes stand for.

    Raises:
        UsageError: a file cannot be read, a column is missing, a vote is no choice that is known, or the sides count
            from different numbers.
    """
    rows = Rows(paths, columns=columns.names)
    given: Mapping[Side | None, tuple[tuple[str, Choice], ...]] = {
        None: columns.choices,
        "human": columns.human_choices,
        "llm": columns.llm_choices,
    }
    return PairFiles(tuple(paths), columns, read_codings(rows, human=columns.human, llm=columns.llm, given=given))


def _pair(row: Row, columns: PreferenceColumns, codings: Codings) -> Pair:
    a, b = row.text(columns.a), row.text(columns.b)
    llm = row.label(columns.llm)
    return Pair(
        a,
        b,
        codings.human.choice(row.label(columns.human)),
        codings.llm.choice(llm),
        # Without a question, votes on the same two answers are what rows have in common.
        row.group(columns.cluster) if columns.cluster is not None else f"pair {stable_hash(*sorted((a, b)))}",
        reference=row.text(columns.reference) if columns.reference is not None else "",
        rater=row.label(columns.rater) if columns.rater is not None else None,
        is_inconsistent=llm is not None and llm.casefold() in INCONSISTENT,
    )
