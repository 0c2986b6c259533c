"""The tables of verify-judges: one a judge and fault, a row a dose, with the course over the doses drawn above it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich import box
from rich.table import Table
from rich.text import Text

from judges.measuring.figures import Figure
from judges.verification import NO_FAULT, Detection
from judges.verification_gate import Outcome

_BARS = "▁▂▃▄▅▆▇█"
_LEGEND = (
    "Dose: a share of the most that the fault does, and the size it comes to on average. n: conversations at fault, of"
    " those wanted where fewer offer a place. Recall: conversations with a new hit, one that the clean copy does not"
    " have, on a planted turn. Near: new hits within one turn of the fault; of an inverted stretch, conversations whose"
    " first and last new hits are that near to its ends; and of how many. AUC: planted turns against the same ones left"
    " clean (below .5: the score falls). False: flags in 1,000 turns of the clean originals, judged in the same batch."
    " Intervals (95%) are of whole conversations."
)
_COLUMNS = (("Dose", 10), ("n", 5), ("Recall (95%)", 17), ("Near", 10), ("AUC", 4), ("False (95%)", 22))


def detection_tables(rows: Sequence[Detection]) -> Iterator[Table | Text]:
    """For each judge and number of conversations that it learnt from: a title, then a line and a table a fault."""
    ordered = sorted(rows, key=lambda row: (row.judge, row.learnt_from))
    for (judge, learnt_from), group in groupby(ordered, key=lambda row: (row.judge, row.learnt_from)):
        of_judge = list(group)
        yield Text(f"{judge} {of_judge[0].version}, learnt from {learnt_from} conversations", style="bold")
        for fault, of_fault in groupby(of_judge, key=lambda row: row.fault):
            doses = list(of_fault)
            yield Text(f"  {_name(fault, doses)}")
            yield _table(doses)
            yield from _notes(doses)
    yield Text(_LEGEND, style="dim")


def _table(rows: Sequence[Detection]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column, width in _COLUMNS:
        table.add_column(column, no_wrap=True, width=width)
    for row in rows:
        table.add_row(_dose(row), _planted(row), *_figures(row))
    return table


def _name(fault: str, doses: Sequence[Detection]) -> str:
    if fault == NO_FAULT:
        return "no fault is for this judge"
    course = f" {sparkline(doses)}" if len(doses) > 1 else ""
    return f"{fault}{course} ({doses[0].unit})"


def _notes(rows: Sequence[Detection]) -> Iterator[Text]:
    for row in rows:
        if not row.planted and row.fault != NO_FAULT:
            yield Text(f"  dose {row.dose:g}: no conversation offers a place for it")
        if row.unjudged:
            why = ", ".join(row.why_unjudged)
            yield Text(f"  dose {row.dose:g}: {row.unjudged} of {row.planted} unjudged: {why}")
    yield Text()


def sparkline(doses: Sequence[Detection]) -> str:
    """The recall over the doses as bars from 0 to 1; "?" where there is none.

    The lowest bar stands for recall below 1/8, the highest for 7/8 and more.
    """
    values = [row.recall.value if row.recall else None for row in doses]
    return "".join("?" if value is None else _BARS[min(int(value * len(_BARS)), len(_BARS) - 1)] for value in values)


def _dose(row: Detection) -> str:
    return "-" if row.size is None else f"{row.dose:g}: {row.size:.3g}"


def _planted(row: Detection) -> str:
    return f"{row.planted}" if row.planted == row.wanted else f"{row.planted}/{row.wanted}"


def _figures(row: Detection) -> tuple[str, str, str, str]:
    near = "-" if row.near is None else f"{row.near.value:.2f} ({row.near.n})"
    auc = "-" if row.auc is None else f"{row.auc.value:.2f}"
    return _with_interval(row.recall, digits=2), near, auc, _with_interval(row.false_alarms, digits=1)


def _with_interval(figure: Figure | None, *, digits: int) -> str:
    if figure is None:
        return "-"
    return f"{figure.value:.{digits}f} [{figure.ci_low:.{digits}f}, {figure.ci_high:.{digits}f}]"


def gate_lines(rows: Sequence[Detection], outcomes: Mapping[int, Outcome]) -> Iterator[Text]:
    """One line for each row that the gate looked at."""
    for place, outcome in outcomes.items():
        row = rows[place]
        yield Text(f"gate: {outcome}: {row.judge} on {row.fault} at dose {row.dose:g}")
