"""Rows of cards."""

from __future__ import annotations

from judges.card import Measurement
from judges.measuring.figures import Figure


def card_row(
    what: str,
    data: str,
    metric: str,
    found: Figure,
    *,
    target: float | None = None,
    people: float | None = None,
    trained_on: str = "other parts",
    with_embeddings: bool = False,
    note: str = "",
) -> Measurement:
    """A row of a card, from its figure."""
    return Measurement(
        what=what,
        data=data,
        metric=metric,
        value=found.value,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        n=found.n,
        clusters=found.clusters,
        trained_on=trained_on,
        with_embeddings=with_embeddings,
        people=people,
        target=target,
        note=note,
    )
