"""Survival curves over turns: how many go on for how long, where some are watched for a part of it only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.statistics.common import ALPHA, Counts, Values

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """After a time: the share that goes on, in [0, 1], with its 95 % interval; `at_risk` were watched until then."""

    time: int
    share: float
    low: float
    high: float
    at_risk: int


def survival_steps(times: Counts, is_end: npt.NDArray[np.bool_], *, units: Counts | None = None) -> tuple[Step, ...]:
    """Kaplan and Meier's curve: a step at each time at which any ends, and one at the last; none without times.

    An entry with a false `is_end` was watched up to its time only: its end comes later. The interval is the log-log
    one of Greenwood's variance; of entries that hang together in `units`, of the variance over units (Williams 1995)
    with Student's t. Neither has a value while none has ended, nor once all have: there it is Clopper and Pearson's
    for none, or all, of the entries (or units) at risk.

    >>> [step.share for step in survival_steps(np.array([3, 5, 5, 9]), np.array([True, True, False, False]))]
    [0.75, 0.5, 0.5]
    """
    if not len(times):
        return ()
    watch = _Watch.of(times, is_end)
    numbers = None if units is None else np.unique(units, return_inverse=True)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        if numbers is None:
            reach = stats.norm.isf(ALPHA / 2) * np.sqrt(watch.variance)
        else:
            reach = stats.t.isf(ALPHA / 2, max(1, int(max(numbers)))) * np.sqrt(watch.variance_over(numbers))
        power = np.exp(reach / -np.log(watch.share))
        bounds = np.stack([watch.share**power, watch.share ** (1 / power)], axis=1)
    known = watch.at_risk if numbers is None else watch.units_at_risk(numbers)
    return tuple(_steps(watch, bounds, known=known))


def median_time(steps: tuple[Step, ...]) -> int | None:
    """The time by which half have ended, but for errors of rounding; None where fewer do."""
    return next((step.time for step in steps if step.share <= 0.5 + _ROUNDING), None)


@dataclass(frozen=True, slots=True, eq=False)
class _Watch:
    """What is seen at the times of the steps: how many end, of how many; and the curve that follows.

    An entry ends at step `ending` if at all (else -1), and is at risk up to step `last` (-1: not even at the first).
    """

    grid: Counts
    ending: Counts
    last: Counts
    ended: Counts
    at_risk: Counts
    share: Values

    @classmethod
    def of(cls, times: Counts, is_end: npt.NDArray[np.bool_]) -> _Watch:
        grid = np.union1d(times[is_end], [times.max()])
        last = np.searchsorted(grid, times, side="right") - 1
        ending = np.where(is_end, last, -1)
        ended = np.bincount(ending[is_end], minlength=len(grid))
        at_risk = len(times) - np.searchsorted(np.sort(times), grid)
        share = np.asarray(np.cumprod(1 - ended / at_risk), dtype=np.float64)
        return cls(grid, ending, last, ended, at_risk, share)

    @property
    def variance(self) -> Values:
        """Greenwood's, of the log of the curve, for independent entries."""
        return np.asarray(np.cumsum(self.ended / (self.at_risk * (self.at_risk - self.ended))), dtype=np.float64)

    def variance_over(self, units: Counts) -> Values:
        """The same over units, numbered from 0: the sum of squares of what each adds; infinite for one unit alone."""
        if not units.any():
            return np.full(len(self.grid), np.inf)
        ended, at_risk = self._by_unit(self.ending, units), self._at_risk_by_unit(units)
        beyond = np.cumsum((ended - at_risk * (self.ended / self.at_risk)) / (self.at_risk - self.ended), axis=1)
        return np.asarray((beyond**2).sum(axis=0) * len(beyond) / (len(beyond) - 1))

    def units_at_risk(self, units: Counts) -> Counts:
        """How many units have an entry that is watched up to each step."""
        return np.asarray(np.count_nonzero(self._at_risk_by_unit(units), axis=0), dtype=np.int64)

    def _at_risk_by_unit(self, units: Counts) -> Counts:
        return np.asarray(self._by_unit(self.last, units)[:, ::-1].cumsum(axis=1)[:, ::-1])

    def _by_unit(self, steps: Counts, units: Counts) -> Counts:
        """How many entries of each unit have each step; -1 is none."""
        counts = np.zeros((max(units) + 1, len(self.grid)), dtype=np.int64)
        np.add.at(counts, (units[steps >= 0], steps[steps >= 0]), 1)
        return counts


def _steps(watch: _Watch, bounds: Values, *, known: Counts) -> Iterator[Step]:
    highest = 1.0
    for time, share, (low, high), at_risk, number in zip(
        watch.grid, watch.share, bounds, watch.at_risk, known, strict=True
    ):
        unseen = 1 - (ALPHA / 2) ** (1 / number)
        if share == 1:
            low, high = 1 - unseen, 1.0
        elif share == 0:
            low, high = 0.0, unseen * highest
        highest = min(highest, float(high))
        yield Step(int(time), float(share), float(low), highest, int(at_risk))
