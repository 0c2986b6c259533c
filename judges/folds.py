"""Which part of the batch a conversation belongs to, so that no judge scores what it learnt from."""

from __future__ import annotations

from sims.seeds import stable_hash
from sims.transcript import Transcript

FOLDS = 5


def fold_of(transcript: Transcript) -> int:
    """The fold in [0, FOLDS) of a conversation: a function of its id alone, the same on every machine.

    A conversation under stress is in the fold of its undisturbed twin, and one that was branched off in that of the
    recording, with which it shares many words: no judge may have learnt from the one when it judges the other.
    """
    return stable_hash("fold", str(transcript.meta.get("twin") or _recording(transcript) or transcript.id)) % FOLDS


def _recording(transcript: Transcript) -> object:
    branch = transcript.meta.get("branch")
    return branch.get("of") if isinstance(branch, dict) else None
