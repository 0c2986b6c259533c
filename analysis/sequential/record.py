"""A standing as plain data, for programs."""

from __future__ import annotations

from typing import Any

from analysis.figures import rounded_record
from analysis.sequential.expectation import ExpectationStanding

_OF_EXPECTATION = ("scenario", "model", "temperature", "judge", "max_rate")
_OF_STANDING = (
    "decision",
    "settled_after",
    "conversations",
    "missing",
    "flagged_turns",
    "judged_turns",
    "rate",
    "ci_low",
    "ci_high",
    "worst_low",
    "worst_high",
    "is_overruled",
)


def standing_record(standing: ExpectationStanding) -> dict[str, Any]:
    """One record an expectation for `run --until-decided --json`; six significant digits, null for unknown."""
    values = {name: getattr(standing.expectation, name) for name in _OF_EXPECTATION}
    values |= {name: getattr(standing, name) for name in _OF_STANDING}
    return {"record": "expectation", **rounded_record(values)}
