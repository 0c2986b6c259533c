"""The report on a terminal: the headline, then tables that fit 60 columns.

Everything is put into `rich.text.Text`, which reads no markup, after control characters have been made visible: no
name or message from a file can colour, move or clear the screen.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.findings import Decision, FlagRate, Shift
from analysis.report.build import Report
from analysis.report.tally import Tally
from analysis.wording import (
    DECISION_MARKS,
    STOP_REASON_WORDS,
    UNJUDGED_WORDS,
    UNKNOWN,
    card_phrase,
    counted,
    direction,
    distance_words,
    gap_words,
    missing_words,
    percent,
    plain,
    shape_words,
    signed,
    unit_words,
    worth_words,
)
from sims.estimate import PlanRow
from simstress.cli.planted_table import print_recorded
from simstress.cli.stress_tables import print_stress
from simstress.cli.texts import plain_table, safe

_STYLES: dict[Decision, str] = {"SHIFTED": "yellow", "EQUIVALENT": "cyan", "UNDECIDED": "dim"}
_FAILURES_SHOWN = 5
_SHAPES_SHOWN = 5
_LEGEND = (
    "Effect: how much oftener one of the n here has more than one there than less, from -1 to +1. sd: standard "
    "deviations of those there. EQUIVALENT: the interval is inside a margin, ±0.05 to ±0.20, that chance alone puts "
    "between two groups of those there."
)


def print_summary(report: Report, console: Console) -> None:
    """Write the report's headline, rates, shifts and endings to the console; plain text where it is no terminal.

    Of a stress test, what stress does takes the place of the shifts, which are on the page.
    """
    console.print(safe(report.title, style="bold"))
    for sentence in report.headline:
        console.print(safe(sentence, limit=1_000))
    if report.stress:
        print_stress(report.stress, console)
        print_recorded(report.stress, report.recorded, console, with_cautions=report.control is None)
    if report.rates:
        console.print(rates_table(report))
        for line in trust_lines(report):
            console.print(line)
    for part in () if report.control else _shift_parts(report):
        console.print(part)
    console.print(endings(report.tally, with_stress=report.control is not None))


def _shift_parts(report: Report) -> Iterator[Table | Text]:
    """Every comparison when there is one profile, a row a role when there are several, a line when none can be made."""
    if report.shifts and all(shift.effect is None for shift in report.shifts):
        yield safe("Not compared with people: there are too few conversations to say anything.")
    elif len({shift.profile for shift in report.shifts}) > 1:
        yield shifts_overview(report.shifts, labels=report.feature_labels)
    else:
        yield from shifts_tables(report.shifts, labels=report.feature_labels)


def rates_table(report: Report) -> Table:
    """The flag rate of each judge, its interval, and what is missing; "uncalibrated" where a judge has no card."""
    table = plain_table("Flagged turns without stress" if report.control else "Flagged turns")
    for column in ("Judge", "Flagged", "Rate (95% interval)"):
        table.add_column(column, no_wrap=True)
    table.add_column("Missing", overflow="fold")
    for rate in report.rates:
        table.add_row(_judge(report, rate), safe(_flagged(rate)), safe(_rate(rate)), safe(missing_words(rate)))
    return table


def trust_lines(report: Report) -> Iterator[Text]:
    """What each judge's card says, in a line or two."""
    for trust in report.trusts:
        words = f"{plain(trust.judge).capitalize()}, its card: {card_phrase(trust)}. {worth_words(trust)}"
        yield safe(words, style="dim", limit=500)


def shifts_overview(shifts: Sequence[Shift], *, labels: Mapping[str, str]) -> Table:
    """One row a profile and role: how many features were decided which way, and the one furthest from people."""
    legend = ", ".join(f"{DECISION_MARKS[decision]} {decision.lower()}" for decision in _STYLES)
    table = plain_table(f"Compared with people: {legend}", "Profile", "Role", caption=unit_words(shifts))
    for decision in _STYLES:
        table.add_column(DECISION_MARKS[decision], no_wrap=True, justify="right")
    table.add_column("Furthest off", overflow="fold")
    for (profile, role), group in _by_profile_and_role(shifts):
        decided = Counter(shift.decision for shift in group)
        counts = (str(decided[decision]) for decision in _STYLES)
        far = next((shift for shift in group if shift.decision == "SHIFTED"), None)
        words = f"{labels.get(far.feature, plain(far.feature))}: {direction(far)}" if far else "none"
        table.add_row(safe(profile), safe(plain(role)), *counts, safe(words))
    return table


def shifts_tables(shifts: Sequence[Shift], *, labels: Mapping[str, str]) -> Iterator[Table | Text]:
    """The comparisons, one table a profile and role, those furthest off first; then how to read them, in a line."""
    for (profile, role), group in _by_profile_and_role(shifts):
        title = f"Compared with {profile}: {plain(role)}, n there {max(shift.n_reference for shift in group):,}"
        notes = (_would_decide(group), _other_shapes(group, labels), unit_words(group))
        table = plain_table(title, "Feature", "Decision", caption=" ".join(filter(None, notes)))
        table.add_column("Effect (95% interval)", no_wrap=True)
        table.add_column("n", no_wrap=True, justify="right")
        for shift in group:
            label = labels.get(shift.feature, plain(shift.feature))
            decision = safe(_decision(shift), style=_STYLES[shift.decision])
            table.add_row(safe(label), decision, safe(_effect(shift)), f"{shift.n:,}")
        yield table
    if shifts:
        yield safe(_LEGEND, style="dim", limit=500)


def _by_profile_and_role(shifts: Sequence[Shift]) -> Iterator[tuple[tuple[str, str], list[Shift]]]:
    for key, group in groupby(sorted(shifts, key=_group_and_size), key=attrgetter("profile", "role")):
        yield key, list(group)


def print_plan(rows: Sequence[PlanRow], *, as_json: bool = False, console: Console | None = None) -> None:
    """Write what a grid would take, at most: one JSON record a row, or a table with its sums."""
    console = console or Console()
    if as_json:
        for row in rows:
            console.file.write(json.dumps(asdict(row)) + "\n")
        return
    table = plain_table("At most", "Scenario", "Model")
    for column in ("Conv.", "Calls", "Tokens", "USD"):
        table.add_column(column, no_wrap=True, justify="right")
    for row in rows:
        tokens = row.prompt_tokens + row.completion_tokens
        table.add_row(safe(row.scenario), safe(row.model), *_counts(row.conversations, row.calls, tokens), _usd(row))
    console.print(table)
    console.print(safe(_plan_sum(rows), style="bold"))


def _counts(*counts: int) -> tuple[str, ...]:
    return tuple(f"{count:,}" for count in counts)


def _usd(row: PlanRow) -> str:
    return UNKNOWN if row.cost_usd is None else f"{row.cost_usd:,.4f}"


def _plan_sum(rows: Sequence[PlanRow]) -> str:
    calls, unknown = sum(row.calls for row in rows), sum(row.cost_usd is None for row in rows)
    money = f"{sum(row.cost_usd or 0.0 for row in rows):,.4f} USD"
    gap = f", and {counted(unknown, 'row')} whose price is not known" if unknown else ""
    return f"{counted(calls, 'call')}, {money}{gap}"


def endings(tally: Tally, *, with_stress: bool = False) -> Text:
    """How the conversations ended, what was planted and found, which failed and why, what was not judged."""
    ends = [f"{count:,} {STOP_REASON_WORDS[reason]}" for reason, count in tally.stop_reasons.items()]
    lines = [safe(f"Endings: {', '.join(ends)}", limit=1_000)] if ends else []
    if tally.planted:
        found = "; ".join(f"{plain(one.kind)} {one.found:,} of {one.turns:,}" for one in tally.planted)
        where = ", with and without stress" if with_stress else ""
        lines.append(safe(f"Turns with a planted fault that the judges found{where}: {found}"))
    for failure in tally.failures[:_FAILURES_SHOWN]:
        why = f": {failure.error}" if failure.error else ""
        lines.append(safe(f"Failed: {failure.id}, {STOP_REASON_WORDS[failure.stop_reason]}{why}", limit=300))
    if tally.failed > _FAILURES_SHOWN:
        lines.append(safe(f"and {tally.failed - _FAILURES_SHOWN:,} more failed"))
    for (judge, reason), count in tally.unjudged.items():
        words = f"Not judged: {plain(judge)}, {count:,}: {UNJUDGED_WORDS[reason]}"
        detail = tally.unjudged_details.get((judge, reason))
        lines.append(safe(f"{words}, the first: {detail}" if detail else words, limit=300))
    for (judge, reason), count in tally.not_applicable.items():
        lines.append(safe(f"Nothing to judge: {plain(judge)}, {count:,}: {UNJUDGED_WORDS[reason]}"))
    return Text("\n").join(lines)


def _judge(report: Report, rate: FlagRate) -> Text:
    name = safe(plain(rate.judge))
    return name if report.is_calibrated(rate.judge) else name.append("\nuncalibrated", style="dim")


def _flagged(rate: FlagRate) -> str:
    return f"{rate.flagged_turns:,}/{rate.judged_turns:,}"


def _rate(rate: FlagRate) -> str:
    if rate.rate is None:
        return "no turn was judged"
    return f"{percent(rate.rate)} {_bracketed(percent(rate.ci_low), percent(rate.ci_high))}"


def _effect(shift: Shift) -> str:
    if shift.effect is None:
        return gap_words(shift)
    return f"{signed(shift.effect)} {_bracketed(signed(shift.ci_low), signed(shift.ci_high))}"


def _bracketed(low: str, high: str) -> str:
    return f"[{low}, {high}]"


def _decision(shift: Shift) -> str:
    words = f", {direction(shift)}" if shift.decision == "SHIFTED" else ""
    return f"{DECISION_MARKS[shift.decision]} {shift.decision}{words}"


def _would_decide(shifts: Sequence[Shift]) -> str:
    undecided = [shift for shift in shifts if shift.decision == "UNDECIDED"]
    needed = sorted(shift.needed_n for shift in undecided if shift.needed_n)
    if not needed:
        return ""
    numbers = f"{needed[0]:,}" if needed[0] == needed[-1] else f"{needed[0]:,} to {needed[-1]:,}"
    return f"UNDECIDED: about {numbers} conversations would decide {len(needed)} of {len(undecided)}."


def _other_shapes(shifts: Sequence[Shift], labels: Mapping[str, str]) -> str:
    others = [shift for shift in shifts if shape_words(shift)]
    if not others:
        return ""
    ranked = sorted(others, key=lambda shift: (-(shift.distance or 0.0), shift.feature))
    named = [f"{labels.get(one.feature, plain(one.feature))} {distance_words(one)}" for one in ranked[:_SHAPES_SHOWN]]
    more = f", and {len(ranked) - _SHAPES_SHOWN} more" if len(ranked) > _SHAPES_SHOWN else ""
    there = shifts[0].profile
    return f"Distributed unlike {there}, whatever the effect (by luck 1 in 20): {', '.join(named)}{more}."


def _group_and_size(shift: Shift) -> tuple[str, str, float, str]:
    return shift.profile, shift.role, -abs(shift.effect or 0.0), shift.feature
