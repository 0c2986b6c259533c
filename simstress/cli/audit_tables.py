"""What an audit has to tell, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from analysis.datatypes.told import Section, Told
from analysis.wording import counted
from simstress.cli.texts import plain_table, safe

_MOST_QUOTES, _MOST_ROWS = 5, 60


def audit_tables(told: Told) -> Iterator[RenderableType]:
    """The headline, what was read, the warnings, and each section with its table."""
    yield safe(told.title, style="bold")
    yield safe(told.headline, limit=1_000)
    yield safe(", ".join(f"{name} {figure}" for name, figure in told.facts), style="dim", limit=1_000)
    for warning in told.warnings:
        yield Text.assemble(("! ", "yellow"), safe(warning, limit=1_000))
    for section in told.sections:
        yield Text()
        yield from _section(section)


def _section(section: Section) -> Iterator[RenderableType]:
    yield safe(section.title, style="bold")
    yield safe(section.answer, limit=1_000)
    if section.rows:
        yield _table(section)
        more = len(section.rows) - _MOST_ROWS
        if more > 0:
            yield safe(f"{counted(more, 'more row')}: see the report", style="dim")
    elif section.note:
        yield safe(section.note, style="dim", limit=1_000)
    for place, text in section.quotes[:_MOST_QUOTES]:
        yield Text.assemble(("  ", ""), safe(place, style="dim"), "  ", safe(text))


def _table(section: Section) -> Table:
    table = plain_table(caption=section.note)
    for column in section.columns:
        table.add_column(safe(column.name), justify="right" if column.is_figure else "left", overflow="fold")
    for row in section.rows[:_MOST_ROWS]:
        table.add_row(*(safe(cell, limit=1_000) for cell in row))
    return table
