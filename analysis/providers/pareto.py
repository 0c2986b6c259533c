"""Which arms no other arm beats on both counts: how often they are flagged, and what a conversation takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.providers.values import COST, TOKENS, Measure, ProviderComparison

MOST_CUT = 0.1
"""The share of cut conversations above which an arm's cost is no cost of a whole conversation."""
LATENCY = Measure("service", "latency_p50_s")

_NOT_KNOWN: Mapping[Measure, str] = {
    COST: "the price of some replies is not known",
    TOKENS: "some replies do not tell their tokens",
    LATENCY: "no latency was measured",
}
_NOTHING: Mapping[Measure, str] = {COST: "nothing was charged", TOKENS: "no token was counted", LATENCY: "it is zero"}


@dataclass(frozen=True, slots=True)
class Span:
    """An estimate with its 95 % interval, where that is known."""

    estimate: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """One arm: its rate of flagged turns and what a conversation takes.

    `is_on_front`: by the estimates, no other arm is as good on both and better on one, among those of which at most a
    tenth of the conversations was cut: the others take little because they are cut, beat none and are not on it.
    `is_beaten`: some other arm is decidedly better on one count and no worse by the estimate on the other. `cut` of
    `conversations` ended at a limit of tokens.
    """

    arm: str
    rate: Span
    takes: Span
    is_on_front: bool
    is_beaten: bool
    cut: int
    conversations: int


@dataclass(frozen=True, slots=True)
class Pareto:
    """The points in the order of what they take; `axis` is what that is, None where nothing can be drawn.

    `reason` says why it is not money, or why there is no point. `left_out` are the arms without a point: more than half
    of their conversations have no rate.
    """

    axis: Measure | None
    points: tuple[ParetoPoint, ...]
    reason: str
    left_out: tuple[str, ...]


def pareto(comparison: ProviderComparison) -> Pareto:
    """The arms by the share of turns that some judge flags, and by cost; by tokens, or latency, where that is unknown.

    An axis is taken when it is known of every arm that was judged, and not zero for all.
    """
    rates = _rates(comparison)
    left_out = tuple(arm for arm in comparison.arms if arm not in rates)
    if len(rates) < 2:
        return Pareto(None, (), "Fewer than two models were judged.", left_out)
    reasons: list[str] = []
    for axis, takes in _axes(comparison):
        known = {arm: takes[arm] for arm in rates if arm in takes}
        if len(known) == len(rates) and any(span.estimate for span in known.values()):
            return Pareto(axis, _points(comparison, rates, known, axis), _told(reasons), left_out)
        reasons.append((_NOTHING if len(known) == len(rates) else _NOT_KNOWN)[axis])
    return Pareto(None, (), _told(reasons), left_out)


def _told(reasons: Sequence[str]) -> str:
    text = "; ".join(reasons)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _rates(comparison: ProviderComparison) -> dict[str, Span]:
    return {} if comparison.artifact is None else _spans(comparison, comparison.artifact)


def _axes(comparison: ProviderComparison) -> Iterator[tuple[Measure, dict[str, Span]]]:
    yield COST, _spans(comparison, COST)
    yield TOKENS, _spans(comparison, TOKENS)
    yield LATENCY, {one.arm: Span(one.latency_p50_s) for one in comparison.services if one.latency_p50_s is not None}


def _spans(comparison: ProviderComparison, measure: Measure) -> dict[str, Span]:
    """The estimates of those arms of which most conversations have one."""
    return {
        one.arm: Span(one.estimate, one.ci_low, one.ci_high)
        for one in comparison.standings_on(measure)
        if one.estimate is not None and 2 * one.missing <= one.conversations
    }


def _points(
    comparison: ProviderComparison, rates: Mapping[str, Span], takes: Mapping[str, Span], axis: Measure
) -> tuple[ParetoPoint, ...]:
    decided, served = _decidedly_less(comparison, axis), {one.arm: one for one in comparison.services}
    whole = [arm for arm in rates if served[arm].cut <= MOST_CUT * served[arm].conversations]
    points = []
    for arm in rates:
        better = [other for other in whole if other != arm and _is_as_good(other, arm, rates, takes)]
        is_dominated = any((rates[one], takes[one]) != (rates[arm], takes[arm]) for one in better)
        is_beaten = any((one, arm) in decided for one in better)
        service = served[arm]
        points.append(
            ParetoPoint(
                arm=arm,
                rate=rates[arm],
                takes=takes[arm],
                is_on_front=arm in whole and not is_dominated,
                is_beaten=is_beaten,
                cut=service.cut,
                conversations=service.conversations,
            )
        )
    return tuple(sorted(points, key=lambda point: (point.takes.estimate, point.rate.estimate, point.arm)))


def _is_as_good(one: str, other: str, rates: Mapping[str, Span], takes: Mapping[str, Span]) -> bool:
    return rates[one].estimate <= rates[other].estimate and takes[one].estimate <= takes[other].estimate


def _decidedly_less(comparison: ProviderComparison, axis: Measure) -> set[tuple[str, str]]:
    """The pairs of arms, the first decidedly less than the second on one of the two counts."""
    found = set()
    for difference in comparison.differences:
        if difference.measure in (comparison.artifact, axis) and difference.decision in ("LESS", "MORE"):
            pair = (difference.arm, difference.other)
            found.add(pair if difference.decision == "LESS" else pair[::-1])
    return found
