"""What the reproduction of the paper is made of: figures, where they come from, what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from analysis.statistics.clusters import Estimate

Origin: TypeAlias = Literal["paper", "computed before", "other paper"]
"""Where a value to hold ours against comes from: printed or drawn by the paper or its notebooks; computed before, from
the whole of the authors' file; published by others on data of theirs."""

Verdict: TypeAlias = Literal[
    "reproduced",
    "consistent",
    "differs",
    "too little data",
    "not comparable",
    "no reference",
    "needs file",
    "no reader",
    "needs judge",
    "needs command",
]
"""reproduced: equal to the last digit, from all of the data. consistent: a part of the data, and the value lies where
it may. not comparable: ours is of another model or judge. no reference: nothing is known to hold it against. no reader:
the file is known by name only. needs: what the folder does not have, or another command.
"""

Decision: TypeAlias = Literal["holds", "cannot be told", "turned round", "needs file"]
Basis: TypeAlias = Literal["these files", "printed", "measured before"]
"""What a reading rests on: the files at hand, printed figures alone, or what was measured before on the whole file."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the value that ours is held against.

    `reference_text` is that value as it stands there ("66.0%"; "" where none is known to us), `reference` the same in
    natural units (a share in [0, 1]), `rounding` half of its last digit. `is_of_whole_file` says that it was computed
    from the whole of the file of which ours may be a part. `sources` are the data it can be computed from, the best
    first; `judge` the judge that would be needed besides.
    """

    key: str
    section: str
    words: str
    reference_text: str
    reference: float | None
    rounding: float
    is_share: bool
    origin: Origin | None
    stands_in: str
    sources: tuple[str, ...]
    is_of_whole_file: bool = True
    judge: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """Our value of a figure; `unit` is what its interval counts.

    `rows` is how many rows were there, where the estimate counts missing ones, too. `not_comparable` says why it may
    not be held against the reference; "" where it may.
    """

    estimate: Estimate
    unit: str
    note: str = ""
    rows: int | None = None
    not_comparable: str = ""


Measures: TypeAlias = Mapping[str, Measured]
"""What one file says, by the figures' keys."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A figure, its reference and ours. `why` says what the verdict rests on, or what is needed.

    `allowed` is where the reference may lie: our interval, narrowed where the reference was computed from data that
    ours are a part of. None where nothing was compared.
    """

    figure: Figure
    verdict: Verdict
    why: str
    ours: Measured | None = None
    file: str | None = None
    of_all_data: bool = False
    allowed: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference by rows, as if they were independent, and by the clusters that are."""

    by_rows: Estimate
    by_clusters: Estimate


@dataclass(frozen=True, slots=True)
class Reading:
    """A comparison that the paper draws, by rows and by clusters.

    Differences are in natural units, with the p of no difference. `claimed` is the sign that the paper reads. The p
    are corrected by Holm within `family`, which does not depend on the files at hand. `decision` is by clusters where
    there are any, else by rows; `is_changed` says whether the two decide differently, None where only one is there.
    """

    key: str
    family: str
    words: str
    claimed: Literal[-1, 1]
    unit: str
    basis: Basis
    by_rows: Estimate | None
    by_clusters: Estimate | None
    note: str = ""
    is_share: bool = False
    p_rows_adjusted: float | None = None
    p_clusters_adjusted: float | None = None
    decision: Decision = "needs file"
    is_changed: bool | None = None
