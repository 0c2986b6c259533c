"""An attribution as plain data, for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from analysis.attribution.findings import Attribution
from analysis.attribution.run import Attributed
from analysis.figures import rounded, rounded_record


def attribution_records(found: Attributed) -> Iterator[dict[str, Any]]:
    """What `attribute --json` prints: a record "attribution" a judge and model, then "conversation" a flagged turn.

    Figures have six significant digits; what cannot be said is null.
    """
    for one in found.attributions:
        yield {"record": "attribution", **_attribution(one)}
    for counts in found.counts:
        yield {"record": "conversation", **asdict(counts)}


def _attribution(found: Attribution) -> dict[str, Any]:
    interval = found.again_interval
    return {
        "judge": found.judge,
        "model": found.model,
        "cause": found.cause,
        "conversations": found.conversations,
        "missing": found.missing,
        "again": rounded(found.again),
        "again_ci_low": rounded(interval.low) if interval else None,
        "again_ci_high": rounded(interval.high) if interval else None,
        "effects": [rounded_record(asdict(effect)) for effect in found.effects],
    }
