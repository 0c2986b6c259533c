"""How many conversations a stress test takes to find anything at all."""

from __future__ import annotations

import pytest
from builders import scenario

from analysis.stress.least import least_units, too_few
from sims.grid import Grid
from sims.stressors.choosing import stressors_for


def grid(*, repeats: int, models: tuple[str, ...] = ("m",), scenarios: int = 1) -> Grid:
    """Role pressure at three doses."""
    cast = tuple(scenario(id=f"s{number}") for number in range(scenarios))
    return Grid(cast, models=models, repeats=repeats, stress=stressors_for(cast, ["role_pressure"]))


@pytest.mark.parametrize("tests", [1, 2, 12, 144])
def test_the_least_is_the_first_whose_least_p_stays_below_05(tests: int) -> None:
    """2 / 2^n times the tests is below .05 at n, and not at n - 1."""
    least = least_units(tests)
    assert 2 / 2**least * tests < 0.05 <= 2 / 2 ** (least - 1) * tests


def test_a_test_that_can_find_nothing_says_what_it_takes() -> None:
    """1 model x 3 doses x 4 judges = 12 comparisons take 9 pairs; two models double them: 24 take 10."""
    told = "nothing can be found with 1 conversation an arm, 12 comparisons take 9; give --repeats 9 or more, or fewer"
    assert (too_few(grid(repeats=1), judges=4) or "").startswith(told)
    assert too_few(grid(repeats=9), judges=4) is None
    assert "take 10; give --repeats 10 or more" in (too_few(grid(repeats=9, models=("m", "n")), judges=4) or "")


def test_scenarios_count_together_as_long_as_conversations_are_the_unit() -> None:
    """3 scenarios x 2 = 6 pairs are too few for 9, and 3 x 3 are enough; a single one is asked for 3 repeats."""
    assert "give --repeats 3 or more" in (too_few(grid(repeats=2, scenarios=3), judges=4) or "")
    assert too_few(grid(repeats=3, scenarios=3), judges=4) is None


def test_of_ten_scenarios_held_several_times_the_scenario_is_the_unit() -> None:
    """10 units, whatever the repeats: 36 comparisons take 11."""
    told = too_few(grid(repeats=50, scenarios=10), judges=12) or ""
    assert told.startswith("nothing can be found with 10 scenarios an arm, 36 comparisons take 11; name 11 scenarios")
