"""Whether a stress test can find anything at all, before it is held and paid for."""

from __future__ import annotations

from math import floor, log2

from analysis.statistics.common import ALPHA
from analysis.statistics.units import unit_of
from analysis.wording import counted
from sims.grid import Grid


def least_units(tests: int) -> int:
    """The fewest pairs of units with which one of so many tests can come out, all of them corrected after Holm.

    Of n pairs the least two-sided p is 2 / 2^n: every pair had to fall the same way.

    >>> least_units(1), least_units(12)
    (6, 9)
    """
    return floor(log2(2 * tests / ALPHA)) + 1


def too_few(grid: Grid, *, judges: int) -> str | None:
    """A sentence where no rise could be found, however large, and how many conversations it takes; else None."""
    models = len({casting.label for casting in grid.castings})
    tests = models * len(grid.stress) * judges
    here = [casting for casting in grid.castings if not casting.arm]
    by_scenario = {one.scenario.id: len(one.temperatures) * one.repeats for one in here}
    unit = unit_of([name for name, count in by_scenario.items() for _ in range(count)])
    pairs = len(by_scenario) if unit == "scenario" else sum(by_scenario.values())
    least = least_units(tests)
    if pairs >= least:
        return None
    why = f"nothing can be found with {counted(pairs, unit)} an arm, {counted(tests, 'comparison')} take {least}"
    if unit == "scenario":
        return f"{why}; name {least} scenarios, or fewer kinds, doses, judges or models"
    repeats = max(one.repeats for one in here) * least
    return f"{why}; give --repeats {-(-repeats // pairs)} or more, or fewer kinds, doses, judges or models"
