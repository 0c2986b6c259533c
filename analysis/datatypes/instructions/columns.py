"""Rows of instruction data as examples: an instruction, the input it may need, and the output that answers it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.datatypes.columns import Row, Rows
from sims.errors import UsageError
from sims.words import words

USUAL_INPUT = "input"
_ASKED_BEGINNING, _ASKED_END = 3_000, 1_000
_MARKS = '.,;:!?"“”'
_NO_INPUT = re.compile(r"\W*(?:no ?inputs?|n/?a|none|null|nil|empty)?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InstructionColumns:
    """The columns of a file. `input` None: the column "input" where a row has one; `cluster` None: rows are alone."""

    instruction: str = "instruction"
    input: str | None = None
    output: str = "output"
    cluster: str | None = None


@dataclass(frozen=True)
class Example:
    """One row. `number` counts the rows of all files from 1; `input` is "" where the row has none or says so."""

    number: int
    row: Row
    instruction: str
    input: str
    output: str
    cluster: str

    @cached_property
    def prompt(self) -> str:
        """What is asked: the instruction, and the input below it."""
        return f"{self.instruction}\n{self.input}" if self.input else self.instruction

    @cached_property
    def asked(self) -> str:
        """The instruction as far as its wording is looked at: of a huge one the first 3,000 and last 1,000 characters.

        What is asked for stands at its beginning or its end; what lies between is a text to work on.
        """
        text = self.instruction
        if len(text) <= _ASKED_BEGINNING + _ASKED_END:
            return text
        return f"{text[:_ASKED_BEGINNING]}\n…\n{text[-_ASKED_END:]}"

    @cached_property
    def prompt_words(self) -> tuple[str, ...]:
        """The words of instruction and input, in small letters."""
        return tuple(words(self.prompt))

    @cached_property
    def output_words(self) -> tuple[str, ...]:
        """The words of the output, in small letters."""
        return tuple(words(self.output))


def tokens(text: str) -> list[str]:
    """What stands between blanks, symbols and all, in small letters, so that "5 > 3" and "5 < 3" are two texts.

    Of tokens with a letter the marks of punctuation around it are taken off: "Rome." is "rome", ":)" and "-5." stay.
    """
    found = unicodedata.normalize("NFC", text).casefold().split()
    return [token.strip(_MARKS) if any(map(str.isalpha, token)) else token for token in found]


class Examples:
    """The examples of one or more files as a stream that can be begun again."""

    def __init__(self, paths: Sequence[Path], columns: InstructionColumns) -> None:
        self.paths, self.columns = tuple(paths), columns

    def __iter__(self) -> Iterator[Example]:
        """The examples.

        Raises:
            UsageError: a file or a row cannot be read, or no row of all has any output.
        """
        columns, has_output = self.columns, False
        needed = [name for name in (columns.instruction, columns.input, columns.output, columns.cluster) if name]
        for number, row in enumerate(Rows(self.paths, columns=needed), start=1):
            example = _example(number, row, columns)
            has_output = has_output or bool(example.output.strip())
            yield example
        if not has_output:
            files = ", ".join(map(str, self.paths))
            raise UsageError(f"{files}: every row is empty in column {columns.output!r}; name another --output-column")


def _example(number: int, row: Row, columns: InstructionColumns) -> Example:
    return Example(
        number=number,
        row=row,
        instruction=row.text(columns.instruction),
        input=_given(row, columns.input),
        output=row.text(columns.output),
        cluster=row.group(columns.cluster),
    )


def _given(row: Row, column: str | None) -> str:
    """The input; "" where it is blank or only says that there is none, as "<noinput>" does."""
    if column is None and USUAL_INPUT not in row.values:
        return ""
    text = row.text(column or USUAL_INPUT)
    return "" if len(text) < 20 and _NO_INPUT.fullmatch(text) and not re.search(r"\d", text) else text
