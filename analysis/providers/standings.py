"""Where each arm stands on each measure: estimate, interval, what is missing, and the ranks not excluded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

import numpy as np

from analysis.providers.means import mean_of_units
from analysis.providers.pairing import Places
from analysis.providers.ranks import rank_sets
from analysis.providers.readings import MeanColumn, RateColumn, Readings
from analysis.providers.values import Difference, Measure, Standing
from analysis.statistics.rates import TurnCounts, rate_interval, worst_rates


def standings(readings: Readings, pairing: Places, differences: Sequence[Difference]) -> Iterator[Standing]:
    """Every arm on every measure; the ranks of judges and services follow from the differences on the measure."""
    by_measure: dict[Measure, list[Difference]] = {}
    for difference in (one for one in differences if one.measure.kind != "feature"):
        by_measure.setdefault(difference.measure, []).append(difference)
    ranks = {measure: rank_sets(readings.arms, found) for measure, found in by_measure.items()}
    for standing in _standings(readings, pairing):
        low, high = ranks.get(standing.measure, {}).get(standing.arm, (None, None))
        yield replace(standing, rank_low=low, rank_high=high)


def _standings(readings: Readings, pairing: Places) -> Iterator[Standing]:
    for measure, turns in readings.rates.items():
        yield from _on_rate(readings, pairing, measure, turns)
    for measure, values in readings.means.items():
        yield from _on_mean(readings, pairing, measure, values)


def _on_rate(readings: Readings, pairing: Places, measure: Measure, column: RateColumn) -> Iterator[Standing]:
    arms, places = readings.arms_and_places(column.rows)
    flagged, judged, turns = (np.asarray(one, dtype=np.int64) for one in (column.flagged, column.judged, column.turns))
    is_missing = np.asarray(column.is_missing).astype(bool)
    for number, arm in enumerate(readings.arms):
        of_arm = np.flatnonzero(arms == number)
        counts = TurnCounts(flagged[of_arm], judged[of_arm])
        units = pairing.turn_counts(counts.flagged, counts.judged, places[of_arm])
        interval = rate_interval(units.flagged, units.judged)
        worst = worst_rates(counts, turns=turns[of_arm], is_missing=is_missing[of_arm])
        yield Standing(
            measure=measure,
            arm=arm,
            conversations=len(of_arm),
            missing=int(is_missing[of_arm].sum()),
            estimate=counts.rate,
            ci_low=interval.low if interval else None,
            ci_high=interval.high if interval else None,
            worst_low=worst.low if worst else None,
            worst_high=worst.high if worst else None,
        )


def _on_mean(readings: Readings, pairing: Places, measure: Measure, column: MeanColumn) -> Iterator[Standing]:
    arms, places = readings.arms_and_places(column.rows)
    values, held = np.asarray(column.values), np.bincount(readings.arm_of, minlength=len(readings.arms))
    for number, arm in enumerate(readings.arms):
        of_arm = np.flatnonzero(arms == number)
        counts = pairing.sums(np.ones(len(of_arm)), places[of_arm])
        found = mean_of_units(pairing.sums(values[of_arm], places[of_arm]), counts)
        interval = found.interval if found else None
        yield Standing(
            measure=measure,
            arm=arm,
            conversations=int(held[number]),
            missing=int(held[number]) - len(of_arm),
            estimate=float(values[of_arm].mean()) if len(of_arm) else None,
            ci_low=max(interval.low, 0.0 if measure.kind == "service" else -inf) if interval else None,
            ci_high=interval.high if interval else None,
            worst_low=None,
            worst_high=None,
        )
