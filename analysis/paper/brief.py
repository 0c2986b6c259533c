"""The reproduction for a terminal: every figure with its value and verdict; notes and terms are left to the page."""

from __future__ import annotations

from dataclasses import replace

from analysis.datatypes.told import Section, Told

_KEPT = frozenset(
    {
        *("Figure", "Held against", "Origin", "Ours (95% interval)", "Verdict"),
        *("Reading", "By rows (95% interval)", "p", "By clusters (95% interval)", "Changed?", "Holds?"),
    }
)


def brief(told: Told) -> Told:
    """The same with the columns that are needed to read a table at a glance; sections without any are left out."""
    narrow = (_narrow(section) for section in told.sections)
    facts = (*told.facts, ("notes, ranges and terms:", "in the report"))
    return replace(told, facts=facts, sections=tuple(section for section in narrow if section.columns))


def _narrow(section: Section) -> Section:
    kept = [place for place, column in enumerate(section.columns) if column.name in _KEPT]
    return replace(
        section,
        columns=tuple(section.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in section.rows),
        note="",
    )
