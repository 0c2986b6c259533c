"""The texts of one side as they are read: their figures, what was left out, what is odd; the texts are not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from analysis.datatypes.texts.columns import GivenText
from analysis.datatypes.texts.emotion_model import EmotionModel
from analysis.datatypes.texts.features import FEATURES, PLACES, figures_of
from analysis.datatypes.texts.passages import Passage, cut_to, is_foreign, passage
from analysis.datatypes.texts.repeats import repeated, text_key
from analysis.datatypes.texts.unusable import Unusable, why_unusable
from analysis.statistics.common import Values

LEAST_CUT = 5
"""Cut shorter than this, a text tells nothing."""

Reason: TypeAlias = Literal["empty", "foreign", "partner"]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The figures of the texts of one side: a row a text, a column for each of `FEATURES`, NaN where there is none.

    `cut` are those of the texts cut to equal length; all NaN for a text that is too short for it. `emotions` are the
    scores of each text by a model, by emotion; empty without one.
    """

    whole: Values
    cut: Values
    clusters: tuple[str, ...]
    labels: tuple[str | None, ...]
    emotions: Mapping[str, Values] = field(default_factory=dict)

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


@dataclass(frozen=True, slots=True)
class Oddities:
    """What is measured but may not be what it should: how many texts stood before on that side, and unusable ones."""

    repeated: int
    unusable: tuple[Unusable, ...]


NOTHING_ODD = Oddities(0, ())


@dataclass(slots=True)
class Side:
    """One side as it is read. `keys` are what texts of one form share."""

    emotion_model: EmotionModel | None = None
    whole: list[Values] = field(default_factory=list)
    cut: list[Values] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    emotions: list[Mapping[str, float]] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    left_out: Counter[Reason] = field(default_factory=Counter)

    def add(self, given: GivenText, text: Passage, *, words_cut: int | None) -> None:
        """Measure a text, as it stands and cut to so many words; None where it is not to be cut."""
        is_enough = words_cut is not None and LEAST_CUT <= words_cut <= len(text.speech.words)
        short = cut_to(text, words_cut) if is_enough and words_cut is not None else None
        self.whole.append(figures_of(text))
        self.cut.append(figures_of(short, is_cut=True) if short else np.full(len(FEATURES), np.nan))
        self.keys.append(text_key(text.plain))
        self.clusters.append(given.cluster)
        self.labels.append(given.label)
        if self.emotion_model is not None:
            self.emotions.append(self.emotion_model(given.text))
        if why := why_unusable(given.text):
            self.unusable.append(Unusable(given.place, why))

    def measured(self, clusters: Sequence[str]) -> Measured:
        """The figures, with the cluster of each text."""
        shape = (-1, len(FEATURES))
        whole, cut = (np.array(rows, dtype=np.float64).reshape(shape) for rows in (self.whole, self.cut))
        names = self.emotions[0] if self.emotions else ()
        emotions = {name: np.array([scores.get(name, 0.0) for scores in self.emotions]) for name in names}
        return Measured(whole, cut, tuple(clusters), tuple(self.labels), emotions)

    def counts(self) -> LeftOut:
        """What was given, and left out."""
        given = len(self.whole) + self.left_out.total()
        return LeftOut(given, self.left_out["empty"], self.left_out["foreign"], self.left_out["partner"])

    def oddities(self) -> Oddities:
        """What stood before, or is unusable."""
        return Oddities(repeated(self.keys), tuple(self.unusable))


def read_text(given: GivenText) -> Passage | Literal["empty", "foreign"]:
    """The text as it is counted, or why it is left out."""
    text = passage(given.text)
    if text is None:
        return "empty"
    return "foreign" if is_foreign(given.text) else text
