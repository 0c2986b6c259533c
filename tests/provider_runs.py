"""Judged folders of hand-made conversations, for tests that set providers side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from builders import transcript

from analysis.judged_folder import JudgedFolder
from judges.verdict import Hit, Verdict, verdict_on
from judges.verdict_file import VERDICTS
from sims.transcript import ScenarioRef, Transcript, Usage
from sims.transcript_file import TRANSCRIPTS

LINES = tuple(("user" if turn % 2 == 0 else "agent", f"Words are said here, number {turn}.") for turn in range(10))


def held(
    model: str,
    repeat: int,
    *,
    scenario: str = "s",
    cost_usd: float | None = 0.001,
    temperature: float | None = None,
    **more: object,
) -> Transcript:
    """A conversation of ten turns, each 10 tokens in and 5 out."""
    meta = {"model": model, "temperature": temperature}
    made = transcript(*LINES, id=f"{scenario}:{model}:{repeat}", repeat=repeat, meta=meta, **more)
    turns = tuple(replace(turn, cost_usd=cost_usd, usage=Usage(10, 5)) for turn in made.turns)
    return replace(made, turns=turns, scenario=ScenarioRef(scenario, "hash"))


def judged(conversation: Transcript, flagged: int = 0, *, judge: str = "digression") -> Verdict:
    """A verdict that flags the first so many turns."""
    hits = [Hit(turn, 0.9, judge, "Words", 0, 5, "off") for turn in range(flagged)]
    scores = [0.1] * len(conversation.turns)
    return verdict_on(conversation, judge=judge, version="1", turn_scores=scores, hits=hits)


def judged_folder(
    path: Path, conversations: Sequence[tuple[Transcript, int]], more: Sequence[Sequence[Verdict]] = ()
) -> JudgedFolder:
    """A folder of conversations with the number of turns flagged in each, and further verdicts on each."""
    path.mkdir()
    lines = [TRANSCRIPTS.dump(one) for one, _ in conversations]
    (path / "all.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    others = more or [()] * len(conversations)
    verdicts = [
        VERDICTS.dump(verdict)
        for (one, flagged), further in zip(conversations, others, strict=True)
        for verdict in (judged(one, flagged), *further)
    ]
    (path / "verdicts.jsonl").write_text("\n".join(verdicts) + "\n", encoding="utf-8")
    sources = {"schema": "simstress/judged@1", "transcripts": [str(path / "all.jsonl")]}
    (path / "judged.json").write_text(json.dumps(sources), encoding="utf-8")
    return JudgedFolder(path)


def grid(models: Sequence[str], flagged: Callable[[str, int], int], repeats: int = 20) -> list[tuple[Transcript, int]]:
    """Every model in every repeat of one scenario."""
    return [(held(model, repeat), flagged(model, repeat)) for model in models for repeat in range(repeats)]
