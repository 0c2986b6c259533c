"""Measures the digression judge for its card: planted digressions, human labels, false alarms.

Planted: one turn of a service conversation is replaced by, or goes on with, a turn of small talk or of another domain.
The references are other conversations of the same kind; no figure of the judge was fitted on any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from judges.card import Measurement
from judges.digression import DigressionJudge
from judges.embeddings import Encoder
from judges.fitting.corpora import read_corpus
from judges.fitting.digression import is_about_something
from judges.fitting.local_thread import (
    SETS,
    Labelled,
    Values,
    abceval,
    best_cut,
    cross_fitted,
    dailydialogpp,
    fit_model,
    labelled,
    log_odds,
    read_rows,
    tiage,
)
from judges.fitting.splits import measuring_part
from judges.injections import append_text, put_text
from judges.measuring.card_row import card_row
from judges.measuring.digression_text import CARD
from judges.measuring.figures import Figure, Items, auc, f1, figure, per_thousand, recall_at
from sims.seeds import generator, stable_hash
from sims.transcript import Participant, Transcript, Turn

SERVICE = ("human_service_sgd", "human_taskmaster4", "llm_taubench")
TALK = ("human_personachat", "llm_synthetic_personachat")
HUMAN = (
    *("human_service_sgd", "human_taskmaster4", "human_assistance_mirrorbench", "human_meetings_qmsum"),
    *("human_personachat", "human_personachat_tiage", "human_switchboard"),
)
REFERENCES = (1, 3, 10, 20, 40)
_TARGETS_AUC, _TARGET_RECALL = 0.97, 0.70
_PER_KIND, _TURNS_EACH = 60, 3
_FEWEST_OF_A_KIND = 12
_MOST_CONTEXTS = 250
__all__ = ["CARD", "Kind", "flags", "kinds", "mean_f1", "measure", "opening", "planted", "shares_domain"]
Part = Callable[[Iterable[Transcript]], list[Transcript]]
Rows = list[tuple[float, float, str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Service conversations of one kind, and foreign turns for them."""

    name: str
    corpus: str
    group: Sequence[Transcript]


def measure(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """All rows of the card; with an encoder the rows that change with embeddings."""
    if encoder is None:
        yield from _planted_rows(data)
    yield from _thread_rows(data, encoder)
    if encoder is None:
        yield from _opening_rows(data)
        yield from _false_alarm_rows(data)


def kinds(data: Path, part: Part = measuring_part) -> list[Kind]:
    """The kinds of service conversation with at least a dozen conversations: SGD services, coffee, tau-bench."""
    found: dict[tuple[str, str], list[Transcript]] = {}
    for corpus in SERVICE:
        for one in part(read_corpus(data, corpus)):
            role = one.participants[0].role if corpus == "human_service_sgd" else one.participants[0].role[:7]
            found.setdefault((corpus, role), []).append(one)
    return [
        Kind(role.rpartition(": ")[2], corpus, group)
        for (corpus, role), group in found.items()
        if len(group) >= _FEWEST_OF_A_KIND
    ]


def foreign_turns(data: Path, part: Part = measuring_part) -> dict[str, list[str]]:
    """Telling turns of small talk, by people and by a model."""
    corpora = {name: part(read_corpus(data, name)) for name in TALK}
    return {
        name: [turn.text for one in group for turn in one.turns if is_about_something(turn.text)]
        for name, group in corpora.items()
    }


def planted(
    kind: Kind, others: Sequence[Kind], talk: Mapping[str, Sequence[str]], *, references: int, appended: bool
) -> Rows:
    """Scores of clean and planted turns (label 1) of a kind, given so many conversations of it to learn from."""
    rows: Rows = []
    chance = generator("digression", kind.name, references, str(appended))
    foreign = [
        turn.text for other in others for one in other.group for turn in one.turns if is_about_something(turn.text)
    ]
    texts = [list(talk[name]) for name in sorted(talk)] + ([foreign] if foreign else [])
    judged = chance.sample(list(kind.group), min(_PER_KIND, len(kind.group)))
    judge = DigressionJudge().prepare(chance.sample(list(kind.group), min(references, len(kind.group))))
    for one in judged:
        clean = judge.judge(one).turn_scores
        places = [index for index, score in enumerate(clean) if score is not None]
        for index in chance.sample(places, min(_TURNS_EACH, len(places))):
            text = chance.choice(texts[len(rows) // 2 % len(texts)])
            after = (append_text if appended else put_text)(one, index, text).transcript
            score = judge.judge(after).turn_scores[index]
            rows += [(clean[index] or 0.0, 0.0, one.id), (score or 0.0, 1.0, one.id)]
    return rows


def _planted_rows(data: Path) -> Iterator[Measurement]:
    groups, talk = kinds(data), foreign_turns(data)
    for corpus in SERVICE:
        mine = [kind for kind in groups if kind.corpus == corpus]
        for references, appended in ((40, False), (40, True), (0, False), (0, True)):
            rows = _rows_of(mine, groups, talk, references=references, appended=appended)
            what = f"{'appended' if appended else 'replaced'} turn, {_told(references)}"
            target = _TARGETS_AUC if references else 0.90
            yield card_row(what, corpus, "AUC", figure(Items.of(rows), auc), target=target)
            if references:
                at_99 = figure(Items.of(rows), recall_at(0.99))
                yield card_row(what, corpus, "recall at 99 % specificity", at_99, target=_TARGET_RECALL)
    for references in REFERENCES:
        rows = _rows_of(groups, groups, talk, references=references, appended=False)
        yield card_row(f"replaced turn, {_told(references)}", "all service corpora", "AUC", figure(Items.of(rows), auc))


def _rows_of(
    mine: Sequence[Kind], groups: Sequence[Kind], talk: Mapping[str, Sequence[str]], *, references: int, appended: bool
) -> Rows:
    rows: Rows = []
    for kind in mine:
        others = [other for other in groups if not shares_domain(kind, other)]
        rows += planted(kind, others, talk, references=references, appended=appended)
    return rows


def shares_domain(one: Kind, other: Kind) -> bool:
    """Whether two kinds have a service in common."""
    return bool(set(one.name.split(", ")) & set(other.name.split(", ")))


def _told(references: int) -> str:
    return f"at most {references} other conversations of the kind" if references else "no reference"


def _thread_rows(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """Human labels of talk, cross-fitted by dialogue, and each set by a model fitted on the other alone."""
    rows = labelled([*tiage(data), *abceval(data)], encoder)
    names = np.array([one.talk.set_name for one in rows])
    judges = _irrelevant_by_judge(data)
    for trained_on in (SETS, ("TIAGE",), ("ABC-Eval",)):
        odds = cross_fitted(rows, trained_on)
        told = "other folds" if trained_on == SETS else f"other folds of {trained_on[0]} alone"
        labels = np.array([one.label for one in rows])
        odds -= best_cut(odds[names == "TIAGE"], labels[names == "TIAGE"])
        found = _thread_figures(rows, odds, judges)
        for (what, metric), (value, target, people) in found.items():
            yield card_row(
                what,
                what.split(" ")[0],
                metric,
                value,
                target=target if trained_on == SETS else None,
                people=people,
                trained_on=told,
                with_embeddings=encoder is not None,
            )
    yield from _relevance_rows(data, rows, encoder)


_Judges = Mapping[tuple[str, int], Sequence[int]]
_Figures = dict[tuple[str, str], tuple[Figure, float | None, float | None]]


def _thread_figures(rows: Sequence[Labelled], odds: Values, judges: _Judges) -> _Figures:
    told = list(zip(rows, odds, strict=True))
    shifts = [(value, one.label, one.talk.id) for one, value in told if one.talk.set_name == "TIAGE"]
    bots = [
        (value, float(label), one.talk.id)
        for one, value in told
        if one.talk.set_name == "ABC-Eval"
        for label in judges[one.talk.id, one.index]
    ]
    return {
        ("TIAGE topic shifts", "AUC"): (figure(Items.of(shifts), auc), 0.83, None),
        ("TIAGE topic shifts", "F1 at .5"): (figure(_decided(shifts), f1), 0.57, None),
        ("ABC-Eval irrelevant turns", "AUC"): (figure(Items.of(bots), auc), None, None),
        ("ABC-Eval irrelevant turns", "F1 at .5, mean of two judges"): (figure(_decided(bots), mean_f1), 0.406, 0.543),
    }


def _decided(rows: Rows) -> Items:
    return Items.of([(float(value >= 0), label, cluster) for value, label, cluster in rows])


def mean_f1(scores: Values, labels: Values) -> float:
    """The mean of F1 against two judges whose labels stand in turn, one row each."""
    return (f1(scores[::2], labels[::2]) + f1(scores[1::2], labels[1::2])) / 2


def _irrelevant_by_judge(data: Path) -> _Judges:
    return {
        (row["dialogue_id"], 2 * row["turn_index"] + 1): row["behaviors"]["irrelevant"]["human"]
        for row in read_rows(data, "labels_behaviours_abceval")
    }


def _relevance_rows(data: Path, rows: Sequence[Labelled], encoder: Encoder | None) -> Iterator[Measurement]:
    """Replies written to be irrelevant against relevant ones, by the shipped kind of model; never fitted on."""
    told = [one for one in dailydialogpp(data) if stable_hash("dd", one[1].id) % 1000 < _MOST_CONTEXTS]
    replies = labelled([talk for _, talk in told], encoder)
    kind_of = {id(talk): kind for kind, talk in told}
    odds = log_odds(fit_model(rows), replies)
    for kind in ("irrelevant_adversarial", "irrelevant_random"):
        chosen = [
            (value, one.label, one.talk.id)
            for one, value in zip(replies, odds, strict=True)
            if kind_of[id(one.talk)] in (kind, "relevant")
        ]
        yield card_row(
            f"DailyDialog++ {kind.replace('_', ', ')}",
            "labels_relevance_dailydialogpp",
            "AUC",
            figure(Items.of(chosen), auc),
            trained_on="other corpora",
            with_embeddings=encoder is not None,
        )


def _opening_rows(data: Path) -> Iterator[Measurement]:
    """Customers' openings that were written off the topic of a coffee bar, with the other openings as the batch."""
    openings = [(opening(row), float(row["label"])) for row in read_rows(data, "labels_offtopic_tm4")]
    for what, judge in (
        ("batch", DigressionJudge().prepare([one for one, _ in openings])),
        ("no reference", DigressionJudge()),
    ):
        verdicts = [(judge.judge(one).turn_scores, label, one.id) for one, label in openings]
        for side, place in (("customer", 0), ("worker", 1)):
            rows = [(scores[place] or 0.0, label, name) for scores, label, name in verdicts]
            yield card_row(
                f"TM-4 opening off the topic, the {side}'s turn, {what}",
                "labels_offtopic_tm4",
                "AUC",
                figure(Items.of(rows), auc),
                trained_on="nothing",
                note="it is the customer who leaves the topic; the worker leads back" if place else "",
            )


def opening(row: Mapping[str, str]) -> Transcript:
    """The conversation of two turns."""
    cast = (
        Participant("customer", "customer ordering at a coffee bar"),
        Participant("agent", "coffee-bar worker taking the order"),
    )
    turns = (Turn("customer", row["user"]), Turn("agent", row["agent"]))
    return Transcript(id=row["id"], source="tm4-openings", kind="human", participants=cast, turns=turns)


def _false_alarm_rows(data: Path) -> Iterator[Measurement]:
    for name in HUMAN:
        corpus = read_corpus(data, name)
        for told, judge in (("batch", DigressionJudge().prepare(corpus)), ("no reference", DigressionJudge())):
            found = figure(Items.of(flags(measuring_part(corpus), judge)), per_thousand)
            note = "the thread model was fitted on these too" if name == "human_personachat_tiage" else ""
            yield card_row(
                f"flagged turns of people, {told}", name, "per 1,000 judged turns", found, target=10.0, note=note
            )


def flags(corpus: Sequence[Transcript], judge: DigressionJudge) -> Rows:
    """A row for each judged turn, 1 where it is flagged."""
    rows: Rows = []
    for one in corpus:
        verdict = judge.judge(one)
        flagged = frozenset(verdict.flagged_turns)
        rows += [
            (float(index in flagged), 0.0, one.id)
            for index, score in enumerate(verdict.turn_scores)
            if score is not None
        ]
    return rows
