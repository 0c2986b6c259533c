"""The formality judge: how formal each turn is, and where a speaker leaves their own register.

A turn's score is where people would place it between -3 (very informal) and +3 (very formal). A hit is a register
break, of which there are two. A turn whose length-free formality lies far from the same speaker's other turns in the
conversation, and that has a word or two of the register it moves to. "Far" is a robust z: distance from the speaker's
median, over a spread that is the speaker's own (median absolute deviation) drawn towards what is usual for people, and
never below a floor. Or a turn with many more outright marks of a register, `judges.formality_marks`, than the
speaker's other turns have, on that side of the median. At most 0.5 % of the turns are flagged in every kind of human
dialogue at hand. In a stress test the speaker's undisturbed turns take the place of the other turns
(`judges.undisturbed`), so that a register that is lost for good is not taken for the speaker's own.

Blind spots: English only. A speaker with few turns has no register to break; a slow drift is not a break (the
comparison with people shows it); a change of subject that brings other words may look like one.
"""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from operator import mul
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from judges.formality_features import Measured, canonical
from judges.formality_marks import Marks, marked_words, marks_in
from judges.formality_scale import (
    Driver,
    FormalityScore,
    embedded_scale,
    formality_scale,
    formality_scores,
    measure_text,
    shipped_figures,
    strongest_drivers,
)
from judges.judgeable import why_not_judged
from judges.text_features import Span, sentences, without_markers
from judges.undisturbed import Undisturbed
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.transcript import Transcript

if TYPE_CHECKING:
    from judges.embeddings import Encoder

__all__ = ["Driver", "FormalityJudge", "FormalityScore", "Register", "formality_scores", "register_of"]

VERSION = "3"
MIN_WORDS = 6
"""Shorter turns get a score, but are neither evidence of a register nor of a break."""
MIN_TURNS = 3
FEW_MARKS: Mapping[str, int] = MappingProxyType({"raised": 2, "lowered": 1})
"""Marked words of a turn that lies far from the register: "provide" and "proceed" alone are everyday service talk."""
MANY_MARKS: Mapping[str, int] = MappingProxyType({"raised": 3, "lowered": 2})
"""Marks beyond the speaker's habit that tell a break, one of them outright, however little the whole turn has moved."""
HABIT = 1.5
"""So many times the marks that the speaker's other turns have on average are the speaker's habit."""
HABIT_SHARE = 0.2
"""With outright marks in so many of a speaker's other turns they are part of the register."""
SIGNS: Mapping[str, int] = MappingProxyType({"raised": 1, "lowered": -1})
USUAL_SPREAD = 0.6
"""The standard deviation of length-free formality among one person's turns, median over human dialogues."""
USUAL_SPREAD_TURNS = 8
WORDS_A_MARK = 30
"""Marks that stand further apart are those of a long text, such as a page that is quoted."""
LEAST_DISTANCE = 0.25
"""How many spreads a turn must lie off the level for its marks alone to make it a break."""
FLOOR_SPREAD = 0.4
_MAD_TO_SD = 1.4826
_ADDRESS = re.compile(r"(?<!\w)\w+://\S+|www\.\S+")
_BLANK_CELLS = re.compile(r"\?(?:[\s|]+\?)+")


@dataclass(frozen=True, slots=True)
class Register:
    """A speaker's own level of length-free formality and how much it varies, both in points of the scale."""

    level: float
    spread: float

    def distance(self, length_free: float) -> float:
        """How many spreads a turn lies above (positive) or below this register."""
        return (length_free - self.level) / self.spread


@dataclass(frozen=True, slots=True)
class _Turn:
    index: int
    speaker: str
    text: str
    measured: Measured
    full: float
    length_free: float
    effects: list[float]


class FormalityJudge:
    """Scores turns for formality and flags register breaks, `raised` or `lowered`.

    It learns nothing from the batch but how speakers speak undisturbed, to which it holds them in a stress test.

    With an encoder that weights were fitted for, sentence embeddings sharpen the scores of turns; the length-free
    scores and the breaks that rest on them stay the same.
    """

    name = "formality"

    def __init__(self, encoder: Encoder | None = None, undisturbed: Undisturbed[_Turn] | None = None) -> None:
        self._undisturbed = undisturbed or Undisturbed(_turns_by_speaker, _tells_register)
        self._embedded = embedded_scale(encoder.name) if encoder else None
        self._encoder = encoder if self._embedded else None

    @property
    def version(self) -> str:
        """Changes whenever the same transcript may get another verdict."""
        return f"{VERSION}+{self._encoder.name}" if self._encoder else VERSION

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """A judge that knows how the speakers of the sample speak undisturbed; the scale is fixed."""
        return type(self)(self._encoder, self._undisturbed.learnt_from(sample))

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict: scores in [-3, 3], None for turns without a word in Latin script, and the register breaks.

        `meta["length_free"]` has the length-free score of each turn beside the full ones. Where no turn holds a capital
        letter, somebody lower-cased the conversation, and capital letters count for nothing.
        """
        if why_not := why_not_judged(transcript, judge=self.name, version=self.version):
            return why_not
        turns = _scored_turns(transcript)
        if not turns:
            detail = "no turn has a word"
            return unjudged(transcript, judge=self.name, version=self.version, reason="empty", detail=detail)
        places = range(len(transcript.turns))
        full = dict(zip((turn.index for turn in turns), self._full_scores(turns), strict=True))
        length_free = {turn.index: round(turn.length_free, 3) for turn in turns}
        hits = [
            hit
            for speaker, own in _by_speaker(turns).items()
            for hit in _breaks(transcript, own, self._undisturbed.usual(transcript, speaker) or own)
        ]
        return verdict_on(
            transcript,
            judge=self.name,
            version=self.version,
            turn_scores=[full.get(place) for place in places],
            hits=hits,
            meta={"length_free": [length_free.get(place) for place in places]},
        )

    def _full_scores(self, turns: Sequence[_Turn]) -> list[float]:
        if self._encoder is None or self._embedded is None:
            return [turn.full for turn in turns]
        scale, weights = self._embedded.scale, self._embedded.vector
        vectors = self._encoder.encode([canonical(turn.text) for turn in turns])
        added = [sum(map(mul, weights, vector)) for vector in vectors.tolist()]
        return [
            scale.scores(scale.effects(turn.measured), embedded=more)[0]
            for turn, more in zip(turns, added, strict=True)
        ]


def register_of(length_free: Sequence[float]) -> Register | None:
    """The register of a speaker whose turns score so, or None with fewer than three turns."""
    if len(length_free) < MIN_TURNS:
        return None
    level = statistics.median(length_free)
    own = _MAD_TO_SD * statistics.median(abs(score - level) for score in length_free)
    turns = len(length_free)
    variance = (USUAL_SPREAD_TURNS * USUAL_SPREAD**2 + turns * own**2) / (USUAL_SPREAD_TURNS + turns)
    return Register(level, max(FLOOR_SPREAD, sqrt(variance)))


def is_far(distance: float, measured: Measured, kind: str, *, threshold: float) -> bool:
    """Whether a turn lies so many spreads on that side of its speaker's register, and a word or two shows it.

    One marked word shows a lowered turn, and a raised one takes two.
    """
    return SIGNS[kind] * distance >= threshold and marked_words(measured, kind) >= FEW_MARKS[kind]


def _scored_turns(transcript: Transcript) -> list[_Turn]:
    scale = formality_scale()
    is_cased = not all(turn.text.islower() for turn in transcript.turns if any(map(str.isalpha, turn.text)))
    found = []
    for index, turn in enumerate(transcript.turns):
        text = _spoken(turn.text)
        measured = measure_text(text, is_cased=is_cased)
        if measured is not None:
            effects = scale.effects(measured)
            found.append(_Turn(index, turn.speaker, text, measured, *scale.scores(effects), effects))
    return found


def _spoken(text: str) -> str:
    """The text without what nobody says: protocol marks, addresses, blank cells of tables ("? ? ?")."""
    return _BLANK_CELLS.sub("?", _ADDRESS.sub(" ", without_markers(text)))


def _by_speaker(turns: Sequence[_Turn]) -> Mapping[str, list[_Turn]]:
    grouped: dict[str, list[_Turn]] = defaultdict(list)
    for turn in turns:
        if turn.measured.words >= MIN_WORDS:
            grouped[turn.speaker].append(turn)
    return grouped


def _turns_by_speaker(transcript: Transcript) -> Mapping[str, list[_Turn]]:
    return _by_speaker(_scored_turns(transcript))


def _tells_register(turns: Sequence[_Turn]) -> bool:
    return len(turns) >= MIN_TURNS


def _breaks(transcript: Transcript, turns: Sequence[_Turn], usual: Sequence[_Turn]) -> Iterator[Hit]:
    """The hits among the turns of one speaker, held to those that are usual: the same turns, or undisturbed ones."""
    register = register_of([turn.length_free for turn in usual])
    if register is None:
        return
    for turn in turns:
        kind = _break(turn, usual, register.distance(turn.length_free))
        if kind:
            whose = "this speaker's other turns" if usual is turns else "this speaker's undisturbed turns"
            yield _hit(transcript, turn, usual, register, kind, whose)


def _break(turn: _Turn, usual: Sequence[_Turn], distance: float) -> str | None:
    """Which kind of break a turn at this distance is."""
    thresholds = shipped_figures()["thresholds"]
    for kind, sign in SIGNS.items():
        is_marked = sign * distance >= LEAST_DISTANCE and _is_marked(turn, usual, kind)
        if is_marked or (sign * distance > 0 and is_far(distance, turn.measured, kind, threshold=thresholds[kind])):
            return kind
    return None


def _is_marked(turn: _Turn, usual: Sequence[_Turn], kind: str) -> bool:
    """Whether a turn has many more marks of the kind than those that are usual, but for that at its own place."""
    marks = _marks(turn, kind)
    if marks.total < MANY_MARKS[kind] or not marks.outright or turn.measured.words > WORDS_A_MARK * marks.total:
        return False
    others = [_marks(other, kind) for other in usual if other.index != turn.index]
    if not others:
        return False
    if statistics.fmean(other.outright > 0 for other in others) >= HABIT_SHARE:
        return False
    return marks.total - HABIT * statistics.fmean(other.total for other in others) >= MANY_MARKS[kind]


def _marks(turn: _Turn, kind: str) -> Marks:
    return marks_in(turn.text, turn.measured, kind)


def _hit(transcript: Transcript, turn: _Turn, usual: Sequence[_Turn], register: Register, kind: str, whose: str) -> Hit:
    sign = SIGNS[kind]
    quote = _telling_sentence(transcript.turns[turn.index].text, kind)
    others = [statistics.fmean(column) for column in zip(*(other.effects for other in usual), strict=True)]
    against_own = [here - other for here, other in zip(turn.effects, others, strict=True)]
    drivers = ", ".join(str(driver) for driver in strongest_drivers(against_own, sign=sign))
    side = "more" if sign > 0 else "less"
    levels = f"{turn.length_free:+.1f} against {register.level:+.1f} on the scale from -3 to +3"
    marks = f"{_marks(turn, kind).total} {_MARKS[kind]}"
    reason = f"{side} formal than {whose} ({levels}; {marks}): {drivers}"
    distance = round(register.distance(turn.length_free), 3)
    return Hit(turn.index, distance, kind, quote.text, quote.start, quote.end, reason)


_MARKS: Mapping[str, str] = MappingProxyType(
    {"raised": "formal words and phrases", "lowered": "marks of slang and text messages"}
)


def _telling_sentence(text: str, kind: str) -> Span:
    """The sentence with the most marks, or of several the one that lies furthest in that direction."""

    def place(sentence: Span) -> tuple[int, float]:
        spoken = _spoken(sentence.text)
        measured = measure_text(spoken)
        if measured is None:
            return 0, -inf
        scale = formality_scale()
        return marks_in(spoken, measured, kind).total, SIGNS[kind] * scale.scores(scale.effects(measured))[1]

    return max(sentences(text), key=place)
