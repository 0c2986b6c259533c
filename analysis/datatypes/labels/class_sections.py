"""Sections that set classes against classes: drift, flips and the paper's match rule."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.datatypes.labels.audit import LabelAudit, LabelResults
from analysis.datatypes.labels.drift import Drift
from analysis.datatypes.labels.flips import Flips
from analysis.datatypes.labels.matching import Match
from analysis.datatypes.labels.words import headings, label_words, row_of
from analysis.datatypes.told import Chart, PlotRow, Section, figure_words, points_words, share_words
from analysis.statistics.common import ALPHA
from analysis.wording import UNKNOWN, counted, number, one_line, p_value, percent

_MOST_FLIPS = 6


def drift_section(audit: LabelAudit) -> Section:
    """The classes' shares on both sides."""
    found = [(part, part.drift) for part in audit.parts if part.drift]
    rows = [row_of(audit, part, *cells) for part, drift in found for cells in _drift_rows(drift)]
    return Section(
        title="Drift by class",
        answer=" ".join(_drift_answer(audit, part, drift) for part, drift in found),
        columns=headings(audit, "class", "people", "LLM", "LLM less people", "LLM / people", "p (Holm)"),
        rows=tuple(rows),
        note=(
            "The commonest class among people first; all items weigh the same. p is corrected by Holm over the classes"
            f"{' of a group' if audit.groups else ''}."
        ),
        chart=Chart(
            caption="Share of each class in the LLM's labels less that in people's, with 95 % intervals",
            axis="LLM less people",
            rows=tuple(_marks(audit, found)),
        ),
    )


def _drift_rows(drift: Drift) -> Iterator[tuple[str, ...]]:
    for one in drift.classes:
        yield (
            label_words(one.label),
            share_words(one.human),
            share_words(one.llm),
            points_words(one.difference),
            UNKNOWN if one.ratio is None else f"{one.ratio:.2f}",
            p_value(one.p_adjusted),
        )


def _drift_answer(audit: LabelAudit, part: LabelResults, drift: Drift) -> str:
    moved = [one for one in drift.classes if one.p_adjusted is not None and one.p_adjusted < ALPHA]
    commonest = drift.classes[0]
    where = f"{one_line(part.name, limit=40)}: " if audit.groups else ""
    floor = "" if drift.floor_high is None else f" (two halves of the people stay below {drift.floor_high:.2f})"
    return (
        f"{where}{len(moved)} of {counted(len(drift.classes), 'class', 'classes')} differ beyond chance; the commonest"
        f" among people, {label_words(commonest.label)!r}: {points_words(commonest.difference)}. Jensen-Shannon"
        f" distance {figure_words(drift.distance)}{floor}."
    )


def _marks(audit: LabelAudit, found: list[tuple[LabelResults, Drift]]) -> Iterator[PlotRow]:
    for part, drift in found:
        for one in drift.classes:
            name = ": ".join(row_of(audit, part, label_words(one.label)))
            gap = one.difference
            if gap.value is not None:
                yield PlotRow(name, "LLM less people", gap.value, gap.low, gap.high)


def flips_section(audit: LabelAudit) -> Section:
    """Items whose majority changes."""
    found = [(part, part.flips) for part in audit.parts if part.flips]
    rows = [row_of(audit, part, *cells) for part, flips in found for cells in _flip_rows(flips)]
    return Section(
        title="Flips between the majorities",
        answer=" ".join(_flips_answer(audit, part, flips) for part, flips in found),
        columns=headings(
            audit, "people's majority", "items", "flipped", "most often to", "LLM less people", "p (Holm)"
        ),
        rows=tuple(rows),
        note=(
            "Items where both sides have one majority label. LLM less people: share of such items with this majority,"
            " a test of equal margins, corrected by Holm over the classes. With few people an item, another panel would"
            " flip some items, too: the majority index is free of that."
        ),
    )


def _flip_rows(flips: Flips) -> Iterator[tuple[str, ...]]:
    for place, one in enumerate(flips.classes):
        yield (
            label_words(one.label),
            number(one.items),
            share_words(one.flipped),
            _commonest_flip(flips, place),
            points_words(one.shift),
            p_value(one.p_adjusted),
        )


def _commonest_flip(flips: Flips, place: int) -> str:
    counts = [(-count, other) for other, count in enumerate(flips.table[place]) if other != place and count]
    if not counts:
        return UNKNOWN
    count, other = min(counts)
    return f"{label_words(flips.labels[other])} ({number(-count)})"


def _flips_answer(audit: LabelAudit, part: LabelResults, flips: Flips) -> str:
    where = f"{one_line(part.name, limit=40)}: " if audit.groups else ""
    ties = f"left out: {number(flips.human_ties)} without one majority of people, {number(flips.llm_ties)} of the LLM"
    if flips.share.value is None:
        return f"{where}no item has one majority label on both sides ({ties})."
    return f"{where}{share_words(flips.share)} of {counted(flips.items, 'item')} flip ({ties}){_directions(flips)}."


def _directions(flips: Flips) -> str:
    cells = [
        (-count, human, llm)
        for human, row in enumerate(flips.table)
        for llm, count in enumerate(row)
        if human != llm and count
    ]
    shown = [
        f"{label_words(flips.labels[human])} → {label_words(flips.labels[llm])} ({number(-count)})"
        for count, human, llm in sorted(cells)[:_MOST_FLIPS]
    ]
    return f"; most: {', '.join(shown)}" if shown else ""


def matching_section(audit: LabelAudit) -> Section:
    """The paper's match rule and its companion."""
    found = [(part, part.matching) for part in audit.parts if part.matching]
    rows = [
        row_of(audit, part, what, *_match_cells(match))
        for part, matching in found
        for what, match in (("majority", matching.majority), ("minority", matching.minority))
    ]
    shown = "; ".join(
        f"{one_line(part.name, limit=40)}: majority {percent(matching.majority.share.value)},"
        f" minority {percent(matching.minority.share.value)}"
        for part, matching in found
    )
    return Section(
        title="The paper's match rule",
        answer=f"{shown[:1].upper()}{shown[1:]} of items match.",
        columns=headings(audit, "labels", "items that match", "by chance", "beyond chance"),
        rows=tuple(rows),
        note=(
            "arXiv 2401.14698, section 5: the two sides' majority (minority) labels have one in common; an item without"
            " such a label is no match, so that a unanimous model has no minority matches. By chance: the LLM's sets"
            " dealt to the items at random. Beyond chance: (share − chance) / (1 − chance)."
        ),
    )


def _match_cells(match: Match) -> tuple[str, str, str]:
    return share_words(match.share), percent(match.chance), figure_words(match.beyond_chance)
