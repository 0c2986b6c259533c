"""What the reproduction of the paper is made of: figures, where they come from, what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from analysis.statistics.clusters import Estimate

Verdict: TypeAlias = Literal[
    "reproduced", "consistent", "differs", "measured", "needs file", "needs judge", "needs command"
]
"""reproduced: equal as printed, from all of the data. consistent: the printed value lies in our interval.
measured: no printed value is known to us, or there is too little data to hold ours to it. needs: what the folder does
not have, or another command.
"""

Decision: TypeAlias = Literal["holds", "cannot be told", "turned round", "needs file"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it was published.

    `printed` is its value as it stands there ("66.0%"; "" where none is known to us), `published` the same in natural
    units (a share in [0, 1]), `rounding` half of the last printed digit. `sources` are the data it can be computed
    from, the whole ones first; `judge` the judge that would be needed besides.
    """

    key: str
    section: str
    words: str
    printed: str
    published: float | None
    rounding: float
    is_share: bool
    printed_in: str
    sources: tuple[str, ...]
    judge: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """Our value of a figure; `unit` is what its interval counts."""

    estimate: Estimate
    unit: str
    note: str = ""


Measures: TypeAlias = Mapping[str, Measured]
"""What one file says, by the figures' keys."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A figure, published and ours. `why` says what the verdict rests on, or what is needed."""

    figure: Figure
    verdict: Verdict
    why: str
    ours: Measured | None = None
    file: str | None = None
    of_all_data: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A comparison that the paper draws, and what is left of it once the right units are counted.

    `difference` is ours, or from the published counts, in natural units, with the p of no difference; `p_adjusted` is
    Holm's over all readings that have one. `claimed` is the sign that the paper reads.
    """

    key: str
    section: str
    words: str
    claimed: Literal[-1, 1]
    counted_by: str
    difference: Estimate | None
    note: str
    is_share: bool = False
    p_adjusted: float | None = None
    decision: Decision = "needs file"
