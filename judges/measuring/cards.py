"""Puts a judge's measurements, its fingerprint and what is known of it together into its card."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from importlib import util
from pathlib import Path
from typing import Protocol, cast

from judges.card import SCHEMA, JudgeCard, Measurement
from judges.catalogue import make_judge
from judges.embeddings import Encoder
from judges.measuring.card_text import CardText
from judges.measuring.fingerprint import decision_fingerprint, fingerprint


class Measuring(Protocol):
    """A module `judges.measuring.<judge>`."""

    CARD: CardText

    def measure(self, data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
        """Every row of the card; with an encoder, only those that change with embeddings."""
        ...


def measuring_of(judge: str) -> Measuring | None:
    """The module that measures a judge, or None where there is none."""
    name = f"judges.measuring.{judge}"
    return cast("Measuring", importlib.import_module(name)) if util.find_spec(name) else None


def uses_embeddings(judge: str, encoder: Encoder) -> bool:
    """Whether the judge is another one with this encoder: there are weights fitted for it."""
    return make_judge(judge, encoder=encoder).version != make_judge(judge).version


def measure_card(judge: str, measuring: Measuring, data: Path, *, encoder: Encoder | None) -> JudgeCard:
    """The card of a shipped judge, measured on the corpora of the folder `data`, without and with embeddings."""
    used = encoder if encoder is not None and uses_embeddings(judge, encoder) else None
    rows = list(measuring.measure(data, None))
    rows += measuring.measure(data, used) if used else ()
    text, shipped = measuring.CARD, make_judge(judge)
    return JudgeCard(
        schema=SCHEMA,
        judge=judge,
        version=shipped.version,
        fingerprint=fingerprint(shipped),
        embeddings=used.name if used else None,
        fingerprint_with_embeddings=decision_fingerprint(make_judge(judge, encoder=used)) if used else None,
        finds=text.finds,
        unit=text.unit,
        threshold=text.threshold,
        measurements=tuple(_four_digits(rows)),
        blind_spots=text.blind_spots,
        sources=text.sources,
    )


def _four_digits(rows: Iterable[Measurement]) -> Iterator[Measurement]:
    for row in rows:
        figures = {name: getattr(row, name) for name in ("value", "ci_low", "ci_high", "people", "target")}
        known = {name: round(value, 4) + 0.0 for name, value in figures.items() if value is not None}
        yield row.model_copy(update=known)
