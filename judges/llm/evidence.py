"""What an answer is worth once its quotes are looked up in the turn they are given for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judges.llm.answer import Evidence, TurnAnswer
from judges.llm.question import Question
from judges.text_features import Span, word_spans
from judges.verdict import Hit
from sims.transcript import Transcript

_ALIKE = {"'": "['’‘]", "’": "['’‘]", "‘": "['’‘]", '"': '["“”]', "“": '["“”]', "”": '["“”]'}
REASON_CHARS = 300


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one answer says of one turn after its quotes were checked.

    `score` is None where all the evidence of a flag is unsupported: neither clean nor flagged. `unsupported` counts
    quotes that do not occur in the turn.
    """

    score: float | None
    kind: str | None
    hits: tuple[Hit, ...] = ()
    unsupported: int = 0


def find_quote(text: str, quote: str) -> Span | None:
    """Where a quote stands in a text, or None.

    It has to occur character for character, but that a run of blanks may be another one and a straight quotation mark
    a curly one; the span holds the words as they stand in the text. Blanks alone are no quote.

    >>> find_quote("I can’t  go.", "can't go")
    Span(text='can’t  go', start=2, end=11)
    """
    words = quote.split()
    start = text.find(quote)
    if words and start >= 0:
        return Span(quote, start, start + len(quote))
    pattern = r"\s+".join("".join(_ALIKE.get(char, re.escape(char)) for char in word) for word in words)
    found = re.search(pattern, text) if words else None
    return Span(found.group(), found.start(), found.end()) if found else None


def opinion_on(transcript: Transcript, answer: TurnAnswer, question: Question) -> Opinion:
    """The opinion that an answer amounts to."""
    given = answer.phrases if question.form == "phrases" else answer.evidence
    found = [(item, find_quote(transcript.turns[answer.turn].text, item.quote)) for item in given or ()]
    supported = [(item, span) for item, span in found if span is not None]
    unsupported = len(found) - len(supported)
    if question.form == "phrases":
        return _on_phrases(transcript, answer.turn, supported, unsupported, question)
    is_flagged = answer.kind in question.hit_kinds
    if is_flagged and not supported:
        return Opinion(None, None, unsupported=unsupported)
    hits = _hits(answer.turn, answer.score or 0.0, supported, str(answer.kind)) if is_flagged else ()
    return Opinion(answer.score, answer.kind, tuple(hits), unsupported)


def _on_phrases(
    transcript: Transcript, turn: int, supported: Sequence[tuple[Evidence, Span]], unsupported: int, question: Question
) -> Opinion:
    """The share of the turn's words that stand in a phrase; None where no phrase of several occurs."""
    if unsupported and not supported:
        return Opinion(None, None, unsupported=unsupported)
    words = word_spans(transcript.turns[turn].text)
    covered = sum(any(span.start <= word.start and word.end <= span.end for _, span in supported) for word in words)
    score = covered / len(words) if words else None
    flagged = [(item, span) for item, span in supported if item.kind in question.hit_kinds]
    hits = tuple(_hits(turn, score or 0.0, flagged, "")) if score is not None else ()
    return Opinion(score, hits[0].kind if hits else None, hits, unsupported)


def _hits(turn: int, score: float, supported: Sequence[tuple[Evidence, Span]], kind: str) -> Iterator[Hit]:
    """One hit a quote, each place once."""
    for item, span in {(span.start, span.end): (item, span) for item, span in reversed(supported)}.values():
        reason = item.why.strip()[:REASON_CHARS] or "the model gives no reason"
        yield Hit(turn, score, kind or item.kind, span.text, span.start, span.end, reason)
