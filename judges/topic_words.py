"""Words as topics count them, and how usual each is in general English."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from judges.text_features import without_markers

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_ADDRESS = re.compile(r"(?<!\S)\S+@\S+|(?<!\w)\w+://\S+|\b\w+_\w+")

RAREST_RATE = 1.0
"""Occurrences per million words that a word outside the table is taken to have."""

COMMON_RATE = 300.0
"""Words more frequent than this, a million, belong anywhere and cannot be strange ("good", "looks", "everything")."""


def topic_words(text: str) -> list[str]:
    """The words of a text in lower case without plural and possessive endings; numbers, addresses and
    identifiers are left out.

    A word that general English does not know keeps its capital, since it is likely a name (`is_name`).
    """
    plain = without_markers(text) if any(mark in text for mark in "#<[") else text
    if any(mark in plain for mark in "@_/"):
        plain = _ADDRESS.sub(" ", plain)
    rates = general_rates()
    found = []
    for word in _WORD.findall(plain.replace("’", "'")):
        stem = _stem(word.lower())
        found.append(stem if stem in rates or word[0].islower() else word)
    return found


def is_name(word: str) -> bool:
    """Whether a topic word is likely a name or a code: it tells nothing about the topic."""
    return not word[0].islower()


def _stem(word: str) -> str:
    if word.endswith("'s"):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def general_rates() -> Mapping[str, float]:
    """Occurrences per million words of general English, by word (`weights/general_english.json` names the sources)."""
    path = resources.files("judges").joinpath("weights/general_english.json")
    rates: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["rates"]
    return rates


def is_common(word: str) -> bool:
    """Whether a word belongs to any talk; words outside the table do not."""
    return general_rates().get(word, 0.0) > COMMON_RATE
