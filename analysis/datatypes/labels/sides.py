"""A figure for people and for the language model on the same items, and ratios whose intervals count the clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.statistics.clusters import Estimate, mean_of, share_of
from analysis.statistics.common import Counts, Values

NOTHING = Estimate(None, None, None, 0, 0)


@dataclass(frozen=True, slots=True)
class Sides:
    """One figure of both, and the model's less people's; unknown ones where no model labelled.

    Only the difference has a p (of no difference): that a figure of one side is zero is no question.
    """

    human: Estimate
    llm: Estimate = NOTHING
    difference: Estimate = NOTHING


def ratio_of(parts: Values, wholes: Values, clusters: Counts, *, bounds: tuple[float, float]) -> Estimate:
    """The sum of `parts` over that of `wholes`, items without a whole left out; unknown where none has one.

    The interval is that of the mean of the ratio's linear parts (Taylor), over clusters: `mean_of`.
    """
    kept = wholes > 0
    if not kept.any():
        return NOTHING
    parts, wholes, clusters = parts[kept], wholes[kept], clusters[kept]
    ratio = float(parts.sum() / wholes.sum())
    return mean_of(ratio + (parts - ratio * wholes) / wholes.mean(), clusters, bounds=bounds)


def means(human: Values, llm: Values | None, clusters: Counts, *, most: float = 1.0) -> Sides:
    """The means of aligned values of items, from 0 to `most`, and of their differences."""
    theirs = mean_of(human, clusters, bounds=(0.0, most))
    if llm is None:
        return Sides(theirs)
    difference = mean_of(llm - human, clusters, bounds=(-most, most))
    return Sides(theirs, mean_of(llm, clusters, bounds=(0.0, most)), difference)


def shares(human: npt.NDArray[np.bool_], llm: npt.NDArray[np.bool_] | None, clusters: Counts) -> Sides:
    """The shares of items that hit, and their difference."""
    if llm is None:
        return Sides(share_of(human, clusters))
    difference = mean_of(llm.astype(np.float64) - human, clusters, bounds=(-1.0, 1.0))
    return Sides(share_of(human, clusters), share_of(llm, clusters), difference)


def ratios(human: Values, llm: Values, wholes: Values, clusters: Counts) -> Sides:
    """Two ratios in [0, 1] over the same wholes, and their difference."""
    return Sides(
        ratio_of(human, wholes, clusters, bounds=(0.0, 1.0)),
        ratio_of(llm, wholes, clusters, bounds=(0.0, 1.0)),
        ratio_of(llm - human, wholes, clusters, bounds=(-1.0, 1.0)),
    )


def share_among(hits: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_], clusters: Counts) -> Estimate:
    """The share of hits among some of the items."""
    return share_of(hits[among], clusters[among])
