"""What a judge was measured on and how well it did: the card that travels with it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA: Literal["simstress/card@1"] = "simstress/card@1"
_STRICT = ConfigDict(extra="forbid", frozen=True)


class Measurement(BaseModel):
    """One figure of a judge on one set of labelled or planted data.

    `value` is in the unit of `metric`, with a 95 % interval by bootstrap over `clusters` whole conversations (texts,
    tasks); `n` counts what was scored. `trained_on` says what the judge had seen of the data: "other corpora",
    "other folds", "other parts" or "nothing". `people` is the same figure between people, the ceiling; None where
    nobody knows it. `target` is what was aimed at before measuring.
    """

    model_config = _STRICT

    what: str
    data: str
    metric: str
    value: float
    ci_low: float
    ci_high: float
    n: int
    clusters: int
    trained_on: str
    with_embeddings: bool = False
    people: float | None = None
    target: float | None = None
    note: str = ""


class Source(BaseModel):
    """A data set that a judge was fitted on or measured on, and its terms as stated at the origin."""

    model_config = _STRICT

    data: str
    origin: str
    licence: str
    used_for: Literal["fitting", "measuring", "fitting and measuring"]


class JudgeCard(BaseModel):
    """Everything that is known about how far a judge can be trusted."""

    model_config = _STRICT

    schema_: Literal["simstress/card@1"] = Field(SCHEMA, alias="schema")
    judge: str
    version: str
    fingerprint: str
    finds: str
    unit: str
    threshold: str
    measurements: tuple[Measurement, ...]
    blind_spots: tuple[str, ...]
    sources: tuple[Source, ...]


@cache
def load_card(judge: str) -> JudgeCard | None:
    """The shipped card of a judge; None where it has none and is to be called "uncalibrated"."""
    path = resources.files("judges").joinpath("cards", f"{judge}.json")
    return JudgeCard.model_validate_json(path.read_text(encoding="utf-8")) if path.is_file() else None


def has_card(judge: str) -> bool:
    """Whether the judge has a card; one without is shown as "uncalibrated" wherever its result appears."""
    return resources.files("judges").joinpath("cards", f"{judge}.json").is_file()
