"""Clean conversations with faults planted at known turns, to fit and measure judges on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sims.transcript import Transcript, Turn


@dataclass(frozen=True, slots=True)
class Planted:
    """A conversation and the turns that are at fault; every other turn is as it was."""

    transcript: Transcript
    turns: frozenset[int]


def invert_tail(transcript: Transcript, start: int) -> Planted:
    """From turn `start` on, the two participants of a pair have changed places."""
    partner = dict(zip(transcript.speakers, reversed(transcript.speakers), strict=True))
    turns = [
        replace(turn, speaker=partner[turn.speaker]) if index >= start else turn
        for index, turn in enumerate(transcript.turns)
    ]
    return Planted(replace(transcript, turns=tuple(turns)), frozenset(range(start, len(turns))))


def invert_pair(transcript: Transcript, start: int) -> Planted:
    """Turns `start` and `start + 1` of a pair have changed speakers."""
    tail = invert_tail(transcript, start).transcript.turns
    turns = (*transcript.turns[:start], *tail[start : start + 2], *transcript.turns[start + 2 :])
    return Planted(replace(transcript, turns=turns), frozenset({start, start + 1}))


def put_text(transcript: Transcript, index: int, text: str) -> Planted:
    """Turn `index` says `text` instead."""
    turns = list(transcript.turns)
    turns[index] = replace(turns[index], text=text)
    return Planted(replace(transcript, turns=tuple(turns)), frozenset({index}))


def append_text(transcript: Transcript, index: int, text: str) -> Planted:
    """Turn `index` goes on with `text`."""
    return put_text(transcript, index, f"{transcript.turns[index].text} {text}")


def turn_by_other_role(transcripts: Sequence[Transcript], speaker: str, chance: random.Random) -> Turn:
    """A turn of another speaker than the one of that name, from one of the conversations."""
    while True:
        turn = chance.choice(chance.choice(transcripts).turns)
        if turn.speaker != speaker:
            return turn
