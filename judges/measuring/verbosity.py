"""Measures the verbosity judge for its card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from judges.card import Measurement
from judges.embeddings import Encoder
from judges.injections import Planted, put_text
from judges.measuring.card_text import CardText
from judges.measuring.figures import Items, recall
from judges.measuring.planted import (
    SOURCES,
    contentful_turn,
    false_alarm_rows,
    flagged_rows,
    measured_part,
    planted_rows,
    row,
)
from judges.verbosity import MIN_DRIFT_TURNS, VerbosityJudge
from sims.seeds import generator
from sims.transcript import Transcript

CARD = CardText(
    finds="turns far longer than their speaker's others, and speakers whose turns grow or shrink",
    unit="robust z of log length among the speaker's turns",
    threshold="the lowest z and the lowest t of a trend that at most 1.5 in 1,000 human turns reach in every corpus",
    blind_spots=(
        "languages without spaces between words",
        "speakers with fewer than four turns of four words; drifts over fewer than eight",
        "its faults are planted here alone: verify-judges has none of length",
        "a growth that the task asks for is one all the same",
    ),
    sources=SOURCES,
)
_PLANTED_IN = ("human_service_sgd", "human_personachat", "llm_taubench", "llm_synthetic_personachat")
_LONG_ENOUGH = ("human_service_sgd", "human_switchboard", "llm_synthetic_personachat")
_BURST_FACTOR = 15
_DRIFT_FACTOR = 6.0


def measure(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """The rows of the card; embeddings change nothing."""
    if encoder is not None:
        return
    judge = VerbosityJudge()
    for name in _PLANTED_IN:
        corpus = measured_part(data, name, most=300)
        bursts = [one for each in corpus for one in _burst(each)]
        what = f"a turn {_BURST_FACTOR} times as long"
        yield from planted_rows(judge, bursts, what=what, data=name, kinds=("burst",))
    for name in _LONG_ENOUGH:
        yield _drift_row(judge, measured_part(data, name, most=300), name)
    yield from false_alarm_rows(judge, data)
    yield from flagged_rows(judge, data)


def _burst(transcript: Transcript) -> Iterator[Planted]:
    chance = generator("measure bursts", transcript.id)
    index = contentful_turn(transcript, chance)
    if index is not None:
        yield put_text(transcript, index, " ".join([transcript.turns[index].text] * _BURST_FACTOR))


def _drift_row(judge: VerbosityJudge, corpus: list[Transcript], name: str) -> Measurement:
    """Whether a speaker is told whose last turn is six times as long as it was, and those between in proportion."""
    rows = []
    for transcript in corpus:
        speaker = transcript.speakers[-1]
        own = [index for index, turn in enumerate(transcript.turns) if turn.speaker == speaker]
        if len(own) < MIN_DRIFT_TURNS:
            continue
        kinds = {
            hit.kind
            for hit in judge.judge(_drifting(transcript, own)).hits
            if transcript.turns[hit.turn].speaker == speaker
        }
        rows.append((float("drift_up" in kinds), 1.0, transcript.id))
    what = f"turns that grow up to {_DRIFT_FACTOR:g} times: speakers flagged"
    return row(Items.of(rows), recall, what=what, data=name, metric="recall")


def _drifting(transcript: Transcript, own: list[int]) -> Transcript:
    turns = list(transcript.turns)
    for place, index in enumerate(own):
        said = turns[index].text.split()
        factor = _DRIFT_FACTOR ** (place / (len(own) - 1))
        wanted = round(factor * len(said))
        turns[index] = replace(turns[index], text=" ".join((said * int(_DRIFT_FACTOR + 1))[:wanted]))
    return replace(transcript, turns=tuple(turns))
