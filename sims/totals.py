"""What a run took: counted afterwards, and estimated beforehand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from sims.transcript import Transcript


class Totals(BaseModel):
    """What came of a run. Money and tokens are sums over the turns that report them; the others are counted.

    `calls` are the replies that were given, those of a model that picks the speakers among them; `cached_calls` of the
    turns were remembered from an earlier run, which saved `saved_usd`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversations: int
    turns: int
    stop_reasons: dict[str, int]
    failed_conversations: int
    truncated_turns: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    turns_without_cost: int
    settings_not_taken: dict[str, list[str]]
    calls: int = 0
    cached_calls: int = 0
    saved_usd: float = 0.0


class JudgingTotals(BaseModel):
    """What the answers of models cost that judging used, whenever they were paid for.

    `calls_paid_now` counts those that this judging got; the others were remembered. `attempts` counts a call as often
    as it was made. `calls_without_cost` are those whose price nobody knows: they add nothing to `cost_usd`.
    `spent_usd` is what all answers in the folder cost, also those to questions that are not asked any more, and
    `unreadable_answers` counts damaged ones, which are asked for again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls: int
    calls_paid_now: int
    attempts: int = 0
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    calls_without_cost: int
    spent_usd: float = 0.0
    unreadable_answers: int = 0


class Estimated(BaseModel):
    """What the conversations of a run were estimated to take at most, before it began; `cost_usd` is None where a price
    is not known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


class EstimateRatio(BaseModel):
    """What the conversations of a run took, divided by what was estimated; None where either is not known or is 0.

    Remembered replies count as calls and tokens, and cost nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls: float | None
    prompt_tokens: float | None
    completion_tokens: float | None
    cost_usd: float | None


def totals_of(transcripts: Iterable[Transcript]) -> Totals:
    """The sums over a run, in one pass."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    not_taken: dict[str, set[str]] = {}
    cost_usd = saved_usd = 0.0
    for transcript in transcripts:
        counts["conversations"] += 1
        counts["failed"] += transcript.has_failed
        reasons[transcript.stop_reason or "not recorded"] += 1
        models = {participant.name: participant.model or "" for participant in transcript.participants}
        unused = transcript.meta.get("unused_reply") or {}
        cost_usd += unused.get("cost_usd") or 0.0
        counts["calls"] += bool(unused)
        _add_tokens(counts, unused.get("tokens"))
        counts["truncated"] += unused.get("finish_reason") == "length"
        for turn in transcript.turns:
            counts["turns"] += 1
            counts["truncated"] += turn.finish_reason == "length"
            counts["without_cost"] += turn.cost_usd is None and turn.is_generated
            counts["calls"] += (turn.attempts is not None) + ("picker_cost_usd" in turn.meta)
            counts["cached"] += bool(turn.cached)
            saved_usd += turn.meta.get("saved_usd") or 0.0
            cost_usd += (turn.cost_usd or 0.0) + (turn.meta.get("picker_cost_usd") or 0.0)
            if turn.usage:
                _add_tokens(counts, (turn.usage.prompt_tokens, turn.usage.completion_tokens))
            _add_tokens(counts, turn.meta.get("picker_tokens"))
            for setting in turn.meta.get("not_taken", ()):
                not_taken.setdefault(models[turn.speaker], set()).add(setting)
    return Totals(
        conversations=counts["conversations"],
        turns=counts["turns"],
        stop_reasons=dict(sorted(reasons.items())),
        failed_conversations=counts["failed"],
        truncated_turns=counts["truncated"],
        prompt_tokens=counts["prompt_tokens"],
        completion_tokens=counts["completion_tokens"],
        cost_usd=round(cost_usd, 6),
        turns_without_cost=counts["without_cost"],
        settings_not_taken={model: sorted(settings) for model, settings in sorted(not_taken.items())},
        calls=counts["calls"],
        cached_calls=counts["cached"],
        saved_usd=round(saved_usd, 6),
    )


def _add_tokens(counts: Counter[str], tokens: Sequence[int] | None) -> None:
    if tokens:
        counts["prompt_tokens"] += tokens[0]
        counts["completion_tokens"] += tokens[1]
