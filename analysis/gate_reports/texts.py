"""The transcripts of the conversations that a gate shows side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analysis.gate.values import GateResult
from analysis.gate_reports.side_by_side import MOST_PAIRS, pairs_of
from analysis.judged_folder import JudgedFolder
from sims.transcript import Transcript


def texts_of(result: GateResult, *, baseline: Path, candidate: Path) -> Callable[[str, str], Transcript | None]:
    """A function from "baseline" or "candidate" and an id to the transcript; None where the side is a file of figures.

    Only the conversations that the page shows are kept, read in one pass a side.
    """
    shown = [change for pair in pairs_of(result.changes)[:MOST_PAIRS] for change in pair]
    kept = {
        "baseline": _transcripts(baseline, {change.baseline for change in shown}),
        "candidate": _transcripts(candidate, {change.candidate for change in shown}),
    }
    return lambda side, identity: kept[side].get(identity)


def _transcripts(path: Path, ids: set[str]) -> dict[str, Transcript]:
    if not ids or not path.is_dir():
        return {}
    return {one.id: one for one in JudgedFolder(path).transcripts if one.id in ids}
