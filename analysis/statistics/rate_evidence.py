"""What a sample of conversations says of a rate: how many independent turns it is worth, and the bounds that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.statistics.common import ALPHA, Counts, Values

CAUTION = 5.0
"""The excess seen is raised by this over the number of units that show it: few clusters hide how large they can be."""
PRIOR_CORRELATION = 0.3
PRIOR_UNITS = 0.5
"""Flags are taken to cluster this much, with the weight of half a unit, until enough of them are seen."""
USUAL_TURNS = 30
"""Such a correlation is that of the turns of one conversation: it says little of a scenario or a day-long meeting.

The four figures were chosen by simulation (`python -m analysis.proof rates`): .3 is the strongest correlation of
turns of one conversation met in real dialogues, and the rest is what brings coverage to 94 % and more.
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sample of units, each with flagged and judged turns, as far as its rate is concerned.

    `rate` is the ratio of totals, `size` the mean turns of the unit that a random turn is in. `telling` is how many
    units the flagged turns are spread over, or the clean ones, whichever are fewer: nothing else shows how flags
    cluster. `excess` is the design effect seen, less 1.
    """

    units: float
    turns: float
    rate: float
    size: float
    telling: float
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
            telling=min(_spread_over(flagged), _spread_over(judged - flagged)),
            excess=_excess(flagged, judged, rate=rate),
        )

    def times(self, factor: float) -> Evidence:
        """The evidence of so many times as many units like these."""
        return replace(
            self, units=self.units * factor, turns=self.turns * factor, telling=max(1.0, self.telling * factor)
        )

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
        seen = self.excess * (1 + CAUTION / self.telling) if self.excess > 0 and self.telling else self.excess
        prior = PRIOR_CORRELATION * (self.size_in_doubt - 1)
        steadied = (self.telling * seen + PRIOR_UNITS * prior) / (self.telling + PRIOR_UNITS)
        return max(1.0, self.turns / max(1.0, 1 + steadied))

    def lower(self, alpha: float) -> float:
        """The one-sided lower bound at error `alpha`, in [0, 1]."""
        if self.rate in (0.0, 1.0):
            return float(ALPHA ** (1 / self.units)) if self.rate else 0.0
        hits = self.rate * self.independent_turns
        return float(special.betaincinv(hits, self.independent_turns - hits + 1, alpha))

    def upper(self, alpha: float) -> float:
        """The one-sided upper bound at error `alpha`, in [0, 1]: the lower bound of the clean turns, mirrored."""
        return 1 - replace(self, rate=1 - self.rate).lower(alpha)

    def p_above(self, bound: float) -> float:
        """The p of the hypothesis that the rate is at most `bound`: the error at which the lower bound reaches it."""
        if self.rate in (0.0, 1.0):
            return float(bound**self.units) if self.rate else 1.0
        hits = self.rate * self.independent_turns
        return float(special.betainc(hits, self.independent_turns - hits + 1, bound))


def residuals(flagged: Counts, judged: Counts) -> Values:
    """What each unit has of flags beyond the common rate; they sum to zero."""
    return np.asarray(flagged - flagged.sum() / judged.sum() * judged, dtype=np.float64)


def _spread_over(counts: Counts) -> float:
    """How many units would hold as much each and be as unequal: Kish's effective number; 0 where there is nothing."""
    squares = float((counts.astype(np.float64) ** 2).sum())
    return float(counts.sum()) ** 2 / squares if squares else 0.0


def _excess(flagged: Counts, judged: Counts, *, rate: float) -> float:
    """The variance of the rate by its linearised residuals over that of independent turns, less 1."""
    units, turns = len(judged), float(judged.sum())
    if rate in (0.0, 1.0):
        return 0.0
    if units == 1:
        return turns - 1
    variance = float((residuals(flagged, judged) ** 2).sum()) * units / (units - 1) / turns**2
    return variance * turns / (rate * (1 - rate)) - 1
