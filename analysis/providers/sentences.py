"""What a comparison of providers comes to, in sentences: what is decided, what cannot be told, what would tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.providers.values import COST, Difference, Measure, ProviderComparison, Service
from analysis.providers.wording import arm_words, cut_words, listed, measure_words, usd
from analysis.wording import STOP_REASON_WORDS, counted, percent

_DECIDED_TOLD, _PAIRS_TOLD = 4, 3


def findings(comparison: ProviderComparison) -> tuple[str, ...]:
    """What cannot be compared at all; which model is better on which judge, where that is decided; what cannot be told.

    Never a bare ranking.
    """
    judges = [measure for measure in comparison.measures("judge") if measure != comparison.artifact]
    decided = [sentence for measure in judges if (sentence := _decided(comparison, measure))]
    left_out = len(decided) - _DECIDED_TOLD
    more = (f"And on {counted(left_out, 'more judge')}: the table has them.",) if left_out > 0 else ()
    return (
        *_failed(comparison),
        *_unpaired(comparison),
        *decided[:_DECIDED_TOLD],
        *more,
        *_undecided(comparison, judges),
        *_too_few(comparison, judges),
        *_alike(comparison, judges),
        *_cheaper(comparison),
    )


def _failed(comparison: ProviderComparison) -> Iterator[str]:
    """The models of which no conversation is left to compare."""
    for one in comparison.services:
        if _is_lost(one):
            yield f"{arm_words(one.arm)} {_how_it_failed(one)}: not comparable."


def _is_lost(service: Service) -> bool:
    return 0 < service.conversations == service.failed


def _how_it_failed(service: Service) -> str:
    if service.refused == service.failed:
        return f"refused {service.refused:,} of {counted(service.conversations, 'conversation')}"
    why = "; ".join(f"{count:,} {STOP_REASON_WORDS.get(reason, reason)}" for reason, count in service.failures.items())
    return f"failed in {service.failed:,} of {counted(service.conversations, 'conversation')} ({why})"


def _unpaired(comparison: ProviderComparison) -> Iterator[str]:
    for one, other in sorted(comparison.unpaired):
        names = listed([arm_words(one), arm_words(other)])
        yield f"No two conversations of {names} share scenario and repeat, so their difference cannot be told."


def _comparable(comparison: ProviderComparison, measure: Measure) -> list[Difference]:
    """The pairs that some conversations could tell apart."""
    lost = {one.arm for one in comparison.services if _is_lost(one)}
    return [
        one
        for one in comparison.differences_on(measure)
        if (one.arm, one.other) not in comparison.unpaired and not lost & {one.arm, one.other}
    ]


def _decided(comparison: ProviderComparison, measure: Measure) -> str:
    """One sentence on the decided pairs of a judge; empty where there are none."""
    beaten: dict[str, list[str]] = {}
    for one in comparison.differences_on(measure):
        if one.decision in ("LESS", "MORE"):
            less, more = _ordered(one)
            beaten.setdefault(less, []).append(more)
    by_beaten: dict[tuple[str, ...], list[str]] = {}
    for less, those in beaten.items():
        by_beaten.setdefault(tuple(those), []).append(less)
    rates = {one.arm: f"{arm_words(one.arm)} ({percent(one.estimate)})" for one in comparison.standings_on(measure)}
    parts = [
        f"{listed([rates[one] for one in better])} {'is' if len(better) == 1 else 'are'} flagged less than"
        f" {listed([rates[one] for one in those])}"
        for those, better in by_beaten.items()
    ]
    return f"Better on {measure_words(measure)}: {'; '.join(parts)}." if parts else ""


def _ordered(difference: Difference) -> tuple[str, str]:
    """The arm that has less, then the other."""
    pair = difference.arm, difference.other
    return pair if difference.decision == "LESS" else pair[::-1]


def _undecided(comparison: ProviderComparison, judges: Sequence[Measure]) -> Iterator[str]:
    """What cannot be told though there are pairs, and how many conversations would tell it."""
    nowhere = []
    for measure in judges:
        found = [one for one in _comparable(comparison, measure) if one.difference is not None]
        open_pairs = [one for one in found if one.decision == "UNDECIDED"]
        if open_pairs and len(open_pairs) == len(found) > 1:
            nowhere.append(f"{measure_words(measure)}{_need(open_pairs, comparison)}")
        elif open_pairs:
            names = _pairs_listed([f"{arm_words(one.arm)} from {arm_words(one.other)}" for one in open_pairs])
            yield f"On {measure_words(measure)} cannot tell {names}{_need(open_pairs, comparison)}."
    if nowhere:
        yield f"No two models can be told apart on {listed(nowhere)}."


def _too_few(comparison: ProviderComparison, judges: Sequence[Measure]) -> Iterator[str]:
    """The pairs of models that too few conversations stand for."""
    measures: dict[str, list[str]] = {}
    for measure in judges:
        for one in _comparable(comparison, measure):
            if one.difference is None:
                names = f"{arm_words(one.arm)} from {arm_words(one.other)}"
                measures.setdefault(names, []).append(measure_words(measure))
    pairs: dict[str, list[str]] = {}
    for names, on in measures.items():
        pairs.setdefault(listed(on), []).append(names)
    for on_what, those in pairs.items():
        yield (
            f"On {on_what} cannot tell {_pairs_listed(those)}: fewer than 2 conversations that both completed and the"
            " judge judged."
        )


def _pairs_listed(pairs: Sequence[str]) -> str:
    told, left_out = pairs[:_PAIRS_TOLD], len(pairs) - _PAIRS_TOLD
    return listed([*told, counted(left_out, "more pair")] if left_out > 0 else told)


def _need(open_pairs: Sequence[Difference], comparison: ProviderComparison) -> str:
    """How many further units would tell the pairs apart that they can be said of."""
    more = sorted(one.needed - one.units for one in open_pairs if one.needed is not None)
    if not more:
        return ""
    count = f"{more[0]:,} to {more[-1]:,}" if more[0] < more[-1] else f"{more[0]:,}"
    noun = comparison.unit if more[-1] == 1 else f"{comparison.unit}s"
    of_each = " of each" if comparison.unit == "conversation" else ""
    return f" (about {count} more {noun}{of_each} would)"


def _alike(comparison: ProviderComparison, judges: Sequence[Measure]) -> Iterator[str]:
    by_arms: dict[tuple[str, ...], list[str]] = {}
    for measure in judges:
        found = _comparable(comparison, measure)
        if found and all(one.decision == "ALIKE" for one in found):
            arms = tuple(arm for arm in comparison.arms if any(arm in (one.arm, one.other) for one in found))
            by_arms.setdefault(arms, []).append(measure_words(measure))
    for arms, names in by_arms.items():
        every = "The models" if len(arms) == 2 else "All models"
        models = every if arms == comparison.arms else listed([arm_words(arm) for arm in arms])
        yield f"{models} are alike, within {100 * comparison.margin:g} points, on {listed(names)}."


def _cheaper(comparison: ProviderComparison) -> Iterator[str]:
    """What is decided of cost; a conversation that was cut is cheap for that."""
    cut = {one.arm: f"; {cut_words(one)}" if one.cut else "" for one in comparison.services}
    costs = {
        one.arm: f"{arm_words(one.arm)} ({usd(one.estimate)}{cut[one.arm]})" for one in comparison.standings_on(COST)
    }
    dearer: dict[str, list[str]] = {}
    for one in comparison.differences_on(COST):
        if one.decision in ("LESS", "MORE"):
            less, more = _ordered(one)
            dearer.setdefault(costs[less], []).append(costs[more])
    for less, those in dearer.items():
        yield f"Cheaper, a conversation in USD: {less} than {listed(those)}."
