"""A stress test on the terminal: what rises, where flags begin, whether speakers come back."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from analysis.stress import telling
from analysis.stress.values import DoseResponse, StressFindings
from analysis.wording import plain
from simstress.cli.texts import plain_table, safe

_MOST_ROWS = 24
_COURSES = 12
"""How many arms the tables of onset and repair have a row for at most."""


def print_stress(found: StressFindings, console: Console) -> None:
    """Write the tables of a stress test, and its notes."""
    for table in (_responses(found), _onsets(found), _repairs(found)):
        if table.row_count:
            console.print(table)
    for one in telling.steeper(found):
        console.print(safe(telling.sensitivity_words(one)))
    for note in found.notes:
        console.print(safe(note, style="dim", limit=1_000))


def _responses(found: StressFindings) -> Table:
    table = plain_table("Under stress, against the control", "Judge, stress", *_model_column(found), "Finding")
    table.add_column("Control", no_wrap=True, justify="right")
    table.add_column("Highest dose", no_wrap=True, justify="right")
    for one in telling.ranked(found)[:_MOST_ROWS]:
        cells = [f"{plain(one.judge)}, {plain(one.kind)}", *_model(found, one.model)]
        cells.append(telling.response_words(one, found.margin))
        table.add_row(*map(safe, cells), telling.control_rate(one), telling.short_rate(one.points[-1]))
    more = len(found.responses) - _MOST_ROWS
    if more > 0:
        table.caption, table.caption_justify = f"and {more:,} more, on the page and in summary.json", "left"
    return table


def _onsets(found: StressFindings) -> Table:
    title = "First flag of a conversation, at the highest dose"
    table = plain_table(title, "Judge, stress", *_model_column(found), "Conversations", "Against the control")
    for one in _flagged(found):
        onset = next(each for each in found.onsets if (each.arm, each.judge) == (one.points[-1].arm, one.judge))
        contrast = telling.control_contrast(found, onset)
        cells = [f"{plain(one.judge)}, {telling.arm_words(onset.arm)}", *_model(found, one.model)]
        cells += [telling.onset_words(onset), telling.contrast_words(contrast) if contrast else ""]
        table.add_row(*map(safe, cells))
    return table


def _repairs(found: StressFindings) -> Table:
    title = "Speakers who came back, at the highest dose"
    table = plain_table(title, "Judge, stress", *_model_column(found), "Of the episodes", "Own turns")
    for one in _flagged(found):
        for repair in found.repairs:
            if (repair.arm, repair.judge) == (one.points[-1].arm, one.judge) and repair.episodes:
                took = telling.turns_words(repair)
                cells = (f"{plain(one.judge)}, {telling.arm_words(repair.arm)}", *_model(found, one.model))
                table.add_row(*map(safe, (*cells, telling.repair_words(repair), took)))
    return table


def _flagged(found: StressFindings) -> Iterator[DoseResponse]:
    """The responses with a flag at the highest dose, those that rise first."""
    flagged = {(one.arm, one.judge) for one in found.onsets if one.onsets}
    some = (one for one in telling.ranked(found) if (one.points[-1].arm, one.judge) in flagged)
    yield from list(some)[:_COURSES]


def _model_column(found: StressFindings) -> tuple[str, ...]:
    return ("Model",) if len(found.models) > 1 else ()


def _model(found: StressFindings, model: str) -> tuple[str, ...]:
    return (model,) if len(found.models) > 1 else ()
