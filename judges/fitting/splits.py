"""Which conversations judges are fitted on, and which are kept for measuring them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sims.seeds import stable_hash
from sims.transcript import Transcript

_HELD_OUT_PERCENT = 30
_TRIAL = re.compile(r"-t(?P<task>\d+)-r\d+$")


def is_held_out(transcript: Transcript) -> bool:
    """Whether a conversation is for measuring only: about 30 %, whole tasks at a time, by a hash of the id."""
    return stable_hash("held out", transcript.source, _group(transcript)) % 100 < _HELD_OUT_PERCENT


def _group(transcript: Transcript) -> str:
    """What stays on one side: the trials of a task, and what was planted in a conversation with the conversation."""
    base = str(transcript.meta.get("base_id", transcript.id))
    trial = _TRIAL.search(base)
    return trial["task"] if trial else base


def fitting_part(transcripts: Iterable[Transcript]) -> list[Transcript]:
    """The conversations that weights, thresholds and rules may be fitted or tuned on."""
    return [one for one in transcripts if not is_held_out(one)]


def measuring_part(transcripts: Iterable[Transcript]) -> list[Transcript]:
    """The conversations that nothing was fitted or tuned on."""
    return [one for one in transcripts if is_held_out(one)]
