"""An audit as one HTML file that needs nothing else, and as a part of a run's report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.datatypes.told import Section, Told
from analysis.page.audit_plots import chart_plot
from analysis.page.document import render_page
from analysis.page.plots import Plot


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with the key of its place in the page and its plot."""

    key: str
    section: Section
    plot: Plot | None


@dataclass(frozen=True, slots=True)
class AuditView:
    """An audit with its sections."""

    key: str
    told: Told
    sections: tuple[SectionView, ...]

    @property
    def plots(self) -> tuple[Plot, ...]:
        """The plots of all sections."""
        return tuple(view.plot for view in self.sections if view.plot)


def render_audit(told: Told) -> str:
    """The page. The same audit gives the same bytes."""
    (view,) = audit_views([told])
    return render_page(
        "audit.html.j2", plots=view.plots, styles=["report.css", "audit.css"], scripts=[], values={"audit": view}
    )


def audit_views(told: Iterable[Told]) -> tuple[AuditView, ...]:
    """The audits as a page shows them, each with keys of its own."""
    return tuple(_view(one, key=f"audit-{number}") for number, one in enumerate(told, start=1))


def _view(told: Told, *, key: str) -> AuditView:
    keyed = [(f"{key}-{number}", section) for number, section in enumerate(told.sections, start=1)]
    sections = (
        SectionView(place, section, chart_plot(section.chart, key=place) if section.chart else None)
        for place, section in keyed
    )
    return AuditView(key, told, tuple(sections))
