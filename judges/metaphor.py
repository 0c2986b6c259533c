"""The metaphor judge: the share of metaphor-related words in each turn, and turns unusually dense in them.

A turn's score is the expected share of its words that people would mark as metaphor-related: the mean of calibrated
probabilities over its words. Its main use is a comparison of shares over a thousand words and more; the score of one
turn is a rough estimate.

A hit is a turn crowded with figures of speech: vivid images from two source domains or more ("storm", "root", "bridge":
`judges.metaphor_images`), and with them content words that are probably metaphorical, four in all at least, and more a
word than all but 0.2 % of the turns in any kind of human dialogue at hand. Conventional metaphors alone ("spend time")
raise the score of a turn but never flag it, since everybody uses them.

Blind spots: English only; `judges.metaphor_table.metaphor_words` says what the table does not see. The share depends
on the register of a text, so compare like with like. A single image, or a long one that stays in its domain, is not
flagged; a story about real storms and bridges may be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Self

from judges.metaphor_features import is_content
from judges.metaphor_images import Image, images
from judges.metaphor_table import ScoredToken, metaphor_words
from judges.text_features import Span, is_foreign_script, is_latin, sentences
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.transcript import Transcript

__all__ = ["MetaphorJudge", "ScoredToken", "metaphor_words"]

MIN_WORDS = 4
"""A share of fewer words says nothing: such a turn is not scored."""
LIKELY = 0.5
"""A content word of at least this probability counts as a figure beside the images."""
MIN_FIGURES = 4
MIN_IMAGES = 2
SMOOTHING_WORDS = 10
MAX_NAMED = 6
"""A reason names at most this many images and as many other words."""


class MetaphorJudge:
    """Scores turns for the share of metaphor-related words and flags `dense` ones; learns nothing from the batch."""

    name = "metaphor"
    version = "1"

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """The judge itself: what people mark as metaphor does not depend on the batch."""
        return self

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict: shares in [0, 1], None for turns of fewer than four words or in another script."""
        scores: list[float | None] = []
        hits: list[Hit] = []
        for index, turn in enumerate(transcript.turns):
            found = metaphor_words(turn.text) if is_latin(turn.text) else ()
            scores.append(share(found))
            figures = figures_in(turn.text, found)
            if figures.density >= shipped_figures()["dense"]:
                hits.append(_hit(index, turn.text, figures))
        if all(score is None for score in scores):
            return self._nothing_to_judge(transcript)
        return verdict_on(transcript, judge=self.name, version=self.version, turn_scores=scores, hits=hits)

    def _nothing_to_judge(self, transcript: Transcript) -> Verdict:
        letters = [turn.text for turn in transcript.turns if any(char.isalpha() for char in turn.text)]
        if is_foreign_script(letters):
            detail = "no turn is in Latin script; the metaphor table knows English only"
            return unjudged(transcript, judge=self.name, version=self.version, reason="language", detail=detail)
        if letters:
            detail = f"no turn has {MIN_WORDS} words"
            return unjudged(transcript, judge=self.name, version=self.version, reason="too_short", detail=detail)
        return unjudged(transcript, judge=self.name, version=self.version, reason="empty", detail="no turn has a word")


def share(found: Sequence[ScoredToken]) -> float | None:
    """The expected share of metaphor-related words, or None for fewer than four words."""
    return sum([token.score for token in found]) / len(found) if len(found) >= MIN_WORDS else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of speech of a turn: vivid images, and other content words that are probably metaphorical."""

    images: tuple[Image, ...]
    likely: tuple[ScoredToken, ...]
    words: int

    @property
    def density(self) -> float:
        """Figures a word, with ten words added; 0 for fewer than four, and for images that may share one domain."""
        count = len(self.images) + len(self.likely)
        if count < MIN_FIGURES or not is_mixed(self.images):
            return 0.0
        return count / (self.words + SMOOTHING_WORDS)


def is_mixed(pictured: Sequence[Image]) -> bool:
    """Whether there are images that no single source domain covers."""
    return len(pictured) >= MIN_IMAGES and not frozenset.intersection(*[image.domains for image in pictured])


def figures_in(text: str, found: Sequence[ScoredToken]) -> Figures:
    """The figures of a text whose scored words are given, each word once."""
    pictured = tuple(images(text)) if found else ()
    places = {image.start for image in pictured}
    likely: dict[str, ScoredToken] = {}
    for token in found if is_mixed(pictured) else ():
        form = token.text.lower()
        if token.score >= LIKELY and is_content(form) and token.start not in places:
            likely.setdefault(form, token)
    return Figures(pictured, tuple(likely.values()), len(found))


def _hit(index: int, text: str, figures: Figures) -> Hit:
    quote = _fullest_sentence(text, figures)
    pictured = ", ".join(f'"{image.text}"' for image in figures.images[:MAX_NAMED])
    others = ", ".join(f'"{token.text}"' for token in figures.likely[:MAX_NAMED])
    reason = f"images of different domains crowded into {figures.words} words: {pictured}"
    reason += f"; also figurative: {others}" if others else ""
    return Hit(index, round(figures.density, 6), "dense", quote.text, quote.start, quote.end, reason)


def _fullest_sentence(text: str, figures: Figures) -> Span:
    """The sentence that holds most images, then most other figures; the first of equals."""

    def held(span: Span) -> tuple[int, int]:
        pictured = sum(span.start <= image.start < span.end for image in figures.images)
        return pictured, sum(span.start <= token.start < span.end for token in figures.likely)

    return max(sentences(text), key=held)


@cache
def shipped_figures() -> Mapping[str, Any]:
    """The content of `judges/weights/metaphor.json`: the threshold of `density`, sources and what was measured."""
    content: dict[str, Any] = json.loads(
        resources.files("judges").joinpath("weights", "metaphor.json").read_text("utf-8")
    )
    return MappingProxyType(content)
