"""The conversations of which a judge flags more turns on one side than on the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from analysis.gate.pairing import Pair
from analysis.gate.values import ChangedConversation, Direction

_ORDER: tuple[Direction, ...] = get_args(Direction)


def changed_conversations(pairs: Sequence[Pair], judges: Sequence[str]) -> tuple[ChangedConversation, ...]:
    """Broken, worse, fixed, better; within each the largest change first, then by judge, in the order of the pairs.

    Conversations that lack an outcome on a side are left out.
    """
    found = [change for judge in judges for change in _changes(pairs, judge)]
    return tuple(sorted(found, key=lambda change: (_ORDER.index(change.direction), -change.size)))


def _changes(pairs: Sequence[Pair], judge: str) -> Iterator[ChangedConversation]:
    for pair in pairs:
        theirs, ours = pair.baseline.found.get(judge), pair.candidate.found.get(judge)
        if not theirs or not ours or theirs.missing or ours.missing or len(theirs.flagged) == len(ours.flagged):
            continue
        yield ChangedConversation(
            judge=judge,
            direction=_direction(theirs.flagged, ours.flagged),
            scenario=pair.scenario,
            repeat=pair.candidate.key.repeat,
            baseline=pair.baseline.transcript,
            candidate=pair.candidate.transcript,
            baseline_flagged=theirs.flagged,
            candidate_flagged=ours.flagged,
        )


def _direction(theirs: Sequence[int], ours: Sequence[int]) -> Direction:
    if len(ours) > len(theirs):
        return "worse" if theirs else "broken"
    return "better" if ours else "fixed"
