"""Short ways to make judged stress tests: conversations of arms, verdicts on them, the folder that holds both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.judged_folder import JudgedFolder
from judges.verdict import Hit, Verdict, verdict_on
from judges.verdict_file import VERDICTS
from sims.transcript import Participant, ScenarioRef, StopReason, Transcript, Turn
from sims.transcript_file import TRANSCRIPTS

PRESSURE = {"kind": "role_pressure", "from": "customer", "onto": "support", "at": 2}


def conversation(
    flags: str,
    *,
    dose: float | None = 0.0,
    repeat: int = 0,
    model: str = "m",
    scenario: str = "refund",
    record: Mapping[str, Any] = PRESSURE,
    stop_reason: StopReason = "max_turns",
    stressed: Sequence[int] = (),
    judge: str = "role_flip",
) -> tuple[Transcript, Verdict]:
    """A conversation of customer and support, a turn a character, and the verdict on it.

    "x" is a flagged turn, "." a clean one, "?" one that was not judged, "f" a fixed one that is flagged. Dose 0 makes
    an undisturbed conversation.
    """
    twin = f"{scenario}:{model}:r{repeat}"
    told = dict(record) | ({} if dose is None else {"dose": dose})
    stressors = () if dose == 0 else (told,)
    found = Transcript(
        id=twin + "".join(f"+{one['kind']}={dose}" for one in stressors),
        source="test",
        kind="llm",
        participants=(Participant("customer", "customer"), Participant("support", "support agent")),
        turns=tuple(_turn(place, flag, place in stressed) for place, flag in enumerate(flags)),
        meta={"model": model} | ({"twin": twin} if stressors else {}),
        scenario=ScenarioRef(scenario, "0"),
        repeat=repeat,
        stressors=stressors,
        stop_reason=stop_reason,
    )
    return found, flagged(found, flags, judge=judge)


def _turn(place: int, flag: str, is_stressed: bool) -> Turn:
    meta = ({"fixed": True} if flag == "f" else {}) | ({"stressed": ["role_pressure"]} if is_stressed else {})
    return Turn(("customer", "support")[place % 2], f"turn {place}", meta=meta)


def flagged(transcript: Transcript, flags: str, *, judge: str) -> Verdict:
    """The verdict that a string of flags stands for."""
    return verdict_on(
        transcript,
        judge=judge,
        version="1",
        turn_scores=[None if flag == "?" else float(flag in "xf") for flag in flags],
        hits=[
            Hit(place, 1.0, "swap", transcript.turns[place].text[:4], 0, 4, "")
            for place, flag in enumerate(flags)
            if flag in "xf"
        ],
    )


def stress_folder(path: Path, pairs: Iterable[tuple[Transcript, Verdict]]) -> JudgedFolder:
    """A judged folder of these conversations."""
    pairs = list(pairs)
    path.mkdir(parents=True, exist_ok=True)
    transcripts = path / "given.jsonl"
    transcripts.write_text("".join(TRANSCRIPTS.dump(one) + "\n" for one, _ in pairs), encoding="utf-8")
    folder = JudgedFolder(path, sources={"transcripts": [str(transcripts)]})
    folder.verdict_file.write_text("".join(VERDICTS.dump(one) + "\n" for _, one in pairs), encoding="utf-8")
    return folder
