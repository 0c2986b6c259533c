"""A gate's result on a terminal: the decision first, then tables and sentences that fit 60 columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.gate.values import Check, GateDecision, GateResult
from analysis.gate_reports import wording
from simstress.cli.texts import safe

CHANGES_SHOWN = 5
_STYLES: dict[GateDecision, str] = {"PASS": "green", "REGRESSED": "bold red", "INCONCLUSIVE": "yellow"}


def print_gate(result: GateResult, console: Console) -> None:
    """Write the decision, the checks, what is missing, what could be found, what changed, and the notes.

    Plain text where the console is no terminal; names from data can neither colour nor move.
    """
    console.print(safe(wording.headline(result), style=_STYLES[result.decision], limit=1_000))
    if result.checks:
        console.print(_table(result))
    for line in _lines(result):
        console.print(line)


def _table(result: GateResult) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Check", overflow="fold")
    table.add_column("Decision", no_wrap=True)
    table.add_column("Points or rate\n[95% interval]", no_wrap=True)
    for check in result.checks:
        table.add_row(_name(check), _decision(check), _estimate(check))
    return table


def _name(check: Check) -> Text:
    name = safe(wording.check_name(check))
    return name if check.kind == "limit" else name.append(f"\n{wording.rates(check)}", style="dim")


def _decision(check: Check) -> Text:
    return safe(f"{wording.DECISION_MARKS[check.decision]} {check.decision}", style=_STYLES[check.decision])


def _estimate(check: Check) -> Text:
    low, high = (wording.figure(check, value) for value in (check.ci_low, check.ci_high))
    interval = "" if check.ci_low is None else f" [{low}, {high}]"
    return Text(f"{wording.estimate(check)}{interval}").append(f"\n{wording.bound(check)}", style="dim")


def _lines(result: GateResult) -> Iterator[Text]:
    for check in result.checks:
        if check.decision != "PASS":
            needed = wording.needed_words(check)
            words = f"{wording.check_name(check)}: {check.reason}{f' ({needed})' if needed else ''}"
            yield Text(f"{wording.DECISION_MARKS[check.decision]} ").append_text(safe(words, limit=1_000))
    for check in result.checks:
        if check.missing:
            yield safe(f"Missing from {wording.check_name(check)}: {wording.missing_words(check)}")
    yield from _detectable(result)
    yield from _changes(result)
    for note in filter(None, [wording.unpaired_sentence(result), *result.notes]):
        yield safe(note, style="dim", limit=1_000)


def _detectable(result: GateResult) -> Iterator[Text]:
    known = [check for check in result.checks if check.kind == "change" and check.minimum_detectable is not None]
    if known:
        rises = ", ".join(f"{wording.check_name(check)} {wording.points(check.minimum_detectable)}" for check in known)
        yield safe(f"Smallest rise in points that would be REGRESSED with 80% power: {rises}", limit=1_000)


def _changes(result: GateResult) -> Iterator[Text]:
    if not result.pairs:
        return
    yield safe(wording.changes_sentence(result))
    for change in result.changes[:CHANGES_SHOWN]:
        words = f"{wording.conversation_name(change)}: {wording.change_words(change)}"
        yield Text("  ").append_text(safe(f"{change.direction}: {words}"))
    if len(result.changes) > CHANGES_SHOWN:
        yield Text(
            f"  and {len(result.changes) - CHANGES_SHOWN:,} more; gate --report FILE.html has them with their texts"
        )
