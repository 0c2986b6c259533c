"""The whole reproduction: the files at hand read once each, every figure of the catalogue held against them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from analysis.paper.agreement import behaviour_figures, likeness_figures, metaphor_figures
from analysis.paper.camel import camel_figures
from analysis.paper.catalogue import figures
from analysis.paper.cobbler import cobbler_figures
from analysis.paper.holding import held
from analysis.paper.judged import judged_figures
from analysis.paper.labels import dataset_figures, label_figures, safety_figures
from analysis.paper.preferences import mtbench_figures, p2c_figures
from analysis.paper.rankings import ranking_figures
from analysis.paper.readings import readings
from analysis.paper.simulation import agent_figures, puzzle_figures, read_puzzles
from analysis.paper.sources import SOURCES, Found, Sources, find_sources
from analysis.paper.values import Figure, Measures, Origin, Reading, Reproduction, Verdict
from sims.errors import UsageError


@dataclass(frozen=True, slots=True)
class PaperAudit:
    """Every figure with its verdict, the readings, and the files: those read, and those found whose form is unknown."""

    figures: tuple[Reproduction, ...]
    readings: tuple[Reading, ...]
    files_read: tuple[str, ...]
    files_not_read: tuple[str, ...]

    def count(self, *verdicts: Verdict, origin: Origin | None = None) -> int:
        """How many figures have one of the verdicts, of all or of those with that origin."""
        return sum(one.verdict in verdicts and origin in (None, one.figure.origin) for one in self.figures)


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
    sources = find_sources(data)
    found = sources.found
    measured = {key: _measured(key, here) for key, here in found.items() if key in _READERS}
    if "spp_verdicts" in found and "spp_log" in found:
        judged = judged_figures(read_puzzles(found["spp_log"]), found["spp_verdicts"])
        measured |= {"spp_verdicts": judged} if _rows(judged) else {}
    return PaperAudit(
        tuple(_reproduction(figure, measured, sources) for figure in figures()),
        readings(found),
        tuple(sorted(found[key].path.name for key in measured)),
        tuple(sorted(here.path.name for key, here in found.items() if not SOURCES[key].is_read)),
    )


def _measured(key: str, found: Found) -> Measures:
    """What a file says, where there are at least two rows of at least two units in it."""
    measures = _READERS[key](found)
    if min(_rows(measures), max((one.estimate.clusters for one in measures.values()), default=0)) < 2:
        raise UsageError(
            f"{found.path}: there is no more than one row, or unit, that can be used; at least 2 are needed"
        )
    return measures


def _rows(measures: Measures) -> int:
    return max((one.estimate.n if one.rows is None else one.rows for one in measures.values()), default=0)


def _reproduction(figure: Figure, measured: Mapping[str, Measures], sources: Sources) -> Reproduction:
    for key in figure.sources:
        ours = measured.get(key, {}).get(figure.key)
        if ours is not None and ours.estimate.value is not None:
            file = sources.found[key].path.name
            return held(figure, ours, source=SOURCES[key], rows=_rows(measured[key]), file=file)
    return _missing(figure, sources)


def _missing(figure: Figure, sources: Sources) -> Reproduction:
    """What it takes: a file and where it is had, a judge, a reader or another command."""
    if not figure.sources:
        return Reproduction(figure, "needs command", figure.note)
    if figure.judge:
        return Reproduction(figure, "needs judge", _judging(figure, sources))
    known = [key for key in figure.sources if SOURCES[key].is_read]
    if not known:
        files = "; or ".join(_file_words(key, sources) for key in figure.sources)
        return Reproduction(figure, "no reader", "; ".join(part for part in (files, figure.note) if part))
    return Reproduction(figure, "needs file", _file_words(known[0], sources))


def _judging(figure: Figure, sources: Sources) -> str:
    names = (figure.judge or "").replace(" and ", ",")
    log = sources.found["spp_log"].path.name if "spp_log" in sources.found else SOURCES["spp_log"].names[0]
    run = f"simstress judge DIR/{log} --judges {names} --judge-model M --out DIR/judged, DIR being that of --data"
    return f"{run}; or {_file_words('spp_digression', sources)}; {figure.note}"


def _file_words(key: str, sources: Sources) -> str:
    source = SOURCES[key]
    names = " and ".join((source.names[0], *source.parts))
    if key in sources.incomplete:
        return f"{sources.incomplete[key]} ({source.had_at})"
    if key in sources.found:
        return f"{names} is here, but {source.unread or 'too little is in it'}"
    return f"{names} ({source.had_at}{f'; {source.unread}, so having it would not help' if source.unread else ''})"


_READERS: Mapping[str, Callable[[Found], Measures]] = MappingProxyType(
    {
        "spp_log": puzzle_figures,
        "camel": camel_figures,
        "taubench_part": agent_figures,
        "labels": label_figures,
        "labels_part": label_figures,
        "labels_by_dataset": dataset_figures,
        "dices_part": safety_figures,
        "p2c": p2c_figures,
        "p2c_table": p2c_figures,
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
"""What reads each source; verdicts are read beside the puzzles they are on."""
