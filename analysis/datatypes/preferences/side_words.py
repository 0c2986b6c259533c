"""Words and marks that every table of two sides shares."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.datatypes.preferences.sides import Sides
from analysis.datatypes.told import PlotRow
from analysis.statistics.clusters import Estimate
from analysis.statistics.common import ALPHA

HOLM = "p are Holm's over the differences of this table; * marks p < .05 of a side, Holm's over all sides"


def differs(sides: Sides) -> bool:
    """Whether the two sides were told apart."""
    return sides.difference.p is not None and sides.difference.p < ALPHA


def other_reading(told: Iterable[tuple[Sides, float]]) -> str:
    """What else could look like these differences: a voter of people's own taste with a steadier, or less steady, hand.

    Each with its figure of no effect. "" where the model goes the other way than people surely do: no hand does that.
    """
    hands = {_is_steadier(sides, none) for sides, none in told} - {None}
    if not hands:
        return ""
    hand = "steadier" if hands == {True} else "less steady" if hands == {False} else "steadier or less steady"
    return f"; a {hand} voter of people's own taste could look the same"


def _is_steadier(sides: Sides, none: float) -> bool | None:
    """Whether the model goes further than people; None where it goes the other way."""
    human, llm = (sides.human.value or 0) - none, (sides.llm.value or 0) - none
    low, high = (none if bound is None else bound for bound in (sides.human.low, sides.human.high))
    if (llm > 0 and high < none) or (llm < 0 and low > none):
        return None
    return abs(llm) > abs(human)


def plotted(rows: list[tuple[str, Sides]]) -> list[PlotRow]:
    """A mark for each side of each row that has a figure."""
    marks = [
        (label, group, one) for label, sides in rows for group, one in (("people", sides.human), ("model", sides.llm))
    ]
    return [PlotRow(label, group, one.value, one.low, one.high) for label, group, one in marks if one.value is not None]


def star(found: Estimate) -> str:
    """A star where the side's own figure is told from none."""
    return "*" if found.p is not None and found.p < ALPHA else ""
