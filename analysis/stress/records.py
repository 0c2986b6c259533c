"""A stress test as plain records, for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from analysis.stress.values import StressFindings


def dose_records(found: StressFindings) -> Iterator[dict[str, Any]]:
    """One record a judge, model, kind and dose: the `DosePoint`, with what the whole `DoseResponse` says."""
    for response in found.responses:
        for point in response.points:
            figures = asdict(point)
            figures.pop("arm")
            yield {
                "judge": response.judge,
                "model": response.model,
                "kind": response.kind,
                "dose": point.arm.dose,
                **figures,
                "exceeds": point.exceeds,
                "response": response.response,
                "first_exceeding": response.first_exceeding,
                "needed": response.needed,
            }
