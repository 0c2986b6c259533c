"""What an audit has to tell, ready to be shown: the terminal and the page show these values and compute nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.statistics.clusters import Estimate
from analysis.wording import UNKNOWN, percent, signed, with_sign


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; figures stand at the right."""

    name: str
    is_figure: bool = True


@dataclass(frozen=True, slots=True)
class PlotRow:
    """One mark with its interval: `group` says which of the plot's series it is of, `low` and `high` may be unknown."""

    label: str
    group: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of intervals, a row a label; series of one label stand together. `is_share` makes the axis percent."""

    caption: str
    axis: str
    rows: tuple[PlotRow, ...]
    is_share: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """One question of an audit: its answer in a sentence, and the figures behind it.

    `rows` are ready texts, as many in each as there are columns; `note` says what is counted and how. `quotes` are
    places in the data that show it, as (where, text).
    """

    title: str
    answer: str
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    chart: Chart | None = None
    quotes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A whole audit: what was found in a sentence or two, what was read, and the sections.

    `facts` are pairs of a word and a figure; `warnings` are what a reader must know before believing any of it.
    """

    title: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()


def with_interval(found: Estimate, write: Callable[[float], str], *, unit: str = "") -> str:
    """The figure with its unit, then its interval in brackets where there is one; a dash where it is unknown."""
    if found.value is None:
        return UNKNOWN
    value = f"{write(found.value)}{unit}"
    return value if found.low is None or found.high is None else f"{value} [{write(found.low)}, {write(found.high)}]"


def share_words(found: Estimate) -> str:
    """A share as `47.8% [46.4, 49.2]`."""
    return with_interval(found, lambda share: percent(share).removesuffix("%"), unit="%")


def figure_words(found: Estimate) -> str:
    """A figure that is no share, as `0.49 [0.47, 0.52]`."""
    return with_interval(found, lambda value: signed(value).removeprefix("+"))


def signed_words(found: Estimate) -> str:
    """A figure whose sign matters, as `+0.12 [+0.02, +0.22]`."""
    return with_interval(found, signed)


def points_words(found: Estimate) -> str:
    """A difference of shares in percentage points, as `−3.1 points [−5.0, −1.2]`."""
    return with_interval(found, lambda share: with_sign(100 * share, digits=1), unit=" points")


def columns(first: str, *rest: str) -> tuple[Column, ...]:
    """Columns of which the first is a name and the others are figures."""
    return (Column(first, is_figure=False), *(Column(name) for name in rest))


def shortened(texts: Sequence[str], *, most: int) -> tuple[str, ...]:
    """The first texts, and how many were left out as the last one where some were."""
    left_out = len(texts) - most
    return tuple(texts) if left_out <= 0 else (*texts[:most], f"and {left_out} more")
