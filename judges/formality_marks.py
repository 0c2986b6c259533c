"""Outright marks of a register: formal words and the phrases of a letter, slang and the spelling of a text message.

They show that a turn left a register where the scale alone cannot: a change of subject moves the scale as well, but it
does not bring "at your earliest convenience". The lists are closed, written by hand, and no part of the scale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from judges.formality_features import Measured

_CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "raised": ("formal_word", "formal_link"),
        "lowered": ("slang", "apostrophe_lost", "letter_run", "emoticon", "mark_run"),
    }
)
_LETTER = (
    r"(?:be|are|were) so (?:kind|good) as to",
    r"(?:most|very|deeply|truly|much|ever|greatly|exceedingly) (?:grateful|obliged|honou?red|indebted)",
    r"(?:i|we) (?:should|would) (?:be|very much|greatly) (?:\w+ )?(?:grateful|obliged|delighted|pleased|appreciate)",
    r"(?:i|we) (?:should (?:like|wish)|wish to|desire|remain|regret|trust that|humbly|shall)",
    r"might (?:i|we)|(?:allow|permit) me to",
    r"at (?:your|the) (?:earliest |own )?convenience|for your (?:attention|consideration|kind|courtesy|perusal)",
    r"(?:with|in) (?:regards?|respect|reference|relation) (?:to|of)|in (?:accordance|compliance) with",
    r"it (?:is|would be) (?:imperative|advisable|incumbent|regrettable)",
    r"dear (?:sir|madam)|yours (?:sincerely|faithfully|truly)|(?:kind|warm|best) regards",
    r"please (?:be (?:advised|assured|informed)|find|accept)",
    r"have the (?:pleasure|honou?r)|were you to|should you (?:require|wish|desire)",
    r"furthermore|moreover|nevertheless|nonetheless|notwithstanding|accordingly|whereby|wherein|there(?:in|by|of)",
    r"here(?:by|in|with)|henceforth|forthwith|pursuant|afore\w+|whilst|regrettably|kindly|humbly|cordially|respectfully",
    r"esteemed|gratitude|endeavou?r|commence|enquire|ascertain|remit|procure|undersigned",
)
_TEXTING = (
    r"w/(?=\s|o\b)",
    r"[24](?= (?:u|me|us|my|ur|the|a|it|that|this|now|sure|do|be|get|go|see)\b)",
    r"(?:smth|sth|gr8|l8r|b4|2day|2nite|2moro|rn|omw|ttyl|srsly|obv|def|probs?|kk|ikr|wth|ngl)\b",
)
_PHRASES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "raised": re.compile(rf"\b(?:{'|'.join(_LETTER)})\b"),
        "lowered": re.compile(rf"(?<![\w$.,/])(?:{'|'.join(_TEXTING)})"),
    }
)


def marked_words(measured: Measured, kind: str) -> int:
    """How many words and marks of a text, 0 for none, belong to the register that a break of this kind moves to."""
    return measured.count(*_CLASSES[kind])


@dataclass(frozen=True, slots=True)
class Marks:
    """How many marks of one register a text has; `outright` are those that ordinary talk has hardly ever."""

    total: int
    outright: int


def marks_in(text: str, measured: Measured, kind: str) -> Marks:
    """The marked words of a text together with the phrases of that register, looked for only beside a marked word.

    A word within a phrase counts for both. `kind` is "raised" or "lowered". Of a lowered register every mark is
    outright; of a raised one only the phrases are, since "provide", "assist" and "therefore" are everyday service talk.
    """
    words = marked_words(measured, kind)
    if not words:
        return Marks(0, 0)
    phrases = sum(1 for _ in _PHRASES[kind].finditer(text.lower()))
    return Marks(words + phrases, phrases if kind == "raised" else words + phrases)
