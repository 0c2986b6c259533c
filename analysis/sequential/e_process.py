"""How much conversations speak against a limit on the rate of flagged turns, at any time one cares to look.

A gambler who doubts the limit bets a share of the capital on every conversation, at odds that are fair or worse
where the limit holds. The capital is then expected never to grow, so that it ever reaches 1 / alpha has a probability
of at most alpha (Ville's inequality), however often one looks and whenever one stops.

Source: Waudby-Smith & Ramdas (2024), Estimating means of bounded random variables by betting; a mixture of fixed bets.
No maintained library offers it, so it is ours, checked by `python -m analysis.proof sequential`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from analysis.statistics.common import ALPHA, Counts, Interval, Values

_ON_MORE = np.full(8, 1 / 8)
_ON_LESS = np.array([0.7, 0.15, 0.1, 0.05])
"""How the capital is first spread over bets of all that can be staked, half of it, a quarter, and so on. Evidence
that the rate is below a limit is mostly clean conversations, for which the whole stake is best."""
LEAST_CLEAN_EVIDENCE = float(-np.log(ALPHA * _ON_LESS[0]))
"""What clean conversations of full length have to come to, each adding -log(1 - limit), before a limit is met."""
_LEAST_LOST = 1e-12
_FINEST, _STEPS = 1e-4, 150


@dataclass(frozen=True, slots=True, eq=False)
class EValues:
    """The natural logarithm of the e-value after each conversation.

    `above` speaks against "the rate is at most the limit", `below` against "the rate is at least the limit".
    """

    above: Values
    below: Values


def e_values(flagged: Counts, judged: Counts, *, limit: float, most_turns: int) -> EValues:
    """The evidence for a rate above and for a rate below a limit in [0, 1].

    One entry a conversation, in the order of holding; the conversations are independent draws, their turns need not
    be. The rate is that of totals: expected flagged over expected judged turns. `most_turns` bounds the judged turns
    of a conversation and must be known beforehand: it makes flagged - limit * judged a bounded bet.

    Blind spots: it takes about 3.3 / limit clean conversations to show a rate
    below the limit, more where conversations end before `most_turns`; a rate below 0 or above 1 cannot be shown.
    """
    payoffs = (flagged - limit * judged) / most_turns
    return EValues(
        above=_log_capital(np.cumsum(_growth(payoffs, limit, bets=len(_ON_MORE)), axis=1), _ON_MORE),
        below=_log_capital(np.cumsum(_growth(-payoffs, 1 - limit, bets=len(_ON_LESS)), axis=1), _ON_LESS),
    )


def _growth(payoffs: Values, most_lost: float, *, bets: int) -> Values:
    """By how much the logarithm of the capital grows: a row a bet, a column a payoff of at least -`most_lost`.

    Where nothing can be lost, any gain makes the gambler endlessly rich.
    """
    if most_lost == 0:
        return np.tile(np.where(payoffs > 0, np.inf, 0.0), (bets, 1))
    stakes = 0.5 ** np.arange(bets) / max(most_lost, _LEAST_LOST)
    with np.errstate(divide="ignore"):
        return np.log1p(np.maximum(np.outer(stakes, payoffs), -1.0))


def _log_capital(growth: Values, spread: Values) -> Values:
    """The capital over all bets, when it was first spread over them like this."""
    return np.asarray(logsumexp(growth, b=spread[:, None], axis=0))


def confidence_sequence(flagged: Counts, judged: Counts, *, most_turns: int) -> Interval | None:
    """A 95 % interval of the rate, in [0, 1], that may be looked at after every conversation; None without any turn.

    It holds the limits that the evidence does not speak against: those on which a gambler with half the capital on
    either side has not reached 20. Ends are rounded outwards to a grid of limits, by .0001 near 0 and 1 and by 6 %
    of the distance to them further in. Simulated coverage at all of 400 times together: see `analysis.proof`.
    """
    total = int(judged.sum())
    if not total:
        return None
    limits = _limits(float(flagged.sum()) / total)
    kinds, counts = np.unique(np.stack([flagged, judged]), axis=1, return_counts=True)
    held = np.flatnonzero([_both_sides(kinds, counts, limit, most_turns) < -np.log(ALPHA) for limit in limits])
    low, high = max(int(held[0]) - 1, 0), min(int(held[-1]) + 1, len(limits) - 1)
    return Interval(float(limits[low]), float(limits[high]))


def _limits(rate: float) -> Values:
    """A grid over [0, 1], fine near its ends, with the rate seen in it: on that one nobody gains."""
    low = np.geomspace(_FINEST, 0.5, _STEPS)
    return np.unique(np.concatenate([[0.0, rate, 1.0], low, 1 - low]))


def _both_sides(kinds: Counts, counts: Counts, limit: float, most_turns: int) -> float:
    """The logarithm of the mean of both e-values; `kinds` of conversations count so often each, in any order."""
    payoffs = (kinds[0] - limit * kinds[1]) / most_turns
    more = _growth(payoffs, limit, bets=len(_ON_MORE)) * counts
    less = _growth(-payoffs, 1 - limit, bets=len(_ON_LESS)) * counts
    sides = [
        _log_capital(side.sum(axis=1, keepdims=True), spread) for side, spread in ((more, _ON_MORE), (less, _ON_LESS))
    ]
    return float(np.logaddexp(*sides)[0] - np.log(2))
