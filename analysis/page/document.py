"""What every page of ours is made with: template environment, assets, scripts and the policy that names them.

Jinja escapes every value; what control characters a text carries is made visible; scripts are named by their hash in
the page's Content-Security-Policy, so that nothing a model wrote could run or reach the network even if it got through.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

import jinja2
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from analysis import wording
from analysis.page.graph_drawing import floor_drawing, speaker_drawing
from analysis.page.plots import Plot
from analysis.report import likeness_wording
from analysis.stress import telling as stress_words
from analysis.stress.sentences import stress_sentences

_FILTERS: tuple[Callable[..., str], ...] = (
    wording.number,
    wording.percent,
    wording.signed,
    wording.significant,
    wording.p_value,
    wording.plain,
    wording.direction,
    wording.distance_words,
    wording.shape_words,
    wording.gap_words,
    wording.unit_words,
    wording.missing_words,
    wording.card_phrase,
    wording.worth_words,
)


def render_page(
    template: str, *, plots: Iterable[Plot], styles: Sequence[str], scripts: Sequence[str], values: Mapping[str, Any]
) -> str:
    """The template as a page that needs nothing else; the same values give the same bytes.

    `styles` and `scripts` name files of ours among the templates; what draws the plots comes with them, where there are
    any. The template finds `style`, `scripts`, `policy` and `plot_data` beside the values.
    """
    drawn = list(plots)
    sources = [_plotly(), _asset("plots.js")] if drawn else []
    sources += [_asset(name) for name in scripts]
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup("\n").join(_asset(name) for name in styles),
            scripts=sources,
            policy=_policy(sources),
            plot_data=[(plot.key, _script_json(plot)) for plot in drawn],
            **values,
        )
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
        answer_words=likeness_wording.ANSWER_WORDS,
        likeness_sentence=likeness_wording.likeness_sentence,
        main_scores=likeness_wording.main_scores,
        suspicion=likeness_wording.suspicion,
        telltale_words=likeness_wording.telltale_words,
        stop_words=wording.STOP_REASON_WORDS,
        unjudged_words=wording.UNJUDGED_WORDS,
        judge_words=wording.JUDGE_WORDS,
        decision_marks=wording.DECISION_MARKS,
        stress_sentences=stress_sentences,
        stress_words=stress_words,
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
