"""How often judges flag, with an interval over conversations and bounds for what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.findings import FlagRate
from analysis.statistics.common import Counts
from analysis.statistics.rates import TurnCounts, rate_interval, worst_rates
from analysis.statistics.units import unit_numbers, unit_of
from analysis.tables import FLAG_COLUMNS
from sims.errors import UnknownNameError

ALL = "all"
"""The group of rates that are broken down by nothing but the judge."""
UNKNOWN_VALUE = "(unknown)"
_BY_CONVERSATION: dict[str, Any] = {
    "scenario": "first",
    "branched_of": "first",
    "turns": "sum",
    "judged_turns": "sum",
    "flagged_turns": "sum",
    "is_missing": "max",
}


def flag_rates(rows: pd.DataFrame, *, by: Sequence[str] = ("judge",)) -> tuple[FlagRate, ...]:
    """The rate of flagged among judged turns, for each judge and group, in order of appearance.

    `rows` is a table of `flag_rows`; `by` names its columns to break down by, the judge always among them.
    `group` joins the values of the other columns by ", ", and is "all" where there are none.

    The unit of the interval (`rate_interval`) is the conversation or the scenario, by the rule of `unit_of` for each
    group; branches of one recording are one conversation there. A conversation that failed or has no verdict is
    missing, and whatever was judged of it before it broke off still counts; the worst-case bounds are those of
    `worst_rates`.

    Raises:
        UnknownNameError: `by` names a column that is not there.
    """
    for name in by:
        if name not in FLAG_COLUMNS:
            raise UnknownNameError("column", name, FLAG_COLUMNS)
    keys = list(dict.fromkeys(["judge", *by]))
    return tuple(_rate(key, cases) for key, cases in _groups(rows, keys))


def _groups(rows: pd.DataFrame, keys: list[str]) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Each group of rows with its names, one line a conversation."""
    named = rows.assign(**{key: _named(rows[key]) for key in keys}, is_missing=_is_missing(rows))
    for key, group in named.groupby(keys, sort=False):
        yield tuple(map(str, key)), group.groupby("transcript", sort=False).agg(_BY_CONVERSATION)


def _named(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype("object").where(column.notna(), UNKNOWN_VALUE)


def _is_missing(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["has_failed"] | rows["unjudged"].notna()


def _rate(key: tuple[str, ...], cases: pd.DataFrame) -> FlagRate:
    judge, *group = key
    counts = TurnCounts(_counts(cases, "flagged_turns"), _counts(cases, "judged_turns"))
    units = counts.by_unit(_units(cases))
    interval = rate_interval(units.flagged, units.judged)
    is_missing = cases["is_missing"].to_numpy(dtype=bool)
    worst = worst_rates(counts, turns=_counts(cases, "turns"), is_missing=is_missing)
    return FlagRate(
        judge=judge,
        group=", ".join(group) or ALL,
        conversations=len(cases),
        unjudged_conversations=int(is_missing.sum()),
        judged_turns=int(counts.judged.sum()),
        flagged_turns=int(counts.flagged.sum()),
        rate=counts.rate,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        worst_low=worst.low if worst else None,
        worst_high=worst.high if worst else None,
    )


def _units(cases: pd.DataFrame) -> Counts:
    """The number of each conversation's unit."""
    scenarios, recordings = _names(cases["scenario"]), _names(cases["branched_of"])
    return unit_numbers(scenarios, unit_of(scenarios), branched_of=recordings)


def _names(column: pd.Series[Any]) -> list[str | None]:
    return [name if isinstance(name, str) else None for name in column]


def _counts(cases: pd.DataFrame, column: str) -> Counts:
    return np.asarray(cases[column].to_numpy(dtype=np.int64))
