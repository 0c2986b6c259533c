"""How the expectations of a run stand, on a terminal; names from files are shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.sequential.expectation import ExpectationStanding, RunExpectation, Settlement
from analysis.sequential.run import Sequel
from analysis.wording import UNKNOWN, counted, one_line, percent, plain
from simstress.cli.texts import plain_table

_STYLES: dict[Settlement, str] = {"MET": "green", "FAILED": "red", "UNDECIDED": "yellow"}
_CAPTION = (
    "Rates of flagged turns, by judges that learnt from all conversations. The intervals hold with 95% whenever one"
    " looks. A decision rests on one side alone: that of one that is MET may reach a little beyond its limit."
)


def print_sequel(sequel: Sequel, run: Path, console: Console | None = None) -> None:
    """Write the expectations as a table, and what it took in a few sentences."""
    console = console or Console()
    console.print(_table(sequel.standings))
    for line in _lines(sequel, run):
        console.print(Text(line))


def _table(standings: Sequence[ExpectationStanding]) -> Table:
    table = plain_table("Expectations", "Of", caption=_CAPTION)
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


def _name(expectation: RunExpectation, *, has_models: bool) -> Text:
    heat = "" if expectation.temperature is None else f" at {expectation.temperature:g}"
    model = f", {expectation.model}{heat}" if has_models else ""
    limit = f"at most {percent(expectation.max_rate)}"
    return Text(one_line(f"{expectation.scenario}{model}: {plain(expectation.judge)} {limit}"))


def _rate(standing: ExpectationStanding) -> str:
    if standing.rate is None:
        return UNKNOWN
    return f"{percent(standing.rate)} [{percent(standing.ci_low)}, {percent(standing.ci_high)}]"


def _lines(sequel: Sequel, run: Path) -> Iterator[str]:
    saved = sequel.most - sequel.held
    money = f", about {sequel.saved_usd:,.2f} USD" if sequel.saved_usd else ""
    yield f"Saved {saved:,} of at most {counted(sequel.most, 'conversation')}{money}."
    for one in sequel.standings:
        yield from (f"{one_line(_name(one.expectation, has_models=True).plain)}: {line}" for line in _notes(one))
    if any(one.is_stuck for one in sequel.standings):
        yield f"Some had no verdict ten times in a row and were given up: simstress run --resume {run} --retry-errors"
    elif waiting := [one for one in sequel.standings if _is_waiting(one)]:
        more = max(_to_go_on_to(one) for one in waiting)
        yield f"UNDECIDED: more conversations may settle it: simstress run --resume {run} --max {more}"


def _notes(standing: ExpectationStanding) -> Iterator[str]:
    """What there is to say of one expectation beside its row."""
    if standing.missing:
        bounds = f"{percent(standing.worst_low)} and {percent(standing.worst_high)}"
        lost = f"{standing.missing:,} of {standing.missing + standing.conversations:,} conversations"
        yield f"{lost} have no verdict; had they one, the rate would lie between {bounds}."
    if standing.is_overruled:
        yield "it seemed settled, but the judge says otherwise once it has learnt from all conversations."
    elif standing.decision == "UNDECIDED" and standing.expectation.max_rate == 0:
        yield "nothing flagged so far; more conversations can only make it fail, none can meet a limit of 0."


def _is_waiting(standing: ExpectationStanding) -> bool:
    """Whether more conversations may settle it, either way."""
    return standing.decision == "UNDECIDED" and standing.expectation.max_rate > 0


def _to_go_on_to(standing: ExpectationStanding) -> int:
    """Twice the conversations so far, or what meets the expectation at best."""
    return max(2 * (standing.conversations + standing.missing), int(standing.expectation.least_conversations))
