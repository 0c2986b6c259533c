"""The words of a gate, the same on the terminal, on the page, in Markdown and in JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from analysis.gate.values import ChangedConversation, Check, Direction, GateDecision, GateResult
from analysis.report.wording import UNKNOWN, counted, percent, percent_interval, plain

DECISION_MARKS: Mapping[GateDecision, str] = MappingProxyType({"PASS": "●", "REGRESSED": "◆", "INCONCLUSIVE": "○"})
DIRECTION_WORDS: Mapping[Direction, str] = MappingProxyType(
    {"broken": "flagged in the candidate only", "fixed": "flagged in the baseline only"}
)
_TURNS_NAMED = 12


def headline(result: GateResult) -> str:
    """The decision and what it rests on, in one line.

    An INCONCLUSIVE gate names what keeps it from telling: missing conversations before open checks.
    """
    return f"{result.decision}: {because(result)}"


def because(result: GateResult) -> str:
    """What the decision rests on, as the second half of a sentence."""
    over = f"over {counted(result.pairs, 'pair')} of conversations"
    if result.decision == "PASS":
        return f"{_all(len(result.checks))} {over}"
    if result.decision == "REGRESSED":
        names = ", ".join(check_name(check) for check in result.checks if check.decision == "REGRESSED")
        return f"{names} {over}"
    if result.is_missing_too_much:
        return f"{percent(result.missing_share)} of the pairs have no verdict to compare, more than is allowed"
    open_checks = sum(check.decision == "INCONCLUSIVE" for check in result.checks)
    return f"{open_checks:,} of {counted(len(result.checks), 'check')} cannot be decided {over}"


def _all(checks: int) -> str:
    return "the only check holds" if checks == 1 else f"all {checks:,} checks hold"


def check_name(check: Check) -> str:
    """The check in words: the judge, and the scenario whose limit it is held to.

    >>> check_name(Check("role_flip", "limit", "refund", "PASS", "", 0.02, 9, 9, "conversation", 0))
    'role flip limit in refund'
    """
    if check.kind == "limit":
        return f"{plain(check.judge)} limit in {check.scenario}"
    return f"{plain(check.judge)} change"


def points(share: float | None) -> str:
    """A difference of shares in percentage points, with its sign.

    >>> points(0.0213), points(-0.005), points(0.0), points(None)
    ('+2.1', '−0.5', '0.0', '–')
    """
    if share is None:
        return UNKNOWN
    text = f"{100 * abs(share):.1f}"
    if text == "0.0":
        return text
    return f"+{text}" if share > 0 else f"−{text}"


def points_interval(low: float | None, high: float | None) -> str:
    """An interval of differences, in percentage points.

    >>> points_interval(-0.01, 0.034)
    '−1.0 to +3.4'
    """
    return UNKNOWN if low is None or high is None else f"{points(low)} to {points(high)}"


def rates(check: Check) -> str:
    """The rate, or both: "2.0% → 6.1%"."""
    if check.kind == "limit":
        return percent(check.candidate_rate)
    if check.baseline_rate is None and check.candidate_rate is None:
        return UNKNOWN
    return f"{percent(check.baseline_rate)} → {percent(check.candidate_rate)}"


def figure(check: Check, value: float | None) -> str:
    """A figure of the check in the unit of what it bounds: the rise in points, or the rate."""
    return percent(value) if check.kind == "limit" else points(value)


def estimate(check: Check) -> str:
    """What is held to the bound: the rise in points, or the rate."""
    return figure(check, check.candidate_rate if check.kind == "limit" else check.difference)


def interval(check: Check) -> str:
    """The 95% interval of the estimate, in its unit."""
    return _span(check, check.ci_low, check.ci_high)


def bound(check: Check) -> str:
    """What the check allows."""
    return f"at most {percent(check.bound)}" if check.kind == "limit" else f"below {points(check.bound)} points"


def missing_words(check: Check) -> str:
    """How many conversations are missing from the check, and its bounds had they been there."""
    if not check.missing:
        return "none"
    worst = _span(check, check.worst_low, check.worst_high)
    unit = " points" if check.kind == "change" and worst != UNKNOWN else ""
    return f"{check.missing:,} of {check.pairs + check.missing:,}; with them {worst}{unit}"


def needed_words(check: Check) -> str:
    """How many conversations would decide; empty where it is decided, or cannot be said."""
    if check.decision != "INCONCLUSIVE" or check.needed is None:
        return ""
    return f"about {counted(check.needed, 'conversation' if check.kind == 'limit' else 'pair')} would decide"


def _span(check: Check, low: float | None, high: float | None) -> str:
    return percent_interval(low, high) if check.kind == "limit" else points_interval(low, high)


def conversation_name(change: ChangedConversation) -> str:
    """The scenario and repeat of a changed conversation, or its id where it has none."""
    if not change.scenario:
        return change.candidate
    return change.scenario if change.repeat is None else f"{change.scenario}, repeat {change.repeat}"


def change_words(change: ChangedConversation) -> str:
    """The judge and the turns it flags, on the side where it does: "role flip, turns 3, 5".

    >>> change_words(ChangedConversation("role_flip", "broken", "refund", 2, "a", "b", (), (3,)))
    'role flip, turn 3'
    """
    turns = change.candidate_flagged if change.direction == "broken" else change.baseline_flagged
    named = ", ".join(map(str, turns[:_TURNS_NAMED]))
    more = f" and {len(turns) - _TURNS_NAMED:,} more" if len(turns) > _TURNS_NAMED else ""
    return f"{plain(change.judge)}, {'turn' if len(turns) == 1 else 'turns'} {named}{more}"


def changes_sentence(result: GateResult) -> str:
    """How many conversations changed which way."""
    counts = Counter(change.direction for change in result.changes)
    if not counts:
        return "No conversation is flagged on one side only."
    return (
        f"Flagged on one side only: {counts['broken']:,} broken (in the candidate),"
        f" {counts['fixed']:,} fixed (in the baseline)."
    )


def unpaired_sentence(result: GateResult) -> str:
    """How many conversations have no partner; empty where all have."""
    if not (result.only_baseline or result.only_candidate):
        return ""
    return (
        f"Without a partner: {counted(result.only_baseline, 'conversation')} of the baseline,"
        f" {result.only_candidate:,} of the candidate."
    )
