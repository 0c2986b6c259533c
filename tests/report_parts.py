"""Short ways to make what a report is built from."""

from __future__ import annotations

from typing import Any

from analysis.findings import Decision, FlagRate, Shift
from analysis.report.build import Report, build_report
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.transcript import Transcript


def hit(transcript: Transcript, turn: int, quote: str, *, kind: str = "flip", reason: str = "as the other side") -> Hit:
    """A hit whose quote is looked up in the turn."""
    start = transcript.turns[turn].text.index(quote)
    return Hit(turn, 0.9, kind, quote, start, start + len(quote), reason)


def verdict(transcript: Transcript, *hits: Hit, judge: str = "role_flip") -> Verdict:
    """A verdict with 0.1 for every turn."""
    return verdict_on(transcript, judge=judge, version="1", turn_scores=[0.1] * len(transcript.turns), hits=hits)


def not_judged(transcript: Transcript, *, judge: str = "digression", detail: str = "3 words") -> Verdict:
    """A verdict that says why there is none."""
    return unjudged(transcript, judge=judge, version="1", reason="too_short", detail=detail)


def rate(judge: str = "role_flip", **more: Any) -> FlagRate:
    """3 of 100 judged turns flagged, 1 of 10 conversations missing."""
    figures: dict[str, Any] = {
        "group": "all",
        "conversations": 10,
        "unjudged_conversations": 1,
        "judged_turns": 100,
        "flagged_turns": 3,
        "rate": 0.03,
        "ci_low": 0.01,
        "ci_high": 0.06,
        "worst_low": 0.027,
        "worst_high": 0.12,
    }
    return FlagRate(judge=judge, **(figures | more))


def shift(feature: str = "words_per_turn", decision: Decision = "SHIFTED", **more: Any) -> Shift:
    """A shift of +0.6 with an interval from +0.4 to +0.8 against a margin of 0.15."""
    figures: dict[str, Any] = {
        "role": "seeker",
        "n": 10,
        "n_reference": 500,
        "effect": 0.6,
        "effect_name": "Cliff's delta",
        "ci_low": 0.4,
        "ci_high": 0.8,
        "p": 0.001,
        "p_adjusted": 0.01,
        "needed_n": None,
        "profile": "service",
        "margin": 0.15,
        "mean": 20.0,
        "reference_mean": 11.5,
    }
    return Shift(feature=feature, decision=decision, **(figures | more))


def report(*transcripts: Transcript, **more: Any) -> Report:
    """A report of the transcripts; any argument of `build_report` may be replaced."""
    arguments: dict[str, Any] = {"title": "A run", "manifest": {}, "verdicts": {}}
    return build_report(transcripts=transcripts, **(arguments | more))
