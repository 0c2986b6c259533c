"""Short ways to make the sides of a gate, in memory and on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from builders import transcript

from analysis.gate.side import Conversation, Found, ScenarioFacts, Side
from analysis.outcomes import ConversationKey
from judges.verdict import Hit, Verdict
from judges.verdict_file import VERDICTS
from sims.scenario import Expectation
from sims.transcript import ScenarioRef, Transcript
from sims.transcript_file import TRANSCRIPTS

JUDGE = "role_flip"
TURNS = 10


def found(flags: int = 0, *, judged: int = TURNS, missing: str | None = None) -> Found:
    """The first `flags` turns flagged."""
    return Found(tuple(range(flags)), 0 if missing else judged, missing)


def conversation(
    repeat: int, flags: int = 0, *, scenario: str = "refund", model: str = "m", text: str = "", **more: Any
) -> Conversation:
    """Ten turns, all judged by role_flip, the first `flags` flagged; `missing` says there is no outcome."""
    heat = more.pop("temperature", None)
    key = ConversationKey(scenario, model, heat, repeat, "")
    name = f"{scenario}:{model}:r{repeat}" if heat is None else f"{scenario}:{model}:{heat}:r{repeat}"
    judged = more.pop("found", None) or {JUDGE: found(flags, **more)}
    return Conversation(key, name, repeat, TURNS, text or f"hash-{repeat}-{flags}", judged)


def side(
    *conversations: Conversation,
    name: str = "here",
    judges: Mapping[str, str] | None = None,
    expect: Mapping[str, Mapping[str, Expectation]] | None = None,
) -> Side:
    """A side of those conversations; `expect` is by scenario, then judge."""
    ids = dict.fromkeys(one.key.scenario for one in conversations)
    facts = {one: ScenarioFacts(one, f"hash of {one}", (expect or {}).get(one, {})) for one in ids}
    return Side(name, judges or {JUDGE: "1"}, facts, conversations)


def flags(counts: Sequence[int], **more: Any) -> Side:
    """A side with a repeat for each count of flagged turns."""
    expect, name = more.pop("expect", None), more.pop("name", "here")
    return side(*(conversation(n, count, **more) for n, count in enumerate(counts)), expect=expect, name=name)


def spoken(identity: str, *, scenario: str | None = "refund", repeat: int | None = 0, **more: Any) -> Transcript:
    """A transcript of two turns, with its place in a grid."""
    ref = ScenarioRef(scenario, "abc") if scenario else None
    return transcript(("a", "hello"), ("b", "hi"), id=identity, scenario=ref, repeat=repeat, **more)


def verdict(identity: str, *flagged: int, judge: str = JUDGE, **more: Any) -> Verdict:
    """A verdict on two turns."""
    hits = tuple(Hit(turn, 1.0, "k", "h", 0, 1, "r") for turn in flagged)
    fields: dict[str, Any] = {"turn_scores": (0.0, 0.0), "judged_turns": 2, "version": "1", "hits": hits}
    return Verdict(transcript=identity, judge=judge, **(fields | more))


def judged_folder(path: Path, transcripts: Sequence[Transcript], verdicts: Sequence[Verdict]) -> Path:
    """A judged folder on disk, its transcripts beside it."""
    path.mkdir(parents=True)
    texts = path / "transcripts.jsonl"
    texts.write_text("".join(TRANSCRIPTS.dump(one) + "\n" for one in transcripts), encoding="utf-8")
    (path / "verdicts.jsonl").write_text("".join(VERDICTS.dump(one) + "\n" for one in verdicts), encoding="utf-8")
    sources = {"schema": "simstress/judged@1", "transcripts": [str(texts)], "judges": [JUDGE]}
    (path / "judged.json").write_text(json.dumps(sources), encoding="utf-8")
    return path
