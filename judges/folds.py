"""Which part of the batch a conversation belongs to, so that no judge scores what it learnt from."""

from __future__ import annotations

from sims.seeds import stable_hash

FOLDS = 5


def fold_of(transcript_id: str) -> int:
    """The fold in [0, FOLDS) of a conversation: a function of its id alone, the same on every machine."""
    return stable_hash("fold", transcript_id) % FOLDS
