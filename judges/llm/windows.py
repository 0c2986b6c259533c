"""Cuts a transcript into pieces that fit a prompt, each with the turns just before it for context.

A window judges at most 40 turns of at most 12,000 characters together. It shows up to 8 turns and 4,000 characters of
what came before. Of a single turn the first 8,000 characters are shown; what lies beyond is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sims.transcript import Transcript

WINDOW_TURNS = 40
WINDOW_CHARS = 12_000
CONTEXT_TURNS = 8
CONTEXT_CHARS = 4_000
TURN_CHARS = 8_000


@dataclass(frozen=True, slots=True)
class Window:
    """The turns `first` to before `end` are shown, and those in `asked` are to be judged."""

    first: int
    end: int
    asked: tuple[int, ...]


def windows(transcript: Transcript) -> Iterator[Window]:
    """The windows of a transcript in order; together they ask once for every turn that holds text."""
    start, chars = 0, 0
    asked: list[int] = []
    for index, turn in enumerate(transcript.turns):
        size = min(len(turn.text), TURN_CHARS)
        if asked and (len(asked) == WINDOW_TURNS or chars + size > WINDOW_CHARS):
            yield Window(_context_start(transcript, start), index, tuple(asked))
            start, chars, asked = index, 0, []
        chars += size
        if turn.text.strip():
            asked.append(index)
    if asked:
        yield Window(_context_start(transcript, start), len(transcript.turns), tuple(asked))


def _context_start(transcript: Transcript, start: int) -> int:
    first, chars = start, 0
    while first > max(0, start - CONTEXT_TURNS):
        chars += min(len(transcript.turns[first - 1].text), TURN_CHARS)
        if chars > CONTEXT_CHARS:
            break
        first -= 1
    return first
