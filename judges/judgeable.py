"""What the rule-based judges share: when there is nothing to judge, and their figures as shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from judges.text_features import is_foreign_script
from judges.verdict import Verdict, unjudged
from sims.transcript import Transcript


def why_not_judged(transcript: Transcript, *, judge: str, version: str) -> Verdict | None:
    """The verdict on a conversation without any text, or in a script that no judge of English reads; None otherwise."""
    texts = [turn.text for turn in transcript.turns if turn.text.strip()]
    if not texts:
        detail = "no turn holds any text" if transcript.turns else "there are no turns"
        return unjudged(transcript, judge=judge, version=version, reason="empty", detail=detail)
    if is_foreign_script(texts):
        detail = "no turn is in Latin script; this judge knows English only"
        return unjudged(transcript, judge=judge, version=version, reason="language", detail=detail)
    return None


@cache
def shipped_figures(judge: str) -> Mapping[str, Any]:
    """The figures in `weights/<judge>.json`, whose sources stand in the same file."""
    path = resources.files("judges").joinpath("weights", f"{judge}.json")
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
