"""The verbosity judge: turns far longer than their speaker's others, and speakers who grow or shrink.

Definition. Length is the logarithm of one plus the number of words; what is usual rests on turns of four words or
more. A turn's score is its robust z: distance from the
median length of the speaker's turns, over a spread that is the speaker's own (median absolute deviation) drawn
towards what is usual for people, and never below a floor. A `burst` is a turn whose score reaches a limit, that has
three times the speaker's median of words and thirty at least. A drift (`drift_up`, `drift_down`) is a straight line
through the lengths of a speaker's turns, at least eight, that changes by a factor of two and a half from the first to
the last and whose t reaches a limit; its hit is the last turn that lies on the drift's side of the median. The limits
are the lowest that at most 1.5 in a thousand turns reach in every kind of human dialogue at hand. In a stress test
the speaker's undisturbed turns tell the usual length (`judges.undisturbed`), so that turns that all grow are bursts.

Blind spots: languages without spaces between words. Code, tables and quoted pages count as words. A speaker with fewer
than four turns has no usual length. A drift that the task asks for (a report at the end) is one all the same.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log, log1p, sqrt
from typing import Self

from judges.judgeable import RuleJudge, shipped_figures
from judges.text_features import Span, sentences, words
from judges.undisturbed import Undisturbed
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.transcript import Transcript

NAME = "verbosity"
VERSION = "1"
MIN_WORDS = 4
"""Shorter turns ("Yeah.", "Thank you. Bye.") get a score, but are neither evidence of a usual length nor of a drift."""
MIN_TURNS = 4
MIN_DRIFT_TURNS = 8
MIN_BURST_WORDS = 30
BURST_FACTOR = 3.0
DRIFT_FACTOR = 2.5
USUAL_SPREAD = 0.7
"""The robust standard deviation of log length among one person's turns, about the median over human dialogues."""
_USUAL_SPREAD_TURNS = 8
_FLOOR_SPREAD = 0.4
_MAD_TO_SD = 1.4826


@dataclass(frozen=True, slots=True)
class Length:
    """How long turn `index` is, in words and as log(1 + words)."""

    index: int
    words: int

    @property
    def log(self) -> float:
        """The logarithm of one plus the number of words."""
        return log1p(self.words)


@dataclass(frozen=True, slots=True)
class Habit:
    """A speaker's usual length: the median log and the spread, both on the log scale."""

    level: float
    spread: float

    def z(self, length: Length) -> float:
        """How many spreads a turn lies above (positive) or below what is usual."""
        return (length.log - self.level) / self.spread


@dataclass(frozen=True, slots=True)
class Drift:
    """A trend in a speaker's turns: t of the slope, and by which factor the line changes from first to last turn."""

    t: float
    factor: float
    first_words: float
    last_words: float

    @property
    def is_steep(self) -> bool:
        """Whether the factor is two and a half or more, up or down."""
        return abs(log(self.factor)) >= log(DRIFT_FACTOR)


class VerbosityJudge(RuleJudge):
    """Scores each turn by its length against the speaker's own; flags `burst`, `drift_up` and `drift_down`."""

    name = NAME
    version = VERSION

    def __init__(self, undisturbed: Undisturbed[Length] | None = None) -> None:
        self._undisturbed = undisturbed or Undisturbed(lengths_by_speaker, lambda own: habit_of(own) is not None)

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """A judge that knows how long the turns of the sample's speakers are undisturbed; the limits are fixed."""
        return type(self)(self._undisturbed.learnt_from(sample))

    def look(self, transcript: Transcript) -> Verdict:
        """The verdict: scores are robust z; None for turns of speakers who have no usual length."""
        scores: list[float | None] = [None] * len(transcript.turns)
        hits: list[Hit] = []
        for speaker, own in lengths_by_speaker(transcript).items():
            habit = habit_of(self._undisturbed.usual(transcript, speaker) or own)
            if habit is None:
                continue
            for length in own:
                scores[length.index] = habit.z(length)
            hits.extend(_bursts(transcript, own, habit))
            hits.extend(_drifts(transcript, own))
        if all(score is None for score in scores):
            detail = f"no speaker has {MIN_TURNS} turns of {MIN_WORDS} words, so nobody has a usual length"
            return unjudged(transcript, judge=NAME, version=VERSION, reason="too_short", detail=detail)
        return verdict_on(transcript, judge=NAME, version=VERSION, turn_scores=scores, hits=hits)


def lengths_by_speaker(transcript: Transcript) -> Mapping[str, list[Length]]:
    """The lengths of the turns with words, by speaker."""
    found: dict[str, list[Length]] = defaultdict(list)
    for index, turn in enumerate(transcript.turns):
        number_of_words = len(words(turn.text))
        if number_of_words:
            found[turn.speaker].append(Length(index, number_of_words))
    return found


def habit_of(lengths: Sequence[Length]) -> Habit | None:
    """The usual length of a speaker, or None with fewer than four turns of four words."""
    logs = [length.log for length in lengths if length.words >= MIN_WORDS]
    if len(logs) < MIN_TURNS:
        return None
    level = statistics.median(logs)
    own = _MAD_TO_SD * statistics.median(abs(one - level) for one in logs)
    turns = len(logs)
    variance = (_USUAL_SPREAD_TURNS * USUAL_SPREAD**2 + turns * own**2) / (_USUAL_SPREAD_TURNS + turns)
    return Habit(level, max(_FLOOR_SPREAD, sqrt(variance)))


def is_long(length: Length, habit: Habit) -> bool:
    """Whether a turn has thirty words and three times the speaker's median."""
    return length.words >= max(MIN_BURST_WORDS, BURST_FACTOR * (exp(habit.level) - 1))


def drift_of(lengths: Sequence[Length]) -> Drift | None:
    """The straight line through a speaker's log lengths by least squares, or None with fewer than eight of four words.

    A line without any scatter has a t of plus or minus infinity.
    """
    logs = [length.log for length in lengths if length.words >= MIN_WORDS]
    if len(logs) < MIN_DRIFT_TURNS:
        return None
    last = len(logs) - 1
    mean = statistics.fmean(logs)
    spread_x = sum((place - last / 2) ** 2 for place in range(last + 1))
    slope = sum((place - last / 2) * one for place, one in enumerate(logs)) / spread_x
    residual = sum((one - mean - slope * (place - last / 2)) ** 2 for place, one in enumerate(logs))
    error = sqrt(residual / (len(logs) - 2) / spread_x)
    t = slope / error if error > 1e-12 else (inf if slope > 0 else -inf if slope < 0 else 0.0)
    ends = [exp(mean + slope * side * last / 2) - 1 for side in (-1, 1)]
    return Drift(t, exp(slope * last), ends[0], ends[1])


def _bursts(transcript: Transcript, own: Sequence[Length], habit: Habit) -> Iterator[Hit]:
    limit = shipped_figures(NAME)["limits"]["burst"]
    for length in own:
        z = habit.z(length)
        if z >= limit and is_long(length, habit):
            usual = max(1, round(exp(habit.level) - 1))
            reason = f"{length.words} words, where this speaker's turns have {usual} in the middle"
            yield _hit(transcript, length.index, z, "burst", reason)


def _drifts(transcript: Transcript, own: Sequence[Length]) -> Iterator[Hit]:
    drift, habit = drift_of(own), habit_of(own)
    limit = shipped_figures(NAME)["limits"]["drift"]
    if drift is None or habit is None or not drift.is_steep or abs(drift.t) < limit:
        return
    side = 1 if drift.factor > 1 else -1
    last = next(length for length in reversed(own) if length.words >= MIN_WORDS and side * habit.z(length) >= 0)
    trend = "grow" if side > 0 else "shrink"
    reason = (
        f"this speaker's turns {trend} from about {max(1, round(drift.first_words))} to about "
        f"{max(1, round(drift.last_words))} words over the conversation"
    )
    yield _hit(transcript, last.index, habit.z(last), "drift_up" if side > 0 else "drift_down", reason)


def _hit(transcript: Transcript, index: int, score: float, kind: str, reason: str) -> Hit:
    quote = _first_sentence(transcript.turns[index].text)
    return Hit(index, round(score, 6), kind, quote.text, quote.start, quote.end, reason)


def _first_sentence(text: str) -> Span:
    return next(sentences(text))
