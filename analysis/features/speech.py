"""What each side of a conversation says, brought to one form before anything is counted.

Human corpora and model output were prepared by different hands, so the same is done to both before anything is
counted: protocol marks ("###STOP###", "[DONE]") and transcribers' marks ("{vocalsound}", "<laughter>") are taken out,
and `canonical` of the formality judge brings capitals, curly quotes, spaces around punctuation and contractions to one
form. Kept are spelling, slang, punctuation marks and their number. On PersonaChat, leaving out the contractions alone
turned the sign of a shift.
Consecutive turns of one speaker count as one turn, since corpora cut turns differently. Turns without a word
are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from judges.formality_features import canonical
from judges.text_features import without_markers, words
from sims.roles import sides
from sims.transcript import Transcript

CONVERSATION: Final = "conversation"
"""The side of figures that belong to nobody alone, such as the length of the conversation."""

_TRANSCRIBER = re.compile(r"\{[a-z]+\}|<[A-Za-z]+>")


def _spoken(text: str) -> str:
    return _TRANSCRIBER.sub(" ", without_markers(text)).strip()


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """All that a speaker says until somebody else speaks.

    `raw` is without marks, `plain` the form that is counted, `words` its words; `plain_before` and `before` are those
    of the other's turn that it follows, empty at the start.
    """

    speaker: str
    raw: str
    plain: str
    words: tuple[str, ...]
    plain_before: str
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """What one side says in one conversation, beside what all say; `cast` counts the participants."""

    transcript: Transcript
    side: str
    turns: tuple[SpokenTurn, ...]
    words: tuple[str, ...]
    conversation_words: int
    cast: int


def speeches(transcript: Transcript) -> tuple[Speech, ...]:
    """What each side says, in the order of the cast, then the whole conversation."""
    side_of = sides(transcript.participants)
    turns = tuple(_spoken_turns(transcript))
    by_side = {side: [turn for turn in turns if side_of[turn.speaker] == side] for side in side_of.values()}
    total = sum(len(turn.words) for turn in turns)
    return tuple(
        _speech(transcript, side, said, total=total) for side, said in (*by_side.items(), (CONVERSATION, turns))
    )


def _speech(transcript: Transcript, side: str, turns: Sequence[SpokenTurn], *, total: int) -> Speech:
    said = tuple(word for turn in turns for word in turn.words)
    return Speech(transcript, side, tuple(turns), said, total, len(transcript.participants))


def _spoken_turns(transcript: Transcript) -> Iterator[SpokenTurn]:
    spoken = ((turn.speaker, _spoken(turn.text)) for turn in transcript.turns)
    with_words = ((speaker, text) for speaker, text in spoken if words(text))
    plain_before: str = ""
    before: tuple[str, ...] = ()
    for speaker, run in groupby(with_words, key=lambda turn: turn[0]):
        raw = " ".join(text for _, text in run)
        plain = canonical(raw)
        said = tuple(words(plain))
        yield SpokenTurn(speaker, raw, plain, said, plain_before, before)
        plain_before, before = plain, said
