"""Which conversations of different arms belong together, and what is resampled and swapped."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from analysis.outcomes import ConversationKey
from analysis.providers.readings import Readings
from analysis.statistics.common import Counts, Values
from analysis.statistics.rates import TurnCounts
from analysis.statistics.units import Unit, unit_of

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The unit of a comparison, and the unit that each place belongs to. Units are in the order of their keys."""

    unit: Unit
    unit_of_place: Counts

    @property
    def units(self) -> int:
        """How many units there are."""
        return int(self.unit_of_place.max()) + 1 if len(self.unit_of_place) else 0

    def sums(self, values: Values | Counts, places: Counts) -> Values:
        """The sum of some places' values in each unit."""
        return np.bincount(self.unit_of_place[places], weights=values, minlength=self.units).astype(np.float64)

    def turn_counts(self, flagged: Values | Counts, judged: Values | Counts, places: Counts) -> TurnCounts:
        """Turns by unit, of the units that have any of these places."""
        has_any = self.sums(np.ones(len(places)), places) > 0
        sums = (np.rint(self.sums(turns, places)).astype(np.int64)[has_any] for turns in (flagged, judged))
        return TurnCounts(*sums)


def places_of(places: Mapping[ConversationKey, int]) -> Places:
    """The places that conversations are paired by, with their units; `unit_of` chooses what is the unit."""
    unit = unit_of(place.scenario or None for place in places)
    ordered = sorted(places)
    names = {place: (place.scenario if unit == "scenario" else place) for place in ordered}
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names.values()))}
    unit_of_place = np.zeros(len(places), dtype=np.int64)
    for place, index in places.items():
        unit_of_place[index] = numbers[names[place]]
    return Places(unit, unit_of_place)


def by_place(readings: Readings, rows: array[int], values: array[float] | array[int], *, fill: float) -> Values:
    """A matrix of values, a row a place and a column an arm; `fill` where there is none."""
    matrix = np.full((len(readings.places), len(readings.arms)), fill)
    arms, places = readings.arms_and_places(rows)
    matrix[places, arms] = np.asarray(values, dtype=np.float64)
    return matrix


def unpaired_arms(readings: Readings) -> Iterator[tuple[int, int]]:
    """Every two arms that share no place."""
    held = _by_arm(readings)
    for one, other in combinations(range(len(held)), 2):
        if not held[one] & held[other]:
            yield one, other


def scenarios_by_arm(readings: Readings) -> list[set[str]]:
    """The scenarios of each arm, "" for those not known."""
    scenarios = readings.scenario_of_place
    return [{scenarios[place] for place in places} for places in _by_arm(readings)]


def _by_arm(readings: Readings) -> list[set[int]]:
    held: list[set[int]] = [set() for _ in readings.arms]
    for arm, place in zip(readings.arm_of, readings.place_of, strict=True):
        held[arm].add(place)
    return held
