"""What a sample of conversations says of a rate: how many independent turns it is worth, and the bounds that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.statistics.common import ALPHA, Counts, Values

CAUTION = 5.0
"""The excess seen is raised by this over the number of units that show it: few clusters hide how large they can be."""
STEADY_SHARE = 0.25
"""What a unit is taken to add to the variance seen beyond its own, of that of independent turns."""
PRIOR_CORRELATION = 0.3
PRIOR_UNITS = 0.5
"""Flags are taken to cluster this much, with the weight of half a unit, until enough of them are seen."""
USUAL_TURNS = 30
"""Such a correlation is that of the turns of one conversation: it says little of a scenario or a day-long meeting.

The five figures were chosen by simulation (`python -m analysis.proof rates`): .3 is the strongest correlation of
turns of one conversation met in real dialogues, and the rest is what brings coverage to 94 % and more.
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sample of units, each with flagged and judged turns, as far as its rate is concerned.

    `rate` is the ratio of totals, `size` the mean turns of the unit that a random turn is in. `telling` is how many
    units the flagged turns are spread over, or the clean ones, whichever are fewer: nothing else shows how flags
    cluster. `excess` is the design effect seen, less 1, and `degrees` how many units that comes from. Where units are
    unequal, so many of equal size are meant (Kish).
    """

    units: float
    turns: float
    rate: float
    size: float
    telling: float
    degrees: float
    excess: float

    @classmethod
    def of(cls, flagged: Counts, judged: Counts) -> Evidence | None:
        """The evidence of aligned counts, one entry a unit; None where nothing was judged."""
        has_turns = judged > 0
        flagged, judged = flagged[has_turns], judged[has_turns]
        if not len(judged):
            return None
        turns, rate = float(judged.sum()), float(flagged.sum() / judged.sum())
        return cls(
            units=len(judged),
            turns=turns,
            rate=rate,
            size=float((judged.astype(np.float64) ** 2).sum()) / turns,
            telling=min(_telling(flagged, judged), _telling(judged - flagged, judged)),
            degrees=_degrees(flagged, judged, rate=rate),
            excess=_excess(flagged, judged, rate=rate),
        )

    def times(self, factor: float) -> Evidence:
        """The evidence of so many times as many units like these."""
        telling = max(min(1.0, self.telling), self.telling * factor)
        degrees = self.degrees * factor
        return replace(self, units=self.units * factor, turns=self.turns * factor, telling=telling, degrees=degrees)

    @property
    def size_in_doubt(self) -> float:
        """How many turns of a unit may be alike for all that is known: a usual conversation's, and few units' all.

        Of what a unit has beyond a usual conversation, each unit that tells leaves half.
        """
        beyond = max(0.0, self.size - USUAL_TURNS)
        return self.size - beyond + beyond * float(0.5**self.telling)

    @property
    def independent_turns(self) -> float:
        """How many independent turns would say as much; from 1 to the number of turns."""
        shown = min(self.telling, self.degrees)
        seen = self.excess * (1 + CAUTION / shown) if self.excess > 0 and shown else self.excess
        prior = PRIOR_CORRELATION * (self.size_in_doubt - 1)
        steadied = (self.telling * seen + PRIOR_UNITS * prior) / (self.telling + PRIOR_UNITS)
        return max(1.0, self.turns / max(1.0, 1 + steadied))

    @property
    def guessed_turns(self) -> float:
        """How many independent turns would say as much, if all were as clustered as guessed; at least 1."""
        return max(1.0, self.turns / (1 + PRIOR_CORRELATION * (self.size_in_doubt - 1)))

    def lower(self, alpha: float, *, unanimous: float = ALPHA) -> float:
        """The one-sided lower bound at error `alpha`, in [0, 1]; never above that with every turn flagged, which is at
        error `unanimous`."""
        most = float(unanimous ** (1 / self.guessed_turns))
        if self.rate in (0.0, 1.0):
            return most * self.rate
        hits = self.rate * self.independent_turns
        return min(most, float(special.betaincinv(hits, self.independent_turns - hits + 1, alpha)))

    def upper(self, alpha: float, *, unanimous: float = ALPHA) -> float:
        """The one-sided upper bound at error `alpha`, in [0, 1]: the lower bound of the clean turns, mirrored."""
        return 1 - replace(self, rate=1 - self.rate).lower(alpha, unanimous=unanimous)

    def reach(self, alpha: float, *, unanimous: float = ALPHA) -> tuple[float, float]:
        """How far the one-sided bounds lie below and above the rate."""
        low, high = self.lower(alpha, unanimous=unanimous), self.upper(alpha, unanimous=unanimous)
        return self.rate - low, high - self.rate

    def p_above(self, bound: float) -> float:
        """The p of the hypothesis that the rate is at most `bound`: the error at which the lower bound reaches it."""
        if not self.rate:
            return 1.0
        least = float(bound**self.guessed_turns)
        if self.rate == 1.0:
            return least
        hits = self.rate * self.independent_turns
        return max(least, float(special.betainc(hits, self.independent_turns - hits + 1, bound)))


def residuals(flagged: Counts, judged: Counts) -> Values:
    """What each unit has of flags beyond the common rate; they sum to zero."""
    return np.asarray(flagged - flagged.sum() / judged.sum() * judged, dtype=np.float64)


def _degrees(flagged: Counts, judged: Counts, *, rate: float) -> float:
    """How many units the variance seen comes from, as Satterthwaite counts them."""
    expected = rate * (1 - rate) * judged
    return _spread_over(residuals(flagged, judged) ** 2 + STEADY_SHARE * expected)


def _telling(found: Counts, judged: Counts) -> float:
    """How many units what was found is spread over, and no more than have it: a large one without counts as many."""
    share = float(judged[found > 0].sum() / judged.sum())
    return min(_spread_over(found), max(1.0, _spread_over(judged) * share))


def _spread_over(counts: Counts | Values) -> float:
    """How many units would hold as much each and be as unequal: Kish's effective number; 0 where there is nothing."""
    squares = float((counts.astype(np.float64) ** 2).sum())
    return float(counts.sum()) ** 2 / squares if squares else 0.0


def _excess(flagged: Counts, judged: Counts, *, rate: float) -> float:
    """The variance of the rate by its linearised residuals over that of independent turns, less 1.

    Each residual is raised for its unit's pull on the rate, 1 / (1 - its share of the turns): the HC2 correction.
    """
    if rate in (0.0, 1.0):
        return 0.0
    turns = float(judged.sum())
    if len(judged) == 1:
        return turns - 1
    variance = float((residuals(flagged, judged) ** 2 / (1 - judged / turns)).sum()) / turns**2
    return variance * turns / (rate * (1 - rate)) - 1
