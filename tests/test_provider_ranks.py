"""Rank sets hold the true ranks, and mean intervals the true mean, as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.outcomes import ConversationKey
from analysis.providers.differences import rate_differences
from analysis.providers.means import flip_test, mean_of_units
from analysis.providers.pairing import pairing_of
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
    found = rate_differences(readings, pairing_of(readings.places), margin=0.02, seed=seed)
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


def test_a_mean_of_units_of_one_value_has_students_interval() -> None:
    """Values 1 to 5: mean 3, sd 1.5811, reach t(.975, 4) = 2.7764 x 1.5811 / sqrt 5 = 1.9632."""
    found = mean_of_units(np.arange(1.0, 6.0), np.ones(5))
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((3, 1.0368, 4.9632), abs=1e-4)


def test_a_mean_of_clustered_units_varies_between_them() -> None:
    """Two scenarios of 1,1,1 and 3,3,3: mean 2; shares +-1 have sd 1.4142, t(.975, 1) = 12.706, reach 12.706."""
    found = mean_of_units(np.array([3.0, 9.0]), np.array([3.0, 3.0]))
    assert found is not None
    assert (found.mean, found.high - found.mean) == pytest.approx((2, 12.706), abs=1e-3)


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


@pytest.mark.campaign
@pytest.mark.parametrize("units", [30, 100])
@pytest.mark.parametrize("shape", ["normal", "uniform", "log-normal"])
def test_the_interval_of_a_mean_covers(units: int, shape: str) -> None:
    """Coverage over 4,000 draws between 92 % and 97 %."""
    rng = np.random.default_rng(5)
    draw = {"normal": rng.standard_normal, "uniform": rng.random}.get(shape, lambda n: rng.lognormal(0, 0.5, n))
    true = {"normal": 0.0, "uniform": 0.5}.get(shape, float(np.exp(0.125)))
    found = [mean_of_units(draw(units), np.ones(units)) for _ in range(4_000)]
    share = np.mean([one is not None and one.low <= true <= one.high for one in found])
    assert 0.92 <= share <= 0.97
