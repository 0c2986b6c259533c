"""Rank sets hold the true ranks, and mean intervals the true mean, as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.outcomes import ConversationKey
from analysis.providers.differences import rate_differences
from analysis.providers.means import flip_test, mean_of_units
from analysis.providers.pairing import places_of
from analysis.providers.ranks import rank_sets
from analysis.providers.readings import RateColumn, Readings
from analysis.providers.values import Difference, Measure

DIGRESSION = Measure("judge", "digression")


def difference(arm: str, other: str, decision: str) -> Difference:
    """A decided or undecided pair; figures do not matter for ranks."""
    return Difference(DIGRESSION, arm, other, 10, 10, -0.1, -0.2, 0.0, 0.01, 0.02, decision, None)  # type: ignore[arg-type]


def simulated(rates: tuple[float, ...], *, pairs: int, seed: int, turns: int = 14, icc: float = 0.1) -> Readings:
    """Arms with those true rates, each over the same conversations; flags cluster within a conversation."""
    rng = np.random.default_rng(seed)
    readings = Readings(arms=[f"arm {number}" for number in range(len(rates))])
    column = readings.rates.setdefault(DIGRESSION, RateColumn())
    for place in range(pairs):
        readings.places[ConversationKey("s", "", None, place, "")] = place
        for arm, rate in enumerate(rates):
            share = rng.beta(rate * (1 / icc - 1), (1 - rate) * (1 / icc - 1))
            flagged = int(rng.binomial(turns, share))
            column.add(len(readings.arm_of), flagged=flagged, judged=turns, turns=turns, is_missing=False)
            readings.arm_of.append(arm)
            readings.place_of.append(place)
    return readings


def all_inside(rates: tuple[float, ...], *, pairs: int, seed: int) -> bool:
    """Whether every arm's true rank (1 plus the arms truly below it) is in its set."""
    readings = simulated(rates, pairs=pairs, seed=seed)
    found = rate_differences(readings, places_of(readings.places), margin=0.02, seed=seed)
    sets = rank_sets(readings.arms, found)
    true = [1 + sum(other < rate for other in rates) for rate in rates]
    return all(low <= rank <= high for rank, (low, high) in zip(true, sets.values(), strict=True))


def test_ranks_follow_from_decided_pairs() -> None:
    """a < b, a < c decided, b and c not: a is first, b and c second or third; nothing decided leaves all open."""
    found = [difference("a", "b", "LESS"), difference("c", "a", "MORE"), difference("b", "c", "UNDECIDED")]
    assert rank_sets("abc", found) == {"a": (1, 1), "b": (2, 3), "c": (2, 3)}
    assert rank_sets("ab", [difference("a", "b", "ALIKE")]) == {"a": (1, 2), "b": (1, 2)}


@pytest.mark.parametrize("rates", [(0.05, 0.05, 0.05), (0.02, 0.1, 0.1)])
def test_true_ranks_are_in_the_sets(rates: tuple[float, ...]) -> None:
    """Of 6 comparisons at most 2 miss: P(more than 2 of 6 at a true 5 %) is .2 %."""
    assert sum(not all_inside(rates, pairs=30, seed=seed) for seed in range(6)) <= 2


@pytest.mark.campaign
@pytest.mark.parametrize("rates", [(0.05, 0.05, 0.05, 0.05), (0.05, 0.05, 0.08, 0.12), (0.02, 0.10, 0.25)])
@pytest.mark.parametrize("pairs", [20, 40, 100])
def test_true_ranks_are_in_the_sets_95_times_of_100(rates: tuple[float, ...], pairs: int) -> None:
    """Of 1,000 comparisons at most 65 miss: P(more than 65 at a true 5 %) is 1.4 %."""
    assert sum(not all_inside(rates, pairs=pairs, seed=seed) for seed in range(1_000)) <= 65


def test_even_values_have_students_interval() -> None:
    """Values 1 to 11: mean 6, sd 3.3166, no skewness: reach t(.975, 10) = 2.2281 x 3.3166 / sqrt 11 = 2.2281."""
    found = mean_of_units(np.arange(1.0, 12.0), np.ones(11))
    assert found is not None
    assert found.interval is not None
    assert (found.mean, found.interval.low, found.interval.high) == pytest.approx((6, 3.7719, 8.2281), abs=1e-4)


def test_clustered_values_vary_between_units() -> None:
    """Ten scenarios of three like values each have the interval of the ten values."""
    values = np.arange(10.0)
    assert mean_of_units(3 * values, np.full(10, 3.0)) == mean_of_units(values, np.ones(10))


def test_a_long_tail_stretches_the_interval_that_way() -> None:
    """Of values with a few large ones the upper end is further off than Student's, the lower one no nearer."""
    values = np.exp(np.linspace(-2, 2.5, 30))
    found = mean_of_units(values, np.ones(30))
    assert found is not None
    assert found.interval is not None
    reach = 2.0452 * values.std(ddof=1) / np.sqrt(30)
    assert found.interval.high - found.mean > 1.2 * reach
    assert found.mean - found.interval.low == pytest.approx(reach, rel=1e-3)


@pytest.mark.parametrize(
    "values",
    [np.arange(9.0), np.zeros(40), np.full(40, 0.1 + 0.2), np.r_[np.zeros(33), np.arange(1.0, 8.0)]],
    ids=["nine units", "nothing", "a constant", "seven that differ"],
)
def test_values_that_carry_no_interval_get_none(values: np.ndarray) -> None:
    """Fewer than ten units, or fewer than eight that differ from the commonest value: no interval, no point."""
    found = mean_of_units(values, np.ones(len(values)))
    assert found is not None
    assert found.interval is None


def test_one_unit_says_nothing() -> None:
    """There is no spread of one value; a unit without any counts for none."""
    assert mean_of_units(np.array([3.0, 0.0]), np.array([1.0, 0.0])) is None


def test_flips_know_the_answer() -> None:
    """Ten differences of +1: only all signs alike are as extreme, 2 of 1,024; ten of 0 give 1; +1 and -1 give 1."""
    sums = np.stack([np.ones(10), np.zeros(10), np.tile([1.0, -1.0], 5)], axis=1)
    all_up, none, balanced = flip_test(sums, seed=1)
    assert all_up == pytest.approx(2 / 1_024, abs=0.0015)
    assert (none, balanced) == (1, 1)


def test_many_units_take_the_normal_limit() -> None:
    """1,000 units are flipped, 1,001 are not: p differs by less than a hundredth."""
    values = np.random.default_rng(3).normal(0.06, 1, size=(1_001, 1))
    flipped, limit = flip_test(values[:1_000], seed=1)[0], flip_test(values, seed=1)[0]
    assert abs(flipped - limit) < 0.01


SHAPES = {
    "normal": (lambda rng, n: rng.standard_normal(n), 0.0, 0.94),
    "log-normal": (lambda rng, n: rng.lognormal(0, 1, n), float(np.exp(0.5)), 0.90),
    "long tail": (lambda rng, n: rng.lognormal(0, 1.5, n), float(np.exp(1.125)), 0.88),
    "difference": (lambda rng, n: rng.lognormal(0, 1, n) - rng.lognormal(0, 1, n), 0.0, 0.94),
}


def coverage(shape: str, units: int, *, draws: int) -> float:
    """How often the interval holds the true mean."""
    draw, true, _ = SHAPES[shape]
    rng = np.random.default_rng(5)
    found = [mean_of_units(draw(rng, units), np.ones(units)) for _ in range(draws)]
    intervals = [one.interval for one in found if one is not None and one.interval is not None]
    return float(np.mean([one.low <= true <= one.high for one in intervals]))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_interval_of_a_mean_covers(shape: str) -> None:
    """Over 300 draws of 30 units: no more than two standard errors (.035) below what the docstring says."""
    assert coverage(shape, 30, draws=300) >= SHAPES[shape][2] - 0.035


@pytest.mark.campaign
@pytest.mark.parametrize("units", [30, 100])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_interval_of_a_mean_covers_often_enough(shape: str, units: int) -> None:
    """Over 4,000 draws: .95 of what is even, .93 of what is log-normal, .91 with a long tail."""
    assert SHAPES[shape][2] <= coverage(shape, units, draws=4_000) <= 0.98


def test_what_is_needed_shows_two_alike() -> None:
    """Two arms of the same rate: the number said to be needed finds them alike in 80 % and more of 40 runs."""
    few = simulated((0.1, 0.1), pairs=40, seed=1)
    (one,) = rate_differences(few, places_of(few.places), margin=0.05, seed=0)
    assert one.needed is not None
    runs = [simulated((0.1, 0.1), pairs=one.needed, seed=seed) for seed in range(40)]
    found = [rate_differences(run, places_of(run.places), margin=0.05, seed=0)[0].decision for run in runs]
    assert found.count("ALIKE") >= 0.8 * len(found)
