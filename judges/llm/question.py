"""What a judge model is asked: one narrow question, the kinds it may answer with, and the form of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["flag", "scale", "phrases"]
"""How a turn is answered: a kind with a score in [0, 1]; a kind with a place on a scale; a list of phrases."""


@dataclass(frozen=True, slots=True)
class Question:
    """One narrow question about every turn of a conversation.

    `asks` is the question in words, `kinds` what a turn (in the form "phrases": a phrase) may be called, each with its
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
