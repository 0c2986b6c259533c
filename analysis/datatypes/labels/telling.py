"""The audit of task labels in words: headline, facts, warnings and the order of the sections; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.datatypes.labels.audit import LabelAudit, LabelResults
from analysis.datatypes.labels.class_sections import drift_section, flips_section, matching_section
from analysis.datatypes.labels.item_sections import leaning_section, vanishing_section, variation_section
from analysis.datatypes.told import Section, Told, shortened
from analysis.second_order.retraining import SecondOrder
from analysis.second_order.telling import second_order_section
from analysis.statistics.clusters import Estimate
from analysis.wording import counted, number, one_line, percent, significant

_MOST_SHOWN = 12
_MOST_NAMED = 4
_FEW_CLUSTERS = 10


def tell_labels(audit: LabelAudit, *, second_order: SecondOrder | None = None) -> Told:
    """What was found, in the order in which it should be read."""
    return Told(
        title="Task labels",
        headline=_headline(audit),
        facts=tuple(_facts(audit)),
        sections=tuple(_sections(audit, second_order)),
        warnings=tuple(_warnings(audit)),
    )


def _headline(audit: LabelAudit) -> str:
    every = audit.all_items
    alpha = every.variation.alpha.human.value
    words = [_variation_words(every)]
    if every.llm_votes is None and alpha is not None:
        words.append(f"Krippendorff's alpha is {significant(alpha)}.")
    return " ".join([*words, *_drift_words(audit), *_view_words(audit), *_flip_words(audit)])


def _variation_words(found: LabelResults) -> str:
    people, model = found.variation.disagreement.human, found.variation.disagreement.llm
    if people.value is None:
        return "How far people vary cannot be told: no item has two human labels."
    start = f"People disagree among themselves on {percent(people.value)} of {counted(people.n, 'item')}"
    return f"{start}." if model.value is None else f"{start}, the LLM with itself on {percent(model.value)}."


def _view_words(audit: LabelAudit) -> Iterator[str]:
    known = [
        part.vanishing.views
        for part in audit.parts
        if part.vanishing and part.vanishing.views.difference.value is not None
    ]
    if known:
        yield (
            f"{_range_of([one.llm for one in known]).capitalize()} of people's labels are repeated by no LLM label; by"
            f" as many other people, {_range_of([one.human for one in known])} are not."
        )


def _drift_words(audit: LabelAudit) -> Iterator[str]:
    """The class that drifts most, where one does."""
    drifts = [(part, one) for part in audit.parts if part.drift for one in part.drift.classes]
    found = [(part, one) for part, one in drifts if one.difference.excludes_zero]
    if found:
        part, most = max(found, key=lambda pair: abs(pair[1].difference.value or 0))
        where = f" ({one_line(part.name, limit=40)})" if audit.groups else ""
        shares = f"{percent(most.llm.value)} of its labels, {percent(most.human.value)} of people's"
        yield f"The LLM's labels drift most on {one_line(most.label, limit=30)!r}{where}: {shares}."


def _flip_words(audit: LabelAudit) -> Iterator[str]:
    known = [part.flips.share for part in audit.parts if part.flips and part.flips.share.value is not None]
    if known:
        yield f"The majority label flips on {_range_of(known)} of items."


def _range_of(found: Sequence[Estimate]) -> str:
    """A share, or the least and the greatest where there are groups."""
    shares = sorted(one.value for one in found if one.value is not None)
    least, most = percent(shares[0]), percent(shares[-1])
    return least if least == most else f"{least} to {most}, by group,"


def _facts(audit: LabelAudit) -> Iterator[tuple[str, str]]:
    every = audit.all_items
    yield "rows", number(audit.rows)
    yield "items", number(every.items)
    if every.clusters < every.items:
        yield "clusters", number(every.clusters)
    yield "human labels an item", _range(every.human_votes)
    if every.llm_votes is not None:
        yield "LLM labels an item", _range(every.llm_votes)
    yield "classes", ", ".join(shortened([one_line(label, limit=30) for label in every.labels], most=_MOST_SHOWN))
    yield "scale", audit.scale


def _range(votes: tuple[int, int]) -> str:
    return number(votes[0]) if votes[0] == votes[1] else f"{number(votes[0])} to {number(votes[1])}"


def _warnings(audit: LabelAudit) -> Iterator[str]:
    every = audit.all_items
    lost = {"a human": audit.rows_without_human, "an LLM": audit.rows_without_llm}
    yield from (f"{counted(count, 'row')} without {side} label left out" for side, count in lost.items() if count)
    if audit.has_scales_mixed:
        yield (
            f"items have {_range(every.human_votes)} human labels, and which classes occur depends on how many: this"
            " may be several data sets, whose classes need not mean the same. Drift, flips, matches and alpha then mix"
            " scales: give --group-column, or --group-by-votes"
        )
    groups_of: dict[str, list[str]] = {}
    for part in audit.parts:
        for words in _part_warnings(part):
            groups_of.setdefault(words, []).append(one_line(part.name, limit=40))
    yield from (f"{_where(names)}: {words}" if audit.groups else words for words, names in groups_of.items())


def _where(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"in {len(names)} groups ({', '.join(shortened(names, most=_MOST_NAMED))})"


def _part_warnings(found: LabelResults) -> Iterator[str]:
    if len(found.labels) == 1:
        yield f"every label is {_quoted(found.labels)}: with one class there is nothing to compare"
    for alike in found.nearly_same:
        yield f"{_quoted(alike)} are counted as different classes: spell them alike if they are one"
    if found.drift and all(not one.human.value or not one.llm.value for one in found.drift.classes):
        yield "people and the LLM have no class in common: check that both spell classes alike"
    elif found.one_sided:
        yield f"one side often gives {_quoted(found.one_sided)}, the other never: check that both spell classes alike"
    if found.human_votes[1] < 2:
        yield "one human label an item: how people vary, and what would differ by chance, cannot be told"
    if found.drift and sum(1 for one in found.drift.classes if one.llm.value) == 1 and len(found.labels) > 1:
        yield "the LLM gives one class only: it tells no item from another"
    if found.llm_votes is not None and found.llm_votes[1] < 2:
        yield "one LLM label an item: how the LLM varies cannot be told"
    if found.clusters < _FEW_CLUSTERS:
        yield f"fewer than {_FEW_CLUSTERS} clusters: intervals are too narrow"


def _quoted(labels: Sequence[str]) -> str:
    return ", ".join(shortened([repr(one_line(label, limit=30)) for label in labels], most=_MOST_NAMED))


def _sections(audit: LabelAudit, second_order: SecondOrder | None) -> Iterator[Section]:
    yield variation_section(audit)
    if audit.all_items.llm_votes is None:
        return
    yield drift_section(audit)
    yield leaning_section(audit)
    yield vanishing_section(audit)
    yield flips_section(audit)
    yield matching_section(audit)
    if second_order is not None:
        yield second_order_section(second_order)
