"""Whether an output belongs to its instruction at all: echoes, and outputs of another row."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example
from judges.topic_words import general_rates
from sims.words import words

_STEM = 5
_MOST_COMMON = 200.0
"""Words that are more common, in occurrences per million of general English, do not say what a text is about."""
_LEAST_ANSWERED = 4
_LEAST_FIT = 6
_MOST_ASKED = 50
_LEAST_ECHO = 4
_CHANGES = re.compile(
    r"\b(?:translate|paraphrase|rephrase|summari[sz]e|simplify|shorten|convert|passive voice|reverse|expand)\b",
    re.IGNORECASE,
)
_MAY_STAY = re.compile(r"\b(?:if|necessary|correct\w*|repeat|copy|edit|grammar|whether)\b", re.IGNORECASE)


class Echo(Check):
    """An output that only says the instruction, or an input that was to be changed, again."""

    name: ClassVar[str] = "echo"
    says: ClassVar[str] = "the output repeats the instruction, or the input that was to be changed"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """At most one."""
        output, asked = example.output_words, tuple(words(example.instruction))
        if len(asked) >= _LEAST_ECHO and output[: len(asked)] == asked:
            yield self.suspicion("it begins by saying the instruction again", example.output)
        elif len(output) >= _LEAST_ECHO and example.output.strip() == example.input.strip() and _is_change(example):
            yield self.suspicion("it is the input, unchanged", example.output)


@dataclass(frozen=True, slots=True)
class _Apart:
    """A row whose output has nothing of its prompt."""

    prompt: frozenset[str]
    output: frozenset[str]


class SwappedOutput(Check):
    """Rows whose outputs belong to each other's prompts, as when a column has slipped or outputs were exchanged.

    A row is looked at where its prompt and its output share no telling word; of such rows one is suspected whose output
    shares telling words with another's prompt, and best also the other way round. That a prompt and its output share
    none is no fault alone: of 93 such rows of one data set nearly all were good. Blind spots: short outputs; an output
    of a row whose own output belongs to it.
    """

    name: ClassVar[str] = "swapped_output"
    version: ClassVar[str] = "2"
    says: ClassVar[str] = "the output has nothing of its own prompt and fits another row's"

    def __init__(self) -> None:
        self._rows: dict[int, _Apart] = {}
        self._by_asked: dict[str, list[int]] = defaultdict(list)

    def learn(self, example: Example) -> None:
        """Keep the row where its output has nothing of its prompt."""
        prompt, output = telling(example.prompt_words), telling(example.output_words)
        if prompt and len(output) >= _LEAST_ANSWERED and prompt.isdisjoint(output):
            self._rows[example.number] = _Apart(prompt, output)
            for word in prompt:
                self._by_asked[word].append(example.number)

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One that names the row which the output fits best."""
        row = self._rows.get(example.number)
        if not row:
            return
        near = {number for word in row.output for number in self._asked(word) if number != example.number}
        fit = {number: self._fit(row, self._rows[number]) for number in near}
        best = max(fit, key=lambda number: (fit[number], -number), default=None)
        if best is not None and fit[best] >= _LEAST_FIT:
            yield self.suspicion(f"it fits the prompt of row {best}", example.output)

    def _asked(self, word: str) -> list[int]:
        """The rows whose prompts have the word; none where so many have it that it points to no row."""
        rows = self._by_asked.get(word, [])
        return rows if len(rows) <= _MOST_ASKED else []

    @staticmethod
    def _fit(row: _Apart, other: _Apart) -> int:
        """How many words the output shares with the other's prompt; a fit of two words both ways counts as six."""
        there, back = len(row.output & other.prompt), len(other.output & row.prompt)
        return there + back + 2 if there > 1 and back > 1 else there


def telling(found: tuple[str, ...]) -> frozenset[str]:
    """The beginnings of the words that say what a text is about, those uncommon in general English; no numbers."""
    return frozenset(word[:_STEM] for word in found if len(word) > 2 and word.isascii() and _is_telling(word))


@cache
def _is_telling(word: str) -> bool:
    return word.isalpha() and general_rates().get(word, 0.0) < _MOST_COMMON


def _is_change(example: Example) -> bool:
    """Whether the input was to be put into other words."""
    return bool(_CHANGES.search(example.asked)) and not _MAY_STAY.search(example.asked)
