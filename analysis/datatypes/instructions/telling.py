"""The audit of instruction data in words."""

from __future__ import annotations

from analysis.datatypes.instructions.audit import CheckCount, CheckDifference, InstructionAudit
from analysis.datatypes.told import (
    Chart,
    Column,
    PlotRow,
    Section,
    Told,
    columns,
    points_words,
    share_words,
)
from analysis.second_order.retraining import SecondOrder
from analysis.second_order.telling import second_order_section
from analysis.statistics.common import ALPHA
from analysis.wording import counted, number, one_line, p_value, percent, plain

_FEW_ROWS = 100
_QUOTE = 160


def tell_instructions(audit: InstructionAudit, *, second_order: SecondOrder | None = None) -> Told:
    """The audit for a reader who must decide whether to use the data."""
    sections = [_suspects(audit)]
    if audit.differences:
        sections.append(_against_people(audit))
    if second_order is not None:
        sections.append(second_order_section(second_order))
    return Told(
        title="Instruction data",
        headline=_headline(audit),
        facts=_facts(audit),
        sections=tuple(sections),
        warnings=_warnings(audit),
    )


def _headline(audit: InstructionAudit) -> str:
    rows = f"{number(audit.suspects)} of {counted(audit.rows, 'row')} are suspect: {share_words(audit.any)}."
    most = sorted((one for one in audit.checks if one.rows), key=lambda one: -one.rows)[:3]
    if not most:
        return f"None of {counted(audit.rows, 'row')} is suspect to any of {len(audit.checks)} checks."
    names = ", ".join(f"{plain(one.check)} ({number(one.rows)})" for one in most)
    return f"{rows} Most often: {names}."


def _facts(audit: InstructionAudit) -> tuple[tuple[str, str], ...]:
    facts = [
        ("rows", number(audit.rows)),
        ("suspects", number(audit.suspects)),
        ("clean", number(audit.clean)),
        ("checks", number(len(audit.checks))),
    ]
    if audit.clusters != audit.rows:
        facts.insert(1, ("clusters", number(audit.clusters)))
    if audit.ignored:
        facts.append(("ignored", ", ".join(audit.ignored)))
    return tuple(facts)


def _suspects(audit: InstructionAudit) -> Section:
    found = sorted((one for one in audit.checks if one.rows), key=lambda one: -one.rows)
    silent = [plain(one.check) for one in audit.checks if not one.rows]
    return Section(
        title="Suspects by check",
        answer=f"{len(found)} of {len(audit.checks)} checks found something; a row may be suspect to several.",
        columns=(*columns("check", "rows", "share (95% interval)", "only this check"), Column("says", is_figure=False)),
        rows=tuple(_count_row(one) for one in found),
        note=(f"Nothing found by: {', '.join(silent)}. " if silent else "")
        + "A suspicion is a reason to look, not a proof. suspects.jsonl has every suspect with its reasons and its"
        " values, clean.jsonl all other rows unchanged; together they are all rows.",
        chart=_chart(found),
        quotes=tuple(_quote(one) for one in found if one.sightings),
    )


def _count_row(one: CheckCount) -> tuple[str, ...]:
    return (plain(one.check), number(one.rows), share_words(one.share), number(one.only), one.says)


def _quote(one: CheckCount) -> tuple[str, str]:
    seen = one.sightings[0]
    said = f"{seen.reason}: {seen.quote}" if seen.quote else seen.reason
    return f"{plain(one.check)}, {seen.place}", one_line(said, limit=_QUOTE)


def _chart(found: list[CheckCount]) -> Chart | None:
    marks = tuple(
        PlotRow(plain(one.check), "share of rows", one.share.value, one.share.low, one.share.high)
        for one in found
        if one.share.value is not None
    )
    return Chart("Rows that each check suspects, with 95% intervals.", "share of rows", marks) if marks else None


def _against_people(audit: InstructionAudit) -> Section:
    ours = {one.check: one.share for one in audit.checks} | {"any": audit.any}
    shown = [one for one in audit.differences if one.human_rows or (ours[one.check].value or 0) > 0]
    apart = [one for one in shown if one.check != "any" and (one.p_adjusted or 1) < ALPHA]
    return Section(
        title="Against people's data",
        answer=_apart_words(apart),
        columns=columns("check", "these rows", "people's rows", "difference", "p (Holm)"),
        rows=tuple(
            (
                plain(one.check),
                share_words(ours[one.check]),
                share_words(one.human),
                points_words(one.difference),
                p_value(one.p_adjusted),
            )
            for one in shown
        ),
        note="Differences are these rows less people's, in percentage points, each with its own 95% interval. p by"
        " exchanging whole clusters between the two, corrected over the checks after Holm; that of the last line, any"
        " check, stands alone. The share of people's rows bounds how many false alarms the checks give on such data.",
    )


def _apart_words(apart: list[CheckDifference]) -> str:
    if not apart:
        return "No check tells these rows from people's; that is not to say that they are alike."
    words = ", ".join(f"{plain(one.check)} {points_words(one.difference)}" for one in apart)
    return f"Different from people's: {words}."


def _warnings(audit: InstructionAudit) -> tuple[str, ...]:
    found = []
    if audit.rows < _FEW_ROWS:
        found.append(f"Only {counted(audit.rows, 'row')}: a check that finds nothing says little.")
    if audit.ignored:
        found.append(f"Left out at your wish: {', '.join(audit.ignored)}.")
    for group, asked in audit.overview.one_liners.items():
        found.append(
            f"{group}: no output has a second line, though {number(asked)} instructions ask for lists, poems or the"
            " like: outputs were probably cut at their first line, and not all of those show it."
        )
    if audit.overview.foreign > audit.overview.english:
        found.append("Most instructions are not in English; the checks know English, and see little here.")
    beside = {one.check: one for one in audit.differences}.get("any")
    if beside and beside.human.value:
        found.append(f"People's own rows are suspect in {percent(beside.human.value)} of cases.")
    return tuple(found)
