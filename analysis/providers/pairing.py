"""Which conversations of different arms belong together, and what is resampled and swapped."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.outcomes import ConversationKey
from analysis.providers.readings import Readings
from analysis.statistics.common import Counts, Values
from analysis.statistics.rates import TurnCounts
from analysis.statistics.units import Unit, unit_of

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
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


def pairing_of(places: Mapping[ConversationKey, int]) -> Pairing:
    """The pairing of conversations by scenario, temperature and repeat; `unit_of` chooses the unit."""
    unit = unit_of(place.scenario or None for place in places)
    ordered = sorted(places)
    names = {place: (place.scenario if unit == "scenario" else place) for place in ordered}
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names.values()))}
    unit_of_place = np.zeros(len(places), dtype=np.int64)
    for place, index in places.items():
        unit_of_place[index] = numbers[names[place]]
    return Pairing(unit, unit_of_place)


def by_place(readings: Readings, rows: array[int], values: array[float] | array[int], *, fill: float) -> Values:
    """A matrix of values, a row a place and a column an arm; `fill` where there is none."""
    matrix = np.full((len(readings.places), len(readings.arms)), fill)
    arms, places = readings.arms_and_places(rows)
    matrix[places, arms] = np.asarray(values, dtype=np.float64)
    return matrix
