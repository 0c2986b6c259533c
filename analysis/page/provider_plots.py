"""The plot of a comparison of providers: how often each arm is flagged against what a conversation takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from analysis.page.plots import BLUE, GREY, LegendEntry, Plot, label
from analysis.providers.pareto import Pareto, ParetoPoint, Span
from analysis.providers.wording import measure_words
from analysis.wording import percent, percent_interval, significant

_HEIGHT_PX = 430
_MARGIN = 0.07


def pareto_plot(found: Pareto, names: Mapping[str, str], *, key: str = "pareto") -> Plot | None:
    """The arms with their intervals both ways and the front through those that none beats; None without points.

    A point bears its arm's short name, with a star where conversations were cut.
    """
    if found.axis is None:
        return None
    words = measure_words(found.axis)
    front = [point for point in found.points if point.is_on_front]
    traces = [_front(front), *(_arm(point, names[point.arm], words) for point in found.points)]
    caption = f"Share of turns that some judge flags, against {words}, with 95% intervals."
    legend = [
        LegendEntry("rate", "on the front: by the estimates no model is as good on both counts and better on one"),
        LegendEntry(
            "undecided", "behind the front by the estimates, or cut (*); the tables say which differences are decided"
        ),
    ]
    return Plot(
        key, caption, tuple(legend), _HEIGHT_PX, go.Figure(traces, _layout(found.points, words)).to_plotly_json()
    )


def _front(points: Sequence[ParetoPoint]) -> go.Scatter:
    return go.Scatter(
        x=[point.takes.estimate for point in points],
        y=[point.rate.estimate for point in points],
        mode="lines",
        line={"color": BLUE, "width": 1.5, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
    )


def _arm(point: ParetoPoint, name: str, words: str) -> go.Scatter:
    color = BLUE if point.is_on_front else GREY
    return go.Scatter(
        x=[point.takes.estimate],
        y=[point.rate.estimate],
        mode="markers+text",
        text=[f"{name}*" if point.cut else name],
        textposition="top right",
        textfont={"size": 13},
        marker={
            "symbol": "circle" if point.is_on_front else "circle-open",
            "color": color,
            "size": 10,
            "line": {"width": 2},
        },
        error_x=_reach(point.takes, color),
        error_y=_reach(point.rate, color),
        hovertext=[_hover(point, words)],
        hoverinfo="text",
    )


def _reach(span: Span, color: str) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [0.0 if span.high is None else max(0.0, span.high - span.estimate)],
        "arrayminus": [0.0 if span.low is None else max(0.0, span.estimate - span.low)],
        "color": color,
        "thickness": 1.5,
        "width": 4,
    }


def _hover(point: ParetoPoint, words: str) -> str:
    rate, takes = point.rate, point.takes
    cut = [f"{point.cut:,} of {point.conversations:,} conversations cut at a limit of tokens"] if point.cut else []
    beaten = ["decidedly beaten by another model"] if point.is_beaten else []
    lines = [
        point.arm,
        f"flagged {percent(rate.estimate)}, {percent_interval(rate.low, rate.high)}",
        f"{words}: {significant(takes.estimate)}, {significant(takes.low)} to {significant(takes.high)}",
        *cut,
        *beaten,
    ]
    return "<br>".join(label(line, width=44) for line in lines)


def _layout(points: Sequence[ParetoPoint], words: str) -> dict[str, object]:
    axis = {"automargin": True, "fixedrange": True, "zeroline": False, "exponentformat": "none", "nticks": 7}
    return {
        "template": {},
        "height": _HEIGHT_PX,
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "xaxis": {**axis, "range": _range([point.takes for point in points]), "title": {"text": words}},
        "yaxis": {
            **axis,
            "range": _range([point.rate for point in points]),
            "tickformat": ".3~p",
            "title": {"text": "turns flagged"},
        },
        "showlegend": False,
        "hoverlabel": {"bgcolor": "#20262e", "bordercolor": "#20262e", "font": {"color": "#ffffff"}, "align": "left"},
        "dragmode": False,
    }


def _range(spans: Sequence[Span]) -> list[float]:
    """From a little below zero, so that no point lies on the edge."""
    highest = max(span.estimate if span.high is None else span.high for span in spans) or 1.0
    return [-_MARGIN * highest, (1 + _MARGIN) * highest]
