"""The conversations that changed, both texts beside each other, as a reader of the gate's page sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from analysis.gate.values import ChangedConversation, Direction
from analysis.gate_reports.wording import conversation_name
from analysis.report.conversation_view import TurnView, shown_turns
from analysis.wording import STOP_REASON_WORDS, plain
from sims.errors import UsageError
from sims.transcript import Transcript

SideName = Literal["baseline", "candidate"]
Texts = Callable[[SideName, str], Transcript | None]
"""The transcript of that id on that side; None where the side is a baseline file, which holds no text."""

MOST_PAIRS = 50


@dataclass(frozen=True, slots=True)
class SideView:
    """One conversation of a pair. `turns` is None where there is no text; `flagged` has the judges by turn."""

    side: SideName
    id: str
    flagged: Mapping[int, tuple[str, ...]]
    turns: tuple[TurnView, ...] | None
    skipped_after: int
    ending: str


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair of which some judge flags more turns on one side. `number` is its place on the page, from 1.

    `changes` has the judges with the direction of each. `same_turns` counts the turns at the beginning that are the
    same on both sides; None where a side has no text.
    """

    number: int
    name: str
    changes: tuple[tuple[Direction, str], ...]
    baseline: SideView
    candidate: SideView
    same_turns: int | None

    @property
    def sides(self) -> tuple[SideView, SideView]:
        """Baseline and candidate, in this order."""
        return self.baseline, self.candidate


def pairs_of(changes: Iterable[ChangedConversation]) -> list[list[ChangedConversation]]:
    """The changes by pair of conversations, in the order of each pair's first change."""
    groups: dict[tuple[str, str], list[ChangedConversation]] = {}
    for change in changes:
        groups.setdefault((change.baseline, change.candidate), []).append(change)
    return list(groups.values())


def pair_views(pairs: Sequence[Sequence[ChangedConversation]], texts: Texts) -> tuple[PairView, ...]:
    """The first fifty pairs as a reader sees them.

    Raises:
        UsageError: a flagged turn is not in the text: it has changed since it was judged.
    """
    return tuple(_pair_view(number, pair, texts) for number, pair in enumerate(pairs[:MOST_PAIRS], start=1))


def _pair_view(number: int, changes: Sequence[ChangedConversation], texts: Texts) -> PairView:
    first = changes[0]
    before, after = texts("baseline", first.baseline), texts("candidate", first.candidate)
    flagged_before = _by_turn((change.judge, change.baseline_flagged) for change in changes)
    flagged_after = _by_turn((change.judge, change.candidate_flagged) for change in changes)
    return PairView(
        number=number,
        name=conversation_name(first),
        changes=tuple((change.direction, change.judge) for change in changes),
        baseline=_side_view("baseline", first.baseline, before, flagged_before),
        candidate=_side_view("candidate", first.candidate, after, flagged_after),
        same_turns=_same_turns(before, after) if before and after else None,
    )


def _by_turn(found: Iterable[tuple[str, Sequence[int]]]) -> dict[int, tuple[str, ...]]:
    judges: dict[int, tuple[str, ...]] = {}
    for judge, turns in found:
        for turn in turns:
            judges[turn] = (*judges.get(turn, ()), plain(judge))
    return judges


def _side_view(
    side: SideName, identity: str, transcript: Transcript | None, flagged: Mapping[int, tuple[str, ...]]
) -> SideView:
    if transcript is None:
        return SideView(side, identity, flagged, None, 0, "")
    if flagged and max(flagged) >= len(transcript.turns):
        raise UsageError(
            f"{side}: turn {max(flagged)} of {identity!r} is flagged and there are {len(transcript.turns)} turns; the"
            " transcripts have changed since, judge them again"
        )
    turns, skipped_after = shown_turns(transcript, dict.fromkeys(flagged, ()), calibrated={})
    return SideView(side, identity, flagged, turns, skipped_after, STOP_REASON_WORDS[transcript.stop_reason])


def _same_turns(before: Transcript, after: Transcript) -> int:
    beside = zip(before.turns, after.turns, strict=False)
    return sum(1 for _ in takewhile(lambda turns: turns[0].text == turns[1].text, beside))
