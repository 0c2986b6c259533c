"""Judges that watch conversations while they are held, and stop one at the turn they flag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.judge_models import NO_MODELS
from analysis.judge_tools import JudgeTools
from analysis.sequential.watch import learners
from analysis.wording import one_line, plain
from judges.catalogue import needs_model
from judges.judge import Judge
from judges.panel import judge_transcripts
from judges.verdict import Verdict
from sims.conversation import Watcher
from sims.errors import UsageError
from sims.transcript import Transcript

_QUOTE_CHARS = 200
_JUDGES_OF_ENDS = frozenset({"ending"})


def check_watching(names: Sequence[str]) -> None:
    """Return when each of these judges can watch a conversation that goes on.

    Raises:
        UsageError: one asks a model, which would hold up every conversation, or judges how conversations end.
    """
    for name in names:
        if needs_model(name):
            offline = name.partition(":")[0]
            raise UsageError(f"--abort-on {name}: asks a model after every turn; only offline judges watch ({offline})")
        if name in _JUDGES_OF_ENDS:
            raise UsageError(f"--abort-on {name}: judges how a conversation ended; name a judge of single turns")


def watch_of(names: Sequence[str], tools: JudgeTools) -> Watcher | None:
    """What looks at a conversation after each turn for these judges; None where none is named.

    It sees something where one of them flags the last turn, by what was said up to there: "judge", "turn" (counted from
    0), "score", "quote", "reason" and "version" of the first judge, in the order of `names`, that does. The judges have
    learnt from the lessons of `tools`, else from nothing, so it is a function of the transcript alone. Blind spots: a
    flag that only later turns bring out; and each look judges the whole conversation, so that long ones get slow.

    Raises:
        UsageError: a judge cannot watch.
    """
    check_watching(names)
    if not names:
        return None
    judges = _without_models(tools).prepared(names, ())
    return lambda transcript: _seen_in_last_turn(transcript, judges)


def _without_models(tools: JudgeTools) -> JudgeTools:
    return replace(tools, models=NO_MODELS)


def _seen_in_last_turn(transcript: Transcript, judges: Sequence[Judge]) -> Mapping[str, Any] | None:
    verdicts = judge_transcripts([transcript], judges)
    return next(filter(None, (_last_flag(verdict) for verdict in verdicts)), None)


def _last_flag(verdict: Verdict) -> Mapping[str, Any] | None:
    """The first flag of the last turn; a hit on a turn without a score is none, as in the rates."""
    last = len(verdict.turn_scores) - 1
    hit = next((one for one in verdict.hits if one.turn == last), None)
    if hit is None or verdict.turn_scores[last] is None:
        return None
    return {
        "judge": verdict.judge,
        "turn": last,
        "score": round(hit.score, 6),
        "quote": hit.quote[:_QUOTE_CHARS],
        "reason": one_line(hit.reason),
        "version": verdict.version,
    }


def watching_lines(names: Sequence[str], tools: JudgeTools) -> Iterator[str]:
    """Sentences on what these judges can see while they watch, for whoever starts a run."""
    if not names:
        return
    yield f"a conversation ends at the first turn that {' or '.join(map(plain, names))} flags"
    if tools.learn_from is None and (unprepared := learners(_without_models(tools).make(names))):
        yield (
            f"{' and '.join(map(plain, unprepared))}: nothing to learn from yet, so the plainest faults only are seen;"
            " --learn-from RUN, good conversations of these scenarios, shows many more"
        )
