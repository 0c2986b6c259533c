"""A difference by rows, as if they were independent, and by the clusters that are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.paper.values import Contrast
from analysis.statistics.clusters import statistic_of
from analysis.statistics.common import Counts


def contrast(statistic: Callable[[Counts], float | None], clusters: Counts) -> Contrast:
    """Both intervals of a difference: each row a cluster of its own, and the clusters as they are."""
    return Contrast(statistic_of(statistic, np.arange(len(clusters))), statistic_of(statistic, clusters))
