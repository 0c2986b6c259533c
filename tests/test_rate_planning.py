"""Which rise would be found, and how many units would tell, against formulas and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from rate_parts import drawn, side

from analysis.statistics.rates import (
    TurnCounts,
    minimum_detectable,
    paired_difference,
    units_needed,
)


def test_the_minimum_detectable_rise_follows_the_normal_formula() -> None:
    """400 single turns a side at .1, 40 + 40 pairs differ: .2 is 10 / 9 of the variance of independent turns, .18.

    So rise = (.84 + 1.64) s / sqrt(400 - 1.64² / 2), s² = 10 / 9 * .18 + (1 + .75 / 9) (q (1 - q) - .09).
    """
    flagged = [1] * 40 + [0] * 360
    rise = minimum_detectable(side(flagged, 1), side(flagged[::-1], 1), level=0.05)
    assert rise is not None
    more = (0.1 + rise) * (0.9 - rise) - 0.09
    spread = np.sqrt(10 / 9 * 0.18 + (1 + 0.75 / 9) * more)
    assert rise == pytest.approx((0.8416 + 1.6449) * spread / np.sqrt(400 - 1.6449**2 / 2), rel=0.01)


def test_the_minimum_detectable_rise_lies_beyond_the_margin() -> None:
    """400 pairs as above at a margin of 10 points: the estimate must exceed it, so .1 + .84 s / sqrt(400) = .12."""
    flagged = [1] * 40 + [0] * 360
    ours, theirs = side(flagged, 1), side(flagged[::-1], 1)
    rise = minimum_detectable(ours, theirs, level=0.05, bound=0.1)
    assert rise == pytest.approx(0.1 + 0.8416 * np.sqrt(0.2 + 13 / 12 * 0.078) / 20, abs=0.003)
    assert minimum_detectable(ours, theirs, level=0.05, bound=0.01) == minimum_detectable(ours, theirs, level=0.05)


def test_partners_that_agree_detect_smaller_rises() -> None:
    """Scenarios flagged alike on both sides leave less to chance than the same flags on other scenarios."""
    flagged = [0, 9, 1, 0, 6, 0, 14, 2, 0, 1]
    ours, agreeing, other = side(flagged, 80), side([0, 8, 1, 0, 7, 1, 13, 2, 0, 1], 80), side(flagged[::-1], 80)
    alike, apart = (minimum_detectable(ours, theirs, level=0.05) for theirs in (agreeing, other))
    assert alike is not None
    assert apart is not None
    assert alike < 0.6 * apart


def test_the_minimum_detectable_rise_is_found_in_four_of_five() -> None:
    """100 pairs at 5 %, clustered: of 200 candidates raised by it, 80 % are found, give or take 3 standard errors."""
    alike = [(drawn(0.05, 100, seed=seed), drawn(0.05, 100, seed=1000 + seed)) for seed in range(40)]
    rise = np.mean([minimum_detectable(*pair, level=0.05) for pair in alike])
    found = [
        paired_difference(drawn(0.05 + rise, 100, seed=seed), drawn(0.05, 100, seed=5000 + seed), seed=seed, draws=199)
        for seed in range(200)
    ]
    assert np.mean([one.p_worse < 0.05 for one in found if one]) == pytest.approx(0.8, abs=0.085)


def test_scenarios_of_many_turns_detect_small_rises() -> None:
    """12 scenarios of 8,000 independent turns at .005: about 2.49 sqrt(2 * .005 / 8000 / (12 - 1.35)) = .0009."""
    rng, judged = np.random.default_rng(4), np.full(12, 8000)
    ours, theirs = (TurnCounts(rng.binomial(judged, 0.005), judged) for _ in range(2))
    rise = minimum_detectable(ours, theirs, level=0.05)
    assert rise is not None
    assert 0.0007 < rise < 0.002
    found = paired_difference(ours, theirs, seed=0)
    assert found is not None
    assert found.upper - found.difference < 0.002


def test_too_few_units_detect_nothing() -> None:
    """Under six units it cannot be said; of six p is 1 / 64 at the least, so that nothing could be found at .01."""
    ours, theirs = [1, 0, 0, 1, 0, 0], [0, 1, 0, 0, 0, 0]
    assert minimum_detectable(side(ours[:5]), side(theirs[:5]), level=0.05) is None
    assert minimum_detectable(side(ours), side(theirs), level=0.05) is not None
    assert minimum_detectable(side(ours), side(theirs), level=0.01) is None


def test_units_needed_by_clean_runs_is_the_rule_of_three() -> None:
    """Nothing flagged on either side: 149 independent turns bound a rate by .02, 55 conversations of 10 have them."""
    assert units_needed(side([0] * 30), side([0] * 30), margin=0.02, level=0.05) == 55
    assert units_needed(side([0] * 30, 1), side([0] * 30, 1), margin=0.02, level=0.05) == 149


def test_units_needed_grow_as_the_margin_shrinks() -> None:
    """No difference seen: half the margin takes about four times as many; at the margin itself no number would do."""
    ours = drawn(0.1, 50, seed=1)
    theirs = TurnCounts(ours.flagged[::-1], ours.judged)
    wide, narrow = (units_needed(ours, theirs, margin=margin, level=0.05) for margin in (0.02, 0.01))
    assert wide is not None
    assert narrow == pytest.approx(4 * wide, rel=0.05)
    assert units_needed(ours, theirs, margin=0.0, level=0.05) is None


@pytest.mark.parametrize(("rise", "seed"), [(0.0, 2), (0.0, 6), (0.02, 6)])
def test_units_needed_settle_four_of_five(rise: float, seed: int) -> None:
    """Of 200 samples of so many units, drawn again from those seen, about 80 % show a rise or rule out the margin."""
    ours, theirs = drawn(0.05 + rise, 60, seed=seed), drawn(0.05, 60, seed=seed + 50)
    needed = units_needed(ours, theirs, margin=0.02, level=0.05)
    assert needed is not None
    rng, settled = np.random.default_rng(1), 0
    for place in range(200):
        units = rng.integers(0, 60, needed)
        again = [TurnCounts(one.flagged[units], one.judged[units]) for one in (ours, theirs)]
        found = paired_difference(*again, seed=place, draws=199)
        assert found is not None
        settled += (found.p_worse < 0.05 and found.difference > 0.02) or found.upper < 0.02
    assert settled / 200 == pytest.approx(0.8, abs=0.1)
