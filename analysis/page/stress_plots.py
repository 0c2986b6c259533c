"""The plots of a stress test, small and many: a judge's rate by dose, and the turn by which its first flag comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from analysis.page.plots import BLUE, GREY, ORANGE, Plot, label
from analysis.stress.telling import arm_words, difference_words, dose_words, onset_words, ranked, rate_words
from analysis.stress.values import DosePoint, DoseResponse, Onset, OnsetStep, StressFindings
from analysis.wording import counted, percent, percent_interval, plain

MOST_PLOTS = 24
"""How many plots of a sort are drawn, those that rise first; the tables have all."""
MODEL_MARKS = ((BLUE, "circle"), (ORANGE, "diamond"), ("#2a9d78", "square"), ("#a35fb0", "triangle-up"), (GREY, "x"))
"""Colour and symbol of each model; beyond the fifth they begin anew."""
_HEIGHT_PX = 250
_LEAST_TOP = 0.02


def dose_plots(findings: StressFindings) -> tuple[Plot, ...]:
    """A plot for each judge and kind of stress in which some turn was flagged: the rate by dose, a line a model."""
    groups: dict[tuple[str, str], list[DoseResponse]] = {}
    for response in ranked(findings):
        groups.setdefault((response.kind, response.judge), []).append(response)
    groups = {key: group for key, group in groups.items() if any(map(_has_flag, group))}
    tops = _tops(groups.values())
    return tuple(
        _dose_plot(f"dose-{number}", group, findings.models, top=tops[group[0].judge])
        for number, group in enumerate(list(groups.values())[:MOST_PLOTS])
    )


def _dosed(response: DoseResponse) -> list[DosePoint]:
    """The points that have a place on the axis: the control and every dose."""
    return [point for point in response.points if point.arm.dose is not None]


def _has_flag(response: DoseResponse) -> bool:
    return any(point.flagged_turns for point in _dosed(response))


def _tops(groups: Iterable[Sequence[DoseResponse]]) -> dict[str, float]:
    """The upper end of the axis, the same in all plots of a judge."""
    tops: dict[str, float] = {}
    for response in (one for group in groups for one in group):
        highest = max((point.ci_high or point.rate or 0.0 for point in _dosed(response)), default=0.0)
        tops[response.judge] = max(tops.get(response.judge, _LEAST_TOP), min(1.0, highest))
    return tops


def _dose_plot(key: str, group: Sequence[DoseResponse], models: Sequence[str], *, top: float) -> Plot:
    traces = [
        trace
        for response in sorted(group, key=lambda one: models.index(one.model))
        for trace in _dose_traces(response, *_mark(models, response.model))
    ]
    doses = sorted({point.arm.dose or 0.0 for response in group for point in _dosed(response)})
    x_axis = {"title": {"text": "dose"}, "tickvals": doses, "ticktext": [f"{dose:g}" for dose in doses]}
    first = group[0]
    return _plot(key, f"{plain(first.judge).capitalize()} under {plain(first.kind)}", traces, x_axis=x_axis, top=top)


def _dose_traces(response: DoseResponse, color: str, symbol: str) -> Iterator[go.Scatter]:
    points = [point for point in _dosed(response) if point.rate is not None]
    doses = [point.arm.dose for point in points]
    bounded = [point for point in points if point.ci_low is not None]
    yield from _band([point.arm.dose for point in bounded], [(one.ci_low, one.ci_high) for one in bounded], color)
    if points and points[0].arm.is_control and len(points) > 1:
        yield go.Scatter(
            x=[doses[0], doses[-1]],
            y=[points[0].rate] * 2,
            mode="lines",
            line={"color": color, "width": 1.5, "dash": "dot"},
            hoverinfo="skip",
        )
    yield go.Scatter(
        x=doses,
        y=[point.rate for point in points],
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={"symbol": symbol, "color": color, "size": 8},
        hovertext=[_dose_hover(point) for point in points],
        hoverinfo="text",
    )


def _dose_hover(point: DosePoint) -> str:
    lines = [point.arm.model, f"{dose_words(point.arm)}: {rate_words(point)}"]
    lines += [f"{difference_words(point)} points against the control"] if point.difference is not None else []
    lines.append(f"{point.flagged_turns:,} of {point.judged_turns:,} judged turns")
    return "<br>".join(label(line, width=44) for line in lines)


def onset_plots(findings: StressFindings) -> tuple[Plot, ...]:
    """A plot for each judge and kind with any flag: who is still without one after each turn, at the highest dose."""
    found = {(one.arm, one.judge): one for one in findings.onsets}
    groups: dict[tuple[str, str], list[tuple[Onset, Onset | None]]] = {}
    for response in ranked(findings):
        last = found.get((response.points[-1].arm, response.judge))
        control = found.get((response.control.arm, response.judge)) if response.control else None
        if last is not None and (last.onsets or (control is not None and control.onsets)):
            groups.setdefault((response.kind, response.judge), []).append((last, control))
    return tuple(
        _onset_plot(f"onset-{number}", group, findings.models)
        for number, group in enumerate(list(groups.values())[:MOST_PLOTS])
    )


def _onset_plot(key: str, group: Sequence[tuple[Onset, Onset | None]], models: Sequence[str]) -> Plot:
    traces: list[go.Scatter] = []
    for stressed, control in sorted(group, key=lambda pair: models.index(pair[0].arm.model)):
        color, symbol = _mark(models, stressed.arm.model)
        if control is not None:
            traces += _onset_traces(control, color, symbol, dash="dot")
        traces += _onset_traces(stressed, color, symbol, dash="solid")
    first = group[0][0]
    caption = f"{plain(first.judge).capitalize()}: {arm_words(first.arm)}"
    return _plot(key, caption, traces, x_axis={"title": {"text": "turns said"}, "rangemode": "tozero"}, top=1.0)


def _onset_traces(onset: Onset, color: str, symbol: str, *, dash: str) -> Iterator[go.Scatter]:
    steps = [OnsetStep(0, 1.0, 1.0, 1.0, onset.conversations), *onset.steps]
    turns = [step.turn for step in steps]
    if dash == "solid":
        yield from _stepped_band(steps, color)
    yield go.Scatter(
        x=turns,
        y=[step.clean for step in steps],
        mode="lines+markers",
        line={"color": color, "width": 2, "dash": dash, "shape": "hv"},
        marker={"symbol": symbol, "color": color, "size": [0, *[5] * (len(steps) - 1)]},
        hovertext=[_step_hover(onset, step) for step in steps],
        hoverinfo="text",
    )


def _step_hover(onset: Onset, step: OnsetStep) -> str:
    turns = counted(step.turn, "turn")
    lines = [
        f"{onset.arm.model}: {arm_words(onset.arm)}",
        f"after {turns}: {percent(step.clean)} without a flag, {percent_interval(step.low, step.high)}",
        onset_words(onset),
    ]
    return "<br>".join(label(line, width=44) for line in lines)


def _stepped_band(steps: Sequence[OnsetStep], color: str) -> Iterator[go.Scatter]:
    turns = [step.turn for step in steps]
    line = {"width": 0, "shape": "hv", "color": color}
    yield go.Scatter(x=turns, y=[step.low for step in steps], mode="lines", line=line, hoverinfo="skip")
    yield go.Scatter(
        x=turns,
        y=[step.high for step in steps],
        mode="lines",
        line=line,
        fill="tonexty",
        fillcolor=_pale(color),
        hoverinfo="skip",
    )


def _band(
    x: Sequence[float | None], bounds: Sequence[tuple[float | None, float | None]], color: str
) -> Iterator[go.Scatter]:
    if len(x) < 2:
        return
    lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
    yield go.Scatter(
        x=[*x, *reversed(x)],
        y=[*highs, *reversed(lows)],
        mode="lines",
        line={"width": 0, "color": color},
        fill="toself",
        fillcolor=_pale(color),
        hoverinfo="skip",
    )


def _pale(color: str) -> str:
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _mark(models: Sequence[str], model: str) -> tuple[str, str]:
    return MODEL_MARKS[models.index(model) % len(MODEL_MARKS)]


def _plot(key: str, caption: str, traces: Sequence[go.Scatter], *, x_axis: Mapping[str, Any], top: float) -> Plot:
    axis = {"automargin": True, "fixedrange": True, "zeroline": False, "ticks": ""}
    layout = {
        "template": {},
        "height": _HEIGHT_PX,
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12},
        "xaxis": {**axis, **x_axis},
        "yaxis": {**axis, "range": [-0.03 * top, 1.06 * top], "tickformat": ".3~p", "nticks": 5, "zeroline": True},
        "showlegend": False,
        "hoverlabel": {"bgcolor": "#20262e", "bordercolor": "#20262e", "font": {"color": "#ffffff"}, "align": "left"},
        "dragmode": False,
    }
    return Plot(key, caption, (), _HEIGHT_PX, go.Figure(traces, layout).to_plotly_json())
