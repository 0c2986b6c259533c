"""Whether a judge is still the one that a card measured: a hash of what it says, not of how it is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from judges.judge import Judge
from judges.measuring.probe import read_probe
from judges.panel import judge_transcripts, prepare_judges
from judges.verdict import Verdict
from sims.transcript import Transcript

_FEW = ("own:clean-service", "own:digressions", "own:register", "own:images")
_DIGITS = 3
"""Scores are compared to three digits, so that the last bits of a machine's arithmetic do not matter."""


def fingerprint(judge: Judge) -> str:
    """The sha256, as hex, of the judge's version and its verdicts on the probe, untaught and having learnt from it.

    Blind spots: a change that moves no verdict on the probe is not seen; words of reasons are left out.
    """
    probe = read_probe()
    return _hashed(judge, [_spoken(verdict) for sample in ((), probe) for verdict in _verdicts(judge, probe, sample)])


def decision_fingerprint(judge: Judge) -> str:
    """The same of flagged turns alone, untaught, and on few conversations: for judges that use embeddings.

    Those are slow, and sums in single precision differ a little by machine.
    """
    few = [one for one in read_probe() if one.id in _FEW]
    return _hashed(judge, [_decided(verdict) for verdict in _verdicts(judge, few, ())])


def _verdicts(judge: Judge, probe: Sequence[Transcript], sample: Sequence[Transcript]) -> Iterator[Verdict]:
    return judge_transcripts(probe, prepare_judges([judge], sample))


def _hashed(judge: Judge, rows: Iterable[Any]) -> str:
    content = json.dumps([judge.version, *rows], ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _spoken(verdict: Verdict) -> Sequence[Any]:
    scores = [None if score is None else _rounded(score) for score in verdict.turn_scores]
    hits = [(hit.turn, hit.kind, hit.start, hit.end, _rounded(hit.score)) for hit in verdict.hits]
    return verdict.transcript, scores, hits, _reason(verdict), verdict.basis


def _decided(verdict: Verdict) -> Sequence[Any]:
    return verdict.transcript, sorted({(hit.turn, hit.kind) for hit in verdict.hits}), _reason(verdict), verdict.basis


def _reason(verdict: Verdict) -> str | None:
    return verdict.unjudged.reason if verdict.unjudged else None


def _rounded(score: float) -> float:
    return round(score, _DIGITS) + 0.0
