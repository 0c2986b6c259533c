"""The figures of all texts of both sides, as they stand and cut to equal length; read as a stream, texts not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from analysis.datatypes.texts.columns import GivenText, Side, TextsColumns, text_pairs, texts_of
from analysis.datatypes.texts.features import FEATURES, PLACES, figures_of
from analysis.datatypes.texts.passages import Passage, cut_to, is_foreign, passage
from analysis.statistics.common import Values
from sims.errors import UsageError

LEAST_CUT = 5
"""Cut shorter than this, a text tells nothing."""
LEAST_COMMON = 20
"""Unpaired texts are not cut where the length that most of them have is less: too little of most would be left."""
CUT_LEVEL = 0.1
"""Unpaired texts are cut to the length that all but this share of either side have; shorter ones are left as None."""

Reason: TypeAlias = Literal["empty", "foreign", "partner"]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The figures of the texts of one side: a row a text, a column for each of `FEATURES`, NaN where there is none.

    `cut` are those of the texts cut to equal length; all NaN for a text that is too short for it.
    """

    whole: Values
    cut: Values
    clusters: tuple[str, ...]
    labels: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.whole)

    def column(self, feature: str, *, is_cut: bool = False) -> Values:
        """The figures of a feature."""
        return np.asarray((self.cut if is_cut else self.whole)[:, PLACES[feature]])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many texts of a side were given, and how many of them left out: without a word, not in English.

    Of a pair both texts are left out where one is; `partner` counts those that had nothing wrong themselves.
    """

    given: int
    empty: int
    foreign: int
    partner: int


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Both sides. Where they are paired, row i of one belongs to row i of the other.

    `words_cut` is the length that unpaired texts were cut to: None for pairs, each cut to the shorter of the two, and
    where the texts are too short. `identical` counts the pairs whose two texts are the same.
    """

    human: Measured
    llm: Measured
    is_paired: bool
    left_human: LeftOut
    left_llm: LeftOut
    words_cut: int | None = None
    identical: int = 0


@dataclass(slots=True)
class _Side:
    """One side as it is read."""

    whole: list[Values] = field(default_factory=list)
    cut: list[Values] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    left_out: Counter[Reason] = field(default_factory=Counter)

    def add(self, given: GivenText, text: Passage, *, words_cut: int | None) -> None:
        is_enough = words_cut is not None and LEAST_CUT <= words_cut <= len(text.speech.words)
        short = cut_to(text, words_cut) if is_enough and words_cut is not None else None
        self.whole.append(figures_of(text))
        self.cut.append(figures_of(short, is_cut=True) if short else np.full(len(FEATURES), np.nan))
        self.clusters.append(given.cluster)
        self.labels.append(given.label)

    def measured(self) -> Measured:
        shape = (-1, len(FEATURES))
        whole, cut = (np.array(rows, dtype=np.float64).reshape(shape) for rows in (self.whole, self.cut))
        return Measured(whole, cut, tuple(self.clusters), tuple(self.labels))

    def counts(self) -> LeftOut:
        given = len(self.whole) + self.left_out.total()
        return LeftOut(given, self.left_out["empty"], self.left_out["foreign"], self.left_out["partner"])


def paired_samples(paths: Sequence[Path], columns: TextsColumns) -> Samples:
    """The figures of the pairs of one or more files.

    Raises:
        UsageError: the files cannot be read, or hold fewer than two pairs of English texts.
    """
    human, llm, identical = _Side(), _Side(), 0
    for pair in text_pairs(paths, columns):
        ours, theirs = _read(pair.human), _read(pair.llm)
        if isinstance(ours, Passage) and isinstance(theirs, Passage):
            identical += ours.plain == theirs.plain
            shorter = min(len(ours.speech.words), len(theirs.speech.words))
            human.add(pair.human, ours, words_cut=shorter)
            llm.add(pair.llm, theirs, words_cut=shorter)
        else:
            human.left_out["partner" if isinstance(ours, Passage) else ours] += 1
            llm.left_out["partner" if isinstance(theirs, Passage) else theirs] += 1
    where = f"{_names(paths)}: columns {columns.human!r} and {columns.llm!r}"
    _check(len(human.whole), f"{where}: pairs", [human.counts(), llm.counts()])
    return Samples(human.measured(), llm.measured(), True, human.counts(), llm.counts(), identical=identical)


def unpaired_samples(human: Sequence[Path], llm: Sequence[Path], columns: TextsColumns) -> Samples:
    """The figures of people's files and of a model's, which are read twice: for the common length, then in full.

    Raises:
        UsageError: the files cannot be read, or hold fewer than two English texts on a side.
    """
    words_cut = min(_usual_length(human, columns, side="human"), _usual_length(llm, columns, side="llm"))
    common = words_cut if words_cut >= LEAST_COMMON else None
    ours = _one_side(human, columns, side="human", words_cut=common)
    theirs = _one_side(llm, columns, side="llm", words_cut=common)
    return Samples(ours.measured(), theirs.measured(), False, ours.counts(), theirs.counts(), common)


def _usual_length(paths: Sequence[Path], columns: TextsColumns, *, side: Side) -> int:
    """The words that all but a tenth of the texts have."""
    read = (_read(given) for given in texts_of(paths, columns, side=side))
    lengths = [len(text.speech.words) for text in read if isinstance(text, Passage)]
    return int(np.quantile(lengths, CUT_LEVEL, method="lower")) if lengths else 0


def _one_side(paths: Sequence[Path], columns: TextsColumns, *, side: Side, words_cut: int | None) -> _Side:
    found = _Side()
    for given in texts_of(paths, columns, side=side):
        text = _read(given)
        if isinstance(text, Passage):
            found.add(given, text, words_cut=words_cut)
        else:
            found.left_out[text] += 1
    _check(len(found.whole), f"{_names(paths)}: column {columns.of_side(side)!r}: texts", [found.counts()])
    return found


def _read(given: GivenText) -> Passage | Literal["empty", "foreign"]:
    text = passage(given.text)
    if text is None:
        return "empty"
    return "foreign" if is_foreign(given.text) else text


def _names(paths: Iterable[Path]) -> str:
    return ", ".join(str(path) for path in paths)


def _check(kept: int, what: str, sides: Sequence[LeftOut]) -> None:
    if kept < 2:
        empty, foreign = sum(side.empty for side in sides), sum(side.foreign for side in sides)
        raise UsageError(
            f"{what}: {kept} of {sides[0].given} can be measured ({empty} texts have no word, {foreign} are not in "
            "English); at least 2 are needed"
        )
