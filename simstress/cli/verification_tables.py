"""The tables of verify-judges: one a judge, a row a fault and dose, with the course over the doses drawn beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich import box
from rich.table import Table
from rich.text import Text

from judges.measuring.figures import Figure
from judges.verification import Detection, Outcome

_BARS = "▁▂▃▄▅▆▇█"
_LEGEND = (
    "Dose: a share of the most that the fault does, and the size it comes to on average. Recall: conversations with a"
    " hit on a planted turn. Near: new hits within one turn of the fault. AUC: planted turns against the same ones left"
    " clean (below .5: the score falls). False: flags in 1,000 turns of the clean originals, judged in the same batch."
    " Intervals (95%) resample conversations."
)


def detection_tables(rows: Sequence[Detection]) -> Iterator[Table]:
    """One table a judge, and for each number of conversations that it learnt from."""
    ordered = sorted(rows, key=lambda row: (row.judge, row.learnt_from))
    groups = [(key, list(group)) for key, group in groupby(ordered, key=lambda row: (row.judge, row.learnt_from))]
    for place, ((judge, learnt_from), group) in enumerate(groups):
        title = f"{judge} {group[0].version}, learnt from {learnt_from} conversations"
        yield _table(title, group, caption=_LEGEND if place == len(groups) - 1 else None)


def _table(title: str, rows: Sequence[Detection], *, caption: str | None) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    if caption:
        table.caption, table.caption_justify = Text(caption), "left"
    table.add_column("Fault", overflow="fold")
    for column in ("Dose", "Recall (95%)", "Near", "AUC", "False (95%)"):
        table.add_column(column, no_wrap=True)
    for fault, group in groupby(rows, key=lambda row: row.fault):
        for place, row in enumerate(doses := list(group)):
            name = _name(fault, doses) if not place else f"  ({row.unit})" if place == 1 else ""
            table.add_row(name, _dose(row), *_figures(row))
    return table


def _name(fault: str, doses: Sequence[Detection]) -> str:
    return f"{fault} {sparkline(doses)}" if len(doses) > 1 else fault


def sparkline(doses: Sequence[Detection]) -> str:
    """The recall over the doses as bars from 0 to 1; "?" where there is none.

    The lowest bar stands for recall below 1/8, the highest for 7/8 and more.
    """
    values = [row.recall.value if row.recall else None for row in doses]
    return "".join("?" if value is None else _BARS[min(int(value * len(_BARS)), len(_BARS) - 1)] for value in values)


def _dose(row: Detection) -> str:
    size = "none planted" if row.size is None else f"{row.size:.3g}"
    return f"{row.dose:g}: {size}"


def _figures(row: Detection) -> tuple[str, str, str, str]:
    recall = _with_interval(row.recall, digits=2)
    if row.unjudged:
        recall += f" {row.unjudged}/{row.planted} unjudged: {', '.join(row.why_unjudged)}"
    return recall, _value(row.near), _value(row.auc), _with_interval(row.false_alarms, digits=1)


def _value(figure: Figure | None) -> str:
    return "-" if figure is None else f"{figure.value:.2f}"


def _with_interval(figure: Figure | None, *, digits: int) -> str:
    if figure is None:
        return "-"
    return f"{figure.value:.{digits}f} [{figure.ci_low:.{digits}f}, {figure.ci_high:.{digits}f}]"


def gate_lines(rows: Sequence[Detection], outcomes: Mapping[int, Outcome]) -> Iterator[Text]:
    """One line for each row that the gate looked at."""
    for place, outcome in outcomes.items():
        row = rows[place]
        yield Text(f"gate: {outcome}: {row.judge} on {row.fault} at dose {row.dose:g}")
