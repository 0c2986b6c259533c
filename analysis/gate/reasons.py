"""Why a check was decided as it was: one plain sentence or two, with the figures."""

from __future__ import annotations

from analysis.gate.values import Check
from analysis.statistics.common import ALPHA
from analysis.wording import counted, percent


def reason(check: Check, *, has_too_little: bool) -> str:
    """The sentence that goes with the decision; `has_too_little` says that too many outcomes are missing to pass."""
    if check.p is None:
        return _nothing(check)
    words = _CHANGE[check.decision] if check.kind == "change" else _LIMIT[check.decision]
    if has_too_little and check.upper is not None and check.upper < check.bound:
        return f"{_seen(check)}, but {_missing(check)}: too many to pass on."
    return words(check)


def size_in_points(share: float | None) -> str:
    """A difference of two shares in percentage points, without its sign.

    >>> size_in_points(0.0123), size_in_points(-0.02), size_in_points(None)
    ('1.2 points', '2.0 points', '–')
    """
    figure = percent(None if share is None else abs(share))
    return figure if share is None else f"{figure.removesuffix('%')} points"


def _p(check: Check) -> str:
    """The corrected p as the rest of "p ..."."""
    p = check.p_adjusted or 0.0
    return "< .0001" if p < 0.0001 else f"= {p:.2g}"


def _nothing(check: Check) -> str:
    noun = "pair" if check.kind == "change" else "conversation"
    if check.missing and not check.pairs:
        return f"Nothing to compare: all {counted(check.missing, noun)} lack an outcome."
    if not check.pairs:
        return f"Nothing to compare: no {noun} holds anything of this judge's kind."
    if check.kind == "change" and check.units < 2:
        return f"Only {counted(check.units, check.unit)} to compare; at least two are needed."
    return f"Nothing to compare: no turn was judged in {counted(check.pairs, noun)}."


def _seen(check: Check) -> str:
    """What the rates are."""
    if check.kind == "limit":
        return f"{percent(check.candidate_rate)} of turns flagged in {counted(check.pairs, 'conversation')}"
    return f"Flagged turns: {percent(check.baseline_rate)} before, {percent(check.candidate_rate)} now"


def _missing(check: Check) -> str:
    noun = "pair" if check.kind == "change" else "conversation"
    lack = "lacks" if check.missing == 1 else "lack"
    return f"{check.missing:,} of {counted(check.pairs + check.missing, noun)} {lack} an outcome"


def _passed_change(check: Check) -> str:
    upper = check.upper or 0.0
    ruled_out = f"a rise above {size_in_points(upper)}" if upper > 0 else "any rise"
    return f"{_seen(check)}; {ruled_out} is ruled out (95% confidence), the margin is {size_in_points(check.bound)}."


def _regressed_change(check: Check) -> str:
    return (
        f"Flagged turns rose from {percent(check.baseline_rate)} to {percent(check.candidate_rate)}, by"
        f" {size_in_points(check.difference)}; corrected p {_p(check)}."
    )


def _open_change(check: Check) -> str:
    if (check.p_adjusted or 0.0) < ALPHA:
        margin = size_in_points(check.bound)
        return f"{_seen(check)} (corrected p {_p(check)}): it rose, by an estimate within the margin of {margin}."
    return (
        f"{_seen(check)}; no rise is shown (corrected p {_p(check)}), but one of"
        f" {size_in_points(check.upper)} is not ruled out and the margin is {size_in_points(check.bound)}."
    )


def _passed_limit(check: Check) -> str:
    return f"{_seen(check)}, below {percent(check.upper)} with 95% confidence; the limit is {percent(check.bound)}."


def _regressed_limit(check: Check) -> str:
    return (
        f"{_seen(check)} (95% interval from {percent(check.ci_low)}): above the limit of {percent(check.bound)}"
        f" (corrected p {_p(check)})."
    )


def _open_limit(check: Check) -> str:
    if not check.bound:
        return f"{_seen(check)}; no number of conversations can show a limit of 0% to be kept, give one above it."
    return (
        f"{_seen(check)}, which may stand for up to {percent(check.upper)}: not shown to be above the limit of"
        f" {percent(check.bound)}, nor below it."
    )


_CHANGE = {"PASS": _passed_change, "REGRESSED": _regressed_change, "INCONCLUSIVE": _open_change}
_LIMIT = {"PASS": _passed_limit, "REGRESSED": _regressed_limit, "INCONCLUSIVE": _open_limit}
