"""What a comparison of providers says in words, the same on the page and on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from analysis.features.catalogue import FEATURES
from analysis.providers.values import (
    ANY_JUDGE,
    COST,
    TOKENS,
    Difference,
    Measure,
    Nearness,
    ProviderComparison,
    Service,
    Standing,
)
from analysis.report.wording import (
    UNKNOWN,
    counted,
    one_line,
    percent,
    percent_interval,
    plain,
    significant,
)

_DECIDED_TOLD, _PAIRS_TOLD = 4, 3
_ARM_WIDTH = 48
_SERVICE_WORDS = {COST: "cost of a conversation, USD", TOKENS: "tokens of a conversation, in and out"}


def measure_words(measure: Measure, *, with_role: bool = False) -> str:
    """What is measured, in words; `with_role` says of which side."""
    if with_role and measure.role:
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
    """The ranks that are not excluded: "1", or "2 to 3"."""
    low, high = standing.rank_low, standing.rank_high
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
    """The cost of a conversation with its interval; why not, where it is not known."""
    if service.cost_usd is None:
        return f"not known: {counted(service.unpriced_turns, 'reply', 'replies')} without a price"
    words = usd(service.cost_usd)
    if service.cost_low_usd is not None and service.cost_high_usd is not None and service.cost_usd:
        words += f" ({usd(service.cost_low_usd)} to {usd(service.cost_high_usd)})"
    return words + (f"; {service.unpriced_turns:,} replies without a price" if service.unpriced_turns else "")


def seconds(value: float | None) -> str:
    """Seconds with three digits."""
    return UNKNOWN if value is None else f"{significant(value)} s"


def findings(comparison: ProviderComparison) -> tuple[str, ...]:
    """Which model is better on which judge, where that is decided, and what cannot be told; never a bare ranking."""
    judges = [measure for measure in comparison.measures("judge") if measure != comparison.artifact]
    decided = [sentence for measure in judges if (sentence := _decided(comparison, measure))]
    left_out = len(decided) - _DECIDED_TOLD
    more = (f"And on {counted(left_out, 'more judge')}: the table has them.",) if left_out > 0 else ()
    return (
        *decided[:_DECIDED_TOLD],
        *more,
        *_undecided(comparison, judges),
        *_alike(comparison, judges),
        *_cheaper(comparison),
    )


def _decided(comparison: ProviderComparison, measure: Measure) -> str:
    """One sentence on the decided pairs of a judge; empty where there are none."""
    beaten: dict[str, list[str]] = {}
    for one in comparison.differences_on(measure):
        if one.decision in ("LESS", "MORE"):
            less, more = (one.arm, one.other) if one.decision == "LESS" else (one.other, one.arm)
            beaten.setdefault(less, []).append(more)
    by_beaten: dict[tuple[str, ...], list[str]] = {}
    for less, those in beaten.items():
        by_beaten.setdefault(tuple(those), []).append(less)
    rates = {one.arm: f"{arm_words(one.arm)} ({percent(one.estimate)})" for one in comparison.standings_on(measure)}
    parts = [
        f"{_listed([rates[one] for one in better])} {'is' if len(better) == 1 else 'are'} flagged less than"
        f" {_listed([rates[one] for one in those])}"
        for those, better in by_beaten.items()
    ]
    return f"Better on {measure_words(measure)}: {'; '.join(parts)}." if parts else ""


def _undecided(comparison: ProviderComparison, judges: Sequence[Measure]) -> Iterator[str]:
    """What cannot be told, and how many conversations would tell it."""
    nowhere = []
    for measure in judges:
        found = comparison.differences_on(measure)
        open_pairs = [one for one in found if one.decision == "UNDECIDED"]
        if open_pairs and len(open_pairs) == len(found) > 1:
            nowhere.append(f"{measure_words(measure)}{_need(open_pairs, comparison)}")
        elif open_pairs:
            yield _cannot_tell(comparison, measure, open_pairs)
    if nowhere:
        yield f"No two models can be told apart on {_listed(nowhere)}."


def _cannot_tell(comparison: ProviderComparison, measure: Measure, open_pairs: Sequence[Difference]) -> str:
    pairs = [f"{arm_words(one.arm)} from {arm_words(one.other)}" for one in open_pairs]
    told, left_out = pairs[:_PAIRS_TOLD], len(pairs) - _PAIRS_TOLD
    names = [*told, counted(left_out, "more pair")] if left_out > 0 else told
    return f"On {measure_words(measure)} cannot tell {_listed(names)}{_need(open_pairs, comparison)}."


def _need(open_pairs: Sequence[Difference], comparison: ProviderComparison) -> str:
    """How many further units would tell the pairs apart that they can be said of."""
    if all(one.difference is None for one in open_pairs):
        return " (fewer than 2 conversations that both completed)"
    more = sorted(one.needed - one.units for one in open_pairs if one.needed is not None)
    if not more:
        return ""
    count = f"{more[0]:,} to {more[-1]:,}" if more[0] < more[-1] else f"{more[0]:,}"
    noun = comparison.unit if more[-1] == 1 else f"{comparison.unit}s"
    of_each = " of each" if comparison.unit == "conversation" else ""
    return f" (about {count} more {noun}{of_each} would)"


def _alike(comparison: ProviderComparison, judges: Sequence[Measure]) -> Iterator[str]:
    alike = [
        measure_words(measure)
        for measure in judges
        if (found := comparison.differences_on(measure)) and all(one.decision == "ALIKE" for one in found)
    ]
    if alike:
        models = "The models" if len(comparison.arms) == 2 else "All models"
        yield f"{models} are alike, within {100 * comparison.margin:g} points, on {_listed(alike)}."


def _cheaper(comparison: ProviderComparison) -> Iterator[str]:
    """What is decided of cost."""
    costs = {one.arm: f"{arm_words(one.arm)} ({usd(one.estimate)})" for one in comparison.standings_on(COST)}
    for one in [one for one in comparison.differences_on(COST) if one.decision in ("LESS", "MORE")][:_PAIRS_TOLD]:
        less, more = (one.arm, one.other) if one.decision == "LESS" else (one.other, one.arm)
        yield f"Cheaper, a conversation in USD: {costs[less]} than {costs[more]}."


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
    return (f"Cannot tell which is nearest to people: {_listed(rivals)} ({basis}).",)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def judge_differences(comparison: ProviderComparison) -> tuple[Difference, ...]:
    """The differences on judges, in their order."""
    return tuple(one for one in comparison.differences if one.measure.kind == "judge")


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
