"""Which conversations judges are fitted on, and which are kept for measuring them."""

from __future__ import annotations

from collections.abc import Iterable

from sims.seeds import stable_hash
from sims.transcript import Transcript

_HELD_OUT_PERCENT = 30


def is_held_out(transcript: Transcript) -> bool:
    """Whether a conversation is for measuring only: about 30 %, whole tasks at a time, by a hash of the id."""
    group = transcript.meta.get("task_id", transcript.meta.get("base_id", transcript.id))
    return stable_hash("held out", transcript.source, str(group)) % 100 < _HELD_OUT_PERCENT


def fitting_part(transcripts: Iterable[Transcript]) -> list[Transcript]:
    """The conversations that weights, thresholds and rules may be fitted or tuned on."""
    return [one for one in transcripts if not is_held_out(one)]


def measuring_part(transcripts: Iterable[Transcript]) -> list[Transcript]:
    """The conversations that nothing was fitted or tuned on."""
    return [one for one in transcripts if is_held_out(one)]
