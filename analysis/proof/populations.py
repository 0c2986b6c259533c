"""Simulated conversations with flagged turns: how often, how clustered, and how alike the two of a pair are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from analysis.statistics.common import Counts, Values
from analysis.statistics.rates import TurnCounts


@dataclass(frozen=True, slots=True)
class Population:
    """Conversations whose turns are flagged at a rate that varies between them as a beta distribution does.

    `correlation` is that of two turns of one conversation (intraclass), 0 where turns are flagged independently.
    Lengths are uniform from `shortest` to `longest`.
    """

    rate: float
    correlation: float = 0.0
    shortest: int = 6
    longest: int = 30

    @property
    def mean_turns(self) -> float:
        """The expected number of turns of a conversation."""
        return (self.shortest + self.longest) / 2

    def lengths(self, shape: tuple[int, ...], rng: np.random.Generator) -> Counts:
        """Numbers of turns."""
        return rng.integers(self.shortest, self.longest + 1, size=shape)

    def rates_at(self, places: Values) -> Values:
        """The rates of conversations that stand at these places, in (0, 1), among all."""
        if not self.correlation or self.rate in (0.0, 1.0):
            return np.full(places.shape, self.rate)
        odds = 1 / self.correlation - 1
        return np.asarray(special.betaincinv(self.rate * odds, (1 - self.rate) * odds, places))


def samples(population: Population, shape: tuple[int, ...], rng: np.random.Generator) -> TurnCounts:
    """Counts of conversations, in any shape."""
    judged = population.lengths(shape, rng)
    return TurnCounts(rng.binomial(judged, population.rates_at(rng.random(shape))), judged)


def paired_samples(
    candidate: Population, baseline: Population, shape: tuple[int, ...], *, agreement: float, rng: np.random.Generator
) -> tuple[TurnCounts, TurnCounts]:
    """Counts of the two sides of pairs, in any shape.

    The partners are about as long (up to three turns apart, where lengths vary), and their places among all
    conversations are correlated by `agreement` on the normal scale, as those of one scenario and seed are.
    """
    judged = baseline.lengths(shape, rng)
    apart = 0 if baseline.shortest == baseline.longest else 3
    other = np.maximum(judged + rng.integers(-apart, apart + 1, size=shape), 1)
    common = rng.standard_normal(shape)
    return _side(candidate, other, common, agreement, rng), _side(baseline, judged, common, agreement, rng)


def _side(
    population: Population, judged: Counts, common: Values, agreement: float, rng: np.random.Generator
) -> TurnCounts:
    own = np.sqrt(agreement) * common + np.sqrt(1 - agreement) * rng.standard_normal(common.shape)
    return TurnCounts(rng.binomial(judged, population.rates_at(stats.norm.cdf(own))), judged)
