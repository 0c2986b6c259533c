"""What a judge was measured on and how well it did: the card that travels with it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sims.errors import UsageError

SCHEMA: Literal["simstress/card@1"] = "simstress/card@1"
_STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
_LESS_IS_BETTER = ("per 1,000", "error", "mae", "bias", "false alarm")
"""Words in the name of a metric that is better the lower it is; all others are better the higher they are."""


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

    @property
    def is_false_alarm_rate(self) -> bool:
        """Whether this counts flagged turns among a thousand of people: of a `human_...` corpus."""
        return "per 1,000" in self.metric and "turn" in self.metric and self.data.startswith("human")

    @property
    def is_recall_of_turns(self) -> bool:
        """Whether this is a recall at the shipped threshold whose items are turns, as `metric` or `what` says."""
        if self.metric.lower() == "recall by turn":
            return True
        return self.metric.lower() == "recall" and "turns" in self.what.rpartition(":")[2]

    @property
    def is_less_better(self) -> bool:
        """Whether a low figure is a good one."""
        return any(word in self.metric.lower() for word in _LESS_IS_BETTER)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None where there was none."""
        if self.target is None:
            return None
        return abs(self.value) <= self.target if self.is_less_better else self.value >= self.target

    @property
    def row(self) -> tuple[str, str, str, str]:
        """What the figure with embeddings has in common with the one without."""
        return self.what, self.data, self.metric, self.trained_on


class Source(BaseModel):
    """A data set that a judge was fitted on or measured on, and its terms as stated at the origin."""

    model_config = _STRICT

    data: str
    origin: str
    licence: str
    used_for: Literal["fitting", "measuring", "fitting and measuring"]


class JudgeCard(BaseModel):
    """Everything that is known about how far a judge can be trusted.

    `version` and `fingerprint` are of the judge that was measured; `fingerprint_with_embeddings` is of its decisions
    with the sentence embeddings of `embeddings`, and None where it uses none. The first measurement is the headline.
    `flag_at` is the score from which a turn is flagged, on cards fitted to labels of a user's own; None on shipped
    ones.
    """

    model_config = _STRICT

    schema_: Literal["simstress/card@1"] = Field(SCHEMA, alias="schema")
    judge: str
    version: str
    fingerprint: str
    embeddings: str | None = None
    fingerprint_with_embeddings: str | None = None
    finds: str
    unit: str
    threshold: str
    flag_at: float | None = None
    measurements: tuple[Measurement, ...]
    blind_spots: tuple[str, ...]
    sources: tuple[Source, ...]

    @property
    def headline(self) -> Measurement | None:
        """The figure to name when naming one: the first that is no false-alarm rate, without embeddings."""
        built_in = (one for one in self.measurements if not one.with_embeddings and not one.is_false_alarm_rate)
        return next(built_in, None)

    @property
    def false_alarms(self) -> tuple[Measurement, ...]:
        """Flags among a thousand turns of people, a corpus each, without embeddings."""
        return tuple(one for one in self.measurements if one.is_false_alarm_rate and not one.with_embeddings)

    @property
    def recall(self) -> Measurement | None:
        """The share of turns at fault that are flagged, of the faults that are found best; None if not known.

        A recall of conversations is none: a conversation is found by any one of its turns.
        """
        rows = (one for one in self.measurements if one.is_recall_of_turns and not one.with_embeddings)
        return max(rows, key=lambda one: one.value, default=None)

    @property
    def paired(self) -> tuple[tuple[Measurement, Measurement | None], ...]:
        """Each measurement with the built-in features, and the same with embeddings; the former where there is one."""
        embedded = {one.row: one for one in self.measurements if one.with_embeddings}
        built_in = [one for one in self.measurements if not one.with_embeddings]
        pairs = [(one, embedded.pop(one.row, None)) for one in built_in]
        return (*pairs, *((one, None) for one in embedded.values()))


@cache
def load_card(judge: str) -> JudgeCard | None:
    """The shipped card of a judge; None where it has none and is to be called "uncalibrated"."""
    path = _shipped(judge)
    return JudgeCard.model_validate_json(path.read_text(encoding="utf-8")) if path else None


def has_card(judge: str) -> bool:
    """Whether the judge has a card; one without is shown as "uncalibrated" wherever its result appears."""
    return _shipped(judge) is not None


def _shipped(judge: str) -> Traversable | None:
    """The card's file among those there are, so that no name from a foreign file leads elsewhere."""
    cards = resources.files("judges").joinpath("cards").iterdir()
    return next((card for card in cards if card.name == f"{judge}.json"), None)


def read_card(path: Path) -> JudgeCard:
    """The card in a file, such as one that was fitted to a user's own labels.

    Raises:
        UsageError: there is no such file, or it holds no card.
    """
    try:
        return JudgeCard.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        what = f"{place}: {fault['msg']}" if place else fault["msg"]
        raise UsageError(f"{path}: not a judge card of this version: {what}") from error


def dump_card(card: JudgeCard) -> str:
    """The card as the text of its file: the same bytes for the same card."""
    return card.model_dump_json(by_alias=True, indent=2) + "\n"
