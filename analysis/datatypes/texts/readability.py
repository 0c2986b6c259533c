"""Readability by letters, words and sentences alone.

The indices that count syllables (Flesch, Gunning) need a pronouncing dictionary, which their libraries download.
"""

from __future__ import annotations

from analysis.datatypes.texts.passages import Passage

LONG_WORD = 7
"""Letters from which LIX calls a word long: more than six."""


def lix(text: Passage) -> float:
    """LIX: words a sentence, and the percentage of long words; about 20 (easy) to 60 (hard). Björnsson (1968)."""
    said = text.speech.words
    return len(said) / len(text.speech.turns) + 100 * sum(len(word) >= LONG_WORD for word in said) / len(said)


def automated_readability(text: Passage) -> float:
    """The Automated Readability Index, in school grades. Senter & Smith (1967)."""
    said = text.speech.words
    return 4.71 * _letters(said) / len(said) + 0.5 * len(said) / len(text.speech.turns) - 21.43


def coleman_liau(text: Passage) -> float:
    """The Coleman-Liau index, in school grades. Coleman & Liau (1975)."""
    said = text.speech.words
    return (5.88 * _letters(said) - 29.6 * len(text.speech.turns)) / len(said) - 15.8


def _letters(said: tuple[str, ...]) -> int:
    return sum(char.isalnum() for word in said for char in word)
