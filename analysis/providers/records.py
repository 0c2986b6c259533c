"""A comparison of providers as plain records for programs, one a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from analysis.figures import rounded
from analysis.providers.values import Measure, ProviderComparison


def provider_records(comparison: ProviderComparison) -> Iterator[dict[str, Any]]:
    """The standings ("arm"), pairwise differences ("difference") and services ("cost"), six significant digits."""
    for standing in comparison.standings:
        yield _record("arm", asdict(standing), standing.measure)
    for difference in comparison.differences:
        yield _record("difference", asdict(difference), difference.measure) | {"unit": comparison.unit}
    for service in comparison.services:
        yield _record("cost", asdict(service), None)


def _record(kind: str, fields: dict[str, Any], measure: Measure | None) -> dict[str, Any]:
    named = {} if measure is None else {"kind": measure.kind, "measure": measure.name, "role": measure.role or None}
    figures = {key: rounded(value) for key, value in fields.items() if key != "measure"}
    return {"record": kind, **named, **figures}
