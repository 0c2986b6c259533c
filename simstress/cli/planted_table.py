"""What was planted in a stress test and what judges made of it, on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from analysis.stress import telling
from analysis.stress.recorded import Recorded, cautions
from analysis.stress.values import StressFindings
from analysis.wording import plain
from simstress.cli.texts import plain_table, safe

_MOST_ROWS = 24


def print_recorded(found: StressFindings, recorded: Recorded | None, console: Console, *, with_cautions: bool) -> None:
    """Write what is known of a stress test beyond the judges; the cautions where no headline has them."""
    if recorded and (table := _planted(found, recorded)).row_count:
        console.print(table)
    for sentence in cautions(found, recorded) if with_cautions else ():
        console.print(safe(sentence, limit=1_000))


def _planted(found: StressFindings, recorded: Recorded) -> Table:
    """A row an arm of the cases that rise, or in which something was planted; those that rise first."""
    several = len(found.models) > 1
    columns = ("Judge, stress", *(("Model",) if several else ()))
    table = plain_table("Planted by the actor, and what judges flagged", *columns)
    for column in ("Planted", "Found", "Missed", "False"):
        table.add_column(column, no_wrap=True, justify="right")
    planted = {(one.judge, one.arm.kind, one.arm.model) for one in recorded.planted if one.planted}
    told = (
        one for one in telling.ranked(found) if one.response == "EXCEEDS" or (one.judge, one.kind, one.model) in planted
    )
    rows = recorded.beside(told)
    for one in rows[:_MOST_ROWS]:
        cells = (f"{plain(one.judge)}, {_arm(one.arm.kind, one.arm.dose)}", *((one.arm.model,) if several else ()))
        figures = (f"{count:,}" for count in (one.planted, one.found, one.missed, one.false))
        table.add_row(*map(safe, cells), *figures)
    if len(rows) > _MOST_ROWS:
        more = f"and {len(rows) - _MOST_ROWS:,} more, on the page and in summary.json"
        table.caption, table.caption_justify = more, "left"
    return table


def _arm(kind: str, dose: float | None) -> str:
    """The kind with its dose; the control of a kind is over the turns that this kind would reach."""
    return f"{plain(kind)}, {'once' if dose is None else f'dose {dose:g}'}"
