"""How many conversations would tell where a stress test could not."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from scipy import stats

from analysis.statistics.common import ALPHA, POWER, Counts
from analysis.statistics.rate_evidence import Evidence
from analysis.statistics.rates import units_to_rule_out, units_to_show_rise
from analysis.stress.ladders import Pairs

_PLAIN_RISE = 2.0
"""A rise of so many standard errors is taken for one: then only showing it counts."""
_MOST = 100_000
_CAUTION = 0.2
"""The rate is taken to be at its one-sided 80 % upper bound: four of five pilots so lie on the safe side."""


def conversations_needed(pairs: Sequence[Pairs | None], *, margin: float, levels: tuple[float, float]) -> int | None:
    """How many conversations an arm would, with 80 % power, show a rise (p below the first of `levels`) or rule one out
    at every dose (p below the second); more than there are.

    Sized is for showing where the rise seen is a plain one, else for the dearer of both. `pairs` are those of each dose
    (None for the control). None where a dose has no pairs, or not even 100,000 would do. Simulated share of stress
    tests that decide with so many: docs/stress-statistics.md.
    """
    doses = [one for one in pairs if one is not None]
    if not doses or any(one.units < 2 for one in doses):
        return None
    shown, height = _to_show(doses, level=levels[0])
    sizes = [shown]
    if height < _PLAIN_RISE or shown is None:
        sizes.append(_to_rule_out(doses, margin=margin, level=levels[1]))
    known = [size for size in sizes if size is not None and size <= _MOST]
    return max(*known, max(one.places for one in doses) + 1) if known else None


def _to_show(doses: Sequence[Pairs], *, level: float) -> tuple[int | None, float]:
    """The size for the plainest rise, and how many standard errors high that is.

    The plainest is so by luck as well: the rise is drawn towards none, by 1 over its height squared.
    """
    heights = [_height(one) for one in doses]
    plainest = int(np.argmax(heights))
    height, pairs = heights[plainest], doses[plainest]
    if height <= 1:
        return None, height
    units = units_to_show_rise(pairs.ours, pairs.theirs, level=level)
    return (None if units is None else _conversations(pairs, units / (1 - height**-2) ** 2)), height


def _height(pairs: Pairs) -> float:
    """The rise seen in standard errors, 0 where it is none: the size that shows it, solved for them.

    Not by its p: of few pairs none is small.
    """
    z, units = float(stats.norm.isf(ALPHA / 2)), units_to_show_rise(pairs.ours, pairs.theirs, level=ALPHA)
    return 0.0 if units is None else (z + float(stats.norm.ppf(POWER))) * sqrt(pairs.units / (units - z**2 / 2))


def _to_rule_out(doses: Sequence[Pairs], *, margin: float, level: float) -> int | None:
    """The size at which every dose would be ruled out if none rose: at the rate of them all, cautiously taken."""
    flagged, judged = (_pooled(doses, turns) for turns in ("flagged", "judged"))
    evidence = Evidence.of(flagged, judged)
    if evidence is None:
        return None
    rate, power = evidence.upper(_CAUTION), 1 - (1 - POWER) / len(doses)
    sizes = [
        units_to_rule_out(one.ours, one.theirs, rate=rate, margin=margin, level=level, power=power) for one in doses
    ]
    found = [_conversations(one, size) for one, size in zip(doses, sizes, strict=True) if size is not None]
    return max(found) if len(found) == len(sizes) else None


def _pooled(doses: Sequence[Pairs], turns: str) -> Counts:
    """Turns of the control and of every dose, an entry a unit of each."""
    sides = [doses[0].theirs, *(one.ours for one in doses)]
    return np.concatenate([getattr(side, turns) for side in sides])


def _conversations(pairs: Pairs, units: float) -> int:
    return ceil(units * pairs.places / pairs.units)
