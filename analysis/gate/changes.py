"""The conversations that a judge flags on one side only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.gate.pairing import Pair
from analysis.gate.values import ChangedConversation


def changed_conversations(pairs: Sequence[Pair], judges: Sequence[str]) -> tuple[ChangedConversation, ...]:
    """The broken ones, then the fixed ones; each by judge, in the order of the pairs. Those missing are left out."""
    found = [change for judge in judges for change in _changes(pairs, judge)]
    return tuple(sorted(found, key=lambda change: change.direction != "broken"))


def _changes(pairs: Sequence[Pair], judge: str) -> Iterator[ChangedConversation]:
    for pair in pairs:
        theirs, ours = pair.baseline.found.get(judge), pair.candidate.found.get(judge)
        if not theirs or not ours or theirs.missing or ours.missing or bool(theirs.flagged) == bool(ours.flagged):
            continue
        yield ChangedConversation(
            judge=judge,
            direction="broken" if ours.flagged else "fixed",
            scenario=pair.scenario,
            repeat=pair.candidate.key.repeat,
            baseline=pair.baseline.transcript,
            candidate=pair.candidate.transcript,
            baseline_flagged=theirs.flagged,
            candidate_flagged=ours.flagged,
        )
