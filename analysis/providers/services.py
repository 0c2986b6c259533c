"""What each arm cost and how it served."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from analysis.providers.readings import Readings, ServiceCount
from analysis.providers.values import COST, Service, Standing


def services(readings: Readings, standings: Sequence[Standing]) -> Iterator[Service]:
    """One entry an arm; the cost is that of the standings."""
    costs = {standing.arm: standing for standing in standings if standing.measure == COST}
    for arm, count in zip(readings.arms, readings.services, strict=True):
        yield _service(arm, count, costs.get(arm))


def _service(arm: str, count: ServiceCount, cost: Standing | None) -> Service:
    counts, latencies_s = count.counts, count.latencies_s
    return Service(
        arm=arm,
        conversations=counts["conversations"],
        turns=counts["turns"],
        cost_usd=cost.estimate if cost else None,
        cost_low_usd=cost.ci_low if cost else None,
        cost_high_usd=cost.ci_high if cost else None,
        unpriced_turns=counts["unpriced"],
        prompt_tokens=_mean(counts["prompt"], counts["counted"]),
        completion_tokens=_mean(counts["completion"], counts["counted"]),
        uncounted_turns=counts["uncounted"],
        latency_p50_s=_percentile(latencies_s, 50),
        latency_p95_s=_percentile(latencies_s, 95),
        timed_turns=len(latencies_s),
        cut=counts["cut"],
        failed_usd=count.failed_usd,
        refused=count.failures["refused"],
        failed=count.failures.total(),
        failures=dict(sorted(count.failures.items(), key=lambda item: (-item[1], item[0]))),
        truncated_turns=counts["truncated"],
        retried_turns=counts["retried"],
    )


def _mean(total: int, count: int) -> float | None:
    return total / count if count else None


def _percentile(values: array[float], rank: int) -> float | None:
    return float(np.percentile(np.asarray(values, dtype=np.float64), rank)) if values else None
