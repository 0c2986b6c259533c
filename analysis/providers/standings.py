"""Where each arm stands on each measure: estimate, interval, what is missing, and the ranks not excluded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.findings import FlagRate
from analysis.providers.means import mean_of_units
from analysis.providers.pairing import Pairing
from analysis.providers.ranks import rank_sets
from analysis.providers.readings import MeanColumn, RateColumn, Readings
from analysis.providers.values import Difference, Measure, Standing
from analysis.rates import flag_rates
from analysis.statistics.common import Interval
from analysis.statistics.rates import rate_interval


def standings(readings: Readings, pairing: Pairing, differences: Sequence[Difference]) -> Iterator[Standing]:
    """Every arm on every measure; the ranks follow from the differences on the measure."""
    by_measure: dict[Measure, list[Difference]] = {}
    for difference in differences:
        by_measure.setdefault(difference.measure, []).append(difference)
    ranks = {measure: rank_sets(readings.arms, found) for measure, found in by_measure.items()}
    for standing in _standings(readings, pairing):
        low, high = ranks[standing.measure][standing.arm]
        yield replace(standing, rank_low=low, rank_high=high)


def _standings(readings: Readings, pairing: Pairing) -> Iterator[Standing]:
    for measure, turns in readings.rates.items():
        yield from _on_rate(readings, pairing, measure, turns)
    for measure, values in readings.means.items():
        yield from _on_mean(readings, pairing, measure, values)


def _on_rate(readings: Readings, pairing: Pairing, measure: Measure, column: RateColumn) -> Iterator[Standing]:
    arms, places = readings.arms_and_places(column.rows)
    flagged, judged = np.asarray(column.flagged), np.asarray(column.judged)
    rates = {rate.group: rate for rate in flag_rates(_flag_rows(readings, measure, column), by=("model",))}
    for number, arm in enumerate(readings.arms):
        of_arm = np.flatnonzero(arms == number)
        turns = pairing.turn_counts(flagged[of_arm], judged[of_arm], places[of_arm])
        interval = rate_interval(turns.flagged, turns.judged)
        yield _standing_of_rate(measure, arm, rates.get(arm), interval)


def _flag_rows(readings: Readings, measure: Measure, column: RateColumn) -> pd.DataFrame:
    """The column as `flag_rates` reads it; the arm stands in for the model."""
    arms, places = readings.arms_and_places(column.rows)
    return pd.DataFrame(
        {
            "transcript": places,
            "judge": measure.name,
            "model": [readings.arms[arm] for arm in arms],
            "turns": np.asarray(column.turns),
            "judged_turns": np.asarray(column.judged),
            "flagged_turns": np.asarray(column.flagged),
            "has_failed": np.asarray(column.is_missing).astype(bool),
            "unjudged": None,
        }
    )


def _standing_of_rate(measure: Measure, arm: str, rate: FlagRate | None, interval: Interval | None) -> Standing:
    return Standing(
        measure=measure,
        arm=arm,
        conversations=rate.conversations if rate else 0,
        missing=rate.unjudged_conversations if rate else 0,
        estimate=rate.rate if rate else None,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        worst_low=rate.worst_low if rate else None,
        worst_high=rate.worst_high if rate else None,
        rank_low=1,
        rank_high=1,
    )


def _on_mean(readings: Readings, pairing: Pairing, measure: Measure, column: MeanColumn) -> Iterator[Standing]:
    arms, places = readings.arms_and_places(column.rows)
    values, held = np.asarray(column.values), np.bincount(readings.arm_of, minlength=len(readings.arms))
    for number, arm in enumerate(readings.arms):
        of_arm = np.flatnonzero(arms == number)
        counts = pairing.sums(np.ones(len(of_arm)), places[of_arm])
        found = mean_of_units(pairing.sums(values[of_arm], places[of_arm]), counts)
        floor = max(0.0, found.low) if found else None
        yield Standing(
            measure=measure,
            arm=arm,
            conversations=int(held[number]),
            missing=int(held[number]) - len(of_arm),
            estimate=float(values[of_arm].mean()) if len(of_arm) else None,
            ci_low=floor if measure.kind == "service" else found.low if found else None,
            ci_high=found.high if found else None,
            worst_low=None,
            worst_high=None,
            rank_low=1,
            rank_high=1,
        )
