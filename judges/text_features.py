"""Words, sentences and canonical forms, shared by the judges so that all count the same things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sims.words import WORD, words

LATIN_SHARE = 0.5
_SENTENCE = re.compile(r"\S(?:[^.!?\n]++|[.!?]++(?!\s|$))*+[.!?]*")
_MARKER = re.compile(r"\[[A-Z_ ]{3,}\]|<[A-Z_]{3,}>|(?<!#)#{2,}[A-Z_]{3,}#{2,}")


__all__ = ["Span", "is_latin", "sentences", "without_markers", "word_spans", "words"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: `source[start:end] == text`."""

    text: str
    start: int
    end: int


def word_spans(text: str) -> list[Span]:
    """The same words as they stand, with their places."""
    return [Span(found.group(), found.start(), found.end()) for found in WORD.finditer(text)]


def sentences(text: str) -> Iterator[Span]:
    """The sentences with their places, trimmed; a line break ends one."""
    for found in _SENTENCE.finditer(text):
        trimmed = found.group().rstrip()
        yield Span(trimmed, found.start(), found.start() + len(trimmed))


def without_markers(text: str) -> str:
    """The text without protocol marks such as "[DONE]", "<CAMEL_TASK_DONE>" or "###STOP###", trimmed."""
    return _MARKER.sub(" ", text).strip()


def is_latin(text: str) -> bool:
    """Whether most letters are ones that English texts use; also for a text without letters."""
    if text.isascii():
        return True
    letters = [char for char in text if char.isalpha()]
    return sum(char.isascii() for char in letters) >= LATIN_SHARE * len(letters)
