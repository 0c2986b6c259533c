"""The gate's plots: the rise each judge found, and the rates held to a limit, with what is allowed and their bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import plotly.graph_objects as go

from analysis.gate.values import Check, GateDecision
from analysis.gate_reports import wording
from analysis.page.plots import MARKS, LegendEntry, Plot, framed_plot, interval_points, label, pale_bars

_LIKE: Mapping[GateDecision, Literal["SHIFTED", "EQUIVALENT", "UNDECIDED"]] = {
    "REGRESSED": "SHIFTED",
    "PASS": "EQUIVALENT",
    "INCONCLUSIVE": "UNDECIDED",
}
_LEGEND_MARKS: Mapping[GateDecision, Literal["shifted", "equivalent", "undecided"]] = {
    "REGRESSED": "shifted",
    "PASS": "equivalent",
    "INCONCLUSIVE": "undecided",
}
_ALLOWED, _WORST = "rgba(47,127,193,0.20)", "rgba(122,130,140,0.55)"
_MOST_BEYOND = 2.0


def change_plot(checks: Iterable[Check]) -> Plot | None:
    """The rise of each judge's rate in percentage points; None where none can be said."""
    rows = [check for check in checks if check.kind == "change" and check.difference is not None]
    caption = "Rise of the share of flagged turns, candidate less baseline, with its 95% interval."
    return _check_plot("changes", caption, rows, x_axis={"zeroline": True, "title": {"text": "rise in points"}})


def limit_plot(checks: Iterable[Check]) -> Plot | None:
    """The rates that a scenario holds to a limit, in per cent; None where none can be said."""
    rows = [check for check in checks if check.kind == "limit" and check.candidate_rate is not None]
    caption = "Share of flagged turns of the candidate where a scenario sets a limit, with its 95% interval."
    return _check_plot("limits", caption, rows, x_axis={"title": {"text": "% of judged turns flagged"}})


def _check_plot(key: str, caption: str, rows: Sequence[Check], *, x_axis: Mapping[str, Any]) -> Plot | None:
    if not rows:
        return None
    low, high = _edges(rows)
    missing = [check for check in rows if check.missing]
    decisions = [decision for decision in _LIKE if any(check.decision == decision for check in rows)]
    allowed = [(0.0 if check.kind == "limit" else low, 100 * check.bound) for check in rows]
    traces = [pale_bars(allowed, width_px=20, color=_ALLOWED)]
    if missing:
        traces.append(pale_bars([_worst(check, low, high) for check in rows], width_px=5, color=_WORST))
    traces += [_decided(decision, rows) for decision in decisions]
    legend = [LegendEntry("allowed", "what is allowed")]
    legend += [LegendEntry(_LEGEND_MARKS[decision], decision) for decision in decisions]
    if missing:
        is_cut = any(_is_beyond(check, low, high) for check in missing)
        words = "had every missing conversation been clean, or flagged throughout"
        legend.append(LegendEntry("worst", words + " (runs on beyond the edge; the table has its end)" * is_cut))
    names = [wording.check_name(check) for check in rows]
    return framed_plot(key, caption, traces, legend=legend, labels=names, x_axis={"range": [low, high], **x_axis})


def _edges(rows: Sequence[Check]) -> tuple[float, float]:
    """The ends of the axis: worst cases may run beyond them, so that they do not squeeze the intervals."""
    inner = [0.0]
    for check in rows:
        inner += [
            100 * value for value in (check.bound, check.ci_low, check.ci_high, _value(check)) if value is not None
        ]
    worst = [value for check in rows if check.missing for value in _worst_ends(check) if value is not None]
    span = max(max(inner) - min(inner), 0.5)
    low = min(min(inner), max(min(worst, default=0.0), min(inner) - _MOST_BEYOND * span))
    high = max(max(inner), min(max(worst, default=0.0), max(inner) + _MOST_BEYOND * span))
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _worst_ends(check: Check) -> tuple[float | None, float | None]:
    ends = [None if value is None else 100 * value for value in (check.worst_low, check.worst_high)]
    return ends[0], ends[1]


def _worst(check: Check, low: float, high: float) -> tuple[float | None, float | None]:
    """The worst-case span of a row within the edges; none where nothing is missing."""
    worst_low, worst_high = _worst_ends(check)
    if not check.missing or worst_low is None or worst_high is None:
        return None, None
    return max(worst_low, low), min(worst_high, high)


def _is_beyond(check: Check, low: float, high: float) -> bool:
    return _worst(check, low, high) != _worst_ends(check)


def _decided(decision: GateDecision, rows: Sequence[Check]) -> go.Scatter:
    symbol, color = MARKS[_LIKE[decision]]
    of_decision = [check if check.decision == decision else None for check in rows]
    return interval_points(
        [_percent(_value(check)) if check else None for check in of_decision],
        [(_percent(check.ci_low), _percent(check.ci_high)) if check else (None, None) for check in of_decision],
        hovers=[_hover(check) for check in rows],
        symbol=symbol,
        color=color,
    )


def _value(check: Check) -> float | None:
    return check.difference if check.kind == "change" else check.candidate_rate


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _hover(check: Check) -> str:
    lines = [wording.check_name(check), f"{wording.estimate(check)}, {wording.interval(check)}"]
    lines.append(f"{check.decision}, allowed: {wording.bound(check)}")
    return "<br>".join(label(line, width=44) for line in lines)
