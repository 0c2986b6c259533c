"""What a judge model is asked: one narrow question, the kinds it may answer with, and the form of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["flag", "scale", "phrases", "conversation"]
"""How a turn is answered: a kind with a score in [0, 1]; a kind with a place on a scale; a list of phrases. Or how the
conversation is, once: a kind with a score in [0, 1]."""

FLAG_FORMS: frozenset[Form] = frozenset({"flag", "conversation"})
"""The forms whose score says how likely it is that the kind is a hit."""


@dataclass(frozen=True, slots=True)
class Question:
    """One narrow question about every turn of a conversation, or about the conversation as a whole.

    `asks` is the question in words, `kinds` what a turn (a phrase, a conversation) may be called, each with its
    definition, and `hit_kinds` those of them that are hits. `low` and `high` bound the score. `version` changes with
    any word of the question.
    """

    artifact: str
    version: str
    asks: str
    kinds: Mapping[str, str]
    hit_kinds: frozenset[str]
    form: Form = "flag"
    low: float = 0.0
    high: float = 1.0
