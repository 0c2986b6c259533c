"""Attributions on a terminal: what is said of each judge, then the counts of each conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.attribution.cases import ARMS, Arm
from analysis.attribution.findings import ALL_MODELS, ArmCount, Attribution, CaseCounts, Cause, SwapEffect
from analysis.attribution.run import Attributed
from analysis.wording import UNKNOWN, counted, p_value, percent, percent_interval, plain
from simstress.cli.texts import plain_table, safe

_CAUSES: Mapping[Cause, str] = {
    "speaker": "the speaker's own model",
    "others": "the other side's model",
    "both": "the models of both sides",
    "cannot_tell": "cannot tell",
}
_SIDES: Mapping[Arm, str] = {"control": "nobody", "speaker": "the speaker", "others": "the other side"}
_COLUMNS: Mapping[Arm, str] = {"control": "Again", "speaker": "Speaker swapped", "others": "Others swapped"}
_SHOWN = 12


def print_attribution(found: Attributed, console: Console) -> None:
    """Write a paragraph a judge, then how often each conversation was flagged again; plain text where no terminal."""
    if not found.attributions:
        console.print(Text(_nothing(found)))
        return
    for attribution in found.attributions:
        console.print(Text("\n").join(_lines(attribution)))
    console.print(_table(found.counts))
    if found.cut_off:
        console.print(Text(f"Left out: {_cut_off(found)}."))


def _nothing(found: Attributed) -> str:
    left_out = f" Left out: {_cut_off(found)}." if found.cut_off else ""
    return "No flag to attribute: no judge flags a turn that a model spoke." + left_out


def _cut_off(found: Attributed) -> str:
    return f"{counted(found.cut_off, 'flag')} that the judge raises only in sight of later turns"


def _lines(attribution: Attribution) -> Iterator[Text]:
    of = "" if attribution.model == ALL_MODELS else f", turns of {attribution.model}"
    yield safe(f"{plain(attribution.judge).capitalize()}{of}: {_CAUSES[attribution.cause]}", style="bold")
    interval = attribution.again_interval
    again = percent_interval(interval.low, interval.high) if interval else UNKNOWN
    yield Text(
        f"In {counted(attribution.conversations, 'flagged conversation')}, spoken again by its own model, the turn is"
        f" flagged in {percent(attribution.again)} of the replays (95% interval {again})."
    )
    yield from (Text(_swapped(effect)) for effect in attribution.effects)
    if attribution.missing:
        yield Text(f"Missing: {counted(attribution.missing, 'replay')} failed or could not be judged.")


def _swapped(effect: SwapEffect) -> str:
    return (
        f"With {_SIDES[effect.arm]} swapped: {percent(effect.swapped)} against {percent(effect.control)}, a drop of"
        f" {percent(effect.drop)} ({percent_interval(effect.ci_low, effect.ci_high)}; p {p_value(effect.p_adjusted)}"
        f" after Holm, {counted(effect.conversations, 'conversation')})."
    )


def _table(counts: Sequence[CaseCounts]) -> Table:
    title = "Flagged again, of the replays judged"
    table = plain_table(title, "Judge", "Conversation", "Turn")
    for arm in ARMS:
        table.add_column(_COLUMNS[arm], justify="right")
    for one in counts[:_SHOWN]:
        table.add_row(
            Text(plain(one.judge)),
            safe(one.transcript),
            safe(f"{one.turn}, {one.speaker}"),
            *_shares(one.arms.get(arm) for arm in ARMS),
        )
    if len(counts) > _SHOWN:
        table.caption = f"and {len(counts) - _SHOWN:,} more (--json has all)"
    return table


def _shares(arms: Iterable[ArmCount | None]) -> Iterator[str]:
    return (f"{arm.flagged}/{arm.judged}" if arm and arm.judged else UNKNOWN for arm in arms)
