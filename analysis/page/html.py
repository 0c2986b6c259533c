"""A Report as one HTML file that needs nothing else: no network, no font, no image, no other file.

Jinja escapes every value; what control characters a text carries is made visible; scripts are named by their hash in
the page's Content-Security-Policy, so that nothing a model wrote could run or reach the network even if it got through.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any

import jinja2
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from analysis.page.graph_drawing import floor_drawing, speaker_drawing
from analysis.page.plots import Plot, rate_plot, shift_plots
from analysis.report import wording
from analysis.report.build import Report


def render_html(report: Report) -> str:
    """The page. The same report gives the same bytes; it can always be encoded as UTF-8."""
    rates = rate_plot(report.rates)
    shifts = shift_plots(report.shifts, labels=report.feature_labels)
    plots = [*([rates] if rates else []), *shifts]
    scripts = [_plotly(), _asset("plots.js")] if plots else []
    scripts.append(_asset("filters.js"))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            rate_plot=rates,
            shift_plots=shifts,
            plot_data=[(plot.key, _script_json(plot)) for plot in plots],
            style=_asset("report.css"),
            scripts=scripts,
            policy=_policy(scripts),
            filters=_Filters(report),
        )
    )


class _Filters:
    """What the reader can choose among, numbered, so that no name from data is needed in an attribute."""

    def __init__(self, report: Report) -> None:
        views = report.conversations
        self.judges = _numbered(judge for view in views for judge, _ in view.flagged_by)
        self.scenarios = _numbered(view.scenario for view in views)
        self.models = _numbered(model for view in views for model in view.models)


def _numbered(names: Iterable[str]) -> Mapping[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


_FILTERS: tuple[Callable[..., str], ...] = (
    wording.number,
    wording.percent,
    wording.signed,
    wording.significant,
    wording.p_value,
    wording.plain,
    wording.direction,
    wording.missing_words,
    wording.card_phrase,
    wording.worth_words,
)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("analysis.page", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({function.__name__: function for function in _FILTERS})
    environment.globals.update(
        counted=wording.counted,
        percent_interval=wording.percent_interval,
        signed_interval=wording.signed_interval,
        floor_drawing=floor_drawing,
        speaker_drawing=speaker_drawing,
        stop_words=wording.STOP_REASON_WORDS,
        unjudged_words=wording.UNJUDGED_WORDS,
        judge_words=wording.JUDGE_WORDS,
        decision_marks=wording.DECISION_MARKS,
    )
    return environment


def _shown(value: Any) -> Any:
    return wording.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> Markup:
    """A file of ours as it stands; never anything from data."""
    return Markup(resources.files("analysis.page").joinpath("templates", name).read_text(encoding="utf-8"))  # noqa: S704


def _plotly() -> Markup:
    from plotly.offline import get_plotlyjs

    return Markup(get_plotlyjs().replace("</script", r"<\/script"))  # noqa: S704 - a library's own file


def _script_json(plot: Plot) -> Markup:
    """The figure as JSON that can stand inside a script element: no "<", ">", "&" or "'" is left in it."""
    return htmlsafe_json_dumps(plot.figure, sort_keys=True)


def _policy(scripts: list[Markup]) -> str:
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
