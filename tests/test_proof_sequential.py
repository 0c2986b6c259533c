"""Runs that go on until decided keep their promises when every conversation is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.proof.sequential import (
    CLUSTERING,
    FAMILY,
    LIMITS,
    World,
    escapes,
    familywise,
    fixed_size,
    settled,
    share,
    tables,
)
from analysis.statistics.common import random_numbers

WORLDS = [(clustering, is_uneven) for clustering in CLUSTERING for is_uneven in (False, True)]


@pytest.mark.parametrize(("clustering", "is_uneven"), WORLDS)
def test_a_world_has_the_rate_it_says(clustering: float, is_uneven: bool) -> None:
    """Flagged over judged turns of 200,000 conversations is the rate: .05 within .002, five standard errors."""
    world = World(0.05, clustering, is_uneven=is_uneven)
    flagged, judged = world.draw(random_numbers("test"), 200_000)
    assert flagged.sum() / judged.sum() == pytest.approx(0.05, abs=0.002)
    assert np.unique(judged).tolist() == (list(range(4, 17)) if is_uneven else [16])


@pytest.mark.parametrize(("clustering", "is_uneven"), WORLDS)
def test_wrong_decisions_stay_below_five_percent(clustering: float, is_uneven: bool) -> None:
    """At a rate of exactly the limit, 200 runs of 400 looks: FAILED, a FAILED among six, and MET."""
    world = World(0.1, clustering, is_uneven=is_uneven)
    found = settled(world, 0.1, tests=1, runs=200)
    together = settled(world, 0.1, tests=FAMILY, runs=200 * FAMILY)
    assert max(share("FAILED", found), share("MET", found), familywise(together, tests=FAMILY)) <= 0.05
    assert escapes(world, runs=200) <= 0.05


def test_a_world_far_from_the_limit_is_settled_soon() -> None:
    """Limit 5 %: at 1.25 % all are MET by 150 conversations, at 15 % all FAILED by 40, though turns cluster."""
    assert share("MET", settled(World(0.0125, 0.3), 0.05, tests=1, runs=60), by=150) >= 0.9
    assert share("FAILED", settled(World(0.15, 0.3), 0.05, tests=1, runs=60), by=40) >= 0.9


def test_the_exact_test_it_is_set_beside() -> None:
    """Limit 10 %, rate 1 %: two flags at 46 (.9^46 + 46 x .1 x .9^45 = .048); at 45 it would be .052."""
    assert (fixed_size(0.01, 0.1), fixed_size(0.03, 0.1), fixed_size(0.2, 0.1)) == (46, 76, 78)


@pytest.mark.campaign
def test_the_whole_proof() -> None:
    """1,000 runs in every world: each share of wrong decisions, and of escapes from the sequence, is at most 5 %."""
    lines = list(tables())
    shares = [float(cell) for row in _rows(lines, of="Wrong") for cell in row[3:]]
    shares += [float(row[-1]) for row in _rows(lines, of="Confidence")]
    assert len(shares) == 3 * len(WORLDS) * len(LIMITS) + len(WORLDS) * (len(LIMITS) + 1)
    assert max(shares) <= 5


def test_the_tables_are_printed() -> None:
    """Four tables, every row as long as its head, no figure that is not one."""
    lines = list(tables(runs=4))
    assert sum(line.lstrip().startswith("###") for line in lines) == 4
    assert not any("nan" in line or "None" in line for line in lines)
    assert len(_rows(lines, of="Wrong")) == len(WORLDS) * len(LIMITS)


def _rows(lines: Sequence[str], *, of: str) -> list[list[str]]:
    """The rows of the table whose title begins so."""
    rows: list[list[str]] = []
    is_inside = False
    for line in lines:
        if "###" in line:
            is_inside = line.strip().removeprefix("### ").startswith(of)
        elif is_inside and line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]
