"""What a card says in words; each judge's measuring module has one."""

from __future__ import annotations

from dataclasses import dataclass

from judges.card import Source


@dataclass(frozen=True, slots=True)
class CardText:
    """What the judge finds, the unit of its scores, how its threshold was chosen, what it cannot see, its data."""

    finds: str
    unit: str
    threshold: str
    blind_spots: tuple[str, ...]
    sources: tuple[Source, ...]
