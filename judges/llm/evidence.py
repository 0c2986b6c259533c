"""What an answer is worth once its quotes are looked up in the turn they are given for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from judges.llm.answer import Evidence, TurnAnswer
from judges.llm.lines import shown_text
from judges.llm.question import FLAG_FORMS, Question
from judges.text_features import Span, word_spans
from judges.verdict import Hit
from sims.transcript import Transcript

_ALIKE = {"'": "['’‘]", "’": "['’‘]", "‘": "['’‘]", '"': '["“”]', "“": '["“”]', "”": '["“”]'}
REASON_CHARS = 300
WORDS_OF_A_FLAG = 2
"""What shows a flag has at least so many words, or is the whole turn: one word stands almost anywhere."""
_LETTER = "[0-9A-Za-z\u00c0-\u058f]"
"""A letter or digit of the scripts that put blanks between words."""
_WORD = re.compile(rf"{_LETTER}+(?:['’]{_LETTER}+)*|[^\W_]")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one answer says of one turn, or of the conversation, after its quotes were checked.

    `score` is None where all the evidence of a flag is unsupported, and where the turn was not shown whole and nothing
    was found in what was: neither clean nor flagged. `unsupported` counts quotes that do not occur in the turn as it
    was shown, or are too short to show anything.
    """

    score: float | None
    kind: str | None
    hits: tuple[Hit, ...] = ()
    unsupported: int = 0


def find_quotes(text: str, quote: str) -> Iterator[Span]:
    """Wherever a quote stands in a text.

    It has to occur character for character and in whole words, but that a run of blanks may be another one and a
    straight quotation mark a curly one; the spans hold the words as they stand in the text. Blanks alone are no quote.

    >>> list(find_quotes("I can’t  go, can’t gope.", "can't go"))
    [Span(text='can’t  go', start=2, end=11)]
    """
    words = quote.split()
    pattern = r"\s+".join("".join(_ALIKE.get(char, re.escape(char)) for char in word) for word in words)
    if not words:
        return
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, words[0]) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, words[-1][-1]) else ""
    for found in re.finditer(before + pattern + after, text):
        yield Span(found.group(), found.start(), found.end())


def opinion_on(transcript: Transcript, answer: TurnAnswer, question: Question) -> Opinion:
    """The opinion that an answer amounts to; on a conversation, whose quotes may stand in any of its turns."""
    if question.form == "conversation":
        return _on_conversation(transcript, answer, question)
    whole = transcript.turns[answer.turn].text
    shown = shown_text(whole)
    read = _on_phrases if question.form == "phrases" else _on_kind
    opinion = read(shown, answer, question)
    is_cut = len(shown) < len(whole)
    return Opinion(None, None, unsupported=opinion.unsupported) if is_cut and not opinion.hits else opinion


def _on_kind(text: str, answer: TurnAnswer, question: Question) -> Opinion:
    supported = [(item, spans[0]) for item in answer.evidence if (spans := _supporting(text, item, question))]
    unsupported = len(answer.evidence) - len(supported)
    is_flagged = answer.kind in question.hit_kinds
    if is_flagged and not supported:
        return Opinion(None, None, unsupported=unsupported)
    hits = _hits(answer.turn, answer.score or 0.0, supported, str(answer.kind)) if is_flagged else ()
    return Opinion(answer.score, answer.kind, tuple(hits), unsupported)


def _on_conversation(transcript: Transcript, answer: TurnAnswer, question: Question) -> Opinion:
    """The quotes of a flag become hits at the turns they are given for."""
    by_turn: dict[int, list[tuple[Evidence, Span]]] = defaultdict(list)
    for item in answer.evidence:
        is_turn = item.turn is not None and 0 <= item.turn < len(transcript.turns)
        spans = _supporting(transcript.turns[item.turn or 0].text, item, question) if is_turn else []
        if spans:
            by_turn[item.turn or 0].append((item, spans[0]))
    unsupported = len(answer.evidence) - sum(map(len, by_turn.values()))
    if answer.kind not in question.hit_kinds:
        return Opinion(answer.score, answer.kind, unsupported=unsupported)
    if not by_turn:
        return Opinion(None, None, unsupported=unsupported)
    score, kind = answer.score or 0.0, str(answer.kind)
    hits = tuple(hit for turn, found in sorted(by_turn.items()) for hit in _hits(turn, score, found, kind))
    return Opinion(score, kind, hits, unsupported)


def _supporting(text: str, item: Evidence, question: Question) -> list[Span]:
    """Where the words stand that are to show a flag; nowhere if they are too few to."""
    spans = list(find_quotes(text, item.quote))
    is_enough = (
        question.form not in FLAG_FORMS
        or len(_WORD.findall(item.quote)) >= WORDS_OF_A_FLAG
        or any(span.text == text.strip() for span in spans)
    )
    return spans if is_enough else []


def _on_phrases(text: str, answer: TurnAnswer, question: Question) -> Opinion:
    """The share of the text's words that stand in a phrase, wherever it occurs.

    None where none of several phrases occurs, or none of several that would be hits.
    """
    given = answer.phrases or ()
    found = [(item, spans) for item in given if (spans := list(find_quotes(text, item.quote)))]
    flagged = [(item, spans[0]) for item, spans in found if item.kind in question.hit_kinds]
    unsupported = len(given) - len(found)
    words = word_spans(text)
    is_hit_given = any(item.kind in question.hit_kinds for item in given)
    if not words or (given and not found) or (is_hit_given and not flagged):
        return Opinion(None, None, unsupported=unsupported)
    score = _covered(text, {span for _, spans in found for span in spans}, words) / len(words)
    hits = tuple(_hits(answer.turn, score, flagged, ""))
    return Opinion(score, hits[0].kind if hits else None, hits, unsupported)


def _covered(text: str, phrases: Iterable[Span], words: Sequence[Span]) -> int:
    """How many of the words stand in a phrase."""
    covered = bytearray(len(text))
    for phrase in phrases:
        covered[phrase.start : phrase.end] = b"\1" * (phrase.end - phrase.start)
    return sum(all(covered[word.start : word.end]) for word in words)


def _hits(turn: int, score: float, supported: Sequence[tuple[Evidence, Span]], kind: str) -> Iterator[Hit]:
    """One hit a quote, each place once."""
    for item, span in {(span.start, span.end): (item, span) for item, span in reversed(supported)}.values():
        reason = item.why.strip()[:REASON_CHARS] or "the model gives no reason"
        yield Hit(turn, score, kind or item.kind, span.text, span.start, span.end, reason)
