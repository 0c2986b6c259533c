"""Counts over all conversations of a run, taken as they stream past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.report.aborted import Aborted, AbortedCounter
from analysis.report.conversation_view import models_of, planted_in, scenario_of
from judges.verdict import Verdict
from sims.transcript import Transcript

FAILURES_LISTED = 100
JUDGE_FAILED = frozenset({"crashed", "backend_error", "refused", "malformed_reply"})
"""Reasons for a missing verdict that lie with the judge, not with the conversation."""


@dataclass(frozen=True, slots=True)
class Planted:
    """How many turns carry a fault planted by the offline actor, and on how many of them that judge has a hit."""

    kind: str
    turns: int
    found: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A conversation that broke off, and why; `number` is its place in the run, from 1."""

    number: int
    id: str
    scenario: str
    models: tuple[str, ...]
    stop_reason: str | None
    error: str | None
    turns: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over all conversations, shown in full or not.

    Turns that branched conversations went on from are `recorded_turns`, those of them with a flag `recorded_flagged`:
    they count nowhere else. The words of `disturbed_turns` a stressor changed: flags on them are nobody's and not
    counted. A turn flagged by two judges counts once. `failed` broke off; `partly_judged` lack the verdict of at least
    one judge; `without_verdict` have none at all. `stop_reasons` (None is "not recorded") and `unjudged`, by judge and
    reason, hold counts of conversations; so does `not_applicable`, of those that hold nothing of a judge's kind.
    `unjudged_details` tells, for each number in `unjudged` behind which a judge failed, how it did so first.
    `failures` lists the first of the failed ones, `aborted` tells of those that a watching judge stopped.
    """

    conversations: int
    turns: int
    flagged_conversations: int
    flagged_turns: int
    failed: int
    partly_judged: int
    without_verdict: int
    stop_reasons: Mapping[str | None, int]
    unjudged: Mapping[tuple[str, str], int]
    not_applicable: Mapping[tuple[str, str], int]
    judges: tuple[str, ...]
    planted: tuple[Planted, ...]
    failures: tuple[Failure, ...]
    aborted: tuple[Aborted, ...] = ()
    disturbed_turns: int = 0
    recorded_turns: int = 0
    recorded_flagged: int = 0
    unjudged_details: Mapping[tuple[str, str], str] = field(default_factory=dict)


def flagged_turns(verdicts: Sequence[Verdict]) -> frozenset[int]:
    """The turns that at least one judge flags."""
    return frozenset(turn for verdict in verdicts for turn in verdict.flagged_turns)


@dataclass
class TallyCounter:
    """Adds up conversations; `tally` is the sum so far."""

    _counts: Counter[str] = field(default_factory=Counter)
    _stop_reasons: Counter[str | None] = field(default_factory=Counter)
    _unjudged: Counter[tuple[str, str]] = field(default_factory=Counter)
    _details: dict[tuple[str, str], str] = field(default_factory=dict)
    _not_applicable: Counter[tuple[str, str]] = field(default_factory=Counter)
    _judges: dict[str, None] = field(default_factory=dict)
    _planted: Counter[str] = field(default_factory=Counter)
    _found: Counter[str] = field(default_factory=Counter)
    _failures: list[Failure] = field(default_factory=list)
    _aborted: AbortedCounter = field(default_factory=AbortedCounter)

    def add(self, transcript: Transcript, verdicts: Sequence[Verdict], *, number: int) -> None:
        """Count one conversation."""
        start = transcript.beginning
        everywhere = flagged_turns(verdicts)
        flagged = {turn for turn in everywhere if turn >= start}
        unjudged = [(verdict.judge, verdict.missing_for) for verdict in verdicts if verdict.missing_for]
        self._counts["conversations"] += 1
        self._counts["turns"] += len(transcript.turns) - start
        self._counts["recorded_turns"] += start
        self._counts["recorded_flagged"] += len(everywhere) - len(flagged)
        spoken = enumerate(transcript.turns[start:], start=start)
        disturbed = {turn for turn, said in spoken if said.meta.get("stressed")}
        flagged -= disturbed
        self._counts["disturbed_turns"] += len(disturbed)
        self._counts["flagged_turns"] += len(flagged)
        self._counts["flagged_conversations"] += bool(flagged)
        self._counts["failed"] += transcript.has_failed
        self._counts["partly_judged"] += bool(unjudged)
        self._counts["without_verdict"] += not verdicts
        self._stop_reasons[transcript.stop_reason] += 1
        self._unjudged.update(unjudged)
        for verdict in verdicts:
            if verdict.unjudged and verdict.unjudged.reason in JUDGE_FAILED:
                self._details.setdefault((verdict.judge, verdict.unjudged.reason), verdict.unjudged.detail)
        self._not_applicable.update(
            (verdict.judge, verdict.unjudged.reason)
            for verdict in verdicts
            if verdict.unjudged and not verdict.is_applicable
        )
        self._judges |= dict.fromkeys(verdict.judge for verdict in verdicts if verdict.is_applicable)
        self._add_planted(transcript, verdicts)
        self._aborted.add(transcript, verdicts)
        if transcript.has_failed and len(self._failures) < FAILURES_LISTED:
            self._failures.append(_failure(transcript, number))

    def _add_planted(self, transcript: Transcript, verdicts: Sequence[Verdict]) -> None:
        flagged = {(verdict.judge, turn) for verdict in verdicts for turn in verdict.flagged_turns}
        for index, turn in enumerate(transcript.turns[transcript.beginning :], start=transcript.beginning):
            for kind in planted_in(turn):
                self._planted[kind] += 1
                self._found[kind] += (kind, index) in flagged

    def tally(self) -> Tally:
        """The counts so far; the commonest stop reason first."""
        reasons = sorted(self._stop_reasons.items(), key=lambda item: (-item[1], item[0] or ""))
        return Tally(
            conversations=self._counts["conversations"],
            turns=self._counts["turns"],
            flagged_conversations=self._counts["flagged_conversations"],
            flagged_turns=self._counts["flagged_turns"],
            failed=self._counts["failed"],
            partly_judged=self._counts["partly_judged"],
            without_verdict=self._counts["without_verdict"],
            stop_reasons=dict(reasons),
            unjudged=dict(sorted(self._unjudged.items())),
            not_applicable=dict(sorted(self._not_applicable.items())),
            judges=tuple(self._judges),
            planted=tuple(Planted(kind, self._planted[kind], self._found[kind]) for kind in sorted(self._planted)),
            failures=tuple(self._failures),
            aborted=self._aborted.found(),
            disturbed_turns=self._counts["disturbed_turns"],
            recorded_turns=self._counts["recorded_turns"],
            recorded_flagged=self._counts["recorded_flagged"],
            unjudged_details=dict(sorted(self._details.items())),
        )


def _failure(transcript: Transcript, number: int) -> Failure:
    return Failure(
        number=number,
        id=transcript.id,
        scenario=scenario_of(transcript),
        models=models_of(transcript),
        stop_reason=transcript.stop_reason,
        error=transcript.error,
        turns=len(transcript.turns),
    )
