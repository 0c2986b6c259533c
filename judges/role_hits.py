"""What the role_flip judge reports: the score of each turn, hits with a quote and a reason, inverted stretches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from judges.role_cue import Cue, role_name
from judges.role_reading import Reading
from judges.verdict import Hit
from sims.transcript import Participant

_CUE_SCORE = 0.99


def turn_score(reading: Reading, index: int, posterior: float, cues: Sequence[Cue]) -> float | None:
    """The chance of one turn to be flipped, raised where a sign is found; None for one that cannot be judged."""
    if cues:
        return max(posterior, _CUE_SCORE)
    is_judged = any(reading.grams[index]) and reading.table(index) is not None
    return posterior if is_judged else None


def find_hits(
    reading: Reading, cues: Sequence[Sequence[Cue]], posteriors: Sequence[float], *, threshold: float
) -> list[Hit]:
    """The flagged turns: those with a sign, and those at least as likely flipped as `threshold` says."""
    is_flip = [
        posterior >= threshold and any(grams) for posterior, grams in zip(posteriors, reading.grams, strict=True)
    ]
    hits: list[Hit] = []
    stretches = _stretches(is_flip) if reading.evidence.is_linked else [""] * len(is_flip)
    for index, of_turn in enumerate(cues):
        stretch = stretches[index]
        hits.extend(cue_hit(reading, index, cue, stretch) for cue in of_turn)
        is_told = any(cue.kind in ("flip", "echo") for cue in of_turn)
        if is_flip[index] and reading.table(index) and not is_told and (stretch or reading.has_content(index)):
            hits.append(_word_hit(reading, index, posteriors[index], stretch))
    return hits


def stretches_of(reading: Reading, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Where roles were taken: first and last turn, who speaks first there, and as whom."""
    flipped = sorted({hit.turn for hit in hits if hit.kind == "flip"})
    runs: list[list[int]] = []
    for index in flipped:
        if runs and reading.evidence.is_linked and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return [{"first": run[0], "last": run[-1], **_who_took_what(reading, run[0])} for run in runs]


def _who_took_what(reading: Reading, index: int) -> dict[str, str]:
    speaker = reading.transcript.turns[index].speaker
    table = reading.table(index)
    grams = reading.most_foreign(index, table)[1] if table and any(reading.grams[index]) else []
    return {"speaker": speaker, "taken": _role_taken(reading, index, grams).name}


def cue_hit(reading: Reading, index: int, cue: Cue, stretch: str) -> Hit:
    """A sign as a hit; `stretch` says which turns around it are inverted."""
    turn = reading.transcript.turns[index]
    quote = turn.text[cue.start : cue.end]
    reason = f"{turn.speaker} {cue.reason}" + (stretch if cue.kind == "flip" else "")
    return Hit(index, _CUE_SCORE, cue.kind, quote, cue.start, cue.end, reason)


def _word_hit(reading: Reading, index: int, posterior: float, stretch: str) -> Hit:
    speaker = reading.transcript.turns[index].speaker
    table = reading.evidence.tables[speaker]
    quote, grams = reading.most_foreign(index, table)
    taken = _role_taken(reading, index, grams)
    telling = ", ".join(f'"{phrase}"' for phrase in table.telling(grams))
    reason = f"{speaker} speaks as {role_name(taken)} ({taken.name}) would" + (f": {telling}" if telling else "")
    return Hit(index, round(posterior, 6), "flip", quote.text, quote.start, quote.end, reason + stretch)


def _role_taken(reading: Reading, index: int, grams: Sequence[str]) -> Participant:
    tables = reading.evidence.tables
    llrs = {key: table.sentence_llr(grams) for key, table in {id(one): one for one in tables.values()}.items()}

    def foreignness(other: Participant) -> float:
        return llrs.get(id(tables.get(other.name)), math.inf)

    return min(reading.others(index), key=foreignness)


def _stretches(is_flip: Sequence[bool]) -> list[str]:
    """For each turn which turns around it are inverted too, in words; "" where it is not, or alone."""
    found: list[str] = []
    for flipped, run in groupby(is_flip):
        first, turns = len(found), len(list(run))
        words = f"; turns {first} to {first + turns - 1} are inverted" if flipped and turns > 1 else ""
        found += [words] * turns
    return found
