"""What counts as a word, the same for turn graphs, judges and features."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,:]\d+)*")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


def words(text: str) -> list[str]:
    """The words and numbers of a text, lower-cased, curly quotes straightened; punctuation left out."""
    return WORD.findall(text.translate(_QUOTES).lower())
