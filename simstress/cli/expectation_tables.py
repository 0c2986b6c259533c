"""How the expectations of a run stand, on a terminal; names from files are shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isinf
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.report.wording import UNKNOWN, counted, one_line, percent, plain
from analysis.sequential.expectation import Expectation, Settlement, Standing
from analysis.sequential.run import Sequel

_STYLES: dict[Settlement, str] = {"MET": "green", "FAILED": "red", "UNDECIDED": "yellow"}
_CAPTION = (
    "Rates of flagged turns, by judges that know the first batch only; the report judges all conversations together."
    " The intervals hold with 95% whenever one looks. A decision rests on one side alone: that of one that is MET may"
    " reach a little beyond its limit."
)


def print_sequel(sequel: Sequel, run: Path, console: Console | None = None) -> None:
    """Write the expectations as a table, and what it took in a few sentences."""
    console = console or Console()
    console.print(_table(sequel.standings))
    for line in _lines(sequel, run):
        console.print(Text(line))


def _table(standings: Sequence[Standing]) -> Table:
    table = Table(title=Text("Expectations", style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.caption, table.caption_justify = Text(_CAPTION, style="dim"), "left"
    table.add_column("Of", overflow="fold")
    for column in ("Rate (95% interval)", "Decision"):
        table.add_column(column, no_wrap=True)
    table.add_column("After", no_wrap=True, justify="right")
    has_models = len({(one.expectation.model, one.expectation.temperature) for one in standings}) > 1
    for one in standings:
        table.add_row(
            _name(one.expectation, has_models=has_models),
            _rate(one),
            Text(one.decision, style=_STYLES[one.decision]),
            f"{one.settled_after or one.conversations:,}",
        )
    return table


def _name(expectation: Expectation, *, has_models: bool) -> Text:
    heat = "" if expectation.temperature is None else f" at {expectation.temperature:g}"
    model = f", {expectation.model}{heat}" if has_models else ""
    limit = f"at most {percent(expectation.max_rate)}"
    return Text(one_line(f"{expectation.scenario}{model}: {plain(expectation.judge)} {limit}"))


def _rate(standing: Standing) -> str:
    if standing.rate is None:
        return UNKNOWN
    return f"{percent(standing.rate)} [{percent(standing.ci_low)}, {percent(standing.ci_high)}]"


def _lines(sequel: Sequel, run: Path) -> Iterator[str]:
    saved = sequel.most - sequel.held
    money = f", about {sequel.saved_usd:,.2f} USD" if sequel.saved_usd else ""
    yield f"Saved {saved:,} of at most {counted(sequel.most, 'conversation')}{money}."
    for one in sequel.standings:
        if one.missing:
            bounds = f"{percent(one.worst_low)} and {percent(one.worst_high)}"
            lost = f"{one.missing:,} of {one.missing + one.conversations:,} conversations"
            name = one_line(_name(one.expectation, has_models=True).plain)
            yield f"{name}: {lost} have no verdict; had they one, the rate would lie between {bounds}."
    if any(one.is_stuck for one in sequel.standings):
        yield f"Some had no verdict ten times in a row and were given up: simstress run --resume {run} --retry-errors"
    elif any(one.decision == "UNDECIDED" for one in sequel.standings):
        more = max(_to_go_on_to(one) for one in sequel.standings)
        yield f"UNDECIDED: more conversations may settle it: simstress run --resume {run} --max {more}"


def _to_go_on_to(standing: Standing) -> int:
    """Twice the conversations so far, or what meets the expectation at best."""
    twice, least = 2 * (standing.conversations + standing.missing), standing.expectation.least_conversations
    return twice if standing.decision != "UNDECIDED" or isinf(least) else max(twice, int(least))
