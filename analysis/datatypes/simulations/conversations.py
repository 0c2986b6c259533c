"""Conversations of people and of simulations, brought to one form and to a number that can be held."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis.features.speech import SpokenTurn, speeches
from analysis.statistics.units import unit_of
from judges.role_casts import role_keys
from sims.errors import UsageError, nearest
from sims.roles import sides
from sims.seeds import stable_hash
from sims.transcript import Kind, Transcript
from sims.transcript_file import TranscriptFiles

MOST_CONVERSATIONS = 500


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation: its turns in one form, its text as it stands, and the role of each speaker.

    Consecutive turns of one speaker are one. A speaker's role is None where nothing but the name tells it from the
    others'. `cluster` is what it shares with others of either side: what the cluster column says, or its scenario where
    there are ten and more, repeated; else itself.
    """

    id: str
    cluster: str
    turns: tuple[SpokenTurn, ...]
    text: str
    roles: dict[str, str | None]

    @property
    def words(self) -> tuple[str, ...]:
        """All words, in one form."""
        return tuple(word for turn in self.turns for word in turn.words)

    @property
    def speakers(self) -> int:
        """How many speak."""
        return len({turn.speaker for turn in self.turns})


@dataclass(frozen=True, slots=True)
class Sample:
    """At most 500 conversations of a side, chosen by a stable hash of their ids, and how many there were.

    `failed` broke off and `silent` have no word: both are left out. `other_kind` are marked as of the other side; they
    are kept, since whoever gave the file knows better.
    """

    conversations: tuple[Conversation, ...]
    read: int
    failed: int
    silent: int
    other_kind: int


def read_sample(paths: Sequence[Path], *, kind: Kind, cluster_column: str | None = None) -> Sample:
    """The conversations of the files; `cluster_column` names a key of `meta`.

    Raises:
        TranscriptError: a file cannot be read.
        UsageError: no simulated conversation has the cluster column, or one has no single value there; or none is
            left.
    """
    counts = dict.fromkeys(("read", "failed", "silent", "other_kind"), 0)

    def usable() -> Iterator[Transcript]:
        for transcript in TranscriptFiles(paths):
            counts["read"] += 1
            counts["other_kind"] += transcript.kind != kind
            counts["failed"] += transcript.has_failed
            counts["silent"] += not transcript.has_failed and not _has_words(transcript)
            if not transcript.has_failed and _has_words(transcript):
                yield transcript

    chosen = heapq.nsmallest(MOST_CONVERSATIONS, usable(), key=lambda one: (stable_hash("audit", one.id), one.id))
    if not chosen:
        names = ", ".join(map(str, paths))
        raise UsageError(f"{names}: no conversation is left of {counts['read']}: all failed or have no words")
    if kind == "llm" and cluster_column is not None:
        _check_column(chosen, cluster_column)
    cluster = partial(_cluster, kind=kind, column=cluster_column, are_scenarios=_are_scenarios(chosen))
    return Sample(tuple(_conversation(one, cluster(one)) for one in chosen), **counts)


def _are_scenarios(transcripts: Sequence[Transcript]) -> bool:
    """Whether scenarios are enough to be what is counted; else results speak of these scenarios only."""
    return unit_of([one.scenario.id if one.scenario else None for one in transcripts]) == "scenario"


def _check_column(transcripts: Sequence[Transcript], column: str) -> None:
    """Return when a conversation has the column."""
    if any(column in one.meta for one in transcripts):
        return
    keys = sorted({key for one in transcripts for key in one.meta})
    guess = nearest(column, keys)
    hint = f"did you mean {guess!r}? " if guess else ""
    raise UsageError(f"no conversation has {column!r} in its meta; {hint}there are: {', '.join(keys) or 'none'}")


def _has_words(transcript: Transcript) -> bool:
    return any(any(map(str.isalnum, turn.text)) for turn in transcript.turns)


def _conversation(transcript: Transcript, cluster: str) -> Conversation:
    turns = speeches(transcript)[-1].turns
    side, key = sides(transcript.participants), role_keys(transcript.participants)
    roles = {name: side[name] if side[name] != "peer" else _told_role(name, key[name]) for name in key}
    text = "\n".join(turn.text for turn in transcript.turns)
    return Conversation(transcript.id, cluster, turns, text, roles)


def _told_role(name: str, key: str) -> str | None:
    return None if key == f"as {name}" else key


def _cluster(transcript: Transcript, *, kind: Kind, column: str | None, are_scenarios: bool) -> str:
    """What the conversation shares with others, of either side: what the column says, its scenario, or nothing."""
    own = f"{kind} conversation {transcript.id}"
    if column is None:
        return f"scenario {transcript.scenario.id}" if transcript.scenario and are_scenarios else own
    value = transcript.meta.get(column)
    if isinstance(value, list | dict):
        raise UsageError(f"conversation {transcript.id!r}: {column!r} in its meta holds no single value")
    return own if value is None else f"{column} {value}"
