"""The charts of an audit: for each label a mark with its interval, one for each series, slightly apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go

from analysis.datatypes.told import Chart, PlotRow
from analysis.page.plots import BLUE, GREY, ORANGE, LegendEntry, Plot, framed_plot, interval_points, label
from analysis.wording import percent, percent_interval, signed, signed_interval

Mark = Literal["equivalent", "shifted", "undecided"]
_SERIES: tuple[tuple[Mark, str, str], ...] = (
    ("equivalent", "circle", BLUE),
    ("shifted", "diamond", ORANGE),
    ("undecided", "circle-open", GREY),
)
_APART = 0.22


def chart_plot(chart: Chart, *, key: str) -> Plot | None:
    """The chart as a plot; None where it has no row. Series beyond the third look like the third."""
    if not chart.rows:
        return None
    labels = list(dict.fromkeys(row.label for row in chart.rows))
    groups = list(dict.fromkeys(row.group for row in chart.rows))
    marks = [_SERIES[min(place, len(_SERIES) - 1)] for place in range(len(groups))]
    traces = [
        _series(chart, labels, group, symbol=symbol, color=color, shift=_shift(place, len(groups)))
        for place, (group, (_, symbol, color)) in enumerate(zip(groups, marks, strict=True))
    ]
    legend = [LegendEntry(mark, _meaning(chart, group)) for group, (mark, *_) in zip(groups, marks, strict=True)]
    return framed_plot(key, chart.caption, traces, legend=legend, labels=labels, x_axis=_axis(chart))


def _meaning(chart: Chart, group: str) -> str:
    has_interval = any(row.low is not None for row in chart.rows if row.group == group)
    return f"{group}, with its 95% interval" if has_interval else group


def _shift(place: int, groups: int) -> float:
    return _APART * (place - (groups - 1) / 2)


def _axis(chart: Chart) -> dict[str, object]:
    is_signed = any((row.value if row.low is None else row.low) < 0 for row in chart.rows)
    return {
        "title": {"text": label(chart.axis, width=80)},
        "tickformat": ".3~p" if chart.is_share else ".3~g",
        "zeroline": is_signed,
        "rangemode": "normal" if is_signed else "tozero",
    }


def _series(chart: Chart, labels: Sequence[str], group: str, *, symbol: str, color: str, shift: float) -> go.Scatter:
    by_label = {row.label: row for row in chart.rows if row.group == group}
    rows = [by_label.get(name) for name in labels]
    trace = interval_points(
        [row.value if row else None for row in rows],
        [(row.low, row.high) if row else (None, None) for row in rows],
        hovers=[_hover(row, chart) if row else "" for row in rows],
        symbol=symbol,
        color=color,
    )
    return trace.update(y=[place + shift for place in range(len(labels))])


def _hover(row: PlotRow, chart: Chart) -> str:
    value, interval = (percent, percent_interval) if chart.is_share else (signed, signed_interval)
    lines = [f"{row.label}: {row.group}", f"{value(row.value)}, {interval(row.low, row.high)}"]
    return "<br>".join(label(line, width=44) for line in lines)
