"""A figure of ours held against its reference: which verdict follows, and where the reference may lie."""

from __future__ import annotations

from math import sqrt

from analysis.paper.sources import Source
from analysis.paper.values import Figure, Measured, Reproduction, Verdict

LEAST_CLUSTERS = 20
"""Fewer independent units say too little to hold a figure against anything."""
WIDEST = 0.15
"""An interval that reaches further to either side than this (of a share, of a correlation) rules out too little."""

_TINY = 1e-9


def held(figure: Figure, ours: Measured, *, source: Source, rows: int, file: str) -> Reproduction:
    """The verdict on a figure that was computed from so many rows of a source.

    Where the reference was computed from all of the data and ours from a part f of them, the two share that part:
    var(part - whole) = (1 - f) var(part), so the interval is narrowed by sqrt(1 - f) before it is compared.
    """
    is_all = source.is_all(rows)
    part = source.part(rows) if figure.is_of_whole_file else 0.0
    allowed: tuple[float, float] | None = None
    verdict: Verdict
    if figure.reference is None:
        verdict, why = "no reference", "nothing is known here to hold it against"
    elif ours.not_comparable:
        verdict, why = "not comparable", ours.not_comparable
    elif is_all and figure.is_of_whole_file:
        is_equal = _equals(figure, ours)
        verdict = "reproduced" if is_equal else "differs"
        why = f"{'is equal' if is_equal else 'is not equal'} to the last digit, from all of the data{_more(ours.note)}"
    elif (allowed := _allowed(ours, part=part)) is None:
        verdict, why = "too little data", f"{_extent(ours)}: too little to hold it against anything"
    elif allowed[0] - figure.rounding <= figure.reference <= allowed[1] + figure.rounding:
        verdict, why = "consistent", f"lies where it may ({_of(part)})"
    else:
        verdict, why = "differs", f"lies outside of where it may ({_of(part)}){_more(ours.note)}"
    return Reproduction(figure, verdict, why, ours, file, is_all, allowed)


def _equals(figure: Figure, ours: Measured) -> bool:
    value = ours.estimate.value
    return (
        value is not None and figure.reference is not None and abs(value - figure.reference) <= figure.rounding + _TINY
    )


def _allowed(ours: Measured, *, part: float) -> tuple[float, float] | None:
    """Where the reference may lie; None where that is too wide, or rests on too little."""
    value, low, high = ours.estimate.value, ours.estimate.low, ours.estimate.high
    if value is None or low is None or high is None or ours.estimate.clusters < LEAST_CLUSTERS:
        return None
    shrink = sqrt(1 - part)
    down, up = shrink * (value - low), shrink * (high - value)
    return (value - down, value + up) if max(down, up) <= WIDEST else None


def _extent(ours: Measured) -> str:
    found = ours.estimate
    reach = "" if found.low is None or found.high is None else f", interval {found.low:.3f} to {found.high:.3f}"
    return f"{found.clusters:,} {ours.unit}{reach}"


def _of(part: float) -> str:
    if not part:
        return "anywhere in our interval, since ours need not be a part of its data"
    return f"in the interval as narrowed, since ours are {part:.0%} of its data"


def _more(note: str) -> str:
    return f"; {note}" if note else ""
