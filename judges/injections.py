"""Clean conversations with faults planted at known turns, to fit and measure judges on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sims.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Planted:
    """A conversation and the turns that are at fault; every other turn is as it was.

    `size` is how much was planted, in the unit of the fault; None where nobody counted.
    """

    transcript: Transcript
    turns: frozenset[int]
    size: int | None = None


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
    return invert_stretch(transcript, start, start + 2)


def invert_stretch(transcript: Transcript, start: int, end: int) -> Planted:
    """From turn `start` until before turn `end`, the two participants of a pair have changed places."""
    inverted = invert_tail(transcript, start).transcript.turns
    turns = (*inverted[:end], *transcript.turns[end:])
    return Planted(replace(transcript, turns=turns), frozenset(range(start, min(end, len(turns)))))


def put_text(transcript: Transcript, index: int, text: str) -> Planted:
    """Turn `index` says `text` instead."""
    turns = list(transcript.turns)
    turns[index] = replace(turns[index], text=text)
    return Planted(replace(transcript, turns=tuple(turns)), frozenset({index}))


def append_text(transcript: Transcript, index: int, text: str) -> Planted:
    """Turn `index` goes on with `text`."""
    return put_text(transcript, index, f"{transcript.turns[index].text} {text}")
