"""How often judges flag, with an interval over conversations and bounds for what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.findings import FlagRate
from analysis.statistics.common import Counts, Interval
from analysis.statistics.rates import rate_interval
from analysis.tables import FLAG_COLUMNS
from sims.errors import UnknownNameError

ALL = "all"
"""The group of rates that are broken down by nothing but the judge."""
UNKNOWN_VALUE = "(unknown)"


def flag_rates(rows: pd.DataFrame, *, by: Sequence[str] = ("judge",)) -> tuple[FlagRate, ...]:
    """The rate of flagged among judged turns, for each judge and group, in order of appearance.

    `rows` is a table of `flag_rows`; `by` names its columns to break down by, the judge always among them.
    `group` joins the values of the other columns by ", ", and is "all" where there are none.

    The unit of the interval is the conversation (`rate_interval`). A conversation that failed or has no verdict is
    missing, and whatever was judged of it before it broke off still counts. The worst-case bounds take it to have
    as many turns as the complete ones have on average (or its own, where it has more), and the turns that were
    not judged to be all clean, or all flagged. Where no conversation is complete, a missing one counts with the
    turns it has, at least one.

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
        sums: dict[str, Any] = {"turns": "sum", "judged_turns": "sum", "flagged_turns": "sum", "is_missing": "max"}
        yield tuple(map(str, key)), group.groupby("transcript", sort=False).agg(sums)


def _named(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype("object").where(column.notna(), UNKNOWN_VALUE)


def _is_missing(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["has_failed"] | rows["unjudged"].notna()


def _rate(key: tuple[str, ...], cases: pd.DataFrame) -> FlagRate:
    judge, *group = key
    judged, flagged = _counts(cases, "judged_turns"), _counts(cases, "flagged_turns")
    total, hits = int(judged.sum()), int(flagged.sum())
    interval = rate_interval(flagged, judged)
    worst = _worst_case(hits, total, missing_turns=_missing_turns(cases))
    return FlagRate(
        judge=judge,
        group=", ".join(group) or ALL,
        conversations=len(cases),
        unjudged_conversations=int(cases["is_missing"].sum()),
        judged_turns=total,
        flagged_turns=hits,
        rate=hits / total if total else None,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        worst_low=worst.low if worst else None,
        worst_high=worst.high if worst else None,
    )


def _missing_turns(cases: pd.DataFrame) -> float:
    """How many turns the missing conversations would have had judged, had they been complete."""
    is_missing = cases["is_missing"].to_numpy(dtype=bool)
    turns, judged = _counts(cases, "turns"), _counts(cases, "judged_turns")
    usual = float(judged[~is_missing].mean()) if not is_missing.all() else 1.0
    expected = np.maximum(turns[is_missing], usual)
    return float((expected - judged[is_missing]).sum())


def _worst_case(flagged: int, judged: int, *, missing_turns: float) -> Interval | None:
    total = judged + missing_turns
    return Interval(flagged / total, (flagged + missing_turns) / total) if total else None


def _counts(cases: pd.DataFrame, column: str) -> Counts:
    return np.asarray(cases[column].to_numpy(dtype=np.int64))
