"""What a judge found on the two sides, as counts of turns by unit, with what is missing and what that could hide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.findings import FlagRate
from analysis.gate.pairing import Pair, Pairing
from analysis.gate.side import Conversation, Side
from analysis.gate.values import ALL_SCENARIOS
from analysis.statistics.common import Interval
from analysis.statistics.rates import TurnCounts, rate_interval, worst_rates
from analysis.statistics.units import unit_numbers, unit_of


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
    """One judge's counts over the conversations of one side that have an outcome; one entry a conversation, but that
    branches of one recording are one entry. `conversations` counts them all.
    """

    counts: TurnCounts
    scenarios: tuple[str | None, ...]
    conversations: int
    missing: int
    worst: Interval | None


def paired_counts(pairing: Pairing, judge: str) -> PairedCounts:
    """What the judge found in the pairs."""
    both = [pair for pair in pairing.pairs if judge in pair.baseline.found and judge in pair.candidate.found]
    either = sum(judge in pair.baseline.found or judge in pair.candidate.found for pair in pairing.pairs)
    compared = [pair for pair in both if not _is_missing(pair, judge)]
    units = unit_numbers([pair.scenario or None for pair in compared], pairing.unit)
    return PairedCounts(
        candidate=_counts([pair.candidate for pair in compared], judge).by_unit(units),
        baseline=_counts([pair.baseline for pair in compared], judge).by_unit(units),
        pairs=len(compared),
        missing=len(both) - len(compared),
        inapplicable=either - len(both),
        worst=_worst_difference(both, judge),
    )


def side_counts(conversations: Iterable[Conversation], judge: str) -> SideCounts:
    """What the judge found in conversations of one side."""
    held = [one for one in sorted(conversations, key=lambda one: one.key) if judge in one.found]
    complete = [one for one in held if one.found[judge].missing is None]
    scenarios = [one.key.scenario or None for one in complete]
    units = unit_numbers(scenarios, "conversation", branched_of=[one.branched_of for one in complete])
    return SideCounts(
        counts=_counts(complete, judge).by_unit(units),
        scenarios=tuple(dict(zip(units.tolist(), scenarios, strict=True)).values()),
        conversations=len(complete),
        missing=len(held) - len(complete),
        worst=_worst_rates(held, judge),
    )


def _is_missing(pair: Pair, judge: str) -> bool:
    return any(side.found[judge].missing is not None for side in (pair.baseline, pair.candidate))


def _counts(conversations: Sequence[Conversation], judge: str) -> TurnCounts:
    found = [one.found[judge] for one in conversations]
    counts = np.array([(len(one.flagged), one.judged_turns) for one in found], dtype=np.int64).reshape(-1, 2)
    return TurnCounts(counts[:, 0], counts[:, 1])


def _worst_difference(pairs: Sequence[Pair], judge: str) -> Interval | None:
    """The least and the greatest difference that the missing outcomes could have made."""
    ours = _worst_rates([pair.candidate for pair in pairs], judge)
    theirs = _worst_rates([pair.baseline for pair in pairs], judge)
    return Interval(ours.low - theirs.high, ours.high - theirs.low) if ours and theirs else None


def _worst_rates(conversations: Sequence[Conversation], judge: str) -> Interval | None:
    turns = np.array([one.counted_turns for one in conversations], dtype=np.int64)
    is_missing = np.array([one.found[judge].missing is not None for one in conversations], dtype=bool)
    return worst_rates(_counts(conversations, judge), turns=turns, is_missing=is_missing)


def side_rates(side: Side) -> tuple[FlagRate, ...]:
    """How often each judge flags over all conversations of a side, in the order of its judges.

    The unit of the interval is the conversation or the scenario, by the rule of `unit_of`.
    """
    return tuple(_rate(side, judge) for judge in side.judges)


def _rate(side: Side, judge: str) -> FlagRate:
    found = side_counts(side.conversations, judge)
    counts = found.counts
    units = counts.by_unit(unit_numbers(found.scenarios, unit_of(found.scenarios)))
    interval = rate_interval(units.flagged, units.judged)
    return FlagRate(
        judge=judge,
        group=ALL_SCENARIOS,
        conversations=found.conversations + found.missing,
        unjudged_conversations=found.missing,
        judged_turns=int(counts.judged.sum()),
        flagged_turns=int(counts.flagged.sum()),
        rate=counts.rate,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        worst_low=found.worst.low if found.worst else None,
        worst_high=found.worst.high if found.worst else None,
    )
