"""A gate's result as plain data, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from analysis.figures import rounded, rounded_record
from analysis.gate.values import ChangedConversation, GateResult


def gate_record(result: GateResult) -> dict[str, Any]:
    """The result as JSON types: what `gate --json` prints.

    Keys: decision, exit_code, checks and changes (every field of `Check` and `ChangedConversation`), pairs,
    only_baseline, only_candidate, missing_share, notes, baseline, candidate. Numbers have six significant digits; what
    cannot be said is null.
    """
    return {
        "decision": result.decision,
        "exit_code": result.exit_code,
        "checks": [rounded_record(asdict(check)) for check in result.checks],
        "changes": [_change(change) for change in result.changes],
        "pairs": result.pairs,
        "only_baseline": result.only_baseline,
        "only_candidate": result.only_candidate,
        "missing_share": rounded(result.missing_share),
        "notes": list(result.notes),
        "baseline": result.baseline,
        "candidate": result.candidate,
    }


def _change(change: ChangedConversation) -> dict[str, Any]:
    turns = {"baseline_flagged": list(change.baseline_flagged), "candidate_flagged": list(change.candidate_flagged)}
    return asdict(change) | turns
