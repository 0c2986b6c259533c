"""Measures the repetition judge for its card."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from judges.card import Measurement, Source
from judges.embeddings import Encoder
from judges.injections import Planted, put_text
from judges.measuring.card_text import CardText
from judges.measuring.figures import Items, auc, f1, precision
from judges.measuring.planted import SOURCES, false_alarm_rows, flagged_rows, measured_part, planted_rows, row
from judges.repetition import MIN_WORDS, RepetitionJudge
from judges.text_features import words
from sims.seeds import generator
from sims.transcript import Participant, Transcript, Turn

CARD = CardText(
    finds="a speaker who says (nearly) the same again, and exchanges that come back in a loop",
    unit="share in [0, 1] of a turn's word trigrams that stand in one earlier turn of the same speaker",
    threshold="by length class, the lowest that at most 1.25 in 1,000 human turns reach in every corpus",
    blind_spots=(
        "English",
        "the same said in other words",
        "forms, tables and code that are meant to come again count as repetition",
        "turns under six words",
    ),
    sources=(
        *SOURCES,
        Source(
            data="labels_behaviours_abceval",
            origin="emorynlp/GPT-ABCEval",
            licence="unstated",
            used_for="measuring",
        ),
    ),
)
_PLANTED_IN = ("human_service_sgd", "human_personachat", "llm_taubench", "llm_synthetic_personachat")


def measure(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """The rows of the card; embeddings change nothing."""
    if encoder is not None:
        return
    judge = RepetitionJudge()
    for name in _PLANTED_IN:
        planted = [one for each in measured_part(data, name, most=300) for one in _repeated(each)]
        yield from planted_rows(judge, planted, what="said again word for word", data=name, kinds=("repeat", "loop"))
        dropped = [one for each in measured_part(data, name, most=300) for one in _repeated(each, every=8)]
        yield from planted_rows(
            judge, dropped, what="said again, every eighth word dropped", data=name, kinds=("repeat", "loop")
        )
    yield from _redundant_rows(judge, data)
    yield from false_alarm_rows(judge, data)
    yield from flagged_rows(judge, data)


def _repeated(transcript: Transcript, *, every: int = 0) -> Iterator[Planted]:
    """One later turn of a speaker says an earlier one of theirs again."""
    chance = generator("measure repetition", transcript.id)
    turns = transcript.turns
    long = [index for index, turn in enumerate(turns) if len(words(turn.text)) >= 2 * MIN_WORDS]
    places = [(first, later) for first in long for later in range(first + 1, len(turns)) if _same(turns, first, later)]
    if places:
        first, later = chance.choice(places)
        said = turns[first].text.split()
        kept = [word for place, word in enumerate(said, start=1) if not every or place % every]
        yield put_text(transcript, later, " ".join(kept))


def _same(turns: tuple[Turn, ...], first: int, later: int) -> bool:
    return turns[first].speaker == turns[later].speaker


def _redundant_rows(judge: RepetitionJudge, data: Path) -> Iterator[Measurement]:
    """People's label "redundant" on bot turns; positive where both or the only one of two people set it."""
    scored: list[tuple[float, float, str]] = []
    flagged: list[tuple[float, float, str]] = []
    for transcript, labels in _abceval(data):
        verdict = judge.judge(transcript)
        hits = frozenset(verdict.flagged_turns)
        for index, label in labels.items():
            scored.append((verdict.turn_scores[index] or 0.0, label, transcript.id))
            flagged.append((float(index in hits), label, transcript.id))
    name = "labels_behaviours_abceval"
    note = 'bots repeat themselves in other words, and "redundant" also means asking what was answered'
    what = 'people\'s label "redundant" on bot turns'
    told = partial(row, what=what, data=name, note=note, trained_on="other corpora")
    yield told(Items.of(scored), auc, metric="AUC")
    yield told(Items.of(flagged), f1, metric="F1")
    yield told(Items.of(flagged), precision, metric="precision")


def _abceval(data: Path) -> Iterator[tuple[Transcript, dict[int, float]]]:
    """Each dialogue, and by turn of the bot whether a person called it redundant."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with (data / "labels_behaviours_abceval.jsonl").open(encoding="utf-8") as file:
        for line in file:
            exchange = json.loads(line)
            rows[exchange["dialogue_id"]].append(exchange)
    for name, exchanges in rows.items():
        ordered = sorted(exchanges, key=lambda exchange: int(exchange["turn_index"]))
        turns = [
            Turn(speaker, str(exchange[key] or " "))
            for exchange in ordered
            for speaker, key in (("user", "user"), ("bot", "response"))
        ]
        cast = (Participant("user", "person"), Participant("bot", "chat bot"))
        votes = [exchange["behaviors"].get("redundant", {}).get("human") for exchange in ordered]
        labels = {2 * place + 1: float(max(vote)) for place, vote in enumerate(votes) if vote}
        yield Transcript(name, "abceval", "llm", cast, tuple(turns)), labels
