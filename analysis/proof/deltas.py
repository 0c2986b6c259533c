"""Simulated coverage of the intervals of Cliff's delta, with and without scenarios, and the level of its tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import stats

from analysis.proof.markdown import markdown_table, percent
from analysis.statistics.common import Values, placements, random_numbers
from analysis.statistics.delta import Group, delta, no_scenarios, shift_test
from analysis.statistics.units import Unit

Shape: TypeAlias = Callable[[Values], Values]

SAMPLES = 1000
DELTAS = (0.0, 0.15, 0.3, 0.5, 0.8)
_TRUTH_SIZE = 400_000
_STEPS = 14

SHAPES: Mapping[str, Shape] = {
    "normal, log-normal": lambda values: values,
    "share of 8": lambda values: np.floor(9 * stats.norm.cdf(values)) / 8,
    "half zero": lambda values: np.maximum(values, 0.0),
    "nine tenths zero": lambda values: np.maximum(values - 1.2816, 0.0),
}
"""How a normal value shows; delta sees order only, so a log-normal one is as good as a normal one."""


@dataclass(frozen=True, slots=True)
class Design:
    """Conversations of scenarios that correlate, against so many people of none.

    Where the conversation is the unit the scenarios are fixed (evenly spread), else they are drawn anew.
    """

    scenarios: int
    repeats: int
    people: int
    unit: Unit = "conversation"
    correlation: float = 0.0

    @property
    def name(self) -> str:
        """What the table calls it."""
        if self.scenarios == 1:
            return f"{self.repeats} / {self.people}"
        within = "within" if self.unit == "conversation" else "by"
        return f"{self.scenarios} × {self.repeats} {within} scenario, {self.correlation:g} / {self.people}"

    def drawn(self, rise: float, rng: np.random.Generator) -> Values:
        """A normal value a conversation, raised."""
        means = rng.normal(size=self.scenarios) if self.unit == "scenario" else self._fixed
        size = self.scenarios * self.repeats
        own = rng.normal(size=size) * np.sqrt(1 - self.correlation)
        values: Values = np.repeat(means, self.repeats) * np.sqrt(self.correlation) + own + rise
        return values

    def many(self, rise: float, rng: np.random.Generator) -> Values:
        """So many values that their delta is the truth."""
        if self.unit == "scenario":
            return rng.normal(size=_TRUTH_SIZE) + rise
        return Design(self.scenarios, _TRUTH_SIZE // self.scenarios, 0, correlation=self.correlation).drawn(rise, rng)

    @property
    def _fixed(self) -> Values:
        places: Values = stats.norm.ppf((np.arange(self.scenarios) + 0.5) / self.scenarios)
        return places

    def group(self, values: Values) -> Group:
        """The values as conversations of their scenarios."""
        if self.scenarios == 1:
            return no_scenarios(values)
        return Group(values, tuple(str(place // self.repeats) for place in range(len(values))))


DESIGNS = (
    Design(1, 30, 1000),
    Design(1, 50, 200),
    Design(1, 100, 100),
    Design(5, 10, 1000, correlation=0.2),
    Design(20, 5, 1000, "scenario", 0.1),
    Design(20, 5, 1000, "scenario", 0.3),
)


@dataclass(frozen=True, slots=True)
class DeltaErrors:
    """The true delta, how often the interval held it, and how often p was below .05 and below .001."""

    truth: float
    coverage: float
    rejected: float
    rejected_strictly: float


def delta_errors(shape: Shape, design: Design, rise: float, *, draws: int = SAMPLES) -> DeltaErrors:
    """The errors over so many samples of a design whose values are raised by so many standard deviations."""
    rng = random_numbers("delta errors", design.name, rise)
    truth = _truth(shape, design, rise, rng)
    held, p_values = 0, []
    for _ in range(draws):
        x, y = design.group(shape(design.drawn(rise, rng))), no_scenarios(shape(rng.normal(size=design.people)))
        found = delta(x, y, unit=design.unit)
        if found is not None:
            held += found.interval.low <= truth <= found.interval.high
            p_values.append(shift_test(x, y, found, unit=design.unit) or 0.0)
    below = [float(np.mean(np.array(p_values) < level)) for level in (0.05, 0.001)]
    return DeltaErrors(truth, held / draws, *below)


def _truth(shape: Shape, design: Design, rise: float, rng: np.random.Generator) -> float:
    return float(placements(shape(design.many(rise, rng)), shape(rng.normal(size=_TRUTH_SIZE))).mean())


def rise_for(shape: Shape, target: float) -> float:
    """The rise that makes a delta of so much, by halving."""
    rng = random_numbers("rise", target)
    plain, low, high = Design(1, _TRUTH_SIZE, 0), 0.0, 6.0
    for _ in range(_STEPS if target else 0):
        middle = (low + high) / 2
        low, high = (middle, high) if _truth(shape, plain, middle, rng) < target else (low, middle)
    return low


def tables() -> Iterator[str]:
    """The lines of the tables: coverage in per cent by true delta, then how often the test rejects without a shift."""
    head = ("values", "conversations / people", *(f"delta {value:g}" for value in DELTAS), "p < .05", "p < .001")
    yield from markdown_table(head, _rows())


def _rows() -> Iterator[Sequence[str]]:
    for name, shape in SHAPES.items():
        rises = [rise_for(shape, target) for target in DELTAS]
        for design in DESIGNS:
            found = [delta_errors(shape, design, rise) for rise in rises]
            none = found[0]
            held = [percent(one.coverage) for one in found]
            yield name, design.name, *held, percent(none.rejected), f"{100 * none.rejected_strictly:.2f}"
