"""How far two groups of one and the same population lie apart by luck: what likeness is measured against."""

from __future__ import annotations

import numpy as np

from analysis.reference.profile import NoiseFloor
from analysis.statistics.common import Values, split_half_deltas

PER_GROUP = 100
LEAST_PER_GROUP = 10
DRAWS = 200


def noise_floor(values: Values, *, seed: int = 0) -> NoiseFloor | None:
    """The noise floor of one value a conversation; None under 20 values.

    Groups are of 100 conversations, or of half the values where there are fewer than 200: the size must be
    stated, since the floor falls with it (for a feature without ties its 95th percentile is near 1.6 / sqrt(size)).
    """
    per_group = min(PER_GROUP, len(values) // 2)
    if per_group < LEAST_PER_GROUP:
        return None
    deltas = split_half_deltas(np.sort(values), per_half=per_group, splits=DRAWS, seed=seed)
    p50, p90, p95, p99 = (round(float(share), 4) for share in np.quantile(deltas, [0.5, 0.9, 0.95, 0.99]))
    return NoiseFloor(per_group=per_group, draws=DRAWS, p50=p50, p90=p90, p95=p95, p99=p99)
