"""Words that the sections on labels share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from analysis.datatypes.labels.audit import LabelAudit, LabelResults
from analysis.datatypes.labels.sides import Sides
from analysis.datatypes.told import Column, columns, figure_words, points_words, share_words, signed_words
from analysis.wording import counted, one_line

SIDES = ("people", "LLM", "LLM less people")
_LONGEST = 900
"""Characters of an answer: longer ones are cut on a terminal."""


def share_cells(found: Sides) -> tuple[str, str, str]:
    """Shares of both sides and their difference in points."""
    return share_words(found.human), share_words(found.llm), points_words(found.difference)


def figure_cells(found: Sides) -> tuple[str, str, str]:
    """Figures of both sides and their difference."""
    return figure_words(found.human), figure_words(found.llm), signed_words(found.difference)


def headings(audit: LabelAudit, first: str, *rest: str) -> tuple[Column, ...]:
    """The columns of a table, led by one for the group where there are groups."""
    names = columns(first, *rest)
    return (Column("group", is_figure=False), *names) if audit.groups else names


def row_of(audit: LabelAudit, part: LabelResults, *cells: str) -> tuple[str, ...]:
    """A row of such a table."""
    return (one_line(part.name, limit=40), *cells) if audit.groups else cells


def all_parts(audit: LabelAudit) -> Sequence[LabelResults]:
    """All items, then the groups."""
    return (audit.all_items, *audit.groups)


def by_group(audit: LabelAudit, sentences: Iterable[tuple[LabelResults, str]]) -> str:
    """The sentences of the parts, each led by its group where there are groups; of many groups those that fit."""
    if not audit.groups:
        return " ".join(words for _, words in sentences)
    told = [f"{one_line(part.name, limit=40)}: {words}" for part, words in sentences]
    fitting = sum(end <= _LONGEST for end in accumulate(len(words) + 1 for words in told)) or 1
    more = len(told) - fitting
    return " ".join([*told[:fitting], f"{counted(more, 'more group')} in the table."] if more > 0 else told)


def label_words(label: str) -> str:
    """A label as it can be shown."""
    return one_line(label, limit=40)
