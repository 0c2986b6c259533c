"""The reproduction in words and tables; nothing is computed here but counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from analysis.datatypes.told import (
    Chart,
    Column,
    PlotRow,
    Section,
    Told,
    columns,
    share_words,
    with_interval,
)
from analysis.paper.reading_words import reading_section
from analysis.paper.reproduce import PaperAudit
from analysis.paper.terms import TERMS
from analysis.paper.values import Figure, Origin, Reproduction, Verdict
from analysis.statistics.clusters import Estimate
from analysis.wording import UNKNOWN, counted, percent, with_sign

_VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        "reproduced": "reproduced",
        "consistent": "consistent",
        "differs": "DIFFERS",
        "too little data": "too little data",
        "not comparable": "no verdict",
        "no reference": "no reference",
        "needs file": "needs FILE",
        "no reader": "no reader",
        "needs judge": "needs a judge model",
        "needs command": "needs another command",
    }
)
_ORIGINS: Mapping[Origin, str] = MappingProxyType(
    {"paper": "paper", "computed before": "computed before", "other paper": "other paper"}
)
_FIGURES_NOTE = (
    "Held against: a value of the paper or its notebooks (paper), computed before from the whole of that file, or of"
    " another data set's own paper. n: rows. The interval counts the units named. May lie in: where the value held"
    " against may lie; narrower than the interval where ours are a part of its data."
)


def tell_paper(audit: PaperAudit) -> Told:
    """The headline with the counts, a table of figures a section, the readings, what the rest takes, and the terms."""
    computed = [one for one in audit.figures if one.ours is not None]
    return Told(
        title='"Under the Surface" (arXiv 2401.14698), figure by figure',
        headline=_headline(audit),
        facts=_facts(audit),
        sections=(
            *_figure_sections(computed),
            reading_section(audit.readings),
            *_missing_sections([one for one in audit.figures if one.ours is None]),
            Section(
                "What the words mean",
                "Data sets and terms, a line each.",
                tuple(map(_name, ("Term", "Meaning"))),
                TERMS,
            ),
        ),
        warnings=_warnings(audit),
    )


def _headline(audit: PaperAudit) -> str:
    compared = "; ".join(_compared(audit, origin, words) for origin, words in _HEADLINES.items())
    rest = ", ".join(
        f"{audit.count(verdict)} {words}" for verdict, words in _NOT_COMPARED.items() if audit.count(verdict)
    )
    known = [one for one in audit.readings if one.basis == "these files"]
    changed = sum(one.is_changed is True for one in known)
    held = sum(one.decision == "holds" for one in known)
    readings = (
        f" Of {counted(len(known), 'reading')} computed from these files, {held} hold by independent units;"
        f" counting those and not rows changes {changed}."
        if known
        else " No reading can be computed from these files."
    )
    return f"Of {counted(len(audit.figures), 'figure')}: {compared}. Not compared: {rest or 'none'}.{readings}"


_HEADLINES: Mapping[Origin, str] = MappingProxyType(
    {
        "paper": "with the paper's own values",
        "computed before": "with values computed before from the whole file",
        "other paper": "with other papers'",
    }
)
_NOT_COMPARED: Mapping[Verdict, str] = MappingProxyType(
    {
        "too little data": "with too little data",
        "not comparable": "of another model or judge",
        "no reference": "without a reference",
        "needs file": "for want of a file",
        "no reader": "for want of a reader",
        "needs judge": "for want of a judge model",
        "needs command": "left to another command",
    }
)


def _compared(audit: PaperAudit, origin: Origin, words: str) -> str:
    counts = ((said, audit.count(verdict, origin=origin)) for verdict, said in _COMPARED.items())
    found = ", ".join(f"{count} {said}" for said, count in counts if count)
    return f"{words} {found or 'none compared'}"


_COMPARED: Mapping[Verdict, str] = MappingProxyType(
    {"reproduced": "reproduced", "consistent": "consistent", "differs": "differing"}
)


def _facts(audit: PaperAudit) -> tuple[tuple[str, str], ...]:
    not_read = (("found but not read:", ", ".join(audit.files_not_read)),)
    return (("files read", str(len(audit.files_read))), *(not_read if audit.files_not_read else ()))


def _warnings(audit: PaperAudit) -> tuple[str, ...]:
    parts = sum(one.verdict in _COMPARED and not one.of_all_data for one in audit.figures)
    warning = (
        f"{counted(parts, 'figure')} come from a part of the data: an equal value there is luck, so they are at best"
        ' called consistent, and "consistent" is not "the same".'
    )
    return (*((warning,) if parts else ()), *_swapped(audit))


def _swapped(audit: PaperAudit) -> Iterator[str]:
    """Where people and GPT-3 surely agree less than by chance, the codes of one side may mean the opposite."""
    one = next((one for one in audit.figures if one.figure.key == "p2c-agreement-no-ties"), None)
    high = one.ours.estimate.high if one and one.ours else None
    if one and one.ours and high is not None and high < 0.5:
        yield (
            f"P2C: where both decided, people and GPT-3 choose the same in {share_words(one.ours.estimate)}, less often"
            " than by chance. Its codes are not documented: one side's 0 and 1 may be swapped, and every P2C figure and"
            " reading rests on them (docs/audit-preferences.md, docs/second-order.md)."
        )


def _figure_sections(computed: Sequence[Reproduction]) -> Iterator[Section]:
    heads = (
        *map(_name, ("Figure", "Held against", "Origin")),
        *(Column(name) for name in ("Ours (95% interval)", "n")),
        *map(_name, ("Counted by", "May lie in", "Verdict", "Note")),
    )
    for section, group in groupby(computed, key=lambda one: one.figure.section):
        found = list(group)
        rows = tuple(_figure_row(one) for one in found)
        yield Section(_title(section), _tally(found), heads, rows, _FIGURES_NOTE, chart=_chart(found))


def _title(section: str) -> str:
    return f"{section[0].upper()}{section[1:]}"


def _chart(found: Sequence[Reproduction]) -> Chart | None:
    """The shares that were compared, theirs and ours, side by side; None where there are none."""
    rows: list[PlotRow] = []
    for one in found:
        if one.ours is not None and one.figure.is_share and one.figure.reference is not None:
            ours, words = one.ours.estimate, one.figure.words
            rows.append(PlotRow(words, "held against", one.figure.reference))
            if ours.value is not None:
                rows.append(PlotRow(words, "ours", ours.value, ours.low, ours.high))
    caption = "Shares held against, and ours with their 95% intervals."
    return Chart(caption, "share", tuple(rows)) if rows else None


def _tally(found: Sequence[Reproduction]) -> str:
    counts = [(words, sum(one.verdict == verdict for one in found)) for verdict, words in _VERDICTS.items()]
    apart: dict[str, list[str]] = {}
    for one in found:
        if one.verdict == "differs":
            apart.setdefault(one.why, []).append(one.figure.words)
    tally = ", ".join(f"{count} {words}" for words, count in counts if count)
    return " ".join((f"{tally}.", *(f"What {why}: {'; '.join(words)}." for why, words in apart.items())))


def _figure_row(one: Reproduction) -> tuple[str, ...]:
    figure = one.figure
    found, unit = (one.ours.estimate, one.ours.unit) if one.ours else (None, "")
    return (
        figure.words,
        *_held_against(figure),
        _estimate(found, is_share=figure.is_share) if found else UNKNOWN,
        f"{found.n:,}" if found else UNKNOWN,
        f"{found.clusters:,} {unit}" if found else UNKNOWN,
        _allowed(one),
        _VERDICTS[one.verdict],
        _note(one),
    )


def _note(one: Reproduction) -> str:
    """Why there is no verdict, where there is none; else what is to be said of our value."""
    told = one.verdict in ("too little data", "not comparable", "differs")
    return one.why if told else (one.ours.note if one.ours else "")


def _held_against(figure: Figure) -> tuple[str, str]:
    return (
        figure.reference_text.replace("-", "−") or UNKNOWN,
        _ORIGINS[figure.origin] if figure.origin and figure.reference_text else UNKNOWN,
    )


def _allowed(one: Reproduction) -> str:
    if one.allowed is None:
        return UNKNOWN
    low, high = (percent(end) if one.figure.is_share else _plain(end, 3) for end in one.allowed)
    return f"{low} to {high}"


def _plain(value: float, digits: int) -> str:
    return with_sign(value, digits=digits).removeprefix("+")


def _estimate(found: Estimate, *, is_share: bool) -> str:
    return share_words(found) if is_share else with_interval(found, lambda value: _plain(value, 3))


def _missing_sections(missing: Sequence[Reproduction]) -> Iterator[Section]:
    """A section for each thing that is needed, said once, with every figure that needs it."""
    needs: dict[tuple[str, str], list[Reproduction]] = {}
    for one in missing:
        needs.setdefault((_VERDICTS[one.verdict], one.why), []).append(one)
    heads = (*columns("Figure", "Held against"), *map(_name, ("Origin", "Stands in")))
    for (verdict, why), found in needs.items():
        rows = tuple((one.figure.words, *_held_against(one.figure), one.figure.stands_in or UNKNOWN) for one in found)
        yield Section(f"{_title(verdict)}: {counted(len(found), 'figure')}", f"{why}.", heads, rows)


def _name(name: str) -> Column:
    return Column(name, is_figure=False)
