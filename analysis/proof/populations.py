"""Simulated conversations with flagged turns: how often, how clustered, and how alike the two of a pair are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import special, stats

from analysis.statistics.common import Counts, Values
from analysis.statistics.rates import TurnCounts

_LEAST_RATE = 1e-12


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

    def flagged(self, judged: Counts, places: Values, rng: np.random.Generator) -> Counts:
        """Numbers of flagged turns of conversations that stand at these places."""
        return rng.binomial(judged, self.rates_at(places))


@dataclass(frozen=True, slots=True)
class Scenarios(Population):
    """Scenarios, each summed over so many conversations of one length (`shortest`).

    `correlation` is that of two turns of a scenario's different conversations, and `within` what two turns of one
    conversation have beyond it.
    """

    repeats: int = 1
    within: float = 0.0

    @property
    def mean_turns(self) -> float:
        """The number of turns of a scenario."""
        return self.repeats * self.shortest

    def lengths(self, shape: tuple[int, ...], rng: np.random.Generator) -> Counts:
        """Numbers of turns."""
        return np.full(shape, self.repeats * self.shortest)

    def flagged(self, judged: Counts, places: Values, rng: np.random.Generator) -> Counts:
        """Numbers of flagged turns of scenarios that stand at these places."""
        rates = np.clip(self.rates_at(places), _LEAST_RATE, 1 - _LEAST_RATE)
        if not self.within:
            return rng.binomial(judged, rates)
        odds, turns = 1 / self.within - 1, np.arange(self.shortest + 1)
        shapes = rates[..., None] * odds, (1 - rates[..., None]) * odds
        shares = np.asarray(stats.betabinom.pmf(turns, self.shortest, *shapes))
        conversations = rng.multinomial(self.repeats, shares / shares.sum(axis=-1, keepdims=True))
        return np.asarray(conversations @ turns)


@dataclass(frozen=True, slots=True)
class Unequal(Population):
    """Conversations of log-normal lengths (median 12, sigma 1) up to a thousand turns, longer ones flagged more often.

    `rate` is that of all turns; a conversation's own goes with the root of its length.
    """

    words: ClassVar[str] = "log-normal, more flags in longer"

    def lengths(self, shape: tuple[int, ...], rng: np.random.Generator) -> Counts:
        """Numbers of turns."""
        return np.clip(np.rint(12 * rng.lognormal(size=shape)), 1, 1000).astype(np.int64)

    def flagged(self, judged: Counts, places: Values, rng: np.random.Generator) -> Counts:
        """Numbers of flagged turns: the mean of sqrt(m / 12) over turns is exp(1.5² / 2 - 1 / 2) = exp(5 / 8)."""
        means = np.clip(self.rate * np.sqrt(judged / 12) / np.exp(5 / 8), _LEAST_RATE, 1 - _LEAST_RATE)
        odds = 1 / self.correlation - 1
        return rng.binomial(judged, special.betaincinv(means * odds, (1 - means) * odds, places))


@dataclass(frozen=True, slots=True)
class FewLong(Population):
    """Conversations of 6 turns, one in twenty of 200."""

    words: ClassVar[str] = "6, one in twenty 200"

    def lengths(self, shape: tuple[int, ...], rng: np.random.Generator) -> Counts:
        """Numbers of turns."""
        return np.where(rng.random(shape) < 0.05, 200, 6)


def samples(population: Population, shape: tuple[int, ...], rng: np.random.Generator) -> TurnCounts:
    """Counts of conversations, in any shape."""
    judged = population.lengths(shape, rng)
    return TurnCounts(population.flagged(judged, rng.random(shape), rng), judged)


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
    return TurnCounts(population.flagged(judged, stats.norm.cdf(own), rng), judged)
