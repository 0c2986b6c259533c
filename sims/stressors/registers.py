"""A turn in another register: far more formal, or far more casual, by rules.

Blind spots: English only; the rules know phrases, contractions, capitals, marks and what is said before and after, and
no grammar, so that a formal turn can be stilted and a casual one is spelt rather than built casually.
"""

from __future__ import annotations

import re
from typing import Literal

from sims.stressors.replacing import replaced
from sims.stressors.tables import table

_FORMAL = re.compile(r"\b(?:formal|courteous|full sentences|official)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_SENTENCE_START = re.compile(r"(^|[.!?]\s+)([a-z])")
Register = Literal["formal", "casual"]


def is_formal(persona: str) -> bool:
    """Whether the persona says that its speaker is formal."""
    return bool(_FORMAL.search(persona))


def frames(register: Register) -> list[tuple[str, str]]:
    """What can be said before and after a turn of that register."""
    words = table("registers")[register]
    return [(before, after) for before in words["before"] for after in words["after"]]


def in_register(text: str, register: Register, frame: tuple[str, str], *, spared: frozenset[str]) -> str:
    """The text far into the register, between the two phrases of the frame; `spared` words stay as they are."""
    words = table("registers")[register]
    before, after = frame
    plain = _tidied(replaced(text, words["words"], spared=spared))
    if register == "formal":
        return f"{before} {_stopped(_with_capitals(plain))} {after}"
    return f"{before} {_lowered(plain, spared).rstrip('.')} {after}"


def _tidied(text: str) -> str:
    """Without the spaces and commas that are left over."""
    return re.sub(r",(?=\s*[,.?!]|$)", "", re.sub(r"[ \t]+", " ", text)).strip()


def _with_capitals(text: str) -> str:
    """Sentences that begin with a capital, "I" as one, and nothing shouted."""
    asked = re.sub(r"[!?]*\?[!?]*", "?", re.sub(r"\bi\b(?!\.e\.)", "I", text))
    calm = re.sub(r"!+", ".", asked)
    return _SENTENCE_START.sub(lambda found: found[1] + found[2].upper(), calm)


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!", '"', "”")) else f"{text}."


def _lowered(text: str, spared: frozenset[str]) -> str:
    """Lower case throughout, but for names and for what is written in capitals or with digits, such as codes."""

    def lower(found: re.Match[str]) -> str:
        word = found.group()
        is_code = any(letter.isdigit() for letter in word) or (len(word) > 1 and word.isupper())
        return word if is_code or word.lower() in spared else word.lower()

    return _WORD.sub(lower, text)
