"""How the verdict on a conversation as a whole is told by turns: one score, where its first quote stands."""

from __future__ import annotations

from dataclasses import replace

from judges.llm.question import Question
from judges.verdict import Unjudged, Verdict

_UNDECIDED = "as many votes say one as the other, or none of the quotes occurs in the conversation"


def verdict_on_whole(verdict: Verdict, question: Question) -> Verdict:
    """The verdict with its score at the first turn that is quoted, or left at the turn that was asked about.

    So each conversation has one judged turn, and the share of flagged turns is the share of conversations. `meta`
    names the kind. Without a score it is undecided; other reasons for being unjudged stay.
    """
    if verdict.unjudged is not None:
        return verdict
    scored = next((turn for turn, score in enumerate(verdict.turn_scores) if score is not None), None)
    if scored is None:
        return replace(verdict, unjudged=Unjudged("undecided", _UNDECIDED))
    place = verdict.hits[0].turn if verdict.hits else scored
    scores = [None] * len(verdict.turn_scores)
    plain = next(kind for kind in question.kinds if kind not in question.hit_kinds)
    kind = verdict.hits[0].kind if verdict.hits else plain
    return replace(
        verdict,
        turn_scores=(*scores[:place], verdict.turn_scores[scored], *scores[place + 1 :]),
        meta={**verdict.meta, "kind": kind},
    )
