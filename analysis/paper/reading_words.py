"""What the paper reads off its figures, in words: by rows beside by clusters, and whether that changes anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from analysis.datatypes.told import Column, Section, columns, points_words, with_interval
from analysis.paper.values import Basis, Decision, Reading
from analysis.statistics.clusters import Estimate
from analysis.wording import UNKNOWN, p_value, with_sign

_DECISIONS: Mapping[Decision, str] = MappingProxyType(
    {
        "holds": "holds",
        "cannot be told": "cannot be told",
        "turned round": "the other way round",
        "needs file": "needs FILE",
    }
)
_AS_PRINTED: Mapping[Decision, str] = MappingProxyType(
    {"holds": "as printed: told apart", "cannot be told": "as printed: not told apart"}
)
_BASES: Mapping[Basis, str] = MappingProxyType(
    {"these files": "these files", "printed": "printed figures alone", "measured before": "measured before, whole file"}
)
_NOTE = (
    "By rows: as if every row were independent. By clusters: by the units that are. p after Holm's correction within"
    " each data set's readings, whatever files are here. What cannot be told is not shown to be the same."
)


def reading_section(readings: Sequence[Reading]) -> Section:
    """The readings in a table, those that the clusters change named first."""
    changed = "; ".join(one.words for one in readings if one.is_changed)
    answer = (
        f"Counting independent units changes: {changed}." if changed else "Counting independent units changes none."
    )
    heads = (
        *columns("Reading", "By rows (95% interval)", "p", "By clusters (95% interval)", "p"),
        *(Column(name, is_figure=False) for name in ("Counted by", "Changed?", "Holds?", "Rests on", "Note")),
    )
    rows = tuple(_row(one) for one in readings)
    return Section("What the figures are read to say, by rows and by independent units", answer, heads, rows, _NOTE)


def _row(one: Reading) -> tuple[str, ...]:
    return (
        one.words,
        _difference(one.by_rows, is_share=one.is_share),
        p_value(one.p_rows_adjusted),
        _difference(one.by_clusters, is_share=one.is_share),
        p_value(one.p_clusters_adjusted),
        _counted(one),
        UNKNOWN if one.is_changed is None else ("yes" if one.is_changed else "no"),
        _decision(one),
        UNKNOWN if one.decision == "needs file" else _BASES[one.basis],
        one.note,
    )


def _decision(one: Reading) -> str:
    words = _AS_PRINTED if one.basis == "printed" else _DECISIONS
    return words.get(one.decision, _DECISIONS[one.decision])


def _counted(one: Reading) -> str:
    found = one.by_clusters or one.by_rows
    return f"{found.clusters:,} {one.unit}" if found else one.unit


def _difference(found: Estimate | None, *, is_share: bool) -> str:
    if found is None:
        return UNKNOWN
    return points_words(found) if is_share else with_interval(found, lambda value: with_sign(value, digits=3))
