"""A baseline on a terminal, and as a record: where it is from, its scenarios, the rates of its judges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from analysis.figures import rounded_record
from analysis.findings import FlagRate
from analysis.gate.baseline import Baseline
from analysis.gate.counts import side_rates
from analysis.wording import UNKNOWN, counted, percent, percent_interval, plain
from simstress.cli.texts import safe

_NAMES_SHOWN = 10


def print_baseline(baseline: Baseline, path: Path, console: Console, *, before: Baseline | None = None) -> None:
    """Write what the baseline holds; `before` is the one whose place it took, whose rates stand beside its own."""
    for line in _facts(baseline, path):
        console.print(safe(line, limit=500))
    console.print(_table(baseline, before))


def baseline_record(baseline: Baseline, path: Path, *, before: Baseline | None = None) -> dict[str, Any]:
    """The same as JSON types; numbers have six significant digits."""
    record = {
        "file": str(path),
        "name": baseline.name,
        "from": baseline.origin.model_dump(mode="json"),
        "judges": dict(baseline.judges),
        "scenarios": {one.id: one.hash for one in baseline.scenarios},
        "conversations": len(baseline.conversations),
        "rates": [rounded_record(asdict(rate)) for rate in _rates(baseline)],
    }
    return (
        record
        if before is None
        else {**record, "rates_before": [rounded_record(asdict(rate)) for rate in _rates(before)]}
    )


def _facts(baseline: Baseline, path: Path) -> Iterator[str]:
    origin = baseline.origin
    models = f", models {', '.join(origin.models)}" if origin.models else ""
    yield f"{path}: baseline {baseline.name}"
    held = counted(len(baseline.conversations), "conversation")
    yield f"{held} of {origin.run}{models}; simstress {origin.simstress}"
    shown = [f"{one.id} ({one.hash[:8]})" for one in baseline.scenarios[:_NAMES_SHOWN]]
    more = len(baseline.scenarios) - len(shown)
    if shown:
        yield f"Scenarios: {', '.join(shown)}{f' and {more:,} more' if more else ''}"


def _table(baseline: Baseline, before: Baseline | None) -> Table:
    rates = {rate.judge: rate for rate in _rates(before)} if before else {}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Judge", overflow="fold")
    table.add_column("Version", overflow="fold")
    if before:
        table.add_column("Rate before", no_wrap=True)
    table.add_column("Rate (95% interval)", no_wrap=True)
    table.add_column("Missing", justify="right", no_wrap=True)
    for rate in _rates(baseline):
        was = [percent(rates[rate.judge].rate) if rate.judge in rates else UNKNOWN] if before else []
        cells = (
            plain(rate.judge),
            baseline.judges[rate.judge],
            *was,
            _figure(rate),
            f"{rate.unjudged_conversations:,}",
        )
        table.add_row(*map(safe, cells))
    return table


def _figure(rate: FlagRate) -> str:
    if rate.rate is None:
        return "no turn was judged"
    return f"{percent(rate.rate)} ({percent_interval(rate.ci_low, rate.ci_high)})"


def _rates(baseline: Baseline) -> tuple[FlagRate, ...]:
    return side_rates(baseline.side(baseline.name))
