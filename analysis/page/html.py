"""A Report as one HTML file that needs nothing else: no network, no font, no image, no other file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analysis.page.audit_page import audit_views
from analysis.page.document import render_page
from analysis.page.plots import rate_plot, shift_plots
from analysis.page.provider_page import provider_values
from analysis.page.stress_page import stress_view
from analysis.report.build import Report


def render_html(report: Report) -> str:
    """The page. The same report gives the same bytes; it can always be encoded as UTF-8."""
    rates = rate_plot(report.rates)
    shifts = shift_plots(report.shifts, labels=report.feature_labels)
    providers = provider_values(report.providers)
    fronts = [providers["pareto_plot"]] if providers["pareto_plot"] else []
    audits = audit_views(report.audits)
    charts = [plot for audit in audits for plot in audit.plots]
    stress = stress_view(report.stress, report.recorded)
    parts = {"rate_plot": rates, "shift_plots": shifts, "filters": _Filters(report), "audits": audits, **providers}
    return render_page(
        "report.html.j2",
        plots=[*(stress.plots if stress else ()), *([rates] if rates else []), *shifts, *fronts, *charts],
        styles=["report.css", *(["audit.css"] if audits else []), *(["stress.css"] if stress else [])],
        scripts=["filters.js"],
        values={"report": report, "stress": stress, **parts},
    )


class _Filters:
    """What the reader can choose among, numbered, so that no name from data is needed in an attribute."""

    def __init__(self, report: Report) -> None:
        views = report.conversations
        self.judges = _numbered(judge for view in views for judge, _ in view.flagged_by)
        self.scenarios = _numbered(view.scenario for view in views)
        self.models = _numbered(model for view in views for model in view.models)
        self.arms = _numbered(view.arm for view in views)


def _numbered(names: Iterable[str]) -> Mapping[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}
