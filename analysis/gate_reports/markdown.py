"""A gate's result as Markdown, for the step summary of GitHub and for pull requests."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from analysis.gate.values import ChangedConversation, Check, GateResult
from analysis.gate_reports import wording
from analysis.wording import one_line

MOST_CHANGES = 20
_COLUMNS = ("Check", "Decision", "Flagged turns", "Points or rate", "95% interval", "95% bound", "Allowed", "Missing")
_MARKUP = re.compile(r"([\\`*_\[\]|~]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_REFERENCE = re.compile(r"([@#])")
_NO_SPACE = "&#8203;"
"""Behind an @ or a # it keeps GitHub from making a mention or a link to an issue of it; a backslash does not."""


def markdown(result: GateResult) -> str:
    """The decision, a table of checks, the conversations that changed, the notes.

    Every text that comes from data is one line, and is shown as it stands: no markup, link, mention or HTML of it is
    left. At most twenty conversations are named each way.
    """
    parts = [
        f"## {wording.DECISION_MARKS[result.decision]} simstress gate: {result.decision}",
        _sentence(result),
        _table(result.checks),
        *_reasons(result.checks),
        *_changes(result),
        *_notes(result),
    ]
    return "\n\n".join(parts) + "\n"


def error_markdown(message: str) -> str:
    """What stands in the place of a gate that could not be held."""
    return f"## simstress gate: not held\n\n{safe(message, limit=1_000)}\n"


def safe(text: str, *, limit: int = 200) -> str:
    """Text from data as Markdown that shows it as it stands, on one line.

    >>> safe("a|b <b>`x`")
    'a\\\\|b &lt;b&gt;\\\\`x\\\\`'
    """
    escaped = html.escape(_MARKUP.sub(r"\\\1", one_line(text, limit=limit)), quote=False)
    return _REFERENCE.sub(rf"\1{_NO_SPACE}", escaped)


def _sentence(result: GateResult) -> str:
    compared = f"{safe(result.candidate)} against {safe(result.baseline)}."
    return f"**{safe(wording.headline(result), limit=1_000)}.** {compared}"


def _table(checks: Sequence[Check]) -> str:
    if not checks:
        return "There was nothing to check."
    rows = [_COLUMNS, tuple("---" for _ in _COLUMNS), *(_row(check) for check in checks)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(check: Check) -> tuple[str, ...]:
    return (
        safe(wording.check_name(check)),
        f"{wording.DECISION_MARKS[check.decision]} {check.decision}",
        wording.rates(check),
        wording.estimate(check),
        wording.interval(check),
        wording.figure(check, check.upper),
        wording.bound(check),
        wording.missing_words(check),
    )


def _reasons(checks: Sequence[Check]) -> Iterator[str]:
    open_checks = [check for check in checks if check.decision != "PASS"]
    if open_checks:
        yield "\n".join(f"- {_reason(check)}" for check in open_checks)


def _reason(check: Check) -> str:
    needed = wording.needed_words(check)
    sentence = safe(check.reason, limit=1_000)
    return f"**{safe(wording.check_name(check))}**: {sentence}{f' ({needed})' if needed else ''}"


def _changes(result: GateResult) -> Iterator[str]:
    yield wording.changes_sentence(result)
    for direction in wording.DIRECTION_WORDS:
        changes = [change for change in result.changes if change.direction == direction]
        if changes:
            yield _details(f"{result.changed(direction):,} {direction}: {wording.DIRECTION_WORDS[direction]}", changes)


def _details(summary: str, changes: Sequence[ChangedConversation]) -> str:
    lines = [
        f"- {safe(wording.conversation_name(change))}: {safe(wording.change_words(change))}"
        for change in changes[:MOST_CHANGES]
    ]
    if len(changes) > MOST_CHANGES:
        lines.append(f"- and {len(changes) - MOST_CHANGES:,} more")
    return f"<details><summary>{summary}</summary>\n\n" + "\n".join(lines) + "\n\n</details>"


def _notes(result: GateResult) -> Iterator[str]:
    unpaired = wording.unpaired_sentence(result)
    notes = [*([unpaired] if unpaired else []), *result.notes]
    if notes:
        yield "\n".join(f"> {safe(note, limit=1_000)}  " for note in notes)
