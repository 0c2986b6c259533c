"""Measures the metaphor judge for its card: words and shares against annotators, verbs of other sets, false alarms.

The VU Amsterdam Metaphor Corpus is what the shipped weights were fitted on, so its rows come from refits that leave
whole texts out: the table's are made anew, the network's are those that the fitting left beside its weights. MOH-X and
TroFi were never fitted on. Rows of conversations are of the shipped judge, on conversations that its threshold was not
chosen on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from judges.card import Measurement, Source
from judges.embeddings import Encoder
from judges.fitting.corpora import read_corpus
from judges.fitting.metaphor import (
    WINDOW_WORDS,
    Floats,
    calibrated,
    cross_fitted_table,
    window_shares,
)
from judges.fitting.metaphor_corpus import PARTS_OF_SPEECH, Corpus, read_vua, rows_of
from judges.fitting.splits import measuring_part
from judges.measuring.card_row import card_row
from judges.measuring.card_text import CardText
from judges.measuring.figures import Items, Statistic, auc, f1, figure, pearson, per_thousand
from judges.metaphor import MetaphorJudge
from judges.metaphor_context import Layout, Lexicon
from judges.metaphor_embeddings import held_out_log_odds
from judges.metaphor_words import metaphor_words
from sims.errors import MissingDataError

VUA = "VU Amsterdam Metaphor Corpus"
OTHERS = {"MOH-X": "labels_metaphor_mohx", "TroFi": "labels_metaphor_trofi"}
HUMAN_CORPORA = (
    *("human_assistance_mirrorbench", "human_meetings_qmsum", "human_personachat", "human_personachat_tiage"),
    *("human_service_sgd", "human_switchboard", "human_taskmaster4"),
)
TARGETS_WITH_EMBEDDINGS = {"F1": 0.73, "Pearson r": 0.90}

CARD = CardText(
    finds="the share of metaphor-related words in each turn, and turns crowded with figures of speech",
    unit="turn scores: the expected share of words that annotators mark as metaphor-related, 0 to 1; word scores: .5 "
    "and more is called a metaphor; hits: figures a word, with ten words added",
    threshold="words: the best F1 on texts left out. Hits: vivid images of two source domains and four figures in all, "
    "at a density that flags at most 0.2 % of the turns in the fitting part of every set of human dialogues",
    blind_spots=(
        "English only",
        "conventional metaphors and most prepositions count, as in the MIPVU procedure",
        "the share depends on the register: compare like with like, and never gate on fewer than 1,000 words an arm",
        "within one genre the shares of 300 words follow the annotators loosely; single turns are rough estimates",
        "idioms as wholes are not seen in word scores; fresh images of literal words mostly not",
        "a word that the corpus lacks is judged by its ending and its neighbours",
        "a story about real storms and bridges may be flagged as crowded with images",
    ),
    sources=(
        Source(
            data="labels_metaphor_vua_tokens, labels_metaphor_vua_verb",
            origin="VU Amsterdam Metaphor Corpus (Steen et al. 2010), train part of the VUA-18 split, copy in "
            "RuiMao1988/Sequential-Metaphor-Identification",
            licence="non-commercial, BNC licence terms; also distributed as CC BY-SA 3.0",
            used_for="fitting and measuring",
        ),
        *(
            Source(
                data=name,
                origin=f"{title}, copy in RuiMao1988/Sequential-Metaphor-Identification",
                licence="unstated in that repository",
                used_for="measuring",
            )
            for title, name in OTHERS.items()
        ),
        Source(
            data=", ".join(HUMAN_CORPORA),
            origin="human dialogues, as the README of the data says",
            licence="MIT, Apache-2.0, CC BY 4.0, CC BY-SA 4.0; GPL-3.0 for Switchboard",
            used_for="fitting and measuring",
        ),
    ),
)


def measure(data: Path, encoder: Encoder | None = None) -> Iterator[Measurement]:
    """The rows of the card; with an encoder those of the judge that uses it."""
    corpus = read_vua(data)
    log_odds = held_out(corpus, encoder)
    for row in (*_words(corpus, log_odds), *_shares(corpus, log_odds), *_other_verbs(data, encoder)):
        aims = {} if row.target is None or encoder is None else {"target": TARGETS_WITH_EMBEDDINGS[row.metric]}
        yield row.model_copy(update={"with_embeddings": encoder is not None, **aims})
    if encoder is None:
        yield from _false_alarms(data)


def held_out(corpus: Corpus, encoder: Encoder | None) -> Floats:
    """The log-odds of each labelled word by models of other texts.

    Raises:
        MissingDataError: the weights were fitted on another version of the corpus.
    """
    if encoder is None:
        return cross_fitted_table(corpus, Layout([one.forms for one in corpus.sentences], Lexicon()))
    found = held_out_log_odds(encoder.name)
    if len(found) != len(corpus.labels):
        raise MissingDataError(
            f"{VUA}: {len(corpus.labels)} labelled words in the data, {len(found)} in the weights for {encoder.name};"
            f" fit anew: python -m judges.fitting.metaphor DATA_DIR {encoder.name}"
        )
    return found


def _words(corpus: Corpus, log_odds: Floats) -> Iterator[Measurement]:
    """F1 of the words called metaphors, all, by genre, and of verbs alone."""
    is_flagged = calibrated(corpus, log_odds).scores(log_odds) >= 0.5
    is_verb = corpus.parts[corpus.tokens] == PARTS_OF_SPEECH.index("VERB")
    parts = {"words": corpus.is_running, "verbs": corpus.is_running & is_verb}
    parts |= {f"words of {genre}": corpus.is_running & (corpus.genres == genre) for genre in sorted(set(corpus.genres))}
    for what, chosen in parts.items():
        places = np.flatnonzero(chosen)
        rows = [(float(is_flagged[at]), float(corpus.labels[at]), str(corpus.texts[at])) for at in places]
        target = 0.67 if what == "words" else None
        yield _row(what, VUA, "F1", rows, f1, trained_on="other folds", target=target)


def _shares(corpus: Corpus, log_odds: Floats) -> Iterator[Measurement]:
    """Expected against marked share in stretches of 300 words, and how far the former is off by genre."""
    marked, expected, _, windows = window_shares(corpus, log_odds)
    rows = [(float(expected[at]), float(marked[at]), str(corpus.texts[window[0]])) for at, window in enumerate(windows)]
    what = f"share in stretches of {WINDOW_WORDS} words"
    yield _row(what, VUA, "Pearson r", rows, pearson, trained_on="other folds", target=0.75)
    genres = [str(corpus.genres[window[0]]) for window in windows]
    for genre in sorted(set(genres)):
        chosen = [row for row, of in zip(rows, genres, strict=True) if of == genre]
        yield _row(f"{what}, {genre}", VUA, "bias", chosen, _bias, trained_on="other folds")


def _bias(scores: Floats, labels: Floats) -> float:
    return float((scores - labels).mean())


def _other_verbs(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """One marked verb a sentence, in sets never fitted on."""
    for title, name in OTHERS.items():
        rows = []
        for row in rows_of(data / f"{name}.jsonl"):
            score = score_of_word(row["sentence"], row["target_index"], encoder)
            if score is not None:
                rows.append((score, float(row["label"]), row["verb"]))
        yield _row("verbs", title, "AUC", rows, auc, trained_on="other corpora", note="clusters are verbs")


def score_of_word(sentence: str, index: int | None, encoder: Encoder | None = None) -> float | None:
    """The score of the word at that place of a sentence split on spaces; None where the judge sees no such word."""
    if index is None:
        return None
    start = len(" ".join([*sentence.split()[:index], ""]))
    found = metaphor_words(" ".join(sentence.split()), encoder=encoder)
    return next((word.score for word in found if word.start == start), None)


def _false_alarms(data: Path) -> Iterator[Measurement]:
    """Flagged turns of people, among a thousand judged ones."""
    judge = MetaphorJudge()
    for name in HUMAN_CORPORA:
        rows = []
        for transcript in measuring_part(read_corpus(data, name)):
            verdict = judge.judge(transcript)
            flagged = set(verdict.flagged_turns)
            judged = (at for at, score in enumerate(verdict.turn_scores) if score is not None)
            rows += [(float(at in flagged), 0.0, transcript.id) for at in judged]
        metric = "flagged turns per 1,000"
        yield _row("false alarms", name, metric, rows, per_thousand, trained_on="other parts", target=10.0)


def _row(
    what: str,
    data: str,
    metric: str,
    rows: Sequence[tuple[float, float, str]],
    statistic: Statistic,
    *,
    trained_on: str,
    target: float | None = None,
    note: str = "",
) -> Measurement:
    found = figure(Items.of(rows), statistic)
    return card_row(what, data, metric, found, trained_on=trained_on, target=target, note=note)
