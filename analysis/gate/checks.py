"""The checks of a gate: what each judge's figures are, and what is decided of all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, log1p

from scipy import stats

from analysis.gate.counts import PairedCounts, SideCounts
from analysis.gate.reasons import reason
from analysis.gate.values import ALL_SCENARIOS, Check, GateDecision
from analysis.statistics.common import ALPHA, POWER, holm
from analysis.statistics.rates import (
    RateBounds,
    RateDifference,
    TurnCounts,
    minimum_detectable,
    paired_difference,
    rate_bounds,
    rate_interval,
    units_needed,
)
from analysis.statistics.units import Unit

_Z = float(stats.norm.ppf(1 - ALPHA))
_Z_POWER = float(stats.norm.ppf(POWER))


def change_check(counts: PairedCounts, *, judge: str, unit: Unit, margin: float, level: float, seed: int) -> Check:
    """How far the judge's rate rose, not decided yet.

    `level` is what p must stay below once the number of checks is allowed for; `minimum_detectable` and `needed` rest
    on it.
    """
    found = paired_difference(counts.candidate, counts.baseline, seed=seed)
    check = Check(
        judge=judge,
        kind="change",
        scenario=ALL_SCENARIOS,
        decision="INCONCLUSIVE",
        reason="",
        bound=margin,
        pairs=counts.pairs,
        units=counts.units,
        unit=unit,
        missing=counts.missing,
        worst_low=counts.worst.low if counts.worst else None,
        worst_high=counts.worst.high if counts.worst else None,
    )
    return check if found is None else _with_difference(check, counts, found, level)


def _with_difference(check: Check, counts: PairedCounts, found: RateDifference, level: float) -> Check:
    units = units_needed(counts.candidate, counts.baseline, margin=check.bound, level=level)
    return replace(
        check,
        baseline_rate=found.baseline_rate,
        candidate_rate=found.candidate_rate,
        difference=found.difference,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        upper=found.upper,
        p=found.p_worse,
        minimum_detectable=minimum_detectable(counts.candidate, counts.baseline, level=level, bound=check.bound),
        needed=None if units is None else max(ceil(units * counts.pairs / counts.units), counts.pairs + 1),
    )


def limit_check(side: SideCounts, *, judge: str, scenario: str, max_rate: float) -> Check:
    """How the judge's rate in one scenario stands to the highest that the scenario allows, not decided yet."""
    interval = rate_interval(side.counts.flagged, side.counts.judged)
    found = rate_bounds(side.counts, bound=max_rate)
    check = Check(
        judge=judge,
        kind="limit",
        scenario=scenario,
        decision="INCONCLUSIVE",
        reason="",
        bound=max_rate,
        pairs=side.conversations,
        units=len(side.counts.judged),
        unit="conversation",
        missing=side.missing,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        worst_low=side.worst.low if side.worst else None,
        worst_high=side.worst.high if side.worst else None,
    )
    return check if found is None else _with_bounds(check, side.counts, found)


def _with_bounds(check: Check, counts: TurnCounts, found: RateBounds) -> Check:
    return replace(
        check,
        candidate_rate=found.rate,
        upper=found.upper,
        p=found.p_above,
        needed=_conversations_needed(found, len(counts.judged), bound=check.bound),
    )


def _conversations_needed(found: RateBounds, conversations: int, *, bound: float) -> int | None:
    """How many conversations would, with 80 % power, put the rate on one side of the bound, if it is what was seen.

    With nothing flagged: as many clean ones as bring the upper bound, 1 - .05 ** (1 / n) for some n in proportion to
    the conversations, below. None where the rate is at the bound.
    """
    gap = abs(bound - found.rate)
    if not gap:
        return None
    if not found.rate:
        return max(ceil(conversations * log1p(-found.upper) / log1p(-bound)), conversations + 1) if bound < 1 else None
    reach = found.upper - found.rate if found.rate < bound else found.rate - found.lower
    return max(ceil(conversations * (reach / gap * (_Z + _Z_POWER) / _Z) ** 2), conversations + 1)


def decided(checks: Sequence[Check], *, max_missing: float) -> tuple[Check, ...]:
    """The checks with their decisions, p corrected after Holm over all of them, and the reason in words.

    A check that lacks more than `max_missing` of its conversations never passes.
    """
    adjusted = holm([check.p for check in checks])
    return tuple(_decided(replace(check, p_adjusted=p), max_missing) for check, p in zip(checks, adjusted, strict=True))


def _decided(check: Check, max_missing: float) -> Check:
    decision = _decision(check, max_missing)
    needed = check.needed if decision == "INCONCLUSIVE" else None
    settled = replace(check, decision=decision, needed=needed)
    return replace(settled, reason=reason(settled, has_too_little=check.missing_share > max_missing))


def _decision(check: Check, max_missing: float) -> GateDecision:
    if check.upper is None or check.p_adjusted is None:
        return "INCONCLUSIVE"
    if check.upper < check.bound:
        return "INCONCLUSIVE" if check.missing_share > max_missing else "PASS"
    estimate = check.difference if check.kind == "change" else check.candidate_rate
    is_beyond = estimate is not None and estimate > check.bound
    return "REGRESSED" if is_beyond and check.p_adjusted < ALPHA else "INCONCLUSIVE"
