"""Rows that several cards share: false alarms on human dialogues, and what is found of faults planted in clean ones."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from judges.card import Measurement, Source
from judges.courtesy import is_courtesy
from judges.fitting.corpora import read_corpus
from judges.fitting.human_limits import HUMAN_CORPORA
from judges.fitting.splits import measuring_part
from judges.injections import Planted
from judges.judge import Judge
from judges.measuring.card_row import card_row
from judges.measuring.figures import Items, Statistic, auc, figure, per_thousand, recall
from judges.text_features import words
from sims.transcript import Transcript

LLM_CORPORA = ("llm_taubench", "llm_spp_logic", "llm_spp_trivia", "llm_synthetic_personachat", "llm_whoandwhen")

SOURCES: tuple[Source, ...] = tuple(
    Source(data=data, origin=origin, licence=licence, used_for="fitting and measuring")
    for data, origin, licence in (
        ("human_assistance_mirrorbench", "SAP/mirrorbench", "Apache-2.0 (repository)"),
        ("human_meetings_qmsum", "Yale-LILY/QMSum (AMI, ICSI, parliament committees)", "MIT"),
        ("human_personachat", "PersonaChat, copy in HuiyuanXie/tiage", "MIT (repository)"),
        ("human_personachat_tiage", "HuiyuanXie/tiage", "MIT"),
        ("human_service_sgd", "dstc8-schema-guided-dialogue, dev part", "CC BY-SA 4.0"),
        ("human_switchboard", "NathanDuran/Switchboard-Corpus", "GPL-3.0 (repository); terms of Switchboard unstated"),
        ("human_taskmaster4", "google-research-datasets/Taskmaster, TM-4-2024", "CC BY 4.0"),
    )
)


def row(
    items: Items,
    statistic: Statistic,
    *,
    what: str,
    data: str,
    metric: str,
    target: float | None = None,
    note: str = "",
    trained_on: str = "other parts",
) -> Measurement:
    """A row of the card."""
    found = figure(items, statistic)
    return card_row(what, data, metric, found, target=target, note=note, trained_on=trained_on)


def measured_part(data: Path, name: str, *, most: int | None = None) -> list[Transcript]:
    """The measuring part of a corpus, or its first `most` conversations by id."""
    return sorted(measuring_part(read_corpus(data, name)), key=lambda one: one.id)[:most]


def false_alarm_rows(judge: Judge, data: Path, *, target: float = 5.0) -> Iterator[Measurement]:
    """Flagged turns per thousand judged turns of every human corpus with two conversations that could be judged."""
    for name in HUMAN_CORPORA:
        rows = _flagged(judge, measured_part(data, name))
        if not _can_have_interval(rows):
            continue
        yield row(
            Items.of(rows),
            per_thousand,
            what="false alarms on people",
            data=name,
            metric="flagged per 1,000 judged turns",
            target=target,
            note="the share that is at fault all the same is not known",
        )


def flagged_rows(judge: Judge, data: Path) -> Iterator[Measurement]:
    """Flagged turns per thousand judged turns of every corpus of models: no alarms, but what is there."""
    for name in LLM_CORPORA:
        rows = _flagged(judge, measured_part(data, name))
        if _can_have_interval(rows):
            yield row(Items.of(rows), per_thousand, what="models", data=name, metric="flagged per 1,000 judged turns")


def _flagged(judge: Judge, corpus: Iterable[Transcript]) -> list[tuple[float, float, str]]:
    """For every judged turn whether it is flagged; a flagged one without a score counts as judged."""
    found: list[tuple[float, float, str]] = []
    for transcript in corpus:
        verdict = judge.judge(transcript)
        flagged = frozenset(verdict.flagged_turns)
        found.extend(
            (float(index in flagged), 0.0, transcript.id)
            for index, score in enumerate(verdict.turn_scores)
            if score is not None or index in flagged
        )
    return found


def _can_have_interval(rows: Sequence[tuple[float, float, str]]) -> bool:
    return len({name for _, _, name in rows}) > 1


def contentful_turn(transcript: Transcript, chance: random.Random, *, least_words: int = 4) -> int | None:
    """A random turn with so many words that is no mere courtesy; None where there is none."""
    said = [words(turn.text) for turn in transcript.turns]
    places = [index for index, mine in enumerate(said) if len(mine) >= least_words and not is_courtesy(mine)]
    return chance.choice(places) if places else None


def planted_rows(
    judge: Judge, planted: Sequence[Planted], *, what: str, data: str, kinds: Iterable[str], has_auc: bool = True
) -> Iterator[Measurement]:
    """Recall of the planted turns at the shipped threshold, and AUC of their scores against the other turns'.

    `has_auc` is false for a judge that scores conversations, not turns.
    """
    wanted = frozenset(kinds)
    found: list[tuple[float, float, str]] = []
    scored: list[tuple[float, float, str]] = []
    for one in planted:
        verdict = judge.judge(one.transcript)
        flagged = {hit.turn for hit in verdict.hits if hit.kind in wanted}
        found.extend((float(index in flagged), 1.0, one.transcript.id) for index in sorted(one.turns))
        scored.extend(
            (score, float(index in one.turns), one.transcript.id)
            for index, score in enumerate(verdict.turn_scores)
            if score is not None
        )
    yield row(Items.of(found), recall, what=f"{what}: planted turns flagged", data=data, metric="recall")
    if has_auc and 0 < sum(label for _, label, _ in scored) < len(scored):
        yield row(Items.of(scored), auc, what=f"{what}: score by turn", data=data, metric="AUC")
