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
    points_words,
    share_words,
    with_interval,
)
from analysis.paper.reproduce import PaperAudit
from analysis.paper.values import Decision, Figure, Reading, Reproduction, Verdict
from analysis.statistics.clusters import Estimate
from analysis.wording import UNKNOWN, counted, p_value, with_sign

_VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        "reproduced": "reproduced",
        "consistent": "consistent",
        "differs": "DIFFERS",
        "measured": "no printed value",
        "needs file": "needs FILE",
        "needs judge": "needs a judge model",
        "needs command": "needs another command",
    }
)
_DECISIONS: Mapping[Decision, str] = MappingProxyType(
    {
        "holds": "holds",
        "cannot be told": "cannot be told",
        "turned round": "the other way round",
        "needs file": "needs FILE",
    }
)


def tell_paper(audit: PaperAudit) -> Told:
    """The headline with the counts, a table of figures a section, the readings, and what the rest takes."""
    return Told(
        title='"Under the Surface" (arXiv 2401.14698), figure by figure',
        headline=_headline(audit),
        facts=_facts(audit),
        sections=(
            *_figure_sections([one for one in audit.figures if one.ours is not None]),
            _reading_section(audit.readings),
            *_missing_sections([one for one in audit.figures if one.ours is None]),
        ),
        warnings=_warnings(audit),
    )


def _headline(audit: PaperAudit) -> str:
    known = [one for one in audit.readings if one.decision != "needs file"]
    held = sum(one.decision == "holds" for one in known)
    return (
        f"Of {counted(len(audit.figures), 'figure')}, {audit.count('reproduced')} reproduced as printed,"
        f" {audit.count('consistent')} consistent with the printed value, {audit.count('differs')} differing,"
        f" {audit.count('measured')} measured where none is printed; {audit.count('needs file')} need a file,"
        f" {audit.count('needs judge')} a judge model, {audit.count('needs command')} another command."
        f" Of {counted(len(known), 'reading')} that can be checked, {held} hold once the right units are counted."
    )


def _facts(audit: PaperAudit) -> tuple[tuple[str, str], ...]:
    not_read = (("found but not read, their form is not known:", ", ".join(audit.files_not_read)),)
    return (("files read", str(len(audit.files_read))), *(not_read if audit.files_not_read else ()))


def _warnings(audit: PaperAudit) -> tuple[str, ...]:
    parts = sum(one.ours is not None and not one.of_all_data for one in audit.figures)
    warning = (
        f"{counted(parts, 'figure')} come from a part of the data: an equal value there is luck, so they are at best"
        ' called consistent, and "consistent" is not "the same".'
    )
    return (warning,) if parts else ()


def _figure_sections(computed: Sequence[Reproduction]) -> Iterator[Section]:
    note = (
        "n: rows. Ours with its 95% interval, which counts the units named. consistent: the printed value lies in it."
    )
    for section, group in groupby(computed, key=lambda one: one.figure.section):
        found = list(group)
        heads = (*columns("Figure", "Published", "Ours (95% interval)", "n"), *_names("Counted by", "Verdict"))
        rows = tuple(_figure_row(one.figure, one) for one in found)
        yield Section(section.capitalize(), _tally(found), heads, rows, note, chart=_chart(found))


def _chart(found: Sequence[Reproduction]) -> Chart | None:
    """The shares, printed and ours, side by side; None where there are none."""
    rows: list[PlotRow] = []
    for one in found:
        if one.ours is not None and one.figure.is_share and one.figure.published is not None:
            ours, words = one.ours.estimate, one.figure.words
            rows.append(PlotRow(words, "printed", one.figure.published))
            if ours.value is not None:
                rows.append(PlotRow(words, "ours", ours.value, ours.low, ours.high))
    return Chart("Shares as printed, and ours with their 95% intervals.", "share", tuple(rows)) if rows else None


def _tally(found: Sequence[Reproduction]) -> str:
    counts = [(words, sum(one.verdict == verdict for one in found)) for verdict, words in _VERDICTS.items()]
    apart = [f" {one.figure.words}: {one.why}." for one in found if one.verdict == "differs"]
    tally = ", ".join(f"{count} {words}" for words, count in counts if count)
    return f"{tally}.{''.join(apart)}"


def _figure_row(figure: Figure, one: Reproduction) -> tuple[str, ...]:
    if one.ours is None:
        return (figure.words, _published(figure), UNKNOWN, UNKNOWN, UNKNOWN, _VERDICTS[one.verdict])
    found = one.ours.estimate
    return (
        figure.words,
        _published(figure),
        _estimate(found, is_share=figure.is_share),
        f"{found.n:,}",
        f"{found.clusters:,} {one.ours.unit}",
        _VERDICTS[one.verdict],
    )


def _published(figure: Figure) -> str:
    return figure.printed.replace("-", "−") or UNKNOWN


def _plain(value: float, digits: int) -> str:
    return with_sign(value, digits=digits).removeprefix("+")


def _estimate(found: Estimate, *, is_share: bool) -> str:
    return share_words(found) if is_share else with_interval(found, lambda value: _plain(value, 3))


def _reading_section(readings: Sequence[Reading]) -> Section:
    answers = [
        f"{words}: {'; '.join(one.words for one in readings if one.decision == decision)}."
        for decision, words in (("cannot be told", "Not borne out"), ("turned round", "The other way round"))
        if any(one.decision == decision for one in readings)
    ]
    return Section(
        "What the figures are read to say, by the units that are independent",
        " ".join(answers) or "All that can be checked hold.",
        (
            *columns("Reading", "Difference (95% interval)"),
            *_names("Counted by"),
            *(Column("p"), Column("p (Holm)")),
            *_names("Holds?", "Note"),
        ),
        tuple(_reading_row(one) for one in readings),
        "Holm's correction is over all readings that have a p. What cannot be told is not shown to be the same.",
    )


def _reading_row(one: Reading) -> tuple[str, ...]:
    found = one.difference
    return (
        one.words,
        UNKNOWN if found is None else _difference(found, is_share=one.is_share),
        one.counted_by,
        p_value(None if found is None else found.p),
        p_value(one.p_adjusted),
        _DECISIONS[one.decision],
        one.note,
    )


def _difference(found: Estimate, *, is_share: bool) -> str:
    return points_words(found) if is_share else with_interval(found, lambda value: with_sign(value, digits=3))


def _missing_sections(missing: Sequence[Reproduction]) -> Iterator[Section]:
    by_need: dict[tuple[str, str], list[Reproduction]] = {}
    for one in missing:
        by_need.setdefault((_VERDICTS[one.verdict], one.why), []).append(one)
    if by_need:
        yield Section(
            "What cannot be computed from these files",
            f"{counted(len(missing), 'figure')}, and what each takes.",
            (*_names("Figures"), Column("Count"), *_names("Verdict", "What it takes")),
            tuple((_named(found), str(len(found)), *need) for need, found in by_need.items()),
            "summary.json and --json have each figure with its printed value.",
        )


def _named(found: Sequence[Reproduction]) -> str:
    words = [one.figure.words for one in found]
    return "; ".join(words) if len(words) <= 3 else f"{words[0]}; …; {words[-1]}"


def _names(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, is_figure=False) for name in names)
