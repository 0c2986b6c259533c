"""Words put for other words in a text, whole phrases first, the names of those who take part left alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from sims.words import words

_CURLY = str.maketrans({"’": "'", "‘": "'"})
Instead = Mapping[str, str]


def words_of(names: Iterable[str]) -> frozenset[str]:
    """The words of names, lower-cased: what stays as it is, so that nobody is called by another name."""
    return frozenset(word for name in names for word in words(name))


def replaced(text: str, instead: Instead, *, spared: frozenset[str], is_due: Callable[[], bool] = lambda: True) -> str:
    """The text with each phrase that `instead` lists put in other words, where `is_due` says so at that place.

    A capital at the beginning is kept; phrases that hold a spared word stay.
    """

    def put(found: re.Match[str]) -> str:
        due, phrase = is_due(), found.group()
        if not due or spared.intersection(words(phrase)):
            return phrase
        return _with_capital_of(phrase, instead[" ".join(phrase.translate(_CURLY).lower().split())])

    return _pattern(tuple(instead)).sub(put, text)


def _with_capital_of(model: str, text: str) -> str:
    """The text, begun with a capital where the model is; a lone "I" says nothing about capitals."""
    return text[:1].upper() + text[1:] if model[:1].isupper() and not model.startswith(("I ", "I'", "I’")) else text


@lru_cache(maxsize=16)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    alternatives = "|".join(re.escape(phrase).replace("'", "['’]").replace(r"\ ", r"\s+") for phrase in longest_first)
    return re.compile(rf"(?<![\w'’])(?:{alternatives})(?![\w'’]*\w)", re.IGNORECASE)
