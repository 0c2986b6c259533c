"""Whether an output is in the language that was asked for."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example
from judges.language import (
    ENGLISH,
    ENGLISH_TOO,
    FOREIGN_PER_ENGLISH,
    FUNCTION_WORDS,
    MIN_FOREIGN,
    MIN_FOREIGN_SHARE,
    foreign_language,
)
from judges.text_features import is_latin
from sims.words import words

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
    rf"|romaji|pinyin|lyrics|{_LANGUAGE})\b"
    r"|übersetz|englisch|tradu[ciz]|anglais|ingl[eéê]s|vertal|vertaal|engels|翻译|英文|英语|英語|англ|перевед",
    re.IGNORECASE,
)
_FIRST_WORDS = (
    "write give name tell explain summarize summarise list rewrite find provide identify classify suggest make answer "
    "translate choose what how why which who when where is are can could please think come use calculate determine "
    "design edit correct sort state say given convert rearrange simplify recommend fill add using replace remove based "
    "reorder fix transform ask reword solve restate finish evaluate analyze pick detect rank rephrase spell show "
    "decode predict extract compute count check read you do does did should would if turn get match brainstorm"
)
"""They begin English instructions and none in a language that judges.language knows."""
_BEGINS_ENGLISH = frozenset(_FIRST_WORDS.split())
_SHARED_FIRST = "create generate describe compare complete define change paraphrase propose imagine combine compose"
"""They begin instructions in others, too, "Describe" Spanish ones; in English an article or pronoun follows."""
_FOLLOWING = "a an the this these your each following"
_BEGINS_BOTH, _FOLLOWS = frozenset(_SHARED_FIRST.split()), frozenset(_FOLLOWING.split())
_LEAST_WORDS = 4
_LEAST_LETTERS = 12
_LEAST_ENGLISH, _LEAST_FOREIGN = 2, 2
_LEAST_ANSWERED = 3
_LOOKED_AT, _WORDS_LOOKED_AT = 5_000, 1_000
"""Characters and words of a text whose language is asked for; more of them say the same."""


class LanguageMismatch(Check):
    """An output in another language than was asked for, or than the instruction's where none was.

    Both languages must show in words or letters of their own: where either cannot be told nothing is suspected.
    """

    name: ClassVar[str] = "language_mismatch"
    version: ClassVar[str] = "2"
    says: ClassVar[str] = "the output is in another language than the one asked for, or than the instruction"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """At most one. Blind spots: a language without a list of words in judges/language.py, a short output."""
        asked = _ASKED.search(example.asked)
        if asked:
            if _is_in_another(example, asked["name"].lower()):
                yield self.suspicion(f"{asked['name']} was asked for", example.output)
            return
        theirs, ours = language_of(example.asked), _language_answered(example)
        if theirs == ours or None in (theirs, ours) or _SPEAKS_OF_LANGUAGE.search(example.prompt[:_LOOKED_AT]):
            return
        if theirs == ENGLISH and not _may_be_foreign(example.input[:_LOOKED_AT]):
            yield self.suspicion("the instruction is in English, the output is not", example.output)
        elif ours == ENGLISH and language_of(example.input[:_LOOKED_AT]) != ENGLISH:
            yield self.suspicion("the output is in English, the instruction is not", example.output)


def language_of(text: str) -> str | None:
    """The language whose words a prompt has, "" for one in other than Latin letters; None where nothing tells.

    English wants two of its function words or a verb that English instructions begin with, another language two of its
    own and no English, as does a prompt of few words.
    """
    found = words(text)
    if not found:
        return None
    if not is_latin(text):
        return ""
    english, language, theirs = _counts(found)
    begins = found[0] in _BEGINS_ENGLISH or (found[0] in _BEGINS_BOTH and found[1:2] and found[1] in _FOLLOWS)
    english += _LEAST_ENGLISH if begins else 0
    if english >= _LEAST_ENGLISH and english > theirs:
        return ENGLISH
    return language if theirs >= _LEAST_FOREIGN and theirs > 2 * english else None


def _language_answered(example: Example) -> str | None:
    """The language of an output, as `language_of`, but by three words at least; foreign ones as in judges.language."""
    text = example.output[:_LOOKED_AT]
    if sum(map(str.isalpha, text)) < _LEAST_LETTERS:
        return None
    if not is_latin(text):
        return ""
    found = example.output_words[:_WORDS_LOOKED_AT]
    english, language, theirs = _counts(found)
    if theirs >= max(MIN_FOREIGN, MIN_FOREIGN_SHARE * len(found), FOREIGN_PER_ENGLISH * english):
        return language
    return ENGLISH if english >= _LEAST_ANSWERED and english > FOREIGN_PER_ENGLISH * theirs else None


def _may_be_foreign(text: str) -> bool:
    """Whether an input may itself be in another language, so that the output may."""
    english, _, theirs = _counts(words(text))
    return theirs > english or not (text.isascii() or english)


def _counts(found: Sequence[str]) -> tuple[int, str, int]:
    """How many English function words there are, and which other language has most of its own, and how many."""
    known, counts = _by_word(), Counter[str]()
    for word in found:
        counts.update(known.get(word) or known.get(word.partition("'")[0], ()))
    english = counts.pop(ENGLISH, 0)
    language = min(counts, key=lambda one: (-counts[one], one), default=ENGLISH)
    return english, language, counts[language]


@cache
def _by_word() -> Mapping[str, tuple[str, ...]]:
    """Function words with their languages; what stands in English texts too is of none other."""
    found: dict[str, tuple[str, ...]] = {}
    for language, known in FUNCTION_WORDS.items():
        for word in known if language == ENGLISH else known - ENGLISH_TOO:
            found[word] = (*found.get(word, ()), language)
    return found


def _is_in_another(example: Example, language: str) -> bool:
    """Whether the output is surely not in the language."""
    text = example.output[:_LOOKED_AT]
    scripts = _SCRIPTS.get(language)
    if scripts:
        letters = [char for char in text if char.isalpha()]
        return bool(letters) and not any(unicodedata.name(char, "").startswith(scripts) for char in letters)
    if not is_latin(text):
        return True
    found = words(text)
    if len(found) < _LEAST_WORDS:
        return False
    if language == "english":
        return foreign_language([text]) is not None
    wanted = FUNCTION_WORDS[language.capitalize()] - ENGLISH_TOO
    theirs = sum(word in wanted for word in found)
    english, _, others = _counts(found)
    return (english > 2 * theirs and english >= _LEAST_ENGLISH) or (others > 2 * theirs and others >= _LEAST_ANSWERED)
