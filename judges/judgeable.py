"""What the judges of English share: when there is nothing for them to judge, and their figures as shipped."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any, ClassVar, Self

from judges.language import foreign_language
from judges.verdict import Verdict, unjudged
from sims.transcript import Transcript


class RuleJudge(ABC):
    """A judge whose rules and limits are fixed: it learns nothing from the batch."""

    name: ClassVar[str]
    version: ClassVar[str]

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """The judge itself."""
        return self

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict, or why there is none."""
        return why_not_judged(transcript, judge=self.name, version=self.version) or self.look(transcript)

    @abstractmethod
    def look(self, transcript: Transcript) -> Verdict:
        """The verdict on a conversation in English that holds text."""


def why_not_judged(transcript: Transcript, *, judge: str, version: str) -> Verdict | None:
    """The verdict on a conversation without any text, or in a language that no judge of English reads; else None."""
    texts = tuple(turn.text for turn in transcript.turns if turn.text.strip())
    if not texts:
        detail = "no turn holds any text" if transcript.turns else "there are no turns"
        return unjudged(transcript, judge=judge, version=version, reason="empty", detail=detail)
    foreign = _foreign_language(texts)
    return unjudged(transcript, judge=judge, version=version, reason="language", detail=foreign) if foreign else None


@lru_cache(maxsize=4)
def _foreign_language(texts: tuple[str, ...]) -> str | None:
    """Remembered for a moment, since one judge after the other asks about the same conversation."""
    return foreign_language(texts)


@cache
def shipped_figures(judge: str) -> Mapping[str, Any]:
    """The figures in `weights/<judge>.json`, whose sources stand in the same file."""
    path = resources.files("judges").joinpath("weights", f"{judge}.json")
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
