"""The texture of a partner's words: mistyped, or partly said in another language.

Every word has a draw of its own, and is changed where that draw is below the dose: what a dose changes, a higher one
changes too. Blind spots: words are changed one by one, so a language is mixed in by vocabulary and not by grammar, and
what a dose of 1 leaves of the English is whatever the dictionary does not have.
"""

from __future__ import annotations

import random
import re

from sims.stressors.replacing import replaced
from sims.stressors.tables import table
from sims.words import words

LEAST_LETTERS = 4
"""Words shorter than this are never mistyped, so that even a dose of 1 can be read."""

_LONG_WORD = re.compile(rf"(?<!['’\w])[^\W\d_]{{{LEAST_LETTERS},}}(?!\w)")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def mistyped(text: str, dose: float, rng: random.Random, *, spared: frozenset[str]) -> str:
    """The text with that share of its words of four letters and more mistyped, never at the first letter."""

    def mistype(found: re.Match[str]) -> str:
        word, due, way, place = found.group(), rng.random(), rng.random(), rng.random()
        if due >= dose or spared.intersection(words(word)):
            return word
        return _slip(word, 1 + int(place * (len(word) - 1)), way)

    return _LONG_WORD.sub(mistype, text)


def _slip(word: str, place: int, way: float) -> str:
    """The word with the letter at that place hit beside its key, left out, doubled, or swapped with the one before."""
    letter = word[place]
    if way < 0.25 and place > 1 and word[place - 1] != letter:
        return word[: place - 1] + letter + word[place - 1] + word[place + 1 :]
    if way < 0.5:
        return word[:place] + letter * 2 + word[place + 1 :]
    if way < 0.75:
        return word[:place] + word[place + 1 :]
    return word[:place] + _neighbour(letter) + word[place + 1 :]


def _neighbour(letter: str) -> str:
    """The key beside a letter's; a letter that is on no key is hit twice."""
    row = next((row for row in _ROWS if letter.lower() in row), None)
    if row is None:
        return letter * 2
    place = row.index(letter.lower())
    beside = row[place - 1] if place == len(row) - 1 else row[place + 1]
    return beside.upper() if letter.isupper() else beside


def languages() -> tuple[str, ...]:
    """The languages that can be mixed in."""
    return tuple(sorted(table("languages")))


def code_switched(text: str, dose: float, rng: random.Random, *, language: str, spared: frozenset[str]) -> str:
    """The text with that share of the words and phrases that the dictionary has said in the language."""
    instead = table("languages")[language]
    return replaced(text, instead, spared=spared, is_due=lambda: rng.random() < dose)
