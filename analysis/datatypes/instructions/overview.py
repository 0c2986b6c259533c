"""What shows only over a whole file: outputs that all end at their first line, and data that is not in English."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.datatypes.instructions.columns import Example
from analysis.datatypes.instructions.languages import language_of
from judges.language import ENGLISH

_OF_LINES = re.compile(
    r"\b(?:list|steps|recipe|poem|haiku|limerick|song|sonnet|letter|e-?mail|essay|instructions|code|program)\b", re.I
)
_LEAST_ASKED = 20
"""Instructions that ask for several lines; of fewer it proves nothing that no output has a second."""
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Overview:
    """`one_liners`: files and clusters, none of whose outputs has a second line, with the rows that ask for several.

    `english` and `foreign` count rows whose instruction is surely in English, or surely in another language.
    """

    one_liners: Mapping[str, int]
    english: int
    foreign: int


class Overlook:
    """Counts rows for the overview. Clusters are looked at where `by_cluster` says that rows have them in common."""

    def __init__(self, *, by_cluster: bool) -> None:
        self._by_cluster, self._languages = by_cluster, [0, 0]
        self._asked: dict[str, int] = defaultdict(int)
        self._broken: set[str] = set()

    def learn(self, example: Example) -> None:
        """Take note of a row."""
        groups = [str(example.row.path), *([f"cluster {example.cluster}"] if self._by_cluster else [])]
        if _OF_LINES.search(example.asked):
            for group in groups:
                self._asked[group] += 1
        if "\n" in example.output.strip():
            self._broken.update(groups)
        language = language_of(example.asked[:_LOOKED_AT])
        if language is not None:
            self._languages[language != ENGLISH] += 1

    def overview(self) -> Overview:
        """What was seen."""
        found = {
            group: asked for group, asked in self._asked.items() if asked >= _LEAST_ASKED and group not in self._broken
        }
        return Overview(found, *self._languages)
