"""A sign of a lost role, where it stands, and how a role is called in its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sims.transcript import Participant

CueKind = Literal["flip", "echo", "leak", "interruption"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A sign in one turn: `text[start:end]` shows it."""

    kind: CueKind
    start: int
    end: int
    reason: str


def cue_at(kind: CueKind, found: re.Match[str], reason: str) -> Cue:
    """The cue that a match shows."""
    return Cue(kind, found.start(), found.end(), reason)


_HEAD_ENDS = re.compile(r"[,.:;()]|\b(?:for|of|with|who|at|in|from|to|played|writing|\w+ing)\b")


@lru_cache(maxsize=4096)
def _head(role: str) -> str:
    plain = _HEAD_ENDS.split(role.casefold(), maxsplit=1)[0].split()
    return plain[-1] if plain else ""


def role_head(participant: Participant) -> str:
    """The noun of a role in lower case, or "" where none is told: "airline customer-service agent" -> "agent"."""
    return _head(participant.role[:200])


def role_name(participant: Participant) -> str:
    """A role in at most eight words, for reasons shown to people."""
    short = re.split(r"[:.;\n]", participant.role, maxsplit=1)[0].split()[:8]
    return " ".join(short) or participant.name
