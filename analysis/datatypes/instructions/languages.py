"""Whether an output is in the language that was asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example
from judges.language import ENGLISH, ENGLISH_TOO, FUNCTION_WORDS, foreign_language
from judges.text_features import is_latin

_SCRIPTS = {
    "chinese": ("CJK",),
    "mandarin": ("CJK",),
    "japanese": ("HIRAGANA", "KATAKANA", "CJK"),
    "korean": ("HANGUL",),
    "russian": ("CYRILLIC",),
    "ukrainian": ("CYRILLIC",),
    "arabic": ("ARABIC",),
    "persian": ("ARABIC",),
    "hebrew": ("HEBREW",),
    "hindi": ("DEVANAGARI",),
    "greek": ("GREEK",),
    "thai": ("THAI",),
}
_LATIN = ("english", "german", "french", "spanish", "italian", "dutch", "portuguese", "polish", "swedish", "turkish")
_LANGUAGE = "|".join((*_SCRIPTS, *_LATIN))
_ASKED = re.compile(
    r"\b(?:translate\b.{0,80}?\b(?:to|into|in)|(?:write|answer|respond|reply|say|speak)\b.{0,40}?\bin) "
    rf"(?P<name>{_LANGUAGE})\b",
    re.IGNORECASE | re.DOTALL,
)
_SPEAKS_OF_LANGUAGE = re.compile(
    r"\b(?:translat\w+|(?:other|another|foreign|different|target|of|which|what) languages?|foreign|bilingual|latin"
    rf"|romaji|pinyin|lyrics|{_LANGUAGE})\b",
    re.IGNORECASE,
)
_LEAST_WORDS = 4
_LEAST_LETTERS = 12


class LanguageMismatch(Check):
    """An output in another language than was asked for, or than the prompt's where none was."""

    name: ClassVar[str] = "language_mismatch"
    says: ClassVar[str] = "the output is in another language than the one asked for"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """At most one. Blind spots: a language without a list of words in judges/language.py, a short output."""
        asked = _ASKED.search(example.instruction)
        if asked and _is_in_another(example, asked["name"].lower()):
            yield self.suspicion(f"{asked['name']} was asked for", example.output)
        elif not asked and _strays(example):
            yield self.suspicion("the prompt is in English, the output is not", example.output)


def _strays(example: Example) -> bool:
    """Whether an English prompt that speaks of no language has an output in another."""
    if sum(map(str.isalpha, example.output)) < _LEAST_LETTERS or _SPEAKS_OF_LANGUAGE.search(example.prompt):
        return False
    return foreign_language([example.output]) is not None and foreign_language([example.prompt]) is None


def _is_in_another(example: Example, language: str) -> bool:
    """Whether the output is surely not in the language."""
    scripts = _SCRIPTS.get(language)
    if scripts:
        letters = [char for char in example.output if char.isalpha()]
        return bool(letters) and not any(unicodedata.name(char, "").startswith(scripts) for char in letters)
    if not is_latin(example.output):
        return True
    if len(example.output_words) < _LEAST_WORDS:
        return False
    if language == "english":
        return foreign_language([example.output]) is not None
    english = _count(example, FUNCTION_WORDS[ENGLISH])
    theirs = _count(example, FUNCTION_WORDS[language.capitalize()] - ENGLISH_TOO)
    return english > 2 * theirs and english >= 2


def _count(example: Example, known: frozenset[str]) -> int:
    return sum(word in known for word in example.output_words)
