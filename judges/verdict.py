"""What a judge says of a transcript: scores by turn, hits with quoted evidence, or why it could not judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from sims.transcript import Transcript

SCHEMA = "simstress/verdict@1"

UnjudgedReason = Literal[
    "empty",  # no turn, or no turn with text
    "too_short",  # too little text for this judge
    "one_speaker",  # the judge compares speakers and there is one
    "too_long",  # the judge needs the whole conversation at once and it is too long for that
    "no_facts",  # no participant has private facts or a goal on record
    "no_protocol",  # the conversation does not keep the protocol whose breaches the judge counts
    "language",  # the judge does not know the language
    "roles_indistinct",  # the roles cannot be told apart by text
    "crashed",  # the judge failed; the detail carries the error
    "backend_error",  # the judge model could not be reached
    "refused",  # the judge model declined to answer
    "malformed_reply",  # the judge model's answer could not be read, also after being asked to mend it
    "undecided",  # the judge models are divided, or what they quote does not occur
]

NOT_APPLICABLE: frozenset[UnjudgedReason] = frozenset({"no_facts", "no_protocol"})
"""Reasons for which there was nothing of the judge's kind to look at: no verdict is missing then."""

_STRICT = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A flagged turn: `text[start:end] == quote` in turn `turn`; `score` is in the judge's own unit."""

    __pydantic_config__: ClassVar = _STRICT

    turn: int
    score: float
    kind: str
    quote: str
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Why a transcript has no verdict: a finding of its own, never a score."""

    __pydantic_config__: ClassVar = _STRICT

    reason: UnjudgedReason
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's scores by turn and its hits.

    `turn_scores` has one entry a turn; None is "not applicable or not judged", never 0.
    `judged_turns` counts the entries that are not None. `basis` says what the figures rest on:
    "batch" (learnt from the other conversations at hand) or "shipped". `meta` holds what one judge adds: the
    inverted stretches of role_flip, the votes, model and cost of a judge that asks a model.
    """

    __pydantic_config__: ClassVar = _STRICT

    transcript: str
    judge: str
    version: str
    turn_scores: tuple[float | None, ...]
    hits: tuple[Hit, ...] = ()
    judged_turns: int = 0
    unjudged: Unjudged | None = None
    basis: Literal["batch", "shipped"] = "shipped"
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)
    schema: str = SCHEMA

    @property
    def missing_for(self) -> UnjudgedReason | None:
        """Why a verdict is missing here; None where there is one, or none was to be had (`NOT_APPLICABLE`)."""
        reason = self.unjudged.reason if self.unjudged else None
        return None if reason in NOT_APPLICABLE else reason

    @property
    def is_applicable(self) -> bool:
        """Whether there was something of the judge's kind to look at."""
        return self.unjudged is None or self.missing_for is not None

    @property
    def flagged_turns(self) -> tuple[int, ...]:
        """The indices of turns with at least one hit, ascending."""
        return tuple(sorted({hit.turn for hit in self.hits}))


def verdict_on(
    transcript: Transcript,
    *,
    judge: str,
    version: str,
    turn_scores: Sequence[float | None],
    hits: Sequence[Hit] = (),
    basis: Literal["batch", "shipped"] = "shipped",
    meta: Mapping[str, Any] | None = None,
) -> Verdict:
    """The verdict, after checking that it fits the transcript.

    Scores are rounded to six digits, so that results are the same bytes on every machine.

    Raises:
        ValueError: the scores are not one a turn, or a quote does not occur where the hit says.
    """
    if len(turn_scores) != len(transcript.turns):
        raise ValueError(f"{judge}: {len(turn_scores)} scores for {len(transcript.turns)} turns of {transcript.id}")
    for hit in hits:
        check_quote(transcript, hit)
    scores = tuple(None if score is None else round(float(score), 6) for score in turn_scores)
    return Verdict(
        transcript=transcript.id,
        judge=judge,
        version=version,
        turn_scores=scores,
        hits=tuple(sorted(hits, key=lambda hit: (hit.turn, hit.start, hit.kind))),
        judged_turns=sum(score is not None for score in scores),
        basis=basis,
        meta=meta or {},
    )


def unjudged(
    transcript: Transcript,
    *,
    judge: str,
    version: str,
    reason: UnjudgedReason,
    detail: str,
    hits: Sequence[Hit] = (),
    meta: Mapping[str, Any] | None = None,
) -> Verdict:
    """The verdict that says why there is none. `hits` are plain signs found all the same; they enter no rate.

    Raises:
        ValueError: a quote does not occur where its hit says.
    """
    for hit in hits:
        check_quote(transcript, hit)
    return Verdict(
        transcript=transcript.id,
        judge=judge,
        version=version,
        turn_scores=(None,) * len(transcript.turns),
        hits=tuple(sorted(hits, key=lambda hit: (hit.turn, hit.start, hit.kind))),
        unjudged=Unjudged(reason, detail),
        meta=meta or {},
    )


def check_quote(transcript: Transcript, hit: Hit) -> None:
    """Return when the quote stands in the turn, character for character.

    Raises:
        ValueError: it does not.
    """
    if not 0 <= hit.turn < len(transcript.turns):
        raise ValueError(f"{transcript.id}: a hit names turn {hit.turn} of {len(transcript.turns)}")
    found = transcript.turns[hit.turn].text[hit.start : hit.end]
    if not hit.quote or found != hit.quote:
        raise ValueError(f"{transcript.id}: turn {hit.turn} has {found!r} at {hit.start}, not {hit.quote!r}")
