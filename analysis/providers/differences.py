"""Pairwise differences of arms on each measure: paired, then corrected together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from scipy import stats

from analysis.providers.means import MeanEstimate, flip_test, mean_of_units, units_to_tell
from analysis.providers.pairing import Places, by_place
from analysis.providers.readings import RateColumn, Readings
from analysis.providers.values import ArmDecision, Difference, Measure, MeasureKind
from analysis.statistics.common import ALPHA, Interval, Values, holm
from analysis.statistics.rates import RateDifference, TurnCounts, paired_difference, units_to_decide
from sims.seeds import derive_seed

Correction = Literal["holm", "benjamini-hochberg"]


@dataclass(frozen=True, slots=True, eq=False)
class _RatePair:
    """Two arms on one judge; turns by unit, over the conversations that both completed."""

    measure: Measure
    arm: str
    other: str
    pairs: int
    ours: TurnCounts
    theirs: TurnCounts

    def measured(self, *, seed: int) -> RateDifference | None:
        key = derive_seed("providers", self.measure.name, self.arm, self.other, seed)
        return paired_difference(self.ours, self.theirs, seed=key)


def rate_differences(readings: Readings, pairing: Places, *, margin: float, seed: int) -> tuple[Difference, ...]:
    """The difference of every two arms on every judge.

    Compared are the conversations that both arms completed and the judge judged. Interval and p are those of
    `paired_difference`; p is corrected after Holm over all judges and pairs. ALIKE needs the whole interval within
    the margin, uncorrected; `needed` is that of `units_to_decide`.
    """
    found = list(_rate_pairs(readings, pairing))
    measured = [pair.measured(seed=seed) for pair in found]
    adjusted = holm([one.p_differs if one else None for one in measured])
    tests = max(1, sum(one is not None for one in measured))
    return tuple(
        _rate_difference(pair, one, p, margin=margin, tests=tests)
        for pair, one, p in zip(found, measured, adjusted, strict=True)
    )


def _rate_pairs(readings: Readings, pairing: Places) -> Iterator[_RatePair]:
    for measure, column in readings.rates.items():
        yield from _pairs_on(readings, pairing, measure, column)


def _pairs_on(readings: Readings, pairing: Places, measure: Measure, column: RateColumn) -> Iterator[_RatePair]:
    flagged, judged = (by_place(readings, column.rows, turns, fill=0) for turns in (column.flagged, column.judged))
    is_missing = by_place(readings, column.rows, column.is_missing, fill=1).astype(bool)
    is_complete = ~is_missing & (judged > 0)
    for a, b in combinations(range(len(readings.arms)), 2):
        places = np.flatnonzero(is_complete[:, a] & is_complete[:, b])
        ours, theirs = (pairing.turn_counts(flagged[places, arm], judged[places, arm], places) for arm in (a, b))
        yield _RatePair(measure, readings.arms[a], readings.arms[b], len(places), ours, theirs)


def _rate_difference(
    pair: _RatePair, found: RateDifference | None, p_adjusted: float | None, *, margin: float, tests: int
) -> Difference:
    interval = Interval(found.ci_low, found.ci_high) if found else None
    decision = _decision(found.difference if found else None, interval, p_adjusted)
    if decision == "UNDECIDED" and interval and interval.is_within(margin):
        decision = "ALIKE"
    units = len(pair.ours.judged)
    is_open = found is not None and decision == "UNDECIDED"
    needed = units_to_decide(pair.ours, pair.theirs, margin=margin, level=ALPHA / tests) if is_open else None
    return Difference(
        measure=pair.measure,
        arm=pair.arm,
        other=pair.other,
        pairs=pair.pairs,
        units=units,
        difference=found.difference if found else None,
        ci_low=found.ci_low if found else None,
        ci_high=found.ci_high if found else None,
        p=found.p_differs if found else None,
        p_adjusted=p_adjusted,
        decision=decision,
        needed=needed if needed is not None and needed > units else None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _MeanPair:
    """Two arms on one mean; the sum of paired differences and the number of pairs in each unit."""

    measure: Measure
    arm: str
    other: str
    sums: Values
    counts: Values

    @property
    def units(self) -> int:
        return int((self.counts > 0).sum())


def mean_differences(
    readings: Readings, pairing: Places, kind: MeasureKind, *, correction: Correction, seed: int
) -> tuple[Difference, ...]:
    """The mean paired difference of every two arms on every measure of a kind.

    The interval is that of `mean_of_units`, p that of `flip_test`, corrected over all measures of the kind and pairs.
    """
    found = list(_mean_pairs(readings, pairing, kind))
    measured = [mean_of_units(pair.sums, pair.counts) for pair in found]
    if not any(measured):
        return tuple(_mean_difference(pair, None, None, None, tests=1) for pair in found)
    p_values = flip_test(np.stack([pair.sums for pair in found], axis=1), seed=derive_seed("providers", kind, seed))
    known = [float(p) if one else None for p, one in zip(p_values, measured, strict=True)]
    tests = sum(p is not None for p in known)
    return tuple(
        _mean_difference(pair, one, p, adjusted, tests=tests)
        for pair, one, p, adjusted in zip(found, measured, known, _corrected(known, correction), strict=True)
    )


def _mean_pairs(readings: Readings, pairing: Places, kind: MeasureKind) -> Iterator[_MeanPair]:
    for measure in (measure for measure in readings.means if measure.kind == kind):
        column = readings.means[measure]
        values = by_place(readings, column.rows, column.values, fill=np.nan)
        for a, b in combinations(range(len(readings.arms)), 2):
            gaps = values[:, a] - values[:, b]
            places = np.flatnonzero(np.isfinite(gaps))
            sums, counts = (pairing.sums(numbers, places) for numbers in (gaps[places], np.ones(len(places))))
            yield _MeanPair(measure, readings.arms[a], readings.arms[b], sums, counts)


def _mean_difference(
    pair: _MeanPair, found: MeanEstimate | None, p: float | None, p_adjusted: float | None, *, tests: int
) -> Difference:
    interval = found.interval if found else None
    decision = _decision(found.mean if found else None, interval, p_adjusted)
    if decision == "UNDECIDED" and found and found.mean == found.spread == 0:
        decision = "ALIKE"
    needed = units_to_tell(found, tests=tests) if found and decision == "UNDECIDED" else None
    return Difference(
        measure=pair.measure,
        arm=pair.arm,
        other=pair.other,
        pairs=int(pair.counts.sum()),
        units=pair.units,
        difference=found.mean if found else None,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        p=p,
        p_adjusted=p_adjusted,
        decision=decision,
        needed=needed if needed is not None and needed > pair.units else None,
    )


def _decision(difference: float | None, interval: Interval | None, p_adjusted: float | None) -> ArmDecision:
    """LESS or MORE only where test and interval agree."""
    if not difference or interval is None or not interval.excludes_zero() or p_adjusted is None or p_adjusted >= ALPHA:
        return "UNDECIDED"
    return "LESS" if difference < 0 else "MORE"


def _corrected(p_values: Sequence[float | None], correction: Correction) -> tuple[float | None, ...]:
    if correction == "holm":
        return holm(p_values)
    known = [p for p in p_values if p is not None]
    adjusted = iter(stats.false_discovery_control(known) if known else ())
    return tuple(None if p is None else float(next(adjusted)) for p in p_values)
