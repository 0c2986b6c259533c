"""Which model is nearest to people: one distance a model over all features, and whether they can be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.findings import Shift
from analysis.providers.values import Nearness
from analysis.reference.profile import ReferenceProfile
from analysis.statistics.common import ALPHA, Values, placements, random_numbers, values_from_quantiles
from analysis.statistics.units import unit_of

DRAWS = 2_000
LEAST_UNITS = 2
_BLOCK_CELLS = 4_000_000


def nearness(
    tables: Mapping[str, pd.DataFrame],
    shifts: Mapping[str, Sequence[Shift]],
    profile: ReferenceProfile,
    *,
    roles: Mapping[str, str] | None = None,
    seed: int = 0,
) -> tuple[Nearness, ...]:
    """The models, the nearest to people by the estimate first; over the features that all of them could be compared on.

    Whole units (`unit_of`) of each model are resampled, 2,000 times, features staying together; two models are
    decidedly apart when zero lies outside the interval of their difference, at .05 shared by all pairs (Bonferroni).
    The draws are centred on the estimate, since resampling widens an absolute value. The people are taken as they are.
    Empty with fewer than two models or features in common.
    """
    common = _common(shifts)
    if len(tables) < 2 or not common:
        return ()
    placed = {arm: _placed(table, common, profile, roles or {}) for arm, table in tables.items()}
    if any(len(sums) < LEAST_UNITS for sums, _ in placed.values()):
        return ()
    found = {arm: _distance(sums.sum(axis=0), counts.sum(axis=0)) for arm, (sums, counts) in placed.items()}
    draws = {arm: _resampled(*units, seed=seed, arm=arm) for arm, units in placed.items()}
    further: dict[str, list[str]] = {arm: [] for arm in tables}
    pairs = list(combinations(tables, 2))
    for near, far in pairs:
        if found[near] > found[far]:
            near, far = far, near
        gaps = draws[far] - draws[near]
        if found[far] - found[near] > np.quantile(gaps.mean() - gaps, 1 - ALPHA / (2 * len(pairs))):
            further[near].append(far)
    ordered = sorted(found, key=lambda arm: (found[arm], arm))
    return tuple(Nearness(arm, found[arm], len(common), tuple(further[arm])) for arm in ordered)


def _common(shifts: Mapping[str, Sequence[Shift]]) -> list[tuple[str, str]]:
    known = [{(one.role, one.feature) for one in found if one.effect is not None} for found in shifts.values()]
    return sorted(set.intersection(*known)) if known else []


def _placed(
    table: pd.DataFrame, common: Sequence[tuple[str, str]], profile: ReferenceProfile, roles: Mapping[str, str]
) -> tuple[Values, Values]:
    """The sum and the number of placements among people, a row a unit and a column a feature."""
    cases = table.drop_duplicates("transcript")[["transcript", "scenario"]].sort_values("transcript")
    scenarios = [None if pd.isna(name) else str(name) for name in cases["scenario"]]
    is_scenario = unit_of(scenarios) == "scenario"
    names = [
        scenario or case if is_scenario else case for case, scenario in zip(cases["transcript"], scenarios, strict=True)
    ]
    unit = dict(zip(cases["transcript"], pd.factorize(np.array(names, dtype=object))[0], strict=True))
    sums = np.zeros((max(unit.values(), default=-1) + 1, len(common)))
    counts = np.zeros_like(sums)
    for column, (side, feature) in enumerate(common):
        figures = profile.sides[roles.get(side, side)][feature]
        of_side = table.loc[table["side"] == side, ["transcript", feature]].dropna()
        values = of_side[feature].to_numpy(dtype=np.float64)
        rows = of_side["transcript"].map(unit).to_numpy(dtype=np.int64)
        np.add.at(sums[:, column], rows, placements(values, values_from_quantiles(figures.quantiles, figures.n)))
        np.add.at(counts[:, column], rows, 1.0)
    return sums, counts


def _distance(sums: Values, counts: Values) -> float:
    return float(np.abs(sums / counts).mean())


def _resampled(sums: Values, counts: Values, *, seed: int, arm: str) -> Values:
    """The distance of resampled units, `DRAWS` times; a feature that no unit drawn has is left out of that draw."""
    rng, units = random_numbers("nearness", arm, seed), len(sums)
    found, block = [], max(1, _BLOCK_CELLS // units)
    for size in (min(block, DRAWS - done) for done in range(0, DRAWS, block)):
        times = rng.multinomial(units, np.full(units, 1 / units), size=size)
        total, number = times @ sums, times @ counts
        means = np.divide(total, number, out=np.zeros_like(total), where=number > 0)
        found.append(np.abs(means).sum(axis=1) / np.maximum(1, (number > 0).sum(axis=1)))
    return np.concatenate(found)
