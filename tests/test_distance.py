"""The standardised distance against answers worked out by hand, and its floor against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from report_parts import shift

from analysis.statistics.distance import distance_floor, standardised_distance


def test_moving_everything_by_one_sd_is_a_distance_of_one() -> None:
    """Ten of 0 and ten of 2: the variance is 20 / 19; every value moved by its root gives 1."""
    reference = np.repeat([0.0, 2.0], 10)
    assert standardised_distance(reference + np.sqrt(20 / 19), reference) == pytest.approx(1.0)


def test_distance_sees_shape_where_the_middle_is_the_same() -> None:
    """Turning zeros into ten of -1 and ten of 1 moves each value by 1, over a standard deviation of sqrt(20 / 19)."""
    assert standardised_distance(np.zeros(20), np.repeat([-1.0, 1.0], 10)) == pytest.approx(np.sqrt(19 / 20))


def test_few_people_are_no_measure() -> None:
    """With 19 there is no distance and no floor; with 20 there is."""
    for size, is_known in ((19, False), (20, True)):
        people = np.arange(float(size))
        assert (standardised_distance(np.array([1.0, 2.0]), people) is not None) == is_known
        assert (distance_floor(people, 2, seed=0) is not None) == is_known


@pytest.mark.parametrize("reference", [np.array([]), np.array([1.0]), np.full(50, 3.0)])
def test_a_reference_that_does_not_vary_measures_nothing(reference: np.ndarray) -> None:
    """No standard deviation, no distance and no floor, and never NaN."""
    assert standardised_distance(np.array([1.0, 2.0]), reference) is None
    assert distance_floor(reference, 2, seed=0) is None


def test_one_value_has_no_distance() -> None:
    """A single conversation has no distribution."""
    assert standardised_distance(np.array([1.0]), np.arange(50.0)) is None
    assert distance_floor(np.arange(50.0), 1, seed=0) is None


@pytest.mark.parametrize(("size", "kind"), [(30, "normal"), (200, "normal"), (50, "zeros")])
def test_one_human_group_in_twenty_lies_above_the_floor(size: int, kind: str) -> None:
    """Of 200 pairs of groups of one population 10 are expected above it; 2 to 22 is what P > .999 allows."""
    rng = np.random.default_rng(4)

    def people(count: int) -> np.ndarray:
        values = rng.normal(size=count)
        return values if kind == "normal" else np.maximum(values - 1, 0)

    above = 0
    for seed in range(200):
        reference = people(150)
        distance, floor = standardised_distance(people(size), reference), distance_floor(reference, size, seed=seed)
        assert distance is not None
        assert floor is not None
        above += distance > floor
    assert 2 <= above <= 22


def test_the_floor_is_the_same_for_the_same_seed_only() -> None:
    """The draws come from the seed, and from nothing else."""
    reference = np.arange(50.0)
    assert distance_floor(reference, 20, seed=1) == distance_floor(reference, 20, seed=1)
    assert distance_floor(reference, 20, seed=1) != distance_floor(reference, 20, seed=2)


def test_a_tenth_of_an_sd_is_never_apart() -> None:
    """Ten thousand conversations have a floor of next to nothing; .09 sd stays no distance worth a word."""
    assert not shift(distance=0.09, distance_floor=0.01).is_apart
    assert shift(distance=0.11, distance_floor=0.01).is_apart
    assert not shift(distance=0.3, distance_floor=0.4).is_apart
