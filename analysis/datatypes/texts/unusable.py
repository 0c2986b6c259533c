"""Texts that are none of the writer's: a model speaking of itself, a refusal, a slot that was never filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from judges.role_leaks import MACHINE_SELF, PLACEHOLDER

Why: TypeAlias = Literal["speaks as a model", "refuses", "has an unfilled slot"]

_REFUSES = re.compile(
    r"\A\W*(?:(?:I(?: a|['’])m (?:very |so )?sorry|sorry|unfortunately|I apologi[sz]e|my apologies),?\s*(?:but )?)?"
    r"I (?:can(?:no|['’])t|(?:am|['’]m) (?:not able|unable) to|must decline|do(?: not|n['’]t) have (?:an?|any|the))\b"
    r"[^.\n]{0,40}\b(?:help|assist|answer|fulfil|comply|provide|access|generate|write|create|complete|continue"
    r"|request|opinions?|preferences?|ability|information)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Unusable:
    """One such text: where its row stands, as `file:line`, and the first reason that was found."""

    place: str
    why: Why


def why_unusable(text: str) -> Why | None:
    """What shows that the text is not what its writer was asked for; None where nothing does.

    Refusals are looked for where the text begins. Blind spots: English; quoted words count as the writer's own.
    """
    if _REFUSES.search(text):
        return "refuses"
    if MACHINE_SELF.search(text):
        return "speaks as a model"
    return "has an unfilled slot" if PLACEHOLDER.search(text) else None
