"""Simulated error rates, savings and coverage of runs that go on until decided: `python -m analysis.proof sequential`.

Every conversation is looked at, 400 times in a row: more often than any run does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.proof.markdown import markdown_table, percent
from analysis.sequential.e_process import e_values
from analysis.sequential.expectation import RunExpectation, Settlement, settlement
from analysis.statistics.common import ALPHA, POWER, Counts, Values, random_numbers

RUNS = 1000
LIMITS = (0.01, 0.02, 0.05, 0.1)
CLUSTERING = (0.0, 0.3)
MULTIPLES = (0.0, 0.25, 0.5, 2.0, 3.0, 5.0)
FAMILY = 6
MOST_TURNS, LEAST_TURNS = 16, 4
LOOKS = 400
MAXIMA = (200, 400)


@dataclass(frozen=True, slots=True)
class World:
    """How conversations come about: a rate of flagged turns, how they cluster in conversations (intraclass
    correlation), and how long conversations are. In uneven ones the short flag more often than the long.
    """

    rate: float
    clustering: float = 0.0
    is_uneven: bool = False
    turns: int = MOST_TURNS

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Counts, Counts]:
        """Flagged and judged turns of so many conversations; expected flagged over expected judged is the rate."""
        judged = rng.integers(LEAST_TURNS, MOST_TURNS + 1, count) if self.is_uneven else np.full(count, self.turns)
        rates = self._rates(judged)
        if self.clustering:
            odds = 1 / self.clustering - 1
            is_sure = (rates <= 0) | (rates >= 1)
            drawn = rng.beta(np.where(is_sure, 1, rates * odds), np.where(is_sure, 1, (1 - rates) * odds))
            rates = np.where(is_sure, rates, drawn)
        return rng.binomial(judged, rates), judged

    def _rates(self, judged: Counts) -> Values:
        if not self.is_uneven:
            return np.full(len(judged), self.rate)
        lengths = np.arange(LEAST_TURNS, MOST_TURNS + 1)
        weight = float(lengths.sum() / (lengths * (MOST_TURNS + LEAST_TURNS - lengths)).sum())
        return np.asarray(self.rate * weight * (MOST_TURNS + LEAST_TURNS - judged), dtype=np.float64)


def settled(world: World, limit: float, *, tests: int, runs: int, seed: int = 0) -> list[tuple[Settlement, int | None]]:
    """What `runs` expectations come to in a world, each among `tests` of its run, looked at 400 times."""
    rng = random_numbers("sequential", world.rate, world.clustering, world.is_uneven, world.turns, limit, tests, seed)
    expectation = RunExpectation("", "", None, "", limit, world.turns)
    return [_first_settled(expectation, *world.draw(rng, LOOKS), tests=tests) for _ in range(runs)]


def _first_settled(
    expectation: RunExpectation, flagged: Counts, judged: Counts, *, tests: int
) -> tuple[Settlement, int | None]:
    """The settlement of a run that stops as soon as there is one."""
    found = e_values(flagged, judged, limit=expectation.max_rate, most_turns=expectation.most_turns)
    is_settled = (found.above >= np.log(tests / ALPHA)) | (found.below >= np.log(1 / ALPHA))
    held = int(is_settled.argmax()) + 1 if is_settled.any() else len(flagged)
    return settlement(expectation, flagged[:held], judged[:held], tests=tests)


def share(decision: Settlement, found: Sequence[tuple[Settlement, int | None]], *, by: int = LOOKS) -> float:
    """The share of expectations so decided after at most so many conversations."""
    return float(np.mean([one == decision and after is not None and after <= by for one, after in found]))


def familywise(found: Sequence[tuple[Settlement, int | None]], *, tests: int) -> float:
    """The share of runs, of so many expectations each, in which one was called FAILED."""
    failed = np.array([decision == "FAILED" for decision, _ in found]).reshape(-1, tests)
    return float(failed.any(axis=1).mean())


def escapes(world: World, *, runs: int, seed: int = 0) -> float:
    """The share of runs in which the true rate was ever outside the confidence sequence."""
    rng = random_numbers("sequence", world.rate, world.clustering, world.is_uneven, seed)
    return float(np.mean([_ever_outside(*world.draw(rng, LOOKS), world) for _ in range(runs)]))


def _ever_outside(flagged: Counts, judged: Counts, world: World) -> bool:
    found = e_values(flagged, judged, limit=world.rate, most_turns=world.turns)
    return bool((np.logaddexp(found.above, found.below) - np.log(2) >= -np.log(ALPHA)).any())


def fixed_size(rate: float, limit: float, *, power: float = POWER) -> int:
    """How many conversations of one turn an exact binomial test at 5 % needs for a power of 80 %, looked at once."""
    return next(size for size in range(1, 100_000) if _power(size, rate, limit) >= power)


def _power(size: int, rate: float, limit: float) -> float:
    if rate < limit:
        most = int(stats.binom.ppf(ALPHA, size, limit))
        most -= stats.binom.cdf(most, size, limit) > ALPHA
        return float(stats.binom.cdf(most, size, rate))
    least = int(stats.binom.isf(ALPHA, size, limit)) + 1
    return float(stats.binom.sf(least - 1, size, rate))


def tables(*, runs: int = RUNS) -> Iterator[str]:
    """The proof as lines of Markdown; all shares are in hundredths."""
    yield f"### Wrong decisions where the rate is exactly the limit ({runs:,} runs, {LOOKS} looks each)\n"
    head = ("limit", "clustering", "turns", "FAILED, alone", f"a FAILED among {FAMILY}", "MET")
    yield from markdown_table(head, _nulls(runs))
    yield f"\n### Conversations until decided ({runs // 2:,} runs, {MOST_TURNS} turns, one expectation)\n"
    saved = (f"saved of {most}" for most in MAXIMA)
    head_of_savings = ("limit", "true rate", "clustering", "MET", "FAILED", "median", *saved)
    yield from markdown_table(head_of_savings, _savings(runs // 2))
    yield f"\n### Beside an exact test of fixed size at 80 % power ({runs // 2:,} runs, one turn a conversation)\n"
    head = ("limit", "true rate", "fixed size", "median", "mean", f"decided by {LOOKS}")
    yield from markdown_table(head, _besides(runs // 2))
    yield f"\n### Confidence sequence: true rate ever outside in {LOOKS} looks ({runs:,} runs)\n"
    yield from markdown_table(("true rate", "clustering", "turns", "ever outside"), _escapes(runs))


def _nulls(runs: int) -> Iterator[tuple[str, ...]]:
    for limit in LIMITS:
        for world in _worlds(limit):
            alone = settled(world, limit, tests=1, runs=runs)
            together = settled(world, limit, tests=FAMILY, runs=runs * FAMILY)
            wrong = share("FAILED", alone), familywise(together, tests=FAMILY), share("MET", alone)
            yield f"{limit:g}", f"{world.clustering:g}", _turns(world), *map(percent, wrong)


def _worlds(rate: float) -> Iterator[World]:
    for clustering in CLUSTERING:
        yield World(rate, clustering)
        yield World(rate, clustering, is_uneven=True)


def _savings(runs: int) -> Iterator[tuple[str, ...]]:
    for limit in LIMITS[1:]:
        for multiple in MULTIPLES:
            for clustering in CLUSTERING if multiple else CLUSTERING[:1]:
                found = settled(World(limit * multiple, clustering), limit, tests=1, runs=runs)
                decided = percent(share("MET", found)), percent(share("FAILED", found))
                saved = (percent(1 - float(np.minimum(_sizes(found), most).mean()) / most) for most in MAXIMA)
                yield f"{limit:g}", f"{limit * multiple:g}", f"{clustering:g}", *decided, _median(found), *saved


def _besides(runs: int) -> Iterator[tuple[str, ...]]:
    limit = 0.1
    for rate in (0.01, 0.03, 0.05, 0.2, 0.3):
        found = settled(World(rate, turns=1), limit, tests=1, runs=runs)
        by = 1 - share("UNDECIDED", [(one, after or 0) for one, after in found])
        mean = f"{np.minimum(_sizes(found), LOOKS).mean():.0f}"
        yield f"{limit:g}", f"{rate:g}", str(fixed_size(rate, limit)), _median(found), mean, percent(by)


def _escapes(runs: int) -> Iterator[tuple[str, ...]]:
    for rate in (*LIMITS, 0.3):
        for world in _worlds(rate):
            yield f"{rate:g}", f"{world.clustering:g}", _turns(world), percent(escapes(world, runs=runs))


def _sizes(found: Sequence[tuple[Settlement, int | None]]) -> Counts:
    return np.array([LOOKS if after is None else after for _, after in found], dtype=np.int64)


def _median(found: Sequence[tuple[Settlement, int | None]]) -> str:
    return f"{np.median(_sizes(found)):.0f}" if share("UNDECIDED", [(one, 0) for one, _ in found]) < 0.5 else "> 400"


def _turns(world: World) -> str:
    return f"{LEAST_TURNS} to {MOST_TURNS}" if world.is_uneven else str(world.turns)
