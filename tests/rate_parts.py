"""Flagged and judged turns of units, for tests of rates."""

from __future__ import annotations

import numpy as np

from analysis.statistics.rates import TurnCounts


def counts(*numbers: int) -> np.ndarray:
    """One count a unit."""
    return np.array(numbers, dtype=np.int64)


def side(flagged: list[int], judged: int | list[int] = 10) -> TurnCounts:
    """The counts of one side, ten judged turns a unit by default."""
    turns = [judged] * len(flagged) if isinstance(judged, int) else judged
    return TurnCounts(counts(*flagged), counts(*turns))


def drawn(rate: float, units: int, *, seed: int, correlation: float = 0.1) -> TurnCounts:
    """Simulated units of 16 turns, flagged in clusters."""
    rng = np.random.default_rng(seed)
    odds = 1 / correlation - 1
    return TurnCounts(rng.binomial(16, rng.beta(rate * odds, (1 - rate) * odds, units)), np.full(units, 16))
