"""From ballots to one verdict: scores are means, hits need a majority, disagreement is told.

More than half of the ballots have to count, and on each turn more than half of the opinions: else nothing is said. A
turn that is flagged by as many as do not is None and named in `tied_turns`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from judges.llm.ballot import Ballot
from judges.llm.costs import Costs
from judges.llm.evidence import Opinion
from judges.llm.jury import Jury
from judges.llm.lines import is_cut
from judges.llm.question import Question
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.transcript import Transcript


def verdict_from(
    ballots: Sequence[Ballot], transcript: Transcript, *, question: Question, jury: Jury, name: str, version: str
) -> Verdict:
    """The verdict of a jury; unjudged where not more than half of its ballots count."""
    meta = _about(ballots, transcript, jury)
    valid = [ballot for ballot in ballots if ballot.failure is None]
    failures = [ballot.failure for ballot in ballots if ballot.failure is not None]
    if 2 * len(valid) <= len(ballots):
        reason, detail = failures[0].reason, failures[0].detail
        return unjudged(transcript, judge=name, version=version, reason=reason, detail=detail, meta=meta)
    by_turn = [_opinions(valid, turn) for turn in range(len(transcript.turns))]
    scores = [turn_score(opinions) for opinions in by_turn]
    hits = [hit for opinions in by_turn for hit in majority_hits(opinions)]
    tied = [turn for turn, opinions in enumerate(by_turn) if _is_tied(opinions)]
    meta |= _agreement(valid, by_turn, jury) | _other_kinds(by_turn, question) | ({"tied_turns": tied} if tied else {})
    return verdict_on(transcript, judge=name, version=version, turn_scores=scores, hits=hits, meta=meta)


def turn_score(opinions: Sequence[Opinion]) -> float | None:
    """The mean of the opinions that count; None where not more than half of them do, or as many flag as do not."""
    scores = [opinion.score for opinion in opinions if opinion.score is not None]
    return fmean(scores) if _is_quorate(opinions) and not _is_tied(opinions) else None


def majority_hits(opinions: Sequence[Opinion]) -> tuple[Hit, ...]:
    """The hits of a turn that more than half of the counted opinions flag.

    They are of the commonest kind; of kinds equally common, that of the first ballot, in the order of the models and
    their votes. They are those of the first opinion of that kind. Opinions without a score do not count, and where not
    more than half count there are no hits.
    """
    flagging = [opinion for opinion in opinions if opinion.score is not None and opinion.hits]
    if not _is_quorate(opinions) or 2 * len(flagging) <= len(_flags(opinions)):
        return ()
    (kind, _), *_ = Counter(opinion.kind for opinion in flagging).most_common()
    return next(opinion.hits for opinion in flagging if opinion.kind == kind)


def _is_quorate(opinions: Sequence[Opinion]) -> bool:
    """Whether more than half of the opinions on a turn count, as more than half of the ballots have to."""
    return 2 * len(_flags(opinions)) > len(opinions)


def _is_tied(opinions: Sequence[Opinion]) -> bool:
    """Whether as many opinions flag the turn as do not."""
    flags = _flags(opinions)
    return _is_quorate(opinions) and 2 * sum(flags) == len(flags)


def _opinions(ballots: Iterable[Ballot], turn: int) -> list[Opinion]:
    return [ballot.opinions[turn] for ballot in ballots if turn in ballot.opinions]


def _about(ballots: Sequence[Ballot], transcript: Transcript, jury: Jury) -> dict[str, Any]:
    """What the verdict rests on and what it cost."""
    meta: dict[str, Any] = {"models": list(jury.models), "votes": jury.votes}
    meta |= sum((ballot.costs for ballot in ballots), Costs()).as_data()
    meta["unsupported_quotes"] = sum(opinion.unsupported for ballot in ballots for opinion in ballot.opinions.values())
    not_taken = sorted(frozenset().union(*(ballot.not_taken for ballot in ballots)))
    cut = [index for index, turn in enumerate(transcript.turns) if is_cut(turn.text)]
    failed = [
        {"model": ballot.model, "vote": ballot.vote, "reason": ballot.failure.reason, "detail": ballot.failure.detail}
        for ballot in ballots
        if ballot.failure
    ]
    told = {"settings_not_taken": not_taken, "turns_cut": cut, "failed_ballots": failed}
    return meta | {key: value for key, value in told.items() if value}


def _agreement(valid: Sequence[Ballot], by_turn: Sequence[Sequence[Opinion]], jury: Jury) -> dict[str, Any]:
    """Among several ballots: the share of turns on which they do not all flag or all not; among models: the flags.

    An opinion that does not count is unlike those that do.
    """
    meta: dict[str, Any] = {}
    if len(valid) > 1:
        compared = [opinions for opinions in by_turn if len(opinions) > 1 and _flags(opinions)]
        unlike = sum(len({(one.score is None, bool(one.hits)) for one in opinions}) > 1 for opinions in compared)
        meta["disagreement"] = round(unlike / len(compared), 6) if compared else None
    if len(jury.models) > 1:
        meta["flags_by_model"] = {
            model: [_majority([b for b in valid if b.model == model], turn) for turn in range(len(by_turn))]
            for model in jury.models
        }
    return meta


def _flags(opinions: Iterable[Opinion]) -> list[bool]:
    return [bool(opinion.hits) for opinion in opinions if opinion.score is not None]


def _majority(ballots: Sequence[Ballot], turn: int) -> int | None:
    """1 where the ballots flag the turn, 0 where they do not, None where they did not judge it or are tied."""
    opinions = _opinions(ballots, turn)
    return int(bool(majority_hits(opinions))) if turn_score(opinions) is not None else None


def _other_kinds(by_turn: Sequence[Sequence[Opinion]], question: Question) -> dict[str, Mapping[str, list[int]]]:
    """The turns of kinds that are no hits, by kind, as most opinions have it; the plain "none" is left out."""
    plain = next((kind for kind in question.kinds if kind not in question.hit_kinds), None)
    turns: dict[str, list[int]] = defaultdict(list)
    for index, opinions in enumerate(by_turn):
        named = Counter(opinion.kind for opinion in opinions if opinion.kind is not None)
        kind = named.most_common(1)[0][0] if named else None
        if kind is not None and kind != plain and kind not in question.hit_kinds:
            turns[kind].append(index)
    return {"kinds": dict(turns)} if turns else {}
