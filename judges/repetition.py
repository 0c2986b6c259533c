"""The repetition judge: a speaker who says (nearly) the same again, and conversations that run in a loop.

Definition. A turn's score is the share of its word trigrams that stand in one earlier turn of the same speaker: 1 says
every word of it again, 0 nothing. Turns under six words, and turns that only greet, thank, agree or part, have none:
people say "Yeah." and "Thank you." again all the time. A `repeat` reaches the limit for its length, or is a turn that
says one sentence three times over. A `loop` is an exchange of two turns that comes back after a fixed number of turns
(`sims.exchange_loops`); its hits are the returns. A limit is the lowest score that at most 1.25 in a thousand turns
reach in every kind of human dialogue at hand, for turns of that length.

Blind spots: English. The same said in other words; what two speakers repeat of each other (the role judge knows
echoes); forms, tables and code that are meant to come again look like repetition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judges.courtesy import is_courtesy
from judges.judgeable import RuleJudge, shipped_figures
from judges.text_features import Span, sentences, words
from judges.verdict import Hit, Verdict, verdict_on
from sims.exchange_loops import find_loops
from sims.transcript import Transcript

NAME = "repetition"
VERSION = "1"
MIN_WORDS = 6
LENGTHS = (6, 9, 15, 30)
"""The least words of each length class, which has a limit of its own."""
_GRAM = 3
_SAME_SENTENCE = 3
_LEAST_SENTENCE = 4
_MAX_QUOTE = 200

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Likeness:
    """The share in [0, 1] of a turn's trigrams that stand in turn `earlier`; -1 where none of them was said."""

    score: float
    earlier: int


class RepetitionJudge(RuleJudge):
    """Scores each turn by how much of it the speaker has said in one earlier turn; flags `repeat` and `loop`."""

    name = NAME
    version = VERSION

    def look(self, transcript: Transcript) -> Verdict:
        """The verdict: scores in [0, 1]; None for turns too short to say anything twice."""
        said = [words(turn.text) for turn in transcript.turns]
        likenesses = earlier_likenesses(transcript, said)
        hits = [*_repeats(transcript, said, likenesses), *_loops(transcript)]
        scores = _with_degenerate([one.score if one else None for one in likenesses], hits)
        return verdict_on(transcript, judge=NAME, version=VERSION, turn_scores=scores, hits=hits)


def length_class(number_of_words: int) -> int:
    """The place in `LENGTHS` of a turn with so many words, at least `MIN_WORDS`."""
    return sum(number_of_words >= least for least in LENGTHS) - 1


def earlier_likenesses(transcript: Transcript, said: Sequence[Sequence[str]]) -> list[Likeness | None]:
    """For each turn the earlier turn of its speaker most like it; None for short turns and courtesies.

    Each trigram counts for the latest turn that had it, so that time grows with the words alone.
    """
    latest: dict[tuple[str, Gram], int] = {}
    found: list[Likeness | None] = []
    for index, turn in enumerate(transcript.turns):
        mine = said[index]
        grams = {(turn.speaker, tuple(mine[start : start + _GRAM])) for start in range(len(mine) - _GRAM + 1)}
        is_judged = len(mine) >= MIN_WORDS and not is_courtesy(mine)
        found.append(_likeness(grams, latest) if is_judged else None)
        latest.update(dict.fromkeys(grams, index))
    return found


def _likeness(grams: set[tuple[str, Gram]], latest: dict[tuple[str, Gram], int]) -> Likeness:
    places = Counter(latest[gram] for gram in grams if gram in latest)
    if not places:
        return Likeness(0.0, -1)
    earlier, shared = max(places.items(), key=lambda item: (item[1], item[0]))
    return Likeness(shared / len(grams), earlier)


def _repeats(
    transcript: Transcript, said: Sequence[Sequence[str]], likenesses: Sequence[Likeness | None]
) -> Iterator[Hit]:
    limits = shipped_figures(NAME)["limits"]
    for index, likeness in enumerate(likenesses):
        text = transcript.turns[index].text
        if likeness and likeness.score >= limits[length_class(len(said[index]))]:
            quote = clipped(text)
            reason = f"{likeness.score:.0%} of what this speaker said in turn {likeness.earlier} already"
            yield Hit(index, round(likeness.score, 6), "repeat", quote.text, quote.start, quote.end, reason)
        elif stuck := stuck_sentence(text):
            sentence, times = stuck
            reason = f"says the same sentence {times} times within the turn"
            yield Hit(index, 1.0, "repeat", sentence.text, sentence.start, sentence.end, reason)


def stuck_sentence(text: str) -> tuple[Span, int] | None:
    """The sentence of at least four words that a text says three times or more and that makes up half of it."""
    spans = list(sentences(text))
    if len(spans) < _SAME_SENTENCE:
        return None
    bare = [tuple(words(span.text)) for span in spans]
    most, times = Counter(bare).most_common(1)[0]
    fills_half = 2 * times * len(most) >= sum(map(len, bare))
    if times < _SAME_SENTENCE or len(most) < _LEAST_SENTENCE or not fills_half:
        return None
    return spans[bare.index(most)], times


def _loops(transcript: Transcript) -> Iterator[Hit]:
    for loop in find_loops(transcript.turns):
        for index in range(loop.first + loop.period, loop.last + 1):
            if (index - loop.first) % loop.period < 2:
                quote = clipped(transcript.turns[index].text)
                reason = (
                    f"turns {loop.first} and {loop.first + 1} come back every {loop.period} turns, {loop.times} times"
                )
                yield Hit(index, 1.0, "loop", quote.text, quote.start, quote.end, reason)


def _with_degenerate(scores: list[float | None], hits: Sequence[Hit]) -> list[float | None]:
    """The scores, those of flagged turns at least as high as their hits'."""
    for hit in hits:
        scores[hit.turn] = max(scores[hit.turn] or 0.0, hit.score)
    return scores


def clipped(text: str) -> Span:
    """The trimmed beginning of a text, short enough to be read as a quote."""
    start = len(text) - len(text.lstrip())
    quote = text[start : start + _MAX_QUOTE].rstrip()
    return Span(quote, start, start + len(quote))
