"""A GateResult as one HTML file that needs nothing else, with both texts of each conversation that changed."""

from __future__ import annotations

from analysis.gate.values import GateResult
from analysis.gate_reports import wording
from analysis.gate_reports.side_by_side import Texts, pair_views, pairs_of
from analysis.page.document import render_page
from analysis.page.gate_plots import change_plot, limit_plot


def render_gate(result: GateResult, texts: Texts) -> str:
    """The page. The same result and texts give the same bytes; it can always be encoded as UTF-8.

    `texts` gives the transcript of an id on the side "baseline" or "candidate", or None where there is none to show.

    Raises:
        UsageError: a text has changed since it was judged.
    """
    pairs = pairs_of(result.changes)
    plots = [plot for plot in (change_plot(result.checks), limit_plot(result.checks)) if plot]
    values = {
        "result": result,
        "words": wording,
        "title": wording.headline(result),
        "plots": plots,
        "pairs": pair_views(pairs, texts),
        "changed_pairs": len(pairs),
    }
    return render_page(
        "gate.html.j2",
        plots=plots,
        styles=["report.css", "gate.css"],
        scripts=["gate.js"],
        values=values,
    )
