"""Cuts a transcript into pieces that fit a prompt, each with the turns just before it for context.

A window judges at most 40 turns and shows at most 16,000 characters of lines, blank turns and escapes included, unless
a single turn takes more. It shows up to 8 turns and 4,000 characters of what came before. A question about the
conversation needs all of it in one window, of at most 100,000 characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judges.llm.lines import is_cut, turn_line
from sims.transcript import Transcript

WINDOW_TURNS = 40
WINDOW_CHARS = 16_000
WHOLE_CHARS = 100_000
CONTEXT_TURNS = 8
CONTEXT_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Window:
    """The turns `first` to before `end` are shown, and those in `asked` are to be judged."""

    first: int
    end: int
    asked: tuple[int, ...]


def windows(transcript: Transcript) -> Iterator[Window]:
    """The windows of a transcript in order; together they ask once for every turn that holds text."""
    sizes = [len(turn_line(transcript, index)) for index in range(len(transcript.turns))]
    start, chars = 0, 0
    asked: list[int] = []
    for index, turn in enumerate(transcript.turns):
        if index > start and (len(asked) == WINDOW_TURNS or chars + sizes[index] > WINDOW_CHARS):
            if asked:
                yield Window(_context_start(sizes, start), index, tuple(asked))
            start, chars, asked = index, 0, []
        chars += sizes[index]
        if turn.text.strip():
            asked.append(index)
    if asked:
        yield Window(_context_start(sizes, start), len(sizes), tuple(asked))


def whole_window(transcript: Transcript) -> Window | None:
    """All turns in one window, asked about at the last that holds text; None where they cannot be shown whole.

    Raises:
        ValueError: no turn holds text.
    """
    last = max(index for index, turn in enumerate(transcript.turns) if turn.text.strip())
    if any(is_cut(turn.text) for turn in transcript.turns):
        return None
    chars = sum(len(turn_line(transcript, index)) for index in range(len(transcript.turns)))
    return Window(0, len(transcript.turns), (last,)) if chars <= WHOLE_CHARS else None


def _context_start(sizes: Sequence[int], start: int) -> int:
    first, chars = start, 0
    while first > max(0, start - CONTEXT_TURNS):
        chars += sizes[first - 1]
        if chars > CONTEXT_CHARS:
            break
        first -= 1
    return first
