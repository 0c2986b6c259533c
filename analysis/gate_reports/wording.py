"""The words of a gate, the same on the terminal, on the page, in Markdown and in JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analysis.gate.values import ChangedConversation, Check, Direction, GateDecision, GateResult
from analysis.wording import UNKNOWN, counted, percent, percent_interval, plain, with_sign

DECISION_MARKS: Mapping[GateDecision, str] = MappingProxyType({"PASS": "●", "REGRESSED": "◆", "INCONCLUSIVE": "○"})
DIRECTION_WORDS: Mapping[Direction, str] = MappingProxyType(
    {
        "broken": "flagged in the candidate only",
        "worse": "more turns flagged in the candidate",
        "fixed": "flagged in the baseline only",
        "better": "fewer turns flagged in the candidate",
    }
)
_FLAG_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "role_flip": "role flips",
        "digression": "digressions",
        "formality": "breaks of register",
        "metaphor": "dense metaphors",
        "repetition": "repetitions",
        "private_facts": "leaks of private facts",
        "sycophancy": "sycophantic turns",
        "ending": "bad endings",
        "truncation": "truncated turns",
        "verbosity": "overlong turns",
    }
)
_TURNS_NAMED = 12
_CHECKS_NAMED = 4
_MOST_NEEDED = 10_000


def headline(result: GateResult) -> str:
    """The decision and what it rests on, in one line.

    An INCONCLUSIVE gate names what keeps it from telling: missing conversations before open checks.
    """
    return f"{result.decision}: {because(result)}"


def because(result: GateResult) -> str:
    """What the decision rests on, as a sentence without its full stop."""
    over = counted(result.pairs, "pair")
    if result.decision == "PASS":
        held = "the only check holds" if len(result.checks) == 1 else f"all {len(result.checks):,} checks hold"
        return f"{held}, over {over}"
    if result.decision == "REGRESSED":
        lacking = [_too_much(result)] if result.is_missing_too_much else []
        return _capital("; ".join([*_worse(result), *lacking]))
    if result.is_missing_too_much:
        return f"{_too_much(result)}, more than is allowed"
    return f"{_open_checks(result)} be decided, over {over}"


def _open_checks(result: GateResult) -> str:
    still_open = sum(check.decision == "INCONCLUSIVE" for check in result.checks)
    if still_open < len(result.checks):
        return f"{still_open:,} of {len(result.checks):,} checks cannot"
    return "the only check cannot" if still_open == 1 else f"none of the {still_open:,} checks can"


def _worse(result: GateResult) -> Iterator[str]:
    """A clause for each check that is worse, the limits of a judge behind its rise."""
    judges = [check.judge for check in result.checks]
    worse = [check for check in result.checks if check.decision == "REGRESSED"]
    worse.sort(key=lambda check: (judges.index(check.judge), check.kind != "change"))
    said = ""
    for check in worse[:_CHECKS_NAMED]:
        yield _rise(check) if check.kind == "change" else _excess(check, is_said=check.judge == said)
        said = check.judge
    if len(worse) > _CHECKS_NAMED:
        yield f"and {len(worse) - _CHECKS_NAMED:,} more"


def _rise(check: Check) -> str:
    before, now = percent(check.baseline_rate), percent(check.candidate_rate)
    return f"{flag_words(check.judge)} rose from {before} to {now} of turns ({counted(check.pairs, 'pair')})"


def _excess(check: Check, *, is_said: bool) -> str:
    flags = "they" if is_said else flag_words(check.judge)
    return (
        f"in {check.scenario} {flags} are above the {_short_percent(check.bound)} limit"
        f" ({percent(check.candidate_rate)})"
    )


def _too_much(result: GateResult) -> str:
    """What is missing, in words."""
    if result.unpaired_share == result.missing_share:
        lack = "has" if result.only_baseline == 1 else "have"
        return (
            f"{result.only_baseline:,} of {counted(result.pairs + result.only_baseline, 'conversation')} of the"
            f" baseline {lack} no partner here"
        )
    most = max(result.checks, key=lambda check: check.missing_share)
    noun = "pair" if most.kind == "change" else "conversation"
    lack = "lacks" if most.missing == 1 else "lack"
    return f"{most.missing:,} of {counted(most.pairs + most.missing, noun)} {lack} an outcome of {plain(most.judge)}"


def flag_words(judge: str) -> str:
    """What a judge flags, in the plural.

    >>> flag_words("role_flip"), flag_words("my_judge")
    ('role flips', 'flags of my judge')
    """
    return _FLAG_WORDS.get(judge, f"flags of {plain(judge)}")


def _short_percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
    return UNKNOWN if share is None else with_sign(100 * share, digits=1)


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
    noun = "conversation" if check.kind == "limit" else "pair"
    if check.needed > _MOST_NEEDED:
        return f"more than {_MOST_NEEDED:,} {noun}s would decide"
    return f"about {counted(check.needed, noun)} would decide"


def _span(check: Check, low: float | None, high: float | None) -> str:
    return percent_interval(low, high) if check.kind == "limit" else points_interval(low, high)


def conversation_name(change: ChangedConversation) -> str:
    """The scenario and repeat of a changed conversation, or its id where it has none."""
    if not change.scenario:
        return change.candidate
    return change.scenario if change.repeat is None else f"{change.scenario}, repeat {change.repeat}"


def change_words(change: ChangedConversation) -> str:
    """The judge and the turns it flags, on the side where it flags more: "role flip, turns 3, 5".

    >>> change_words(ChangedConversation("role_flip", "worse", "refund", 2, "a", "b", (4,), (3, 5)))
    'role flip, turns 3, 5; 1 in the baseline'
    """
    before, now = change.baseline_flagged, change.candidate_flagged
    turns, others, other_side = (now, before, "baseline") if len(now) > len(before) else (before, now, "candidate")
    named = ", ".join(map(str, turns[:_TURNS_NAMED]))
    more = f" and {len(turns) - _TURNS_NAMED:,} more" if len(turns) > _TURNS_NAMED else ""
    beside = f"; {len(others):,} in the {other_side}" if others else ""
    return f"{plain(change.judge)}, {'turn' if len(turns) == 1 else 'turns'} {named}{more}{beside}"


def changes_sentence(result: GateResult) -> str:
    """How many conversations changed which way."""
    if not result.changes:
        return "No conversation has more flagged turns on one side than on the other."
    counts = {way: result.changed(way) for way in DIRECTION_WORDS}
    named = ", ".join(f"{count:,} {way} ({DIRECTION_WORDS[way]})" for way, count in counts.items() if count)
    return f"Conversations: {named}."


def unpaired_sentence(result: GateResult) -> str:
    """How many conversations have no partner; empty where all have."""
    if not (result.only_baseline or result.only_candidate):
        return ""
    return (
        f"Without a partner: {counted(result.only_baseline, 'conversation')} of the baseline,"
        f" {result.only_candidate:,} of the candidate."
    )
