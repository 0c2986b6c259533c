"""Simulated coverage of the intervals of rates and differences, and the type I error of their tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from analysis.proof.markdown import markdown_table, percent
from analysis.proof.populations import FewLong, Population, Scenarios, Unequal, paired_samples, samples
from analysis.statistics.common import ALPHA, random_numbers
from analysis.statistics.rates import TurnCounts, paired_difference, rate_interval

SAMPLES = 1000
SIZES = (20, 30, 50, 100, 200)
RATES = (0.005, 0.01, 0.03, 0.1, 0.3)
CORRELATIONS = (0.0, 0.1, 0.3)
RISES = ((0.005, 0.0), (0.01, 0.0), (0.03, 0.0), (0.1, 0.0), (0.3, 0.0), (0.005, 0.02), (0.03, 0.02), (0.1, 0.05))
AGREEMENTS = ((0.0, 0.0), (0.1, 0.5), (0.3, 0.0), (0.3, 0.5))
SCENARIOS = (10, 12, 20, 30)
REPEATS = (3, 20, 200, 500)
SCENARIO_RATES = (0.005, 0.03, 0.3)
BETWEEN = (0.0, 0.005, 0.02, 0.1)
TURNS = 16
UNEQUAL_SIZES = (50, 100, 200, 400)
UNEQUAL_RATES = (0.05, 0.2)
LONG_CORRELATION = 0.4
WITHIN, SHARED = 0.1, 0.5
"""How turns cluster within a scenario's conversations, and how far the two sides of a scenario agree."""
_FEW_DRAWS = 100
FULL_SIZES = (30, 50, 100, 149, 200)
FULL_SHARE, BACKGROUND, FULL_MARGIN = 0.02, 0.005, 0.02
"""Faults that fill whole conversations, over a rate without them, and the margin that they should not pass."""


@dataclass(frozen=True, slots=True)
class DifferenceErrors:
    """How often the interval of a difference held the truth, `upper` lay below it, and `p_worse` below .05."""

    coverage: float
    below: float
    rejected: float


def coverage(population: Population, units: int, *, draws: int = SAMPLES) -> float:
    """The share of samples whose `rate_interval` holds the population's rate."""
    rng = random_numbers("coverage", population.rate, population.correlation, population.longest, units)
    drawn = samples(population, (draws, units), rng)
    held = 0
    for flagged, judged in zip(drawn.flagged, drawn.judged, strict=True):
        interval = rate_interval(flagged, judged)
        held += interval is not None and interval.low <= population.rate <= interval.high
    return held / draws


def difference_errors(
    candidate: Population,
    baseline: Population,
    units: int,
    *,
    agreement: float,
    draws: int = SAMPLES,
    swaps: int = _FEW_DRAWS,
) -> DifferenceErrors:
    """The errors of `paired_difference` over so many pairs of samples."""
    rng = random_numbers("differences", candidate.rate, baseline.rate, baseline.correlation, agreement, units)
    ours, theirs = paired_samples(candidate, baseline, (draws, units), agreement=agreement, rng=rng)
    truth = candidate.rate - baseline.rate
    held = below = rejected = 0
    for seed in range(draws):
        one, other = (TurnCounts(side.flagged[seed], side.judged[seed]) for side in (ours, theirs))
        found = paired_difference(one, other, seed=seed, draws=swaps)
        if found is None:
            raise AssertionError("every simulated conversation has turns")
        held += found.ci_low <= truth <= found.ci_high
        below += found.upper < truth
        rejected += found.p_worse < ALPHA
    return DifferenceErrors(held / draws, below / draws, rejected / draws)


def passed_in_spite(pairs: int, *, draws: int = SAMPLES) -> float:
    """How often `upper` is below 2 points though two in a hundred of the candidate's conversations are faulty."""
    rng = random_numbers("whole conversations", pairs)
    judged = np.full(pairs, TURNS)
    passed = 0
    for _ in range(draws):
        ours, theirs = rng.binomial(TURNS, BACKGROUND, size=(2, pairs))
        ours = np.where(rng.random(pairs) < FULL_SHARE / (1 - BACKGROUND), TURNS, ours)
        found = paired_difference(TurnCounts(ours, judged), TurnCounts(theirs, judged), seed=0, draws=1)
        passed += found is not None and found.upper < FULL_MARGIN
    return passed / draws


def tables(*, draws: int = SAMPLES) -> Iterator[str]:
    """The tables as Markdown, a line each."""
    yield "### Coverage of the interval of a rate, %"
    yield "Flags expected in brackets; conversations of 6 to 30 turns.\n"
    yield from markdown_table(("clustering", "rate", *_headings(SIZES)), _rate_rows(SIZES, draws))
    yield "\n### Coverage where lengths are unequal, %\n"
    head = ("lengths", "clustering", "rate", *_headings(UNEQUAL_SIZES))
    yield from markdown_table(head, _unequal_rows(draws * 3 // 5))
    yield "\n### A rise of 2 points in whole conversations that passes a margin of 2 points, %\n"
    cells = (percent(passed_in_spite(pairs, draws=2 * draws)) for pairs in FULL_SIZES)
    yield from markdown_table(_headings(FULL_SIZES), [tuple(cells)])
    yield f"\n### The same for scenarios of 3 to 500 conversations of {TURNS} turns\n"
    head = ("between", "rate", "repeats", *_headings(SCENARIOS))
    yield from markdown_table(head, _scenario_rows(draws // 2))
    yield "\n### The paired difference over scenarios: coverage / truth above the one-sided bound / p_worse < .05, %\n"
    yield from markdown_table(head, _scenario_difference_rows(draws * 2 // 5))
    yield "\n### The paired difference: coverage / truth above the one-sided bound / p_worse < .05, %"
    yield "Where the rise is 0 the last is the type I error, and nowhere may the second exceed 5.\n"
    head = ("clustering", "agreement", "rate", "rise", *_headings(SIZES))
    yield from markdown_table(head, _difference_rows(draws * 3 // 10))


def _headings(sizes: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"n = {units}" for units in sizes)


def _rate_rows(sizes: Sequence[int], draws: int) -> Iterator[tuple[str, ...]]:
    for correlation in CORRELATIONS:
        for rate in RATES:
            population = Population(rate, correlation)
            yield str(correlation), str(rate), *(_coverage_cell(population, units, draws) for units in sizes)


def _scenario_rows(draws: int) -> Iterator[tuple[str, ...]]:
    for between, rate, repeats in product(BETWEEN, SCENARIO_RATES, REPEATS):
        population = Scenarios(rate, between, TURNS, TURNS, repeats, WITHIN)
        cells = (percent(coverage(population, units, draws=draws)) for units in SCENARIOS)
        yield str(between), str(rate), str(repeats), *cells


def _scenario_difference_rows(draws: int) -> Iterator[tuple[str, ...]]:
    for between, rate, repeats in product(BETWEEN, SCENARIO_RATES, (REPEATS[1], REPEATS[-1])):
        population = Scenarios(rate, between, TURNS, TURNS, repeats, WITHIN)
        found = [difference_errors(population, population, units, agreement=SHARED, draws=draws) for units in SCENARIOS]
        yield str(between), str(rate), str(repeats), *map(_errors_cell, found)


def _unequal_rows(draws: int) -> Iterator[tuple[str, ...]]:
    lognormal = (Unequal(rate, correlation) for correlation in CORRELATIONS[1:] for rate in UNEQUAL_RATES)
    few_long = (FewLong(rate, LONG_CORRELATION) for rate in UNEQUAL_RATES)
    populations: tuple[Unequal | FewLong, ...] = (*lognormal, *few_long)
    for population in populations:
        cells = (percent(coverage(population, units, draws=draws)) for units in UNEQUAL_SIZES)
        yield population.words, str(population.correlation), str(population.rate), *cells


def _coverage_cell(population: Population, units: int, draws: int) -> str:
    expected = units * population.mean_turns * population.rate
    return f"{percent(coverage(population, units, draws=draws))} ({expected:.0f})"


def _difference_rows(draws: int) -> Iterator[tuple[str, ...]]:
    for correlation, agreement in AGREEMENTS:
        for rate, rise in RISES:
            candidate, baseline = Population(rate + rise, correlation), Population(rate, correlation)
            found = [difference_errors(candidate, baseline, units, agreement=agreement, draws=draws) for units in SIZES]
            yield str(correlation), str(agreement), str(rate), str(rise), *map(_errors_cell, found)


def _errors_cell(found: DifferenceErrors) -> str:
    return " / ".join(percent(share) for share in (found.coverage, found.below, found.rejected))
