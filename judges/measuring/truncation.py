"""Measures the truncation judge for its card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from judges.card import Measurement, Source
from judges.embeddings import Encoder
from judges.injections import Planted, append_text, put_text
from judges.measuring.card_text import CardText
from judges.measuring.planted import (
    SOURCES,
    contentful_turn,
    false_alarm_rows,
    flagged_rows,
    measured_part,
    planted_rows,
)
from judges.truncation import TruncationJudge
from sims.seeds import generator
from sims.transcript import Transcript

CARD = CardText(
    finds="turns that say nothing, break off, or hold a slot that nobody filled in",
    unit="chance in [0, 1] that the turn is not whole",
    threshold="the lowest chance of a cut that at most 2 in 1,000 human turns reach in every corpus (fitting parts)",
    blind_spots=(
        "a cut at the end of a sentence",
        "speakers who close less than .8 of their turns with an end mark: most chat and speech",
        "slots in code, and texts with three different slots or more",
        "a wholly blank turn scores 1 and has no hit, since a hit quotes: its score alone tells it",
        'a cut after a word that may well be the last ("No problem", "I see"), the most of what is missed',
    ),
    sources=(
        *SOURCES,
        Source(
            data="llm_taubench", origin="sierra-research/tau-bench", licence="MIT", used_for="fitting and measuring"
        ),
        Source(
            data="llm_spp_trivia",
            origin="MikeWangWZHL/Solo-Performance-Prompting",
            licence="unstated",
            used_for="fitting and measuring",
        ),
        Source(
            data="llm_synthetic_personachat",
            origin="google-research-datasets/Synthetic-Persona-Chat",
            licence="CC BY 4.0",
            used_for="fitting and measuring",
        ),
    ),
)
_PLANTED_IN = (
    "human_service_sgd",
    "human_personachat",
    "llm_taubench",
    "llm_spp_trivia",
    "llm_spp_logic",
    "llm_synthetic_personachat",
)
_SLOTS = ("My name is [your name].", "Hello, {name}!", "It is [insert date].", "I am <your name>.")


def measure(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """The rows of the card; embeddings change nothing."""
    if encoder is not None:
        return
    judge = TruncationJudge()
    for name in _PLANTED_IN:
        corpus = measured_part(data, name, most=300)
        cut = [one for each in corpus for one in _cut(each)]
        yield from planted_rows(judge, cut, what="cut at a random character", data=name, kinds=("cut_off",))
    for name in _PLANTED_IN[:3]:
        slots = [one for each in measured_part(data, name, most=300) for one in _with_slot(each)]
        yield from planted_rows(judge, slots, what="a slot nobody filled in", data=name, kinds=("placeholder",))
    yield from false_alarm_rows(judge, data)
    yield from flagged_rows(judge, data)


def _cut(transcript: Transcript) -> Iterator[Planted]:
    """One turn of eight words or more ends at a random character of its last seventy per cent."""
    chance = generator("measure truncation", transcript.id)
    index = contentful_turn(transcript, chance, least_words=8)
    if index is not None:
        text = transcript.turns[index].text
        yield put_text(transcript, index, text[: chance.randint(int(0.3 * len(text)), len(text) - 2)].rstrip())


def _with_slot(transcript: Transcript) -> Iterator[Planted]:
    chance = generator("measure slots", transcript.id)
    index = contentful_turn(transcript, chance)
    if index is not None:
        yield append_text(transcript, index, chance.choice(_SLOTS))
