"""What a reader is told of conversations that a watching judge stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.report.aborted import Aborted
from analysis.wording import counted, percent, percent_interval, plain

INCOMPARABLE = (
    "A conversation that was stopped shows its first flag and nothing of what would have come: rates by turn, lengths"
    " and whatever else is measured here do not compare with those of runs that nobody stopped; the share stopped does."
)


def aborted_headline(found: Sequence[Aborted]) -> Iterator[str]:
    """The sentences of the headline; none where no conversation was stopped."""
    for one in found:
        yield f"{_count(one)} {_verdict(one)}".rstrip()
    if found:
        yield INCOMPARABLE


def _count(one: Aborted) -> str:
    share = f"{percent(one.share.value)}, 95% interval {percent_interval(one.share.low, one.share.high)}"
    count = f"{one.count:,} of {counted(one.conversations, 'conversation')} {'was' if one.count == 1 else 'were'}"
    where = f"at turn {one.median_turn:g} (the median, counted from 0){_saved(one)}"
    return f"{count} stopped by {plain(one.judge)}, which watched ({share}), {where}."


def _saved(one: Aborted) -> str:
    if one.turns_saved is None:
        return ""
    money = f", about ${one.saved_usd:.2g}" if one.saved_usd else ""
    return f"; about {one.turns_saved:,.0f} turns were not spoken{money}"


def _verdict(one: Aborted) -> str:
    """Whether the judge agrees with itself once it has learnt from all."""
    if one.confirmed is None:
        return ""
    passed = f", and turns in {counted(one.let_pass, 'conversation')} that it let pass" if one.let_pass else ""
    return f"Its final verdict flags {one.confirmed:,} of these {one.count:,} turns{passed}."
