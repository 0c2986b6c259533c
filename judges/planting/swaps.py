"""Swapped speakers: a pair of turns, a stretch, or everything from some turn on."""

from __future__ import annotations

from dataclasses import replace

from judges.injections import Planted, invert_pair, invert_stretch, invert_tail
from judges.planting.fault import Ground, has_content
from sims.transcript import Transcript

_MIN_STRETCH = 3
_MIN_TAIL = 2


def swap_pair(transcript: Transcript, ground: Ground) -> Planted | None:
    """Two adjacent turns of different speakers, both with content, have changed speakers."""
    if not _is_pair(transcript):
        return None
    turns = transcript.turns
    places = [
        index
        for index in range(len(turns) - 1)
        if turns[index].speaker != turns[index + 1].speaker
        and has_content(turns[index].text)
        and has_content(turns[index + 1].text)
    ]
    return _sized(invert_pair(transcript, ground.chance.choice(places))) if places else None


def swap_stretch(transcript: Transcript, ground: Ground) -> Planted | None:
    """A stretch with turns before and after it is inverted; at most half of all turns, three at least.

    It begins at the same turn whatever the dose.
    """
    turns = len(transcript.turns)
    longest = max(turns // 2, _MIN_STRETCH)
    if not _is_pair(transcript) or turns < longest + 2:
        return None
    start = 1 + ground.chance.randrange(turns - longest - 1)
    length = ground.count(turns // 2, least=_MIN_STRETCH)
    return _sized(invert_stretch(transcript, start, start + length))


def swap_tail(transcript: Transcript, ground: Ground) -> Planted | None:
    """The end of the conversation is inverted; at most half of its turns, two at least."""
    turns = len(transcript.turns)
    length = ground.count(turns // 2, least=_MIN_TAIL)
    if not _is_pair(transcript) or turns < length + 1:
        return None
    return _sized(invert_tail(transcript, turns - length))


def _is_pair(transcript: Transcript) -> bool:
    return len(transcript.speakers) == 2 and {turn.speaker for turn in transcript.turns} == set(transcript.speakers)


def _sized(planted: Planted) -> Planted:
    return replace(planted, size=len(planted.turns))
