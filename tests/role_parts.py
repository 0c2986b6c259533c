"""What the tests of lost roles share."""

from __future__ import annotations

from judges.verdict import Verdict

SERVICE = {"customer": "customer of a shop", "support": "support agent"}


def kinds(verdict: Verdict) -> dict[int, str]:
    """The kind of hit by turn."""
    return {hit.turn: hit.kind for hit in verdict.hits}
