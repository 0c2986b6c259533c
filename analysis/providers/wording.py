"""What a comparison of providers says in words, the same on the page and on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from string import ascii_uppercase

from analysis.features.catalogue import FEATURES
from analysis.features.speech import CONVERSATION
from analysis.providers.values import (
    ANY_JUDGE,
    COST,
    TOKENS,
    ArmDecision,
    Difference,
    Measure,
    Nearness,
    ProviderComparison,
    Service,
    Standing,
)
from analysis.wording import (
    UNKNOWN,
    counted,
    one_line,
    percent,
    percent_interval,
    plain,
    significant,
)

_ARM_WIDTH = 48
_ORDER: Mapping[ArmDecision, int] = {"LESS": 0, "MORE": 0, "ALIKE": 1, "UNDECIDED": 2}
_SERVICE_WORDS = {COST: "cost of a conversation, USD", TOKENS: "tokens of a conversation, in and out"}


def measure_words(measure: Measure, *, with_role: bool = False) -> str:
    """What is measured, in words; `with_role` says of which side."""
    if with_role and measure.role not in ("", CONVERSATION):
        return f"{measure_words(measure)}, {plain(measure.role)}"
    if measure.kind == "service":
        return _SERVICE_WORDS.get(measure, plain(measure.name))
    if measure.name == ANY_JUDGE:
        return "any judge"
    if measure.kind == "feature" and measure.name in FEATURES:
        return FEATURES[measure.name].label
    return plain(measure.name)


def arm_words(arm: str) -> str:
    """An arm's name on one line, of bearable length."""
    return one_line(arm, limit=_ARM_WIDTH)


def letters(arms: Sequence[str]) -> Mapping[str, str]:
    """A short name for each arm: A, B, ..., or numbers where the alphabet does not do."""
    names = ascii_uppercase if len(arms) <= len(ascii_uppercase) else [str(place + 1) for place in range(len(arms))]
    return dict(zip(arms, names, strict=False))


def estimate_words(standing: Standing) -> str:
    """An estimate: a share in per cent of a judge, three digits of anything else."""
    return percent(standing.estimate) if standing.measure.kind == "judge" else significant(standing.estimate)


def interval_words(low: float | None, high: float | None, measure: Measure) -> str:
    """The 95 % interval of an estimate."""
    if measure.kind == "judge":
        return percent_interval(low, high)
    return UNKNOWN if low is None or high is None else f"{significant(low)} to {significant(high)}"


def missing_words(standing: Standing) -> str:
    """How many conversations are missing, and a judge's rate had they been there."""
    if not standing.missing:
        return "none"
    words = f"{standing.missing:,} of {standing.conversations:,}"
    bounds = percent_interval(standing.worst_low, standing.worst_high)
    return words if standing.measure.kind != "judge" else f"{words}; with them {bounds}"


def rank_words(standing: Standing) -> str:
    """The ranks that are not excluded: "1", or "2 to 3"; of features there are none."""
    low, high = standing.rank_low, standing.rank_high
    if low is None:
        return UNKNOWN
    return str(low) if low == high else f"{low} to {high}"


def gap(value: float | None, measure: Measure) -> str:
    """A difference with its sign: in percentage points of a judge's rate.

    >>> gap(-0.0811, Measure("judge", "digression")), gap(1.25, Measure("feature", "hedges"))
    ('−8.1 points', '+1.25')
    """
    if value is None:
        return UNKNOWN
    if measure.kind == "judge":
        return f"{_signed(100 * value, '.1f')} points"
    return _signed(value, ".3g") if abs(value) < 1000 else _signed(value, ",.0f")


def _signed(value: float, form: str) -> str:
    text = format(abs(value), form)
    sign = "" if not float(text.replace(",", "")) else "+" if value > 0 else "−"
    return f"{sign}{text}"


def gap_interval(difference: Difference) -> str:
    """The 95 % interval of a difference."""
    if difference.ci_low is None or difference.ci_high is None:
        return UNKNOWN
    low, high = gap(difference.ci_low, difference.measure), gap(difference.ci_high, difference.measure)
    return f"{low.removesuffix(' points')} to {high.removesuffix(' points')}"


def decision_words(difference: Difference, comparison: ProviderComparison) -> str:
    """What was decided of a pair, and what would decide it."""
    if difference.decision in ("LESS", "MORE"):
        return difference.decision.lower()
    if difference.decision == "ALIKE":
        return f"alike within {100 * comparison.margin:g} points" if difference.measure.kind == "judge" else "the same"
    if (difference.arm, difference.other) in comparison.unpaired:
        return "cannot tell: no two conversations share scenario and repeat"
    if difference.difference is None:
        return "cannot tell: fewer than 2 pairs to compare"
    if difference.needed is None:
        return "cannot tell"
    return f"cannot tell: about {counted(difference.needed - difference.units, 'more ' + comparison.unit)} would"


def usd(value: float | None) -> str:
    """Money with three significant digits and no exponent.

    >>> usd(0.0000573), usd(1.5), usd(0.0)
    ('0.0000573', '1.50', '0')
    """
    if value is None:
        return UNKNOWN
    return format(Decimal(f"{value:.2e}"), "f") if value else "0"


def cost_words(service: Service) -> str:
    """The cost of a conversation that did not fail, its interval and what it rests on; why not, where not known."""
    return "; ".join((_price(service), *_beside_the_price(service)))


def _price(service: Service) -> str:
    if service.cost_usd is None and service.failed == service.conversations:
        return "not known: every conversation failed"
    if service.cost_usd is None:
        return f"not known: {counted(service.unpriced_turns, 'reply', 'replies')} without a price"
    words = usd(service.cost_usd)
    if service.cost_low_usd is not None and service.cost_high_usd is not None and service.cost_usd:
        words += f" ({usd(service.cost_low_usd)} to {usd(service.cost_high_usd)})"
    return words


def _beside_the_price(service: Service) -> Iterator[str]:
    if service.cut:
        yield cut_words(service)
    if service.unpriced_turns and service.cost_usd is not None:
        yield f"{counted(service.unpriced_turns, 'reply', 'replies')} without a price"
    if service.failed_usd:
        yield f"{usd(service.failed_usd)} spent on {counted(service.failed, 'failed conversation')}"


def cut_words(service: Service) -> str:
    """How many conversations are cheap because a limit of tokens cut them."""
    return f"{service.cut:,} of {service.conversations:,} cut at a limit of tokens"


def seconds(value: float | None) -> str:
    """Seconds with three digits."""
    return UNKNOWN if value is None else f"{significant(value)} s"


def nearness_words(models: Sequence[Nearness]) -> tuple[str, ...]:
    """Which model is nearest to people, or that it cannot be told; nothing where there are no models to tell apart."""
    if not models:
        return ()
    first, *others = models
    off = ", ".join(f"{arm_words(one.arm)} {one.distance:.2f}" for one in models)
    basis = f"mean |delta| over {counted(first.features, 'feature')}: {off}"
    if len(first.further) == len(others):
        return (f"Nearest to people: {arm_words(first.arm)} ({basis}).",)
    rivals = [arm_words(first.arm), *(arm_words(one.arm) for one in others if one.arm not in first.further)]
    return (f"Cannot tell which is nearest to people: {listed(rivals)} ({basis}).",)


def listed(names: Sequence[str]) -> str:
    """The names with "and" before the last."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def judge_differences(comparison: ProviderComparison) -> tuple[Difference, ...]:
    """The differences on judges: first those decided, then those of the smallest p."""
    found = (one for one in comparison.differences if one.measure.kind == "judge")
    return tuple(sorted(found, key=lambda one: (_ORDER[one.decision], *(1 if p is None else p for p in _ps(one)))))


def _ps(difference: Difference) -> tuple[float | None, float | None]:
    return difference.p_adjusted, difference.p


def telling_features(comparison: ProviderComparison, *, most: int = 10) -> tuple[Difference, ...]:
    """The decided differences of features, the largest beside their own uncertainty first."""
    decided = [
        one
        for one in comparison.differences
        if one.measure.kind == "feature" and one.decision in ("LESS", "MORE") and one.difference is not None
    ]
    return tuple(sorted(decided, key=lambda one: (-_surety(one), one.measure, one.arm, one.other))[:most])


def _surety(difference: Difference) -> float:
    width = (difference.ci_high or 0.0) - (difference.ci_low or 0.0)
    return abs(difference.difference or 0.0) / width if width else float("inf")
