"""The formality scale: a text's place between -3 (very informal) and +3 (very formal), as people rate sentences.

A ridge regression on the counts of `judges.formality_features`, fitted by `judges.fitting.formality` on the
ratings of Pavlick and Tetreault (2016). Figures and sources are in `judges/weights/formality.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from judges.formality_features import FEATURES, LABELS, RATES, SMOOTHING_WORDS, Measured, canonical, measure
from judges.text_features import is_latin

MAX_DRIVERS = 4
_LENGTH_FROM = FEATURES.index("length")


@dataclass(frozen=True, slots=True)
class Driver:
    """One reason for a score: `effect` points on the scale, against a text with the usual amount of `feature`."""

    feature: str
    effect: float
    is_more: bool

    def __str__(self) -> str:
        return f"{'more' if self.is_more else 'fewer'} {LABELS[self.feature]}"


@dataclass(frozen=True, slots=True)
class FormalityScore:
    """A text's formality, both in [-3, 3].

    `full` estimates what people would rate the text. `length_free` is the same with the number of words and the
    words a sentence held at their usual values: the one to compare, since longer texts are rated more formal.
    `drivers` are what moved `length_free` most, strongest first.
    """

    full: float
    length_free: float
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True)
class FormalityScale:
    """The regression: `usual` is its value for the usual text, the other three have one figure for each of `FEATURES`.

    `usual_values` are the means in the rated sentences. Values above `caps` count as the cap, so that a row of fifty
    exclamation marks is not fifty times one.
    """

    usual: float
    usual_values: tuple[float, ...]
    coefficients: tuple[float, ...]
    caps: tuple[float, ...]

    def effects(self, measured: Measured) -> list[float]:
        """What each feature adds to the score of the usual text; a short text adds little."""
        share = measured.words / (measured.words + SMOOTHING_WORDS)
        rows = zip(self.coefficients, map(min, measured.values, self.caps), self._usual_of(share), strict=True)
        return [coefficient * (value - usual) for coefficient, value, usual in rows]

    def scores(self, effects: list[float]) -> tuple[float, float]:
        """The full score and the length-free one that these effects make."""
        length_free = self.usual + sum(effects[:_LENGTH_FROM])
        return _bounded(length_free + sum(effects[_LENGTH_FROM:])), _bounded(length_free)

    def _usual_of(self, share: float) -> list[float]:
        rates = [usual * share for usual in self.usual_values[: len(RATES)]]
        return [*rates, *self.usual_values[len(RATES) :]]


def formality_scores(text: str) -> FormalityScore | None:
    """The formality of a text, or None where there is nothing to rate: no word, or a script other than Latin.

    Computed on the `canonical` form, so neither capital letters nor tokenisation nor contractions count. Blind
    spots: English only; fitted on single sentences that raters agreed on, so a text of several sentences and a text
    between the registers are less certain; spoken words and topic are told apart by word lists alone.

    >>> high = formality_scores("We regret to inform you that the requested reimbursement cannot be provided.")
    >>> low = formality_scores("nah sorry dude, u can't get ur money back lol")
    >>> high.length_free > 0 > low.length_free
    True
    >>> formality_scores("...") is None
    True
    """
    measured = measure_text(text)
    if measured is None:
        return None
    scale = formality_scale()
    effects = scale.effects(measured)
    full, length_free = scale.scores(effects)
    return FormalityScore(full, length_free, strongest_drivers(effects))


def measure_text(text: str) -> Measured | None:
    """The features of a text as it stands, or None where there is nothing to rate."""
    plain = canonical(text)
    if not is_latin(plain):
        return None
    measured = measure(plain)
    return measured if measured.words else None


def strongest_drivers(effects: list[float], *, sign: int = 0) -> tuple[Driver, ...]:
    """The features, length aside, with the largest effects, strongest first; `sign` keeps one direction."""
    scale = formality_scale()
    rows = zip(FEATURES[:_LENGTH_FROM], effects, scale.coefficients, strict=False)
    drivers = [
        Driver(name, effect, effect * slope > 0) for name, effect, slope in rows if effect and effect * sign >= 0
    ]
    return tuple(sorted(drivers, key=lambda driver: (-abs(driver.effect), driver.feature))[:MAX_DRIVERS])


@cache
def formality_scale() -> FormalityScale:
    """The shipped regression."""
    figures = shipped_figures()
    rows = [figures["features"][name] for name in FEATURES]
    columns = [tuple(float(row[key]) for row in rows) for key in ("usual", "coefficient", "cap")]
    return FormalityScale(float(figures["usual"]), *columns)


@cache
def shipped_figures() -> Mapping[str, Any]:
    """The content of `judges/weights/formality.json`: coefficients, thresholds, sources and what was measured."""
    content: dict[str, Any] = json.loads(
        resources.files("judges").joinpath("weights", "formality.json").read_text("utf-8")
    )
    return MappingProxyType(content)


def _bounded(score: float) -> float:
    return max(-3.0, min(3.0, score))
