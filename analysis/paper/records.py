"""The reproduction as records: one a figure, then one a reading, all keys always there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.figures import rounded_record
from analysis.paper.reproduce import PaperAudit
from analysis.paper.values import Reading, Reproduction
from analysis.statistics.clusters import Estimate


def paper_records(audit: PaperAudit) -> Iterator[Mapping[str, Any]]:
    """Flat records of plain values, floats with six significant digits; shares are in [0, 1], missing is None."""
    yield from (rounded_record(_figure(one)) for one in audit.figures)
    yield from (rounded_record(_reading(one)) for one in audit.readings)


def _figure(one: Reproduction) -> dict[str, Any]:
    ours = one.ours
    return {
        "record": "figure",
        "key": one.figure.key,
        "section": one.figure.section,
        "words": one.figure.words,
        "held_against": one.figure.reference,
        "origin": one.figure.origin,
        "stands_in": one.figure.stands_in or None,
        "is_share": one.figure.is_share,
        **_estimate(ours.estimate if ours else None, value="ours"),
        "counted_by": ours.unit if ours else None,
        "allowed_low": one.allowed[0] if one.allowed else None,
        "allowed_high": one.allowed[1] if one.allowed else None,
        "verdict": one.verdict,
        "why": one.why,
        "file": one.file,
        "of_all_data": one.of_all_data,
        "note": ours.note if ours else one.figure.note,
    }


def _reading(one: Reading) -> dict[str, Any]:
    return {
        "record": "reading",
        "key": one.key,
        "family": one.family,
        "words": one.words,
        "claimed": one.claimed,
        "is_share": one.is_share,
        "basis": one.basis,
        **_side("rows", one.by_rows, one.p_rows_adjusted),
        **_side("clusters", one.by_clusters, one.p_clusters_adjusted),
        "counted_by": one.unit,
        "is_changed": one.is_changed,
        "decision": one.decision,
        "note": one.note,
    }


def _side(name: str, found: Estimate | None, p_adjusted: float | None) -> dict[str, Any]:
    side = {**_estimate(found, value="difference"), "p": found.p if found else None, "p_adjusted": p_adjusted}
    return {f"by_{name}_{key}": value for key, value in side.items()}


def _estimate(found: Estimate | None, *, value: str) -> dict[str, Any]:
    return {
        value: found.value if found else None,
        "ci_low": found.low if found else None,
        "ci_high": found.high if found else None,
        "n": found.n if found else None,
        "clusters": found.clusters if found else None,
    }
