"""A comparison of providers on a page: a page of its own, or a section of a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis.page.document import render_page
from analysis.page.provider_plots import pareto_plot
from analysis.providers import sentences, wording
from analysis.providers.pareto import pareto
from analysis.providers.values import ProviderComparison
from sims.run_folder import replace_file


def provider_values(comparison: ProviderComparison | None) -> dict[str, Any]:
    """What the template of the section needs; its plot, or None, is under "pareto_plot"."""
    found = pareto(comparison) if comparison else None
    return {
        "providers": comparison,
        "pareto": found,
        "pareto_plot": pareto_plot(found, wording.letters(comparison.arms)) if comparison and found else None,
        "provider_sentences": sentences.findings(comparison) if comparison else (),
        "provider_words": wording,
    }


def render_providers(comparison: ProviderComparison) -> str:
    """The page; the same comparison gives the same bytes."""
    values = provider_values(comparison)
    plots = [values["pareto_plot"]] if values["pareto_plot"] else []
    title = f"{len(comparison.arms)} models compared"
    return render_page(
        "provider_page.html.j2", plots=plots, styles=["report.css"], scripts=[], values={"title": title, **values}
    )


def write_provider_page(comparison: ProviderComparison, path: Path) -> Path:
    """Write the page and return its path."""
    replace_file(path, render_providers(comparison))
    return path
