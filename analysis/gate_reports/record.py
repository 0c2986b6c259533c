"""A gate's result as plain data, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from analysis.gate.values import GateResult

DIGITS = 6


def gate_record(result: GateResult) -> dict[str, Any]:
    """The result as JSON types: what `gate --json` prints.

    Keys: decision, exit_code, checks and changes (every field of `Check` and `ChangedConversation`), pairs,
    only_baseline, only_candidate, missing_share, notes, baseline, candidate. Numbers have six significant digits; what
    cannot be said is null.
    """
    return {
        "decision": result.decision,
        "exit_code": result.exit_code,
        "checks": [_rounded(asdict(check)) for check in result.checks],
        "changes": [_rounded(asdict(change)) for change in result.changes],
        "pairs": result.pairs,
        "only_baseline": result.only_baseline,
        "only_candidate": result.only_candidate,
        "missing_share": _plain(result.missing_share),
        "notes": list(result.notes),
        "baseline": result.baseline,
        "candidate": result.candidate,
    }


def _rounded(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return list(value) if isinstance(value, tuple) else value
