"""What draws a choice whatever the answer says: standing first, being longer, being wordy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from analysis.datatypes.preferences.cues import CueTable
from analysis.datatypes.preferences.pairs import Votes
from analysis.datatypes.preferences.sides import Sides, corrected, share_sides, statistic_sides
from analysis.datatypes.preferences.slopes import slopes
from analysis.statistics.common import Counts, Values


@dataclass(frozen=True, slots=True)
class Biases:
    """Figures of the rows that both sides decided; their p are Holm's, over the differences and over the sides.

    `position`: the share that chose the first answer; None where the order is not the data's own. `longer`: the share
    that chose the answer with more words, where they differ. `length_slope`: the log-odds of an answer with twice the
    words. `wordiness_slope`: the log-odds of an answer with twice the words at as many different content words, that
    is, of repetition and filling. A side whose every choice the words tell (always the longer) has no slope: it has no
    bound; and the slope of a side that has one only by the votes of one cluster has no interval.

    Blind spots: position is a bias only where the order was drawn at random (`is_order_even`); length may go with
    quality, so only the difference between the sides says what a model adds; wordiness is counted by words, not by
    what they say.
    """

    position: Sides | None
    longer: Sides | None
    length_slope: Sides | None
    wordiness_slope: Sides | None

    @property
    def is_order_even(self) -> bool:
        """Whether people choose the first answer about as often as the second, as they should of a random order.

        Of an order that is not random not even the difference between the sides is a bias: who sees the better answer
        more surely chooses the place where it mostly stands.
        """
        if self.position is None:
            return True
        low, high = self.position.human.low, self.position.human.high
        return low is None or high is None or low <= 0.5 <= high


def biases(votes: Votes, cues: CueTable, *, has_order: bool = True) -> Biases:
    """The biases of both sides; None for each that no row tells of."""
    decided = votes.both_decided
    unequal = decided & (cues.words != 0)
    found = {
        "position": _position(votes, decided) if has_order and decided.any() else None,
        "longer": _longer(votes, cues, unequal) if unequal.any() else None,
        "length_slope": _slope(votes, unequal, cues.words[:, None]) if unequal.any() else None,
        "wordiness_slope": _slope(votes, unequal, _wordiness(cues)) if unequal.any() else None,
    }
    known = {name: sides for name, sides in found.items() if sides is not None}
    return Biases(**{**dict.fromkeys(found), **dict(zip(known, corrected(tuple(known.values())), strict=True))})


def _position(votes: Votes, rows: npt.NDArray[np.bool_]) -> Sides:
    return share_sides(votes.human[rows] > 0, votes.llm[rows] > 0, votes.clusters_of(rows))


def _longer(votes: Votes, cues: CueTable, rows: npt.NDArray[np.bool_]) -> Sides:
    is_first = cues.words[rows] > 0
    human, llm = (votes.human[rows] > 0) == is_first, (votes.llm[rows] > 0) == is_first
    return share_sides(human, llm, votes.clusters_of(rows))


def _wordiness(cues: CueTable) -> Values:
    """Words a content word, then content words; the slope of the first is the one at equal content."""
    return cast("Values", np.stack([cues.words - cues.content, cues.content], axis=1))


def _slope(votes: Votes, rows: npt.NDArray[np.bool_], differences: Values) -> Sides:
    """The slope of the first column of differences, the others held equal."""
    kept = differences[rows]

    def slope(numbers: Counts, chosen: Counts) -> float | None:
        found = slopes(kept[numbers], chosen[numbers])
        return None if found is None else float(found[0])

    return statistic_sides(slope, votes.human[rows], votes.llm[rows], clusters=votes.clusters_of(rows))
