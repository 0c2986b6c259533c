"""The formality scale: a text's place between -3 (very informal) and +3 (very formal), as people rate sentences.

A ridge regression on the counts of `judges.formality_features`, fitted by `judges.fitting.formality` on the
ratings of Pavlick and Tetreault (2016) and of SQUINKY! (Lahiri 2015). Figures and sources are in
`judges/weights/formality.json`; a file beside it, named for its encoder, adds weights for a sentence embedding.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from judges.formality_features import CASE, FEATURES, LABELS, LENGTH_FREE, RATES, SMOOTHING_WORDS, Measured, measure
from judges.text_features import is_latin

MAX_DRIVERS = 4
_CASE_FROM = len(FEATURES) - len(CASE)


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

    `full` estimates what people would rate the text as it stands. `length_free` holds the words a sentence, capital
    letters and contractions at their usual values: the one to compare, since longer texts are rated
    more formal, and since some corpora are lower-cased and their contractions written out. `drivers` are what moved
    `length_free` most, strongest first.
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
        effects = [coefficient * (value - usual) for coefficient, value, usual in rows]
        return effects if measured.is_cased else [*effects[:_CASE_FROM], *[0.0] * len(CASE)]

    def scores(self, effects: list[float], *, embedded: float = 0.0) -> tuple[float, float]:
        """The full score and the length-free one that these effects make; `embedded` adds to the full one."""
        length_free = self.usual + sum(effects[: len(LENGTH_FREE)])
        return _bounded(length_free + sum(effects[len(LENGTH_FREE) :]) + embedded), _bounded(length_free)

    def _usual_of(self, share: float) -> list[float]:
        rates = [usual * share for usual in self.usual_values[: len(RATES)]]
        return [*rates, *self.usual_values[len(RATES) :]]


def formality_scores(text: str) -> FormalityScore | None:
    """The formality of a text, or None where there is nothing to rate: no word, or a script other than Latin.

    The length-free score is computed on the `canonical` form, so neither capital letters nor tokenisation nor
    contractions count in it. Blind spots: English only; fitted on single sentences, so a text of several sentences is
    less certain; irony and quoted speech count as they stand; topic and register are told apart by word lists alone.

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


def measure_text(text: str, *, is_cased: bool = True) -> Measured | None:
    """The features of a text as it stands, or None where there is nothing to rate.

    `is_cased` tells that capital letters are the writer's own; False for a corpus that was lower-cased.
    """
    if not is_latin(text):
        return None
    measured = measure(text, is_cased=is_cased)
    return measured if measured.words else None


def strongest_drivers(effects: list[float], *, sign: int = 0) -> tuple[Driver, ...]:
    """The features, length aside, with the largest effects, strongest first; `sign` keeps one direction."""
    scale = formality_scale()
    rows = zip(FEATURES[: len(LENGTH_FREE)], effects, scale.coefficients, strict=False)
    drivers = [
        Driver(name, effect, effect * slope > 0) for name, effect, slope in rows if effect and effect * sign >= 0
    ]
    return tuple(sorted(drivers, key=lambda driver: (-abs(driver.effect), driver.feature))[:MAX_DRIVERS])


@cache
def formality_scale() -> FormalityScale:
    """The shipped regression."""
    return _scale_of(shipped_figures())


def _scale_of(figures: Mapping[str, Any]) -> FormalityScale:
    rows = [figures["features"][name] for name in FEATURES]
    columns = [tuple(float(row[key]) for row in rows) for key in ("usual", "coefficient", "cap")]
    return FormalityScale(float(figures["usual"]), *columns)


@dataclass(frozen=True, slots=True)
class EmbeddedScale:
    """A regression on features and sentence vector together: `vector` has one coefficient a dimension."""

    scale: FormalityScale
    vector: tuple[float, ...]


@cache
def embedded_scale(encoder: str) -> EmbeddedScale | None:
    """The regression that goes with this encoder's vectors; None where none was fitted."""
    name = encoder.removeprefix("sentence-transformers/")
    path = resources.files("judges").joinpath("weights", f"formality_{name}.json")
    if "/" in name or not path.is_file():
        return None
    figures = json.loads(path.read_text("utf-8"))
    return EmbeddedScale(_scale_of(figures), tuple(figures["vector"]))


@cache
def shipped_figures() -> Mapping[str, Any]:
    """The content of `judges/weights/formality.json`: coefficients, thresholds and sources."""
    content: dict[str, Any] = json.loads(
        resources.files("judges").joinpath("weights", "formality.json").read_text("utf-8")
    )
    return MappingProxyType(content)


def _bounded(score: float) -> float:
    return max(-3.0, min(3.0, score))
