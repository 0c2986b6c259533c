"""Rates of flagged turns and their differences: one entry a unit, a conversation or a scenario with all of its own.

The rate of a sample is a ratio of totals, flagged over judged turns; what varies are whole units. Everything but the
random swaps is closed form. docs/statistics.md has the reasons, and what simulation says of each figure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, exp, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from analysis.statistics.common import ALPHA, POWER, Counts, Interval
from analysis.statistics.rate_evidence import Evidence, residuals
from analysis.statistics.swaps import swap_test

SWAPS = 9_999
_Z_POWER = float(stats.norm.ppf(POWER))
_Z_BOTH = float(stats.norm.ppf((1 + POWER) / 2))
_MOST_TIMES = 1e6
_LEAST_UNITS = 6
"""Fewer pairs do not show how far pairs vary."""
_LEAST_RISE = 1e-9
_LEAST_P = 1e-9
_NEW_EXCESS = 0.75
"""How much of the excess of the design effect new flags have: between none and that of the old."""
_USUAL_CORRELATION, _USUAL_UNITS = 0.1, 2.0
"""Of the turns of one conversation, as judges find it in real dialogues (.01 to .33), where few flags are seen."""


@dataclass(frozen=True, slots=True, eq=False)
class TurnCounts:
    """Flagged and judged turns, aligned, one entry a unit."""

    flagged: Counts
    judged: Counts

    @property
    def rate(self) -> float | None:
        """Flagged over judged turns, in [0, 1]; None where nothing was judged."""
        turns = int(self.judged.sum())
        return int(self.flagged.sum()) / turns if turns else None

    def by_unit(self, numbers: npt.NDArray[np.int64]) -> TurnCounts:
        """The sums over the entries of each unit, whose numbers from 0 are given one an entry."""
        summed = np.zeros((max(numbers, default=-1) + 1, 2), dtype=np.int64)
        np.add.at(summed, numbers, _rows(self))
        return TurnCounts(summed[:, 0], summed[:, 1])


@dataclass(frozen=True, slots=True)
class RateDifference:
    """The candidate's rate of flagged turns less the baseline's, over paired units.

    Rates are in [0, 1], the difference and its bounds in [-1, 1]. `ci_low` and `ci_high` are the two-sided 95 %
    interval, `upper` is the one-sided 95 % upper bound. `p_worse` is one-sided, of the hypothesis that the candidate
    flags no more than the baseline; `p_differs` is two-sided.
    """

    baseline_rate: float
    candidate_rate: float
    difference: float
    ci_low: float
    ci_high: float
    upper: float
    p_worse: float
    p_differs: float


@dataclass(frozen=True, slots=True)
class RateBounds:
    """A rate with its one-sided 95 % bounds, and the p of the hypothesis that it is at most a given bound."""

    rate: float
    lower: float
    upper: float
    p_above: float


def rate_interval(flagged: Counts, judged: Counts) -> Interval | None:
    """A 95 % interval of a share of turns, each conversation giving its flagged and its judged turns; in [0, 1].

    Clopper-Pearson's exact interval on the number of independent turns that the sample is worth (never more than
    there are), as Korn & Graubard (1998) do for clustered surveys. That number comes from the linearised variance
    over conversations; where few conversations have flags, it is taken to be lower than it looks (`Evidence`).

    Where no turn is flagged, the bound is one-sided, 1 - .05^(1/n), the "rule of three" (about 3/n) with n the turns
    that are independent at an intraclass correlation of .3. With flags the bound is never below that. All turns flagged
    mirrors it. None where nothing was judged.

    Simulated coverage (30 to 200 conversations of 6 to 30 turns, rates .005 to .3, intraclass correlation 0 to .3):
    95-98.5 % where 50 flags and more are expected, above that with fewer. Over 10 to 30 scenarios with 3 to 500
    conversations each: 94.6-99 % where flags are many. Log-normal lengths: 92.5-97 % from 100 conversations on, down to
    88 % with 50. Blind spot: rare flags that fill whole units (a scenario in twenty; a long conversation), of which few
    were seen: 84-93 %.
    """
    evidence = Evidence.of(flagged, judged)
    return Interval(evidence.lower(ALPHA / 2), evidence.upper(ALPHA / 2)) if evidence else None


def rate_bounds(counts: TurnCounts, *, bound: float) -> RateBounds | None:
    """A rate held to `bound`, by the interval of `rate_interval`; None where nothing was judged."""
    evidence = Evidence.of(counts.flagged, counts.judged)
    if evidence is None:
        return None
    return RateBounds(evidence.rate, evidence.lower(ALPHA), evidence.upper(ALPHA), evidence.p_above(bound))


def worst_rates(counts: TurnCounts, *, turns: Counts, is_missing: npt.NDArray[np.bool_]) -> Interval | None:
    """The least and the greatest rate had the missing conversations been complete; one entry a conversation.

    A missing conversation would have had as many turns judged as the complete ones have on average, or, where that is
    more, the same share of its own `turns`; what was not judged of them is all clean, or all flagged. From 0 to 1 where
    no complete conversation has a judged turn. None where nothing is missing and nothing was judged.
    """
    judged, is_complete = counts.judged, ~is_missing
    known = int(judged[is_complete].sum())
    if not known:
        return Interval(0.0, 1.0) if is_missing.any() else None
    usual, share = known / int(is_complete.sum()), known / int(turns[is_complete].sum())
    expected = np.maximum(np.maximum(share * turns, usual), judged)
    unjudged = float((expected - judged)[is_missing].sum())
    flagged, total = int(counts.flagged.sum()), int(judged.sum()) + unjudged
    return Interval(flagged / total, (flagged + unjudged) / total)


def paired_difference(
    candidate: TurnCounts, baseline: TurnCounts, *, seed: int, draws: int = SWAPS
) -> RateDifference | None:
    """The candidate's rate less the baseline's over aligned units; None where a side judged nothing or under 2 units.

    The bounds join those of the two rates (`rate_interval`) as Newcombe's do, with the correlation of the units'
    residuals (MOVER: Zou & Donner 2008). The p-values come from swapping the two sides of units at random
    (`swap_test`): all swaps where at most twelve units differ, else `draws` of them.

    Simulated coverage over the same grids, partners' correlation 0 and .5, is nowhere below 94 %; `upper` lies below
    the truth in 2 % on average, and in 6.7 % at most (to two points). The tables are in docs/statistics.md.
    """
    pairs = _Pairs.of(candidate, baseline)
    if pairs is None:
        return None
    low, high = pairs.bounds(ALPHA / 2)
    p_worse, p_differs = swap_test(_rows(candidate), _rows(baseline), seed=seed, draws=draws)
    return RateDifference(
        baseline_rate=pairs.baseline.rate,
        candidate_rate=pairs.candidate.rate,
        difference=pairs.difference,
        ci_low=low,
        ci_high=high,
        upper=min(high, pairs.bounds(ALPHA)[1]),  # joined bounds of a few correlated units can cross
        p_worse=p_worse,
        p_differs=p_differs,
    )


def p_of_rise(candidate: TurnCounts, baseline: TurnCounts, *, margin: float) -> float | None:
    """The p of the hypothesis that the candidate's rate is above the baseline's by the margin or more.

    The error at which the upper bound of the difference reaches the margin, so that p < .05 where `upper` < `margin`;
    1 where it does not at .5, and no less than 1e-9. None as for `paired_difference`.
    """
    pairs = _Pairs.of(candidate, baseline)
    if pairs is None:
        return None

    def beyond(log_alpha: float) -> float:
        return pairs.bounds(exp(log_alpha), unanimous=exp(log_alpha))[1] - margin

    if beyond(log(0.5)) >= 0:
        return 1.0
    return _LEAST_P if beyond(log(_LEAST_P)) < 0 else exp(float(optimize.brentq(beyond, log(_LEAST_P), log(0.5))))


def minimum_detectable(
    candidate: TurnCounts, baseline: TurnCounts, *, level: float, bound: float = 0.0
) -> float | None:
    """The rise over the baseline's rate found with 80 % power by `p_worse` < `level` and a difference above `bound`.

    In (0, 1]. Normal approximation of the swap test, with Guenther's (1981) correction for few units, which makes it
    that of a t-test. The spread of units is that of the pairs seen, with all that partners have in common. Nobody
    knows how the new flags would cluster: they are taken to have three quarters of the excess of the design effect
    seen, and that, where few flags are seen, of usual judges. Simulated, it is within 20 % of the rise that is found in
    80 % of the cases, for flags that fall independently and for those that cluster as before, where the baseline has
    ten flags and more; exceptions are in docs/statistics.md.

    None where a side judged nothing, with under six units, or where so few units could find no rise at all.
    """
    pairs = _Pairs.of(candidate, baseline)
    if pairs is None or pairs.units < _LEAST_UNITS or 0.5**pairs.units >= level:
        return None
    z, most = float(stats.norm.isf(level)), 1 - pairs.baseline.rate
    reach = (z + _Z_POWER) / sqrt(pairs.units - z**2 / 2)

    def spare(rise: float) -> float:
        spread = pairs.spread_after(rise)
        return rise - max(reach * spread, bound + _Z_POWER * spread / sqrt(pairs.units))

    return float(optimize.brentq(spare, _LEAST_RISE, most)) if most > 0 and spare(most) > 0 else None


def units_needed(candidate: TurnCounts, baseline: TurnCounts, *, margin: float, level: float) -> int | None:
    """How many units would, with 80 % power, show a rise above `margin` or rule one out.

    Shown is a rise by `p_worse` < `level` and a difference above `margin`, ruled out by `upper` < `margin`. The rates,
    and how flags cluster, are taken to be those seen; the cheaper of the two outcomes counts, and the answer is more
    than the units at hand. None where the difference lies too near the margin (a million times as many would not do),
    or cannot be said.
    """
    pairs = _Pairs.of(candidate, baseline)
    if pairs is None:
        return None
    sizes = [
        size
        for size in (_units_to_fail(pairs, level=level, margin=margin), _units_to_pass(pairs, margin=margin))
        if size
    ]
    return max(ceil(min(sizes)), pairs.units + 1) if sizes else None


def units_to_decide(one: TurnCounts, other: TurnCounts, *, margin: float, level: float) -> int | None:
    """How many units would, with 80 % power, tell two sides apart (`p_differs` < `level`) or show them alike.

    Alike: the two-sided 95 % interval lies within the margin. Each of its ends is given 90 % power, so that both hold
    in at least 80 %. Else as `units_needed`. Simulated (14 turns, intraclass correlation .1): a size from the true
    rates decides in 77-100 % of cases; one from a pilot of 40 units, whose rates are off by luck, in 56-93 %.
    """
    more, less = (one, other) if (one.rate or 0.0) >= (other.rate or 0.0) else (other, one)
    pairs, turned = _Pairs.of(more, less), _Pairs.of(less, more)
    if pairs is None or turned is None:
        return None
    ends = [_units_to_pass(side, margin=margin, alpha=ALPHA / 2, z_power=_Z_BOTH) for side in (pairs, turned)]
    alike = max(end for end in ends if end is not None) if None not in ends else None
    sizes = [size for size in (_units_to_fail(pairs, level=level / 2, margin=0.0), alike) if size]
    return max(ceil(min(sizes)), pairs.units + 1) if sizes else None


def units_to_show_rise(candidate: TurnCounts, baseline: TurnCounts, *, level: float) -> int | None:
    """How many units would, with 80 % power, show the rise that was seen (`p_differs` < `level`).

    None where the rate did not rise, or it cannot be said.
    """
    pairs = _Pairs.of(candidate, baseline)
    found = _units_to_fail(pairs, level=level / 2) if pairs else None
    return None if found is None else ceil(found)


def units_to_rule_out(
    candidate: TurnCounts, baseline: TurnCounts, *, rate: float, margin: float, level: float, power: float
) -> int | None:
    """How many units would rule out a rise of the margin (`p_of_rise` < `level`) were `rate` that of both sides.

    No fewer than there are. None where it cannot be said.
    """
    pairs = _Pairs.of(candidate, baseline)
    if pairs is None:
        return None
    alike = replace(pairs, candidate=replace(pairs.candidate, rate=rate), baseline=replace(pairs.baseline, rate=rate))
    z_power = float(stats.norm.ppf(power))
    found = _units_to_pass(alike, margin=margin, alpha=level, z_power=z_power, unanimous=level)
    return None if found is None else ceil(found)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Both sides of aligned units.

    `correlation` is that of their residuals, drawn to 0 where few have flags; `effect` the design effect of the
    difference.
    """

    candidate: Evidence
    baseline: Evidence
    correlation: float
    effect: float
    units: int

    @classmethod
    def of(cls, candidate: TurnCounts, baseline: TurnCounts) -> _Pairs | None:
        ours = Evidence.of(candidate.flagged, candidate.judged)
        theirs = Evidence.of(baseline.flagged, baseline.judged)
        units = int(((candidate.judged > 0) | (baseline.judged > 0)).sum())
        if ours is None or theirs is None or units < 2:
            return None
        seen = _correlation(candidate, baseline)
        telling = min(ours.telling, theirs.telling)
        drawn = seen * telling / (telling + 2) if seen > 0 else seen
        return cls(ours, theirs, drawn, _effect(candidate, baseline, (ours, theirs)), units)

    @property
    def difference(self) -> float:
        return self.candidate.rate - self.baseline.rate

    def bounds(self, alpha: float, *, times: float = 1.0, unanimous: float = ALPHA) -> tuple[float, float]:
        """Bounds of the difference, each at error `alpha`, had there been so many times as many units.

        Those of a side that has no flag, or nothing else, are at error `unanimous`.
        """
        down, up = self.candidate.times(times).reach(alpha, unanimous=unanimous)
        their_down, their_up = self.baseline.times(times).reach(alpha, unanimous=unanimous)
        low = self.difference - self._joined(down, their_up)
        high = self.difference + self._joined(up, their_down)
        return max(-1.0, low), min(1.0, high)

    def _joined(self, one: float, other: float) -> float:
        return sqrt(max(0.0, one**2 + other**2 - 2 * self.correlation * one * other))

    def spread(self) -> float:
        """The standard deviation of one unit's difference, at the rates seen."""
        return self._spread(*(self.effect * _variance(side.rate) for side in (self.candidate, self.baseline)))

    def spread_after(self, rise: float) -> float:
        """The standard deviation of one unit's difference, had the rate risen so far above the baseline's."""
        before = _variance(self.baseline.rate)
        more = max(0.0, _variance(self.baseline.rate + rise) - before)
        new = (1 + _NEW_EXCESS * max(0.0, self.effect - 1)) * more
        return self._spread(self.effect * before + new, self.effect * before)

    def _spread(self, ours: float, theirs: float) -> float:
        """Of one unit, from the variances of the two sides' single turns."""
        return sqrt(self.units * (ours / self.candidate.turns + theirs / self.baseline.turns))


def _effect(candidate: TurnCounts, baseline: TurnCounts, sides: tuple[Evidence, Evidence]) -> float:
    """The variance of the difference over the pairs by that of independent turns; above 0.

    It is steadied by a guess with the weight of two units with flags.
    """
    guess = _USUAL_CORRELATION * (sides[1].size_in_doubt - 1)
    telling = sum(side.telling for side in sides)
    independent = sum(_variance(side.rate) / side.turns for side in sides)
    seen = _paired_variance(candidate, baseline) / independent if independent else 1.0
    return 1 + (telling * (seen - 1) + _USUAL_UNITS * guess) / (telling + _USUAL_UNITS)


def _paired_variance(candidate: TurnCounts, baseline: TurnCounts) -> float:
    """The variance of the difference, by the units' linearised residuals."""
    ours, theirs = (residuals(side.flagged, side.judged) / side.judged.sum() for side in (candidate, baseline))
    units = int(((candidate.judged > 0) | (baseline.judged > 0)).sum())
    return float(((ours - theirs) ** 2).sum()) * units / (units - 1)


def _variance(rate: float) -> float:
    return max(0.0, rate * (1 - rate))


def _correlation(candidate: TurnCounts, baseline: TurnCounts) -> float:
    ours, theirs = (residuals(side.flagged, side.judged) for side in (candidate, baseline))
    scale = sqrt(float((ours**2).sum() * (theirs**2).sum()))
    return float((ours * theirs).sum()) / scale if scale > 0 else 0.0


def _rows(counts: TurnCounts) -> Counts:
    return np.stack([counts.flagged, counts.judged], axis=1)


def _units_to_fail(pairs: _Pairs, *, level: float, margin: float = 0.0) -> float | None:
    rise, spread = pairs.difference, pairs.spread()
    if rise <= max(0.0, margin):
        return None
    z = float(stats.norm.isf(level))
    return max(((z + _Z_POWER) * spread / rise) ** 2 + z**2 / 2, (_Z_POWER * spread / (rise - margin)) ** 2)


def _units_to_pass(
    pairs: _Pairs, *, margin: float, alpha: float = ALPHA, z_power: float = _Z_POWER, unanimous: float = ALPHA
) -> float | None:
    spread = pairs.spread()

    def over(times: float) -> float:
        upper = pairs.bounds(alpha, times=times, unanimous=unanimous)[1]
        return upper + z_power * spread / sqrt(pairs.units * times) - margin

    if over(1.0) <= 0:
        return pairs.units
    return pairs.units * float(optimize.brentq(over, 1.0, _MOST_TIMES)) if over(_MOST_TIMES) < 0 else None
