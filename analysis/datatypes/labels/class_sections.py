"""Sections that set classes against classes: drift, flips and the paper's match rule."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.datatypes.labels.audit import LabelAudit, LabelResults
from analysis.datatypes.labels.drift import Drift
from analysis.datatypes.labels.flips import Flips
from analysis.datatypes.labels.matching import Match, Matching
from analysis.datatypes.labels.words import by_group, headings, label_words, row_of
from analysis.datatypes.told import Chart, PlotRow, Section, figure_words, points_words, share_words
from analysis.statistics.common import ALPHA
from analysis.wording import UNKNOWN, counted, number, p_value, percent

_MOST_FLIPS = 6
_MOST_COPIED = 0.5
"""Labels that are worth less than this share of their number are told to be copies."""


def drift_section(audit: LabelAudit) -> Section:
    """The classes' shares on both sides."""
    found = [(part, part.drift) for part in audit.parts if part.drift]
    rows = [row_of(audit, part, *cells) for part, drift in found for cells in _drift_rows(drift)]
    return Section(
        title="Drift by class",
        answer=by_group(audit, ((part, _drift_answer(drift)) for part, drift in found)),
        columns=headings(audit, "class", "people", "LLM", "LLM less people", "LLM / people", "p (Holm)"),
        rows=tuple(rows),
        note=(
            "The commonest class among people first; all items weigh the same. p is corrected by Holm over the classes"
            f"{' of a group' if audit.groups else ''}. By chance: the labels of each item dealt to the two sides at"
            f" random, one time in twenty more.{_worth_words(found)}"
        ),
        chart=Chart(
            caption="Share of each class in the LLM's labels less that in people's, with 95 % intervals",
            axis="LLM less people",
            rows=tuple(_marks(audit, found)),
        ),
    )


def _worth_words(found: list[tuple[LabelResults, Drift]]) -> str:
    """A word where the model's labels of an item repeat one another."""
    worth = [
        (drift.llm_worth, part.llm_votes[1])
        for part, drift in found
        if part.llm_votes and drift.llm_worth < _MOST_COPIED * part.llm_votes[1]
    ]
    if not worth:
        return ""
    least, most = min(worth)
    return f" The LLM's labels of an item are nearly copies of one another: up to {most} count as {least:.1f} there."


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


def _drift_answer(drift: Drift) -> str:
    commonest = drift.classes[0]
    return (
        f"{_moved_words(drift)}; the commonest among people, {label_words(commonest.label)!r}:"
        f" {points_words(commonest.difference)}. Jensen-Shannon distance {drift.distance:.2f},"
        f" by chance up to {drift.floor_high:.2f}."
    )


def _moved_words(drift: Drift) -> str:
    """How many classes differ, of those that could be tested."""
    if len(drift.classes) == 1:
        return "There is one class only"
    known = [one.p_adjusted for one in drift.classes if one.p_adjusted is not None]
    if not known:
        return "Whether classes differ beyond chance cannot be told from one cluster"
    moved, untested = sum(p < ALPHA for p in known), len(drift.classes) - len(known)
    more = f" ({untested} cannot be tested)" if untested else ""
    return f"{moved} of {counted(len(known), 'class', 'classes')} differ beyond chance{more}"


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
        answer=by_group(audit, ((part, _flips_answer(flips)) for part, flips in found)),
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


def _flips_answer(flips: Flips) -> str:
    ties = f"left out: {number(flips.human_ties)} without one majority of people, {number(flips.llm_ties)} of the LLM"
    if flips.share.value is None:
        return f"No item has one majority label on both sides ({ties})."
    return f"{share_words(flips.share)} of {counted(flips.items, 'item')} flip ({ties}){_directions(flips)}."


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
    shown = [(part, _match_words(matching)) for part, matching in found]
    return Section(
        title="The paper's match rule",
        answer=by_group(audit, shown),
        columns=headings(audit, "labels", "items that match", "by chance", "beyond chance"),
        rows=tuple(rows),
        note=(
            "arXiv 2401.14698, section 5: the two sides' majority (minority) labels have one in common; an item without"
            " such a label is no match, so that a unanimous model has no minority matches. By chance: the LLM's sets"
            " dealt to the items at random. Beyond chance: (share − chance) / (1 − chance)."
        ),
    )


def _match_words(found: Matching) -> str:
    return (
        f"Majority labels match on {percent(found.majority.share.value)} of the items, minority labels on"
        f" {percent(found.minority.share.value)}."
    )


def _match_cells(match: Match) -> tuple[str, str, str]:
    return share_words(match.share), percent(match.chance), figure_words(match.beyond_chance)
