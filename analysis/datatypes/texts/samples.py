"""The figures of all texts of both sides, as they stand and cut to equal length; read as a stream, texts not kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.datatypes.texts.columns import Side as SideName
from analysis.datatypes.texts.columns import TextsColumns, text_pairs, texts_of
from analysis.datatypes.texts.emotion_model import EmotionModel
from analysis.datatypes.texts.passages import Passage
from analysis.datatypes.texts.repeats import clusters_by_text
from analysis.datatypes.texts.sides import NOTHING_ODD, LeftOut, Measured, Oddities, Side, read_text
from sims.errors import UsageError

LEAST_COMMON = 20
"""Unpaired texts are not cut where the length that most of them have is less: too little of most would be left."""
CUT_LEVEL = 0.1
"""Unpaired texts are cut to the length that all but this share of either side have; shorter ones are left as None."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Both sides. Where they are paired, row i of one belongs to row i of the other.

    `words_cut` is the length that unpaired texts were cut to: None for pairs, each cut to the shorter of the two, and
    where the texts are too short. `identical` counts the pairs whose two texts are the same. Where clusters were not
    given, texts of the same form are one (`are_copies_joined`), of pairs also those that have one such text.
    """

    human: Measured
    llm: Measured
    is_paired: bool
    left_human: LeftOut
    left_llm: LeftOut
    words_cut: int | None = None
    identical: int = 0
    are_copies_joined: bool = False
    odd_human: Oddities = NOTHING_ODD
    odd_llm: Oddities = NOTHING_ODD


def paired_samples(
    paths: Sequence[Path], columns: TextsColumns, *, emotion_model: EmotionModel | None = None
) -> Samples:
    """The figures of the pairs of one or more files.

    Raises:
        UsageError: the files cannot be read, or hold fewer than two pairs of English texts.
    """
    human, llm = Side(emotion_model), Side(emotion_model)
    for pair in text_pairs(paths, columns):
        ours, theirs = read_text(pair.human), read_text(pair.llm)
        if isinstance(ours, Passage) and isinstance(theirs, Passage):
            shorter = min(len(ours.speech.words), len(theirs.speech.words))
            human.add(pair.human, ours, words_cut=shorter)
            llm.add(pair.llm, theirs, words_cut=shorter)
        else:
            human.left_out["partner" if isinstance(ours, Passage) else ours] += 1
            llm.left_out["partner" if isinstance(theirs, Passage) else theirs] += 1
    where = f"{_names(paths)}: columns {columns.human!r} and {columns.llm!r}"
    _check(len(human.whole), f"{where}: pairs", [human.counts(), llm.counts()])
    both = list(zip(human.keys, llm.keys, strict=True))
    clusters = human.clusters if columns.cluster is not None else clusters_by_text(both)
    identical = sum(ours == theirs for ours, theirs in both)
    return _samples(human, llm, [clusters, clusters], columns, is_paired=True, identical=identical)


def unpaired_samples(
    human: Sequence[Path], llm: Sequence[Path], columns: TextsColumns, *, emotion_model: EmotionModel | None = None
) -> Samples:
    """The figures of people's files and of a model's, which are read twice: for the common length, then in full.

    Raises:
        UsageError: the files cannot be read, or hold fewer than two English texts on a side.
    """
    words_cut = min(_usual_length(human, columns, side="human"), _usual_length(llm, columns, side="llm"))
    common = words_cut if words_cut >= LEAST_COMMON else None
    ours, theirs = Side(emotion_model), Side(emotion_model)
    _fill(ours, human, columns, side="human", words_cut=common)
    _fill(theirs, llm, columns, side="llm", words_cut=common)
    keys = [*ours.keys, *theirs.keys]
    given = [*ours.clusters, *theirs.clusters]
    every = given if columns.cluster is not None else clusters_by_text([[key] for key in keys])
    clusters = [every[: len(ours.keys)], every[len(ours.keys) :]]
    return _samples(ours, theirs, clusters, columns, is_paired=False, words_cut=common)


def _samples(
    human: Side,
    llm: Side,
    clusters: Sequence[Sequence[str]],
    columns: TextsColumns,
    *,
    is_paired: bool,
    words_cut: int | None = None,
    identical: int = 0,
) -> Samples:
    return Samples(
        human=human.measured(clusters[0]),
        llm=llm.measured(clusters[1]),
        is_paired=is_paired,
        left_human=human.counts(),
        left_llm=llm.counts(),
        words_cut=words_cut,
        identical=identical,
        are_copies_joined=columns.cluster is None,
        odd_human=human.oddities(),
        odd_llm=llm.oddities(),
    )


def _usual_length(paths: Sequence[Path], columns: TextsColumns, *, side: SideName) -> int:
    """The words that all but a tenth of the texts have."""
    read = (read_text(given) for given in texts_of(paths, columns, side=side))
    lengths = [len(text.speech.words) for text in read if isinstance(text, Passage)]
    return int(np.quantile(lengths, CUT_LEVEL, method="lower")) if lengths else 0


def _fill(found: Side, paths: Sequence[Path], columns: TextsColumns, *, side: SideName, words_cut: int | None) -> None:
    for given in texts_of(paths, columns, side=side):
        text = read_text(given)
        if isinstance(text, Passage):
            found.add(given, text, words_cut=words_cut)
        else:
            found.left_out[text] += 1
    _check(len(found.whole), f"{_names(paths)}: column {columns.of_side(side)!r}: texts", [found.counts()])


def _names(paths: Iterable[Path]) -> str:
    return ", ".join(str(path) for path in paths)


def _check(kept: int, what: str, sides: Sequence[LeftOut]) -> None:
    if kept < 2:
        empty, foreign = sum(side.empty for side in sides), sum(side.foreign for side in sides)
        raise UsageError(
            f"{what}: {kept} of {sides[0].given} can be measured ({empty} texts have no word, {foreign} are not in "
            "English); at least 2 are needed"
        )
