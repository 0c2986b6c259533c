"""The metaphor judge: the share of metaphor-related words in each turn, and turns unusually dense in them.

A turn's score is the expected share of its words that people would mark as metaphor-related: the mean of calibrated
probabilities over its words, where the register of all that its speaker says in the transcript is taken into account.
Its main use is a comparison of shares over a thousand words and more; the score of one turn is a rough estimate.

A hit is a turn crowded with figures of speech: vivid images from two source domains or more ("storm", "root", "bridge":
`judges.metaphor_images`), and with them content words that are probably metaphorical, four in all at least, and more a
word than all but 0.2 % of the turns in any kind of human dialogue at hand. Conventional metaphors alone ("spend time")
raise the score of a turn but never flag it, since everybody uses them.

Blind spots: English only; `judges.metaphor_words.metaphor_words` says what the table does not see. The share depends
on the register of a text, so compare like with like. A single image, or a long one that stays in its domain, is not
flagged; a story about real storms and bridges may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from judges.embeddings import Encoder
from judges.judgeable import why_not_judged
from judges.metaphor_embeddings import state_model
from judges.metaphor_features import is_content
from judges.metaphor_images import Image, has_image, images
from judges.metaphor_words import (
    MIN_WORDS,
    Reading,
    ScoredToken,
    ShareInterval,
    metaphor_words,
    read_texts,
    share,
    share_interval,
    shipped_figures,
)
from judges.text_features import Span, is_latin, sentences
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.transcript import Transcript

__all__ = ["MetaphorJudge", "ScoredToken", "ShareInterval", "metaphor_words", "share", "share_interval"]

LIKELY = 0.5
"""A content word of at least this probability counts as a figure beside the images."""
MIN_FIGURES = 4
MIN_IMAGES = 2
SMOOTHING_WORDS = 10
MAX_NAMED = 6
"""A reason names at most this many images and as many other words."""
VERSION = "2"


class MetaphorJudge:
    """Scores turns for the share of metaphor-related words and flags `dense` ones; learns nothing from the batch.

    With an encoder that there are weights for, `version` ends in "+" and its name; any other encoder is left alone.
    """

    name = "metaphor"

    def __init__(self, *, encoder: Encoder | None = None) -> None:
        has_weights = encoder is not None and state_model(encoder.name) is not None
        self._encoder = encoder if has_weights else None
        self.version = f"{VERSION}+{encoder.name}" if encoder is not None and has_weights else VERSION

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """The judge itself: what people mark as metaphor does not depend on the batch."""
        return self

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict: shares in [0, 1], None for turns of fewer than four words or in another script."""
        if why_not := why_not_judged(transcript, judge=self.name, version=self.version):
            return why_not
        found = self._readings(transcript)
        scores = [reading.share for reading in found]
        if all(score is None for score in scores):
            return self._nothing_to_judge(transcript)
        hits = []
        for index, turn in enumerate(transcript.turns):
            if not has_image(found[index].forms):
                continue
            figures = figures_in(turn.text, found[index].words())
            if figures.density >= shipped_figures()["dense"]:
                hits.append(_hit(index, turn.text, figures))
        return verdict_on(transcript, judge=self.name, version=self.version, turn_scores=scores, hits=hits)

    def _readings(self, transcript: Transcript) -> list[Reading]:
        """What the model says of each turn; the turns of one speaker are of one register."""
        texts = [turn.text if is_latin(turn.text) else "" for turn in transcript.turns]
        speakers = [turn.speaker for turn in transcript.turns]
        return read_texts(texts, authors=speakers, encoder=self._encoder)

    def _nothing_to_judge(self, transcript: Transcript) -> Verdict:
        if any(char.isalpha() for turn in transcript.turns for char in turn.text):
            detail = f"no turn has {MIN_WORDS} words"
            return unjudged(transcript, judge=self.name, version=self.version, reason="too_short", detail=detail)
        return unjudged(transcript, judge=self.name, version=self.version, reason="empty", detail="no turn has a word")


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
        if token.probability >= LIKELY and is_content(form) and token.start not in places:
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
