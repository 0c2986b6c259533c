"""Short ways to make what a gate finds."""

from __future__ import annotations

from typing import Any

from analysis.gate.values import ChangedConversation, Check, Direction, GateResult


def check(judge: str = "digression", **more: Any) -> Check:
    """A rise from 2.0% to 6.1% over 40 pairs, against a margin of 2 points: REGRESSED."""
    fields: dict[str, Any] = {
        "kind": "change",
        "scenario": "all",
        "decision": "REGRESSED",
        "reason": "Flagged turns rose from 2.0% to 6.1%, by 4.1 points.",
        "bound": 0.02,
        "pairs": 40,
        "units": 40,
        "unit": "conversation",
        "missing": 0,
        "baseline_rate": 0.02,
        "candidate_rate": 0.061,
        "difference": 0.041,
        "ci_low": 0.018,
        "ci_high": 0.065,
        "upper": 0.0601,
        "p": 0.0004,
        "p_adjusted": 0.0016,
        "worst_low": 0.041,
        "worst_high": 0.041,
        "minimum_detectable": 0.0312,
    }
    return Check(judge=judge, **(fields | more))


def passed(judge: str = "role_flip", **more: Any) -> Check:
    """A change of -0.4 points with an upper bound below the margin."""
    fields = {
        "decision": "PASS",
        "reason": "A rise above 0.3 points is ruled out.",
        "baseline_rate": 0.008,
        "candidate_rate": 0.004,
        "difference": -0.004,
        "ci_low": -0.013,
        "ci_high": 0.005,
        "upper": 0.0033,
        "p": 0.81,
        "p_adjusted": 1.0,
    }
    return check(judge, **(fields | more))


def undecided(judge: str = "metaphor", **more: Any) -> Check:
    """A limit of 5% in one scenario that 10 conversations cannot settle; two more are missing."""
    fields = {
        "kind": "limit",
        "scenario": "refund-dispute",
        "decision": "INCONCLUSIVE",
        "reason": "4.2% of the turns are flagged; the bounds 1.1% to 9.8% hold the limit of 5.0%.",
        "bound": 0.05,
        "pairs": 10,
        "units": 10,
        "missing": 2,
        "baseline_rate": None,
        "candidate_rate": 0.042,
        "difference": None,
        "ci_low": 0.011,
        "ci_high": 0.098,
        "upper": 0.09,
        "p": 0.6,
        "p_adjusted": 1.0,
        "worst_low": 0.035,
        "worst_high": 0.21,
        "minimum_detectable": None,
        "needed": 140,
    }
    return check(judge, **(fields | more))


def change(repeat: int | None = 0, direction: Direction = "broken", **more: Any) -> ChangedConversation:
    """Turns 1 and 3 of a repeat of refund-dispute are flagged on one side only, or beside turn 0 on the other."""
    flagged = {"broken": ((), (1, 3)), "worse": ((0,), (1, 3)), "fixed": ((1, 3), ()), "better": ((1, 3), (0,))}[
        direction
    ]
    fields: dict[str, Any] = {
        "judge": "digression",
        "scenario": "refund-dispute",
        "baseline": f"b{repeat}",
        "candidate": f"c{repeat}",
        "baseline_flagged": flagged[0],
        "candidate_flagged": flagged[1],
    }
    return ChangedConversation(repeat=repeat, direction=direction, **(fields | more))


def result(*checks: Check, **more: Any) -> GateResult:
    """The three checks above over 40 pairs, with a broken and a fixed conversation; any field may be replaced."""
    found = checks or (check(), passed(), undecided())
    decisions = {one.decision for one in found}
    worst = next((one for one in ("REGRESSED", "INCONCLUSIVE") if one in decisions), "PASS")
    fields: dict[str, Any] = {
        "decision": worst,
        "changes": (change(2), change(5, "fixed")),
        "baseline": "runs/main",
        "candidate": "runs/branch",
        "pairs": 40,
        "only_baseline": 0,
        "only_candidate": 0,
        "missing_share": 0.05,
        "is_missing_too_much": False,
        "notes": ("Results speak of these scenarios only.",),
    }
    return GateResult(checks=found, **(fields | more))
