"""Sections whose figures hold item by item, whatever the classes mean: variation, majority and minority, lost views."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.datatypes.labels.audit import LabelAudit, LabelResults
from analysis.datatypes.labels.leaning import Leaning
from analysis.datatypes.labels.sides import Sides
from analysis.datatypes.labels.vanishing import Vanishing
from analysis.datatypes.labels.variation import Variation
from analysis.datatypes.labels.words import SIDES, all_parts, by_group, figure_cells, headings, row_of, share_cells
from analysis.datatypes.told import Section, points_words, share_words
from analysis.statistics.clusters import Estimate
from analysis.wording import UNKNOWN, percent


def variation_section(audit: LabelAudit) -> Section:
    """How far the annotators of an item vary."""
    sides = SIDES if audit.all_items.llm_votes else SIDES[:1]
    rows = [
        row_of(audit, part, what, *cells[: len(sides)])
        for part in all_parts(audit)
        for what, cells in _variation_rows(part.variation)
    ]
    return Section(
        title="Variation between annotators",
        answer=by_group(audit, ((part, _variation_answer(part.variation)) for part in audit.parts)),
        columns=headings(audit, "figure", *sides),
        rows=tuple(rows),
        note=(
            "Items with two labels and more on a side. Equal numbers: expected of as many labels on either side,"
            " drawn from those of the item. Entropy is over the logarithm of the number of classes, 0 to 1. Alpha is"
            " Krippendorff's, 1 for full agreement, 0 for that of chance."
            f"{' All items together have what does not depend on the classes.' if audit.groups else ''}"
        ),
    )


def _variation_rows(found: Variation) -> Iterator[tuple[str, tuple[str, str, str]]]:
    yield "items with some disagreement", share_cells(found.disagreement)
    if found.disagreement_equal.llm.value is not None:
        yield "same, equal numbers", share_cells(found.disagreement_equal)
    if found.entropy.human.value is not None:
        yield "entropy", figure_cells(found.entropy)
    if found.entropy_equal.llm.value is not None:
        yield "same, equal numbers", figure_cells(found.entropy_equal)
    if found.sd is not None:
        yield "standard deviation", figure_cells(found.sd)
    if found.alpha.human.value is not None or found.alpha.llm.value is not None:
        yield "alpha", figure_cells(found.alpha)


def _variation_answer(found: Variation) -> str:
    if found.disagreement.human.value is None:
        return "No item has two human labels: how people vary cannot be told."
    people = f"People give an item different labels in {share_words(found.disagreement.human)} of the items"
    gap = found.disagreement_equal.difference
    if gap.value is None:
        return f"{people}."
    return (
        f"{people}, the LLM in {share_words(found.disagreement.llm)}; with as many labels on either side the"
        f" difference is {points_words(gap)}{_doubt(gap)}."
    )


def _doubt(found: Estimate) -> str:
    if found.low is None:
        return ", of unknown uncertainty"
    return "" if found.excludes_zero else ", which chance can explain"


def leaning_section(audit: LabelAudit) -> Section:
    """Whether the model leans to majority labels."""
    rows = [
        row_of(audit, part, *cells)
        for part in all_parts(audit)
        if part.leaning
        for cells in _leaning_rows(part.leaning)
    ]
    return Section(
        title="Majority and minority labels of the item",
        answer=by_group(audit, ((part, _leaning_answer(part)) for part in audit.parts)),
        columns=headings(audit, "label is among the others'", *SIDES, "most there can be"),
        rows=tuple(rows),
        note=(
            "Each person is left out in turn; how often is that person's label, and how often an LLM label, one that"
            " the others gave most (least) often? The difference is the index: 0 for a model that labels as these"
            " people do, whatever their number; negative where it often gives other labels than people do at all (see"
            " drift). Minority labels take four people an item."
        ),
    )


def _leaning_rows(found: Leaning) -> Iterator[tuple[str, ...]]:
    most, least = found.majority.human.value, found.minority.human.value
    yield "majority labels", *share_cells(found.majority), _points(None if most is None else 1 - most)
    yield "minority labels", *share_cells(found.minority), _points(None if least is None else -least)


def _points(value: float | None) -> str:
    return UNKNOWN if value is None else points_words(Estimate(value, None, None, 0, 0))


def _leaning_answer(found: LabelResults) -> str:
    if found.leaning is None or found.human_votes[1] < 2:
        return "No item has two human labels: this cannot be told."
    people = found.human_votes[1]
    majority = _index_words("majority", found.leaning.majority, is_enough=people >= 2)
    return f"{majority} {_index_words('minority', found.leaning.minority, is_enough=people >= 4)}"


def _index_words(what: str, found: Sides, *, is_enough: bool) -> str:
    gap = found.difference
    if gap.value is None:
        why = "with one person left out, the others have none on any item" if is_enough else "too few people an item"
        return f"Of {what} labels nothing can be told: {why}."
    if gap.low is None or not gap.excludes_zero:
        return f"Whether {what} labels are over- or under-represented cannot be told: {points_words(gap)}."
    side, often = ("over", "more") if gap.value > 0 else ("under", "less")
    return (
        f"An item's own {what} labels are {side}-represented: the LLM gives them {often} often than another person of"
        f" that item would, {points_words(gap)}."
    )


def vanishing_section(audit: LabelAudit) -> Section:
    """Views that no label of the model repeats."""
    rows = [
        row_of(audit, part, *cells)
        for part in all_parts(audit)
        if part.vanishing
        for cells in _lost_rows(part.vanishing)
    ]
    return Section(
        title="Vanished views",
        answer=by_group(audit, ((part, _vanishing_answer(part.vanishing)) for part in audit.parts)),
        columns=headings(audit, "what no LLM label repeats", *SIDES),
        rows=tuple(rows),
        note=(
            "Against chance: a person's label (one that two people agree on) is sought among k other people of the item"
            " and among k LLM labels; k is as many as both have. A model that labels as people do has difference 0."
        ),
    )


def _lost_rows(found: Vanishing) -> Iterator[tuple[str, ...]]:
    blank = ("", "")
    yield "items with a label of some person", blank[0], share_words(found.items), blank[1]
    yield "items with a label of two people", blank[0], share_words(found.items_backed), blank[1]
    yield "of items with a minority label, such a label", blank[0], share_words(found.items_minority), blank[1]
    yield "people's labels, against chance", *share_cells(found.views)
    yield "labels two people agree on, against chance", *share_cells(found.views_backed)


def _vanishing_answer(found: Vanishing | None) -> str:
    if found is None or found.items.value is None:
        return "This cannot be told."
    first = f"In {share_words(found.items)} of the items some person's label is one that no LLM label repeats."
    gap = found.views.difference
    if gap.value is None:
        return f"{first} What chance would do cannot be told: too few people an item."
    among_people = percent(found.views.human.value)
    return (
        f"{first} With equal numbers, {percent(found.views.llm.value)} of people's labels are missing in the LLM's and"
        f" {among_people} among other people: {points_words(gap)}{_doubt(gap)}."
    )
