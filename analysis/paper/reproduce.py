"""The whole reproduction: the files at hand read once each, every figure of the catalogue held against them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from analysis.paper.agreement import behaviour_figures, likeness_figures, metaphor_figures
from analysis.paper.camel import camel_figures
from analysis.paper.catalogue import figures
from analysis.paper.cobbler import cobbler_figures, ranking_figures
from analysis.paper.labels import label_figures, safety_figures
from analysis.paper.preferences import mtbench_figures, p2c_figures
from analysis.paper.readings import readings
from analysis.paper.simulation import agent_figures, puzzle_figures
from analysis.paper.sources import SOURCES, Found, Source, find_sources
from analysis.paper.values import Figure, Measured, Measures, Reading, Reproduction, Verdict


@dataclass(frozen=True, slots=True)
class PaperAudit:
    """Every figure with its verdict, the readings, and the files: those read, and those found whose form is unknown."""

    figures: tuple[Reproduction, ...]
    readings: tuple[Reading, ...]
    files_read: tuple[str, ...]
    files_not_read: tuple[str, ...]

    def count(self, *verdicts: Verdict) -> int:
        """How many figures have one of the verdicts."""
        return sum(one.verdict in verdicts for one in self.figures)


def paper_figures(data: Path) -> tuple[Reproduction, ...]:
    """Every figure of the catalogue, computed from the files in a folder where they are there.

    Raises:
        UsageError: there is no such folder, no known file in it, or a known file is not of its form.
    """
    return audit_paper(data).figures


def audit_paper(data: Path) -> PaperAudit:
    """The figures as `paper_figures` has them, with the paper's readings held against intervals by the right unit.

    Raises:
        UsageError: as `paper_figures`.
    """
    found = find_sources(data)
    measured = {key: _READERS[key](here) for key, here in found.items() if key in _READERS}
    return PaperAudit(
        tuple(_reproduction(figure, measured, found) for figure in figures()),
        readings(found),
        tuple(sorted(found[key].path.name for key in measured)),
        tuple(sorted(here.path.name for key, here in found.items() if key not in measured)),
    )


def _reproduction(figure: Figure, measured: Mapping[str, Measures], found: Mapping[str, Found]) -> Reproduction:
    for source in figure.sources:
        ours = measured.get(source, {}).get(figure.key)
        if ours is not None and ours.estimate.value is not None:
            is_whole = SOURCES[source].is_whole
            verdict, why = _verdict(figure, ours, is_whole=is_whole)
            return Reproduction(figure, verdict, why, ours, found[source].path.name, is_whole)
    return _missing(figure, found)


def _verdict(figure: Figure, ours: Measured, *, is_whole: bool) -> tuple[Verdict, str]:
    value, low, high = ours.estimate.value, ours.estimate.low, ours.estimate.high
    if figure.published is None or value is None:
        return "measured", "no printed value is known to us"
    gap = abs(value - figure.published)
    if is_whole and gap <= figure.rounding + 1e-9:
        return "reproduced", "equal as printed"
    if low is None or high is None:
        return "measured", f"too few {ours.unit} for an interval that could be held against the printed value"
    part = "all of the data" if is_whole else "a part of the data"
    if low - figure.rounding <= figure.published <= high + figure.rounding:
        return "consistent", f"printed value inside our interval, from {part}"
    return "differs", f"printed value outside our interval, from {part}{f'; {ours.note}' if ours.note else ''}"


def _missing(figure: Figure, found: Mapping[str, Found]) -> Reproduction:
    """What it takes: files and where they are had, a judge, or another command."""
    if not figure.sources:
        return Reproduction(figure, "needs command", figure.note)
    sources = {key: SOURCES[key] for key in figure.sources}
    whole = {key: source for key, source in sources.items() if source.is_whole} or sources
    files = "; or ".join(_file_words(source, is_here=key in found) for key, source in whole.items())
    judge = f"run {figure.judge}; or " if figure.judge else ""
    why = "; ".join(part for part in (f"{judge}{files}", figure.note) if part)
    return Reproduction(figure, "needs judge" if figure.judge else "needs file", why)


def _file_words(source: Source, *, is_here: bool) -> str:
    names = " and ".join((source.names[0], *source.parts))
    if is_here:
        return f"{names} is here, but {'too little is in it' if source.is_known else 'its columns are not known here'}"
    unknown = "" if source.is_known else "; its columns are not known here, so it would be named and not read"
    return f"{names} ({source.had_at}{unknown})"


_READERS: Mapping[str, Callable[[Found], Measures]] = MappingProxyType(
    {
        "spp_log": puzzle_figures,
        "camel": camel_figures,
        "taubench_part": agent_figures,
        "labels": label_figures,
        "labels_part": label_figures,
        "dices_part": safety_figures,
        "p2c": p2c_figures,
        "p2c_part": p2c_figures,
        "mtbench": mtbench_figures,
        "mtbench_part": mtbench_figures,
        "cobbler": cobbler_figures,
        "cobbler_part": ranking_figures,
        "abceval_part": behaviour_figures,
        "humanlike_score_part": likeness_figures,
        "humanlike_pairs_part": likeness_figures,
        "metaphor_vua_part": metaphor_figures,
        "metaphor_mohx_part": metaphor_figures,
        "metaphor_trofi_part": metaphor_figures,
    }
)
"""What reads each source."""
