"""Measures the formality judge for its card: agreement with raters, shifts, and false alarms on people.

The sets of rated sentences are those that the shipped weights were fitted on, so their rows come from refits that leave
the measured part out. Rows of conversations and essays are of the shipped judge, on conversations it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from judges.card import Measurement, Source
from judges.embeddings import Encoder
from judges.fitting.corpora import read_corpus
from judges.fitting.formality import HUMAN_CORPORA, Floats, rows
from judges.fitting.formality_ratings import Places, Ratings, read_ratings
from judges.fitting.splits import measuring_part
from judges.formality import FormalityJudge
from judges.formality_features import canonical
from judges.measuring.card_text import CardText
from judges.measuring.figures import Items, Statistic, auc, figure, per_thousand, spearman
from sims.seeds import generator
from sims.transcript import Participant, Transcript, Turn

HALVES = 100
PAVLICK = "Pavlick and Tetreault, balanced subset"
SQUINKY = "SQUINKY!"
COLUMNS = ("full score", "length-free score")
DOMAINS = {"answers": "Yahoo! Answers", "email": "e-mail", "lahiri": "blogs and news"}

CARD = CardText(
    finds="how formal each turn is, and turns that leave their speaker's own register",
    unit="turn scores: where people would rate the turn, from -3 (very informal) to +3 (very formal); hits: distance "
    "from the speaker's other turns, in spreads of their length-free formality",
    threshold="the smallest distance that flags at most 0.15 % of the turns in each direction, in the fitting part of "
    "every set of human dialogues, where a word shows the register it moves to; or three marks of a letter, two of a "
    "text message, beyond the speaker's habit, set by hand on the fitting parts",
    blind_spots=(
        "English only",
        "fitted on single sentences; a turn of several is scored by its words as a whole, with the words a sentence",
        "capital letters and contractions move the full score: compare corpora by the length-free one",
        "raters disagree: a sentence that raters did not agree on is left out of the balanced subset",
        "a speaker with fewer than three turns of six words has no register to break; a slow drift is no break",
        "registers of other kinds than the letter and the text message show few of the marks that are counted",
        "the planted registers of verify-judges were seen when marks were listed: its recall is an upper bound",
        "a quotation, a form letter or pasted text counts as the speaker's own",
        "in a stress test without its control, breaks that last are not seen: docs/stress-judges.md",
    ),
    sources=(
        Source(
            data="labels_formality_pavlick",
            origin="Pavlick and Tetreault 2016, copy in IgorFreik/Formality_Detection",
            licence="unstated in that repository",
            used_for="fitting and measuring",
        ),
        Source(
            data="labels_formality_squinky",
            origin="SQUINKY! (Lahiri 2015), copy in JeffW12345/formality-classification-using-machine-learning",
            licence="unstated in that repository",
            used_for="fitting and measuring",
        ),
        Source(
            data="labels_metaphor_vua_tokens",
            origin="VU Amsterdam Metaphor Corpus, academic and news fragments: word frequencies only",
            licence="non-commercial, BNC licence terms; also distributed as CC BY-SA 3.0",
            used_for="fitting",
        ),
        Source(
            data=", ".join(HUMAN_CORPORA),
            origin="human dialogues, as the README of the data says",
            licence="MIT, Apache-2.0, CC BY 4.0, CC BY-SA 4.0; GPL-3.0 for Switchboard",
            used_for="fitting and measuring",
        ),
        Source(
            data="freeform_essays",
            origin="rexshijaku/chatgpt-generated-text-detection-corpus",
            licence="MIT",
            used_for="measuring",
        ),
    ),
)


def measure(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """The rows of the card; with an encoder those that change with embeddings."""
    yield from _rated_rows(data, encoder)
    yield _essay_row(data, encoder)
    if encoder is None:
        yield from _shift_rows(data)
        yield from _false_alarm_rows(data)


def _rated_rows(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """Against people's ratings: within a set, from one to the other, and both together as shipped."""
    of = read_ratings(data, encoder)
    judged = _Columns(of, has_embeddings=encoder is not None)
    is_formal = np.array([float(row["label"] == "formal") for row in of.rows])
    yield from _within_rows(of, judged, is_formal)
    yield from _transfer_rows(of, judged, is_formal)
    yield from _pooled_rows(of, judged, is_formal)


def _within_rows(of: Ratings, judged: _Columns, is_formal: Floats) -> Iterator[Measurement]:
    p = of.pavlick
    folds = of.cross_fitted(p)
    ceiling = split_half([row["ratings"] for row in of.rows])
    yield from judged.rows(
        folds,
        p,
        is_formal,
        what="formal or informal",
        data=PAVLICK,
        metric="AUC",
        trained_on="other folds",
        target=0.87,
        note=_others(of.rows, is_formal),
    )
    yield from judged.rows(
        folds,
        p,
        of.scores[p],
        what="mean rating",
        data=PAVLICK,
        metric="Spearman",
        trained_on="other folds",
        people=ceiling,
        note="people: one half of five raters against the other, stepped up to five (Spearman-Brown)",
    )


def _transfer_rows(of: Ratings, judged: _Columns, is_formal: Floats) -> Iterator[Measurement]:
    p, s = of.pavlick, of.squinky
    for domain, name in DOMAINS.items():
        inside, outside = p[of.domains == domain], of.unlike(p[of.domains != domain], p[of.domains == domain])
        yield from judged.rows(
            of.predicted(outside, inside),
            inside,
            is_formal[inside],
            what="formal or informal",
            data=f"{PAVLICK}: {name}",
            metric="AUC",
            trained_on="other parts",
            target=0.87,
            note="the two other domains, told apart by ids",
        )
    yield from judged.rows(
        of.predicted(of.unlike(p, s), s),
        s,
        of.scores[s],
        what="mean rating",
        data=SQUINKY,
        metric="Spearman",
        trained_on="other corpora",
        target=0.76,
        note="fitted on the 1,254 Pavlick sentences that are not in SQUINKY!; with word and letter n-grams no better",
    )
    yield from judged.rows(
        of.predicted(of.unlike(s, p), p),
        p,
        is_formal,
        what="formal or informal",
        data=PAVLICK,
        metric="AUC",
        trained_on="other corpora",
        target=0.87,
        note="fitted on SQUINKY! sentences that are not in Pavlick",
    )


def _pooled_rows(of: Ratings, judged: _Columns, is_formal: Floats) -> Iterator[Measurement]:
    p, alone = of.pavlick, of.unlike(of.squinky, of.pavlick)
    pooled = of.cross_fitted(np.concatenate([p, alone]))
    yield from judged.rows(
        pooled[: len(p)],
        p,
        is_formal,
        what="formal or informal, as shipped",
        data=PAVLICK,
        metric="AUC",
        trained_on="other folds",
        target=0.87,
        note="fitted on both sets",
    )
    yield from judged.rows(
        pooled[len(p) :],
        alone,
        of.scores[alone],
        what="mean rating, as shipped",
        data=SQUINKY,
        metric="Spearman",
        trained_on="other folds",
        target=0.76,
        note="fitted on both sets; sentences that are not in Pavlick",
    )


@dataclass(frozen=True)
class _Columns:
    """Makes the rows of both scores; with embeddings of the full one, since the other stays the same."""

    of: Ratings
    has_embeddings: bool

    def rows(self, scores: Floats, places: Places, labels: Floats, *, what: str, **more: Any) -> Iterator[Measurement]:
        statistic = auc if more["metric"] == "AUC" else spearman
        for column, name in enumerate(COLUMNS[:1] if self.has_embeddings else COLUMNS):
            keys = self.of.keys[places].tolist()
            items = Items(scores[:, column], labels, tuple(keys))
            target = more["target"] if column == 0 and "target" in more else None
            row = _row(items, statistic, what=f"{what}: {name}", **(more | {"target": target}))
            yield row.model_copy(update={"with_embeddings": self.has_embeddings})


def _row(items: Items, statistic: Statistic, **more: Any) -> Measurement:
    found = figure(items, statistic)
    return Measurement(
        value=found.value, ci_low=found.ci_low, ci_high=found.ci_high, n=found.n, clusters=found.clusters, **more
    )


def split_half(ratings: Sequence[Sequence[float]]) -> float:
    """The reliability of the mean of five ratings, in [-1, 1].

    Spearman's correlation of two raters' mean with the other three's, the mean over `HALVES` random halvings, stepped
    up to five raters by the Spearman-Brown formula 2 r / (1 + r).
    """
    table = np.array(ratings)
    chance = generator("formality", "halves")
    found = []
    for _ in range(HALVES):
        order = np.array([chance.sample(range(5), 5) for _ in table])
        mixed = np.take_along_axis(table, order, axis=1)
        found.append(spearman(mixed[:, :2].mean(axis=1), mixed[:, 2:].mean(axis=1)))
    half = float(np.mean(found))
    return round(2 * half / (1 + half), 4)


def _others(stored: Sequence[Any], is_formal: Floats) -> str:
    """What other systems reach on the same sentences, from their stored outputs."""
    names = {"gpt4o_mini": "GPT-4o mini", "deberta_ranker": "DeBERTa ranker", "rule_based": "rule-based"}
    figures = [
        f"{name} {auc(np.array([float(row[key]) for row in stored]), is_formal):.3f}" for key, name in names.items()
    ]
    return f"on the same sentences, from their stored outputs: {', '.join(figures)}"


def _essay_row(data: Path, encoder: Encoder | None) -> Measurement:
    essays = rows(data / "freeform_essays.jsonl")
    judge = FormalityJudge(encoder)
    scored = [
        (score, float(key == "llm"), str(row["prompt"]))
        for row in essays
        for key in ("human", "llm")
        if (score := _score(judge, row[key])) is not None
    ]
    return _row(
        Items.of(scored),
        auc,
        what="essays by ChatGPT above those by people: full score",
        data="freeform_essays",
        metric="AUC",
        trained_on="nothing",
        with_embeddings=encoder is not None,
        note="a difference between writers, not an agreement with people; whole essays as one turn",
    )


def _score(judge: FormalityJudge, text: str) -> float | None:
    whole = Transcript("one", "essay", "llm", (Participant("writer", "writer"),), (Turn("writer", text),))
    return judge.judge(whole).turn_scores[0]


def _shift_rows(data: Path) -> Iterator[Measurement]:
    """How the shift from people's persona chats to synthetic ones depends on preparation."""
    people = measuring_part(read_corpus(data, "human_personachat"))
    models = measuring_part(read_corpus(data, "llm_synthetic_personachat"))
    judge = FormalityJudge()
    for how, is_canonical in (("as stored", False), ("both sides in canonical form", True)):
        prepared = [_canonical_turns(one) if is_canonical else one for one in (*people, *models)]
        for name in COLUMNS:
            scored = [
                (_mean(judge, one, is_full=name == COLUMNS[0]), float(one.kind == "llm"), one.id) for one in prepared
            ]
            yield _row(
                Items.of(scored),
                cliffs_delta,
                what=f"synthetic persona chats against people's, {how}: {name}",
                data="human_personachat, llm_synthetic_personachat",
                metric="Cliff's delta",
                trained_on="nothing",
                note="the people's texts are stored lower-cased, with contractions written out",
            )


def cliffs_delta(scores: Floats, labels: Floats) -> float:
    """The chance that a positive scores above a negative, less the chance that it scores below, in [-1, 1]."""
    return 2 * auc(scores, labels) - 1


def _canonical_turns(transcript: Transcript) -> Transcript:
    return replace(transcript, turns=tuple(replace(turn, text=canonical(turn.text)) for turn in transcript.turns))


def _mean(judge: FormalityJudge, transcript: Transcript, *, is_full: bool) -> float:
    verdict = judge.judge(transcript)
    scores = verdict.turn_scores if is_full else verdict.meta["length_free"]
    return float(np.mean([score for score in scores if score is not None]))


def _false_alarm_rows(data: Path) -> Iterator[Measurement]:
    judge = FormalityJudge()
    for corpus in HUMAN_CORPORA:
        scored = []
        for transcript in measuring_part(read_corpus(data, corpus)):
            verdict = judge.judge(transcript)
            flagged = verdict.flagged_turns
            scored += [
                (float(place in flagged), 0.0, transcript.id)
                for place, score in enumerate(verdict.turn_scores)
                if score is not None
            ]
        yield _row(
            Items.of(scored),
            per_thousand,
            what="false alarms: flagged turns of people",
            data=corpus,
            metric="flagged per 1,000 judged turns",
            trained_on="other parts",
            target=5.0,
        )
