"""The truncation judge: turns that are empty, break off, or hold a slot nobody filled in.

Definition. `empty`: nothing but marks, score 1. `cut_off`: the provider stopped at its limit (`finish_reason` is
"length", score 1), or a logistic regression on what the end of the text shows (no end mark, a comma or dash, a last
word that wants another or is the beginning of one, an open bracket, quote or code fence) against the speaker's own
habit of ending turns; fitted on human and LLM turns cut at a random place; a missing end mark
alone is no cut. `placeholder`: "[User 1's name]",
"{name}", "Lorem ipsum", score 1; a text with three different ones or more is a form, and none is flagged. The
threshold of the regression is the lowest that at most two in a thousand turns reach in every kind of human
dialogue at hand.

Blind spots: a cut that falls at the end of a sentence. Chat without end marks hides most cuts. Spoken turns that
their transcriber broke look cut. An empty turn has no words to quote: it has a score and no hit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from math import exp

from judges.judgeable import RuleJudge, shipped_figures
from judges.text_features import Span, sentences, without_markers
from judges.truncation_signs import SIGNS, has_end_mark, placeholders, says_nothing, signs_of
from judges.verdict import Hit, Verdict, verdict_on
from sims.transcript import Transcript

NAME = "truncation"
VERSION = "2"
LEAST_USUAL = 0.8
"""Only who closes so many turns with an end mark can be seen to break off; many people in chat and speech do not."""
LEAST_WORDS = 2
_PRIOR_SHARE = 0.7
_PRIOR_TURNS = 4
_TAIL = 80
_TELLING: Mapping[str, str] = {
    "open_fence": "a code fence stays open",
    "fragment": "the last word is the beginning of one",
    "open_word": "the last word wants another",
    "linking_word": "the last word may want another",
    "seldom_last": "the last word hardly ever closes a sentence",
    "open_bracket": "a bracket stays open",
    "open_quote": "a quotation stays open",
    "comma": "it ends on a comma",
    "dash": "it ends on a dash or an opening mark",
    "colon": "nothing follows the colon",
}


class TruncationJudge(RuleJudge):
    """Scores each turn with the chance, in [0, 1], that it is not whole; flags empty, cut_off and placeholder."""

    name = NAME
    version = VERSION

    def look(self, transcript: Transcript) -> Verdict:
        """The verdict: a score for every turn, blank ones too."""
        shares = end_mark_shares(transcript)
        scores: list[float | None] = []
        hits: list[Hit] = []
        for index, turn in enumerate(transcript.turns):
            score, found = _judged_turn(index, turn.text, shares[index], is_at_limit=turn.finish_reason == "length")
            scores.append(score)
            hits.extend(found)
        return verdict_on(transcript, judge=NAME, version=VERSION, turn_scores=scores, hits=hits)


def cut_chance(text: str, *, usual: float) -> float:
    """The chance in [0, 1] that a text breaks off, by the fitted regression; see `signs_of` for `usual`."""
    figures = shipped_figures(NAME)
    signs = zip(SIGNS, signs_of(text, usual=usual), strict=True)
    total: float = figures["bias"] + sum(figures["coefficients"][name] * value for name, value in signs)
    return 1 / (1 + exp(-total))


def can_be_cut(text: str, usual: float) -> bool:
    """Whether a turn may be flagged for its words: a missing full stop alone is no cut, and nor is a short answer."""
    if usual < LEAST_USUAL or len(text.split(None, LEAST_WORDS)) < LEAST_WORDS:
        return False
    shown = dict(zip(SIGNS, signs_of(text, usual=usual), strict=True))
    return any(shown[sign] for sign in _TELLING)


def end_mark_shares(transcript: Transcript) -> list[float]:
    """For each turn the share of its speaker's other turns that close with an end mark.

    It is drawn towards the share among everybody's other turns, and that one towards .7.
    """
    marks = [has_end_mark(turn.text) for turn in transcript.turns]
    turns = Counter(turn.speaker for turn in transcript.turns)
    marked = Counter(turn.speaker for turn, mark in zip(transcript.turns, marks, strict=True) if mark)
    total = sum(marks)
    shares = []
    for turn, mark in zip(transcript.turns, marks, strict=True):
        usual = _drawn(total - mark, len(marks) - 1, towards=_PRIOR_SHARE)
        shares.append(_drawn(marked[turn.speaker] - mark, turns[turn.speaker] - 1, towards=usual))
    return shares


def _drawn(found: int, of: int, *, towards: float) -> float:
    """A share with four more cases that are so."""
    return (found + _PRIOR_TURNS * towards) / (of + _PRIOR_TURNS)


def _judged_turn(index: int, text: str, usual: float, *, is_at_limit: bool) -> tuple[float, list[Hit]]:
    if not text.strip():
        return 1.0, []
    if says_nothing(text):
        quote = _bare(text)
        return 1.0, [Hit(index, 1.0, "empty", quote.text, quote.start, quote.end, "the turn says nothing but marks")]
    hits = list(_placeholder_hits(index, text))
    chance = 1.0 if is_at_limit else _chance_of_words(text, usual)
    is_cut = chance >= shipped_figures(NAME)["threshold"] and can_be_cut(without_markers(text), usual)
    if is_at_limit or is_cut:
        quote = _tail(text)
        why = "the provider stopped it at its limit of tokens" if is_at_limit else _telling(text, usual)
        hits.append(Hit(index, round(chance, 6), "cut_off", quote.text, quote.start, quote.end, f"breaks off: {why}"))
    return (1.0 if any(hit.kind == "placeholder" for hit in hits) else chance), hits


def _chance_of_words(text: str, usual: float) -> float:
    """0 for a turn that is a protocol mark alone, such as "[DONE]"."""
    bare = without_markers(text)
    return cut_chance(bare, usual=usual) if any(char.isalnum() for char in bare) else 0.0


def _placeholder_hits(index: int, text: str) -> Iterator[Hit]:
    for span in placeholders(text):
        reason = "a slot that nobody filled in"
        yield Hit(index, 1.0, "placeholder", span.text, span.start, span.end, reason)


def _telling(text: str, usual: float) -> str:
    shown = dict(zip(SIGNS, signs_of(without_markers(text), usual=usual), strict=True))
    return ", ".join([words for sign, words in _TELLING.items() if shown[sign]][:2]) or "by its last words"


def _tail(text: str) -> Span:
    """The end of the last sentence, as far as it can be read as a quote."""
    last = list(sentences(text))[-1]
    start = max(last.start, last.end - _TAIL)
    return Span(text[start : last.end], start, last.end)


def _bare(text: str) -> Span:
    start = len(text) - len(text.lstrip())
    bare = text.strip()[:_TAIL]
    return Span(bare, start, start + len(bare))
