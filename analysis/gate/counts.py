"""What a judge found on the two sides, as counts of turns by unit, with what is missing and what that could hide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.findings import FlagRate
from analysis.gate.pairing import Pair, Pairing
from analysis.gate.side import Conversation, Found, Side
from analysis.gate.values import ALL_SCENARIOS
from analysis.statistics.common import Interval
from analysis.statistics.rates import TurnCounts, rate_interval


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """One judge's counts over the pairs that have an outcome on both sides; one entry a unit.

    `pairs` is how many these are, `missing` how many lack an outcome, and `inapplicable` how many hold something of the
    judge's kind on one side only. `worst` bounds the difference of the rates had the missing outcomes been clean or
    flagged throughout; None where no turn is known of.
    """

    candidate: TurnCounts
    baseline: TurnCounts
    pairs: int
    missing: int
    inapplicable: int
    worst: Interval | None

    @property
    def units(self) -> int:
        """What is permuted."""
        return len(self.candidate.judged)


@dataclass(frozen=True, slots=True)
class SideCounts:
    """One judge's counts over the conversations of one side that have an outcome; one entry a conversation."""

    counts: TurnCounts
    missing: int
    worst: Interval | None


@dataclass(frozen=True, slots=True)
class _Case:
    """What a judge found in a conversation, and how many turns that has."""

    found: Found
    turns: int

    @property
    def is_missing(self) -> bool:
        return self.found.missing is not None


@dataclass(frozen=True, slots=True)
class _Extremes:
    """The rates of a side had the missing outcomes been clean, or flagged throughout."""

    low: float
    high: float


def paired_counts(pairing: Pairing, judge: str) -> PairedCounts:
    """What the judge found in the pairs."""
    both = [pair for pair in pairing.pairs if judge in pair.baseline.found and judge in pair.candidate.found]
    either = sum(judge in pair.baseline.found or judge in pair.candidate.found for pair in pairing.pairs)
    compared = [pair for pair in both if not _is_missing(pair, judge)]
    units = _units(compared, pairing)
    return PairedCounts(
        candidate=_summed((pair.candidate.found[judge] for pair in compared), units),
        baseline=_summed((pair.baseline.found[judge] for pair in compared), units),
        pairs=len(compared),
        missing=len(both) - len(compared),
        inapplicable=either - len(both),
        worst=_worst_difference(both, judge),
    )


def side_counts(conversations: Iterable[Conversation], judge: str) -> SideCounts:
    """What the judge found in conversations of one side."""
    cases = _cases(sorted(conversations, key=lambda one: one.key), judge)
    found = [case.found for case in cases if not case.is_missing]
    extremes = _extremes(cases)
    return SideCounts(
        counts=_summed(found, range(len(found))),
        missing=len(cases) - len(found),
        worst=Interval(extremes.low, extremes.high) if extremes else None,
    )


def _is_missing(pair: Pair, judge: str) -> bool:
    return any(side.found[judge].missing is not None for side in (pair.baseline, pair.candidate))


def _units(pairs: Sequence[Pair], pairing: Pairing) -> Sequence[int]:
    """The number of each pair's unit."""
    if pairing.unit == "conversation":
        return range(len(pairs))
    numbers: dict[str, int] = {}
    return [numbers.setdefault(pair.scenario, len(numbers)) for pair in pairs]


def _summed(found: Iterable[Found], units: Sequence[int]) -> TurnCounts:
    counts = np.zeros((max(units, default=-1) + 1, 2), dtype=np.int64)
    for unit, one in zip(units, found, strict=True):
        counts[unit] += (len(one.flagged), one.judged_turns)
    return TurnCounts(counts[:, 0], counts[:, 1])


def _cases(conversations: Iterable[Conversation], judge: str) -> list[_Case]:
    return [_Case(one.found[judge], one.turns) for one in conversations if judge in one.found]


def _worst_difference(pairs: Sequence[Pair], judge: str) -> Interval | None:
    """The least and the greatest difference that the missing outcomes could have made."""
    ours = _extremes(_cases((pair.candidate for pair in pairs), judge))
    theirs = _extremes(_cases((pair.baseline for pair in pairs), judge))
    return Interval(ours.low - theirs.high, ours.high - theirs.low) if ours and theirs else None


def _extremes(cases: Sequence[_Case]) -> _Extremes | None:
    """The rates in the worst cases; None where no turn is known of.

    A judge would have judged as many turns of a missing conversation as of the complete ones on average, or the same
    share of its turns where that is more; those of them that were not judged are all clean, or all flagged.
    """
    complete = [case for case in cases if not case.is_missing]
    judged = sum(case.found.judged_turns for case in complete)
    turns = sum(case.turns for case in complete)
    usual, share = (judged / len(complete), judged / turns) if turns else (1.0, 1.0)
    unjudged = sum(
        max(usual, share * case.turns, case.found.judged_turns) - case.found.judged_turns
        for case in cases
        if case.is_missing
    )
    flagged = sum(len(case.found.flagged) for case in cases)
    total = sum(case.found.judged_turns for case in cases) + unjudged
    return _Extremes(flagged / total, (flagged + unjudged) / total) if total else None


def side_rates(side: Side) -> tuple[FlagRate, ...]:
    """How often each judge flags over all conversations of a side, in the order of its judges."""
    return tuple(_rate(side, judge) for judge in side.judges)


def _rate(side: Side, judge: str) -> FlagRate:
    found = side_counts(side.conversations, judge)
    counts = found.counts
    interval = rate_interval(counts.flagged, counts.judged)
    return FlagRate(
        judge=judge,
        group=ALL_SCENARIOS,
        conversations=len(counts.judged) + found.missing,
        unjudged_conversations=found.missing,
        judged_turns=int(counts.judged.sum()),
        flagged_turns=int(counts.flagged.sum()),
        rate=counts.rate,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        worst_low=found.worst.low if found.worst else None,
        worst_high=found.worst.high if found.worst else None,
    )
