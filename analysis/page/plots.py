"""The report's plots as plotly figures: flag rates with their intervals, shifts from people with their margins.

Plotly reads a small markup in labels, so every name that comes from data is escaped here. Text and grid colours are
left to the page's style sheet, which knows about dark mode; marks have mid-tones that stand out on light and dark.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

import plotly.graph_objects as go

from analysis.findings import Decision, FlagRate, Shift
from analysis.wording import (
    direction,
    distance_words,
    one_line,
    percent,
    percent_interval,
    plain,
    signed,
    signed_interval,
)

BLUE, ORANGE, GREY = "#2f7fc1", "#c8641b", "#7a828c"
MARKS: Mapping[Decision, tuple[str, str]] = {
    "SHIFTED": ("diamond", ORANGE),
    "EQUIVALENT": ("circle", BLUE),
    "UNDECIDED": ("circle-open", GREY),
}
_LEGEND_MARKS: Mapping[Decision, Literal["shifted", "equivalent", "undecided"]] = {
    "SHIFTED": "shifted",
    "EQUIVALENT": "equivalent",
    "UNDECIDED": "undecided",
}
_LINE_PX, _ROW_GAP_PX, _FRAME_PX = 18, 14, 70
_MOST_BEYOND = 2.5
_BOUNDS = "what the rate could be if every missing conversation had been clean, or flagged throughout"
_CUT = " (runs on beyond the edge; the table has its end)"
_BAND = "rgba(122,130,140,0.22)"


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A mark of a plot and what it stands for; the page draws it, so that it wraps on a phone."""

    mark: Literal["band", "allowed", "worst", "rate", "shifted", "equivalent", "undecided"]
    meaning: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure for the page: `figure` is plotly's JSON, `caption` what it shows, `key` unique in the page."""

    key: str
    caption: str
    legend: tuple[LegendEntry, ...]
    height_px: int
    figure: Mapping[str, Any]


def label(text: str, *, width: int = 20) -> str:
    """A name from data as a plot label: made harmless, wrapped into lines.

    >>> label("<b>x</b>")
    '&lt;b&gt;x&lt;/b&gt;'
    """
    lines = textwrap.wrap(one_line(text, limit=60), width=width) or ["(no name)"]
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def rate_plot(rates: Iterable[FlagRate], *, key: str = "rates") -> Plot | None:
    """The flag rate of each judge with its 95% interval and worst-case bounds; None where no turn was judged."""
    rows = [rate for rate in rates if rate.rate is not None]
    if not rows:
        return None
    names = [plain(rate.judge) if rate.group in ("", "all") else f"{plain(rate.judge)}: {rate.group}" for rate in rows]
    hovers = [_rate_hover(name, rate) for name, rate in zip(names, rows, strict=True)]
    bounds = [(rate.worst_low, rate.worst_high) for rate in rows]
    traces = [
        pale_bars([(low, high) for low, high in bounds], width_px=9),
        interval_points(
            [rate.rate for rate in rows],
            [(rate.ci_low, rate.ci_high) for rate in rows],
            hovers=hovers,
            symbol="circle",
            color=BLUE,
        ),
    ]
    edge = _edge(rows)
    x_axis = {"tickformat": ".3~p", "range": [0, edge], "title": {"text": "share of judged turns flagged"}}
    caption = "Share of judged turns that each judge flags, with its 95% interval."
    legend = [LegendEntry("rate", "rate with its 95% interval")]
    if any(rate.unjudged_conversations for rate in rows):
        is_cut = any((rate.worst_high or 0.0) > edge for rate in rows)
        legend.append(LegendEntry("band", _BOUNDS + _CUT * is_cut))
    return framed_plot(key, caption, traces, legend=legend, labels=names, x_axis=x_axis)


def _edge(rows: Sequence[FlagRate]) -> float:
    """The right end of the axis: bounds may run beyond it, so that they do not squeeze the intervals."""
    highest = max(max(rate.rate or 0.0, rate.ci_high or 0.0) for rate in rows)
    bounds = max(rate.worst_high or 0.0 for rate in rows)
    return min(1.02, 1.05 * min(max(highest, bounds), max(_MOST_BEYOND * highest, 0.01)))


def shift_plots(shifts: Iterable[Shift], *, labels: Mapping[str, str]) -> tuple[Plot, ...]:
    """One plot a profile and role of the shifts that have an effect, the most above people first."""
    ranked = sorted((shift for shift in shifts if shift.effect is not None), key=attrgetter("profile", "role"))
    groups = [(key, list(group)) for key, group in groupby(ranked, key=attrgetter("profile", "role"))]
    return tuple(
        _shift_plot(f"shift-{number}", profile, role, group, labels=labels)
        for number, ((profile, role), group) in enumerate(groups)
    )


def _shift_plot(key: str, profile: str, role: str, shifts: Sequence[Shift], *, labels: Mapping[str, str]) -> Plot:
    rows = sorted(shifts, key=lambda shift: (-(shift.effect or 0.0), shift.feature))
    names = [labels.get(shift.feature, plain(shift.feature)) for shift in rows]
    traces = [pale_bars([_band(shift) for shift in rows], width_px=18)]
    traces += [_decision_points(decision, rows, names) for decision in MARKS if _has(decision, rows)]
    x_axis = {
        "range": [-1.05, 1.05],
        "tickvals": [-1, -0.5, 0, 0.5, 1],
        "ticktext": ["−1", "−0.5", "0", "+0.5", "+1"],
        "zeroline": True,
        "title": {"text": "← less      more →"},
    }
    caption = f"{plain(role).capitalize()}, compared with people ({profile}): effects with 95% intervals."
    legend = [LegendEntry("band", "as far apart as two random groups of the human dialogues are: counts as alike")]
    legend += [LegendEntry(_LEGEND_MARKS[decision], decision) for decision in MARKS if _has(decision, rows)]
    return framed_plot(key, caption, traces, legend=legend, labels=names, x_axis=x_axis)


def _has(decision: Decision, rows: Sequence[Shift]) -> bool:
    return any(shift.decision == decision for shift in rows)


def _band(shift: Shift) -> tuple[float | None, float | None]:
    return (None, None) if shift.margin is None else (-shift.margin, shift.margin)


def _decision_points(decision: Decision, rows: Sequence[Shift], names: Sequence[str]) -> go.Scatter:
    symbol, color = MARKS[decision]
    of_decision = [shift if shift.decision == decision else None for shift in rows]
    return interval_points(
        [shift.effect if shift else None for shift in of_decision],
        [(shift.ci_low, shift.ci_high) if shift else (None, None) for shift in of_decision],
        hovers=[_shift_hover(name, shift) for name, shift in zip(names, rows, strict=True)],
        symbol=symbol,
        color=color,
    )


def _rate_hover(name: str, rate: FlagRate) -> str:
    lines = [name, f"{percent(rate.rate)}, {percent_interval(rate.ci_low, rate.ci_high)}"]
    lines.append(f"{rate.flagged_turns:,} of {rate.judged_turns:,} judged turns")
    return "<br>".join(label(line, width=44) for line in lines)


def _shift_hover(name: str, shift: Shift) -> str:
    lines = [name, f"{signed(shift.effect)}, {signed_interval(shift.ci_low, shift.ci_high)}"]
    lines.append(f"{shift.decision}: {direction(shift)}")
    lines.append(f"distance {distance_words(shift)}")
    return "<br>".join(label(line, width=44) for line in lines)


def interval_points(
    values: Sequence[float | None],
    intervals: Sequence[tuple[float | None, float | None]],
    *,
    hovers: Sequence[str],
    symbol: str,
    color: str,
) -> go.Scatter:
    """A mark with its interval in each row, from the top; a value of None leaves its row empty."""
    return go.Scatter(
        x=list(values),
        y=list(range(len(values))),
        mode="markers",
        marker={"symbol": symbol, "color": color, "size": 9, "line": {"width": 2, "color": color}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_gap(value, high) for value, (_, high) in zip(values, intervals, strict=True)],
            "arrayminus": [_gap(low, value) for value, (low, _) in zip(values, intervals, strict=True)],
            "color": color,
            "thickness": 2.5,
            "width": 5,
        },
        hovertext=list(hovers),
        hoverinfo="text",
    )


def _gap(low: float | None, high: float | None) -> float:
    return 0.0 if low is None or high is None else max(0.0, high - low)


def pale_bars(spans: Sequence[tuple[float | None, float | None]], *, width_px: int, color: str = _BAND) -> go.Scatter:
    """A pale bar a row, as one broken line."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row, (low, high) in enumerate(spans):
        x += [low, high, None]
        y += [row, row, None]
    return go.Scatter(x=x, y=y, mode="lines", line={"color": color, "width": width_px}, hoverinfo="skip")


def framed_plot(
    key: str,
    caption: str,
    traces: Sequence[go.Scatter],
    *,
    legend: Sequence[LegendEntry],
    labels: Sequence[str],
    x_axis: Mapping[str, Any],
) -> Plot:
    """The traces as a plot with a labelled row each, the first on top, in the page's own style."""
    tick_labels = [label(name) for name in labels]
    lines = max(text.count("<br>") + 1 for text in tick_labels)
    height_px = _FRAME_PX + (_ROW_GAP_PX + _LINE_PX * max(lines, 1.2)) * len(labels)
    layout = {
        "template": {},
        "height": height_px,
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "xaxis": {"automargin": True, "fixedrange": True, "zeroline": False, "ticks": "", **x_axis},
        "yaxis": {
            "automargin": True,
            "fixedrange": True,
            "tickvals": list(range(len(labels))),
            "ticktext": tick_labels,
            "range": [len(labels) - 0.4, -0.6],
            "showgrid": False,
            "zeroline": False,
            "ticklabelstandoff": 8,
        },
        "showlegend": False,
        "hoverlabel": {"bgcolor": "#20262e", "bordercolor": "#20262e", "font": {"color": "#ffffff"}, "align": "left"},
        "dragmode": False,
    }
    return Plot(key, caption, tuple(legend), round(height_px), go.Figure(traces, layout).to_plotly_json())
