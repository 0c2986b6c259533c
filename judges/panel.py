"""Puts transcripts before judges: a sample to learn from first, then each transcript on its own."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence

from judges.judge import Judge
from judges.verdict import Verdict, unjudged
from sims.seeds import stable_hash
from sims.transcript import Transcript

SAMPLE_SIZE = 1000


def prepare_judges(
    judges: Sequence[Judge], transcripts: Iterable[Transcript], *, sample_size: int = SAMPLE_SIZE
) -> tuple[Judge, ...]:
    """The judges, having learnt from at most `sample_size` of the transcripts.

    The sample is the transcripts whose ids hash lowest, so it does not depend on their order or grouping.
    """
    sample = heapq.nsmallest(sample_size, transcripts, key=lambda transcript: stable_hash("sample", transcript.id))
    return tuple(judge.prepare(sample) for judge in judges)


def judge_transcripts(transcripts: Iterable[Transcript], judges: Sequence[Judge]) -> Iterator[Verdict]:
    """One verdict a judge for each transcript, in their order; a stream.

    A judge that fails on a transcript gives an unjudged verdict with the reason "crashed" there, and goes on.
    """
    for transcript in transcripts:
        for judge in judges:
            yield _verdict(transcript, judge)


def _verdict(transcript: Transcript, judge: Judge) -> Verdict:
    if not any(turn.text.strip() for turn in transcript.turns):
        detail = "no turn holds any text" if transcript.turns else "there are no turns"
        return unjudged(transcript, judge=judge.name, version=judge.version, reason="empty", detail=detail)
    try:
        return judge.judge(transcript)
    except Exception as error:  # noqa: BLE001,RUF100 - one odd transcript must not lose the others
        detail = f"{type(error).__name__}: {error}"
        return unjudged(transcript, judge=judge.name, version=judge.version, reason="crashed", detail=detail)
