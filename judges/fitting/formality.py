"""Fits the figures of the formality judge: `python -m judges.fitting.formality DATA_DIR [ENCODER]`.

Reads rated sentences and human dialogues from DATA_DIR and writes `judges/weights/formality_register.json.gz` (words
of print against words of speech) and `judges/weights/formality.json` (coefficients, thresholds); with the name of an
encoder only `judges/weights/formality_ENCODER.json`. Of dialogues it reads the fitting part. No sentence is stored.
`judges.measuring.formality` measures what comes out.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from judges.embeddings import Encoder, load_encoder
from judges.fitting.corpora import read_corpus
from judges.fitting.splits import fitting_part
from judges.formality import FEW_MARKS, MIN_WORDS, SIGNS, register_of
from judges.formality_features import FEATURES, RATES, SMOOTHING_WORDS, TOKEN, Measured, canonical, measure
from judges.formality_marks import marked_words
from judges.formality_scale import EmbeddedScale, FormalityScale, measure_text
from sims.transcript import Transcript

WEIGHTS = Path(__file__).parents[1] / "weights"
RIDGE = 46.0
CAP_QUANTILE = 0.995
EMBEDDING_WEIGHT = 4.0
"""How many features' worth of variance the sentence vector has before the ridge."""
MIN_COUNT = 4
PER_MILLION = 15.0
"""Added to every frequency a million words, so that a word seen once says little."""
SQUINKY_ZERO = 3.77
"""The rating of 1 to 7 that is 0 here: 650 sentences rated in both sets average 3.85 there and .08 here, with equal
spreads (1.30)."""

ALLOWED_SHARE = 0.0015
"""Of the turns of any kind of human dialogue, in either direction: 99.5 % specificity for both together."""

MIN_THRESHOLD = 25
"""Tenths of a spread; nearer turns, when read, turned out to be innocent business talk."""

Floats = NDArray[np.float64]


def main(data: Path, encoder_name: str | None = None) -> None:
    """Fit and write everything, or what goes with one encoder."""
    texts, scores = _texts_and_scores([*pavlick(data), *squinky_alone(data)])
    if encoder_name is not None:
        encoder = load_encoder(encoder_name)
        fitted = fit_embedded_scale(texts, scores, vectors=encoded(encoder, texts))
        _write(WEIGHTS / f"formality_{encoder_name}.json", _embedded_figures(fitted, encoder_name))
        return
    _write_packed(WEIGHTS / "formality_register.json.gz", register_table(data))
    scale = fit_scale(texts, scores)
    distances = [speaker_distances(scale, fitting_part(read_corpus(data, name))) for name in HUMAN_CORPORA]
    thresholds = {kind: _threshold(kind, distances) for kind in ("raised", "lowered")}
    _write(WEIGHTS / "formality.json", _figures(scale) | {"thresholds": thresholds, "sources": SOURCES})
    print(json.dumps(thresholds))


HUMAN_CORPORA = (
    "human_assistance_mirrorbench",
    "human_meetings_qmsum",
    "human_personachat",
    "human_personachat_tiage",
    "human_service_sgd",
    "human_switchboard",
    "human_taskmaster4",
)
SOURCES = {
    "fitted on": "labels_formality_pavlick (Pavlick and Tetreault 2016, balanced subset): mean of five ratings, -3..3; "
    "labels_formality_squinky (Lahiri 2015, SQUINKY!): mean of five ratings, 1..7, less 3.77",
    "word register": "formality_register.json.gz, which names its own sources",
    "thresholds": "fitting parts of the seven sets of human dialogues",
}


@dataclass(frozen=True, slots=True)
class Rated:
    """A sentence with people's mean rating on the scale from -3 to 3; `key` is its letters, for telling copies."""

    text: str
    score: float
    key: str


def pavlick(data: Path) -> list[Rated]:
    """The sentences of Pavlick and Tetreault, in the order of the file."""
    return [_rated(row, row["score"]) for row in rows(data / "labels_formality_pavlick.jsonl")]


def squinky(data: Path) -> list[Rated]:
    """The sentences of SQUINKY!, in the order of the file."""
    return [_rated(row, row["formality"] - SQUINKY_ZERO) for row in rows(data / "labels_formality_squinky.jsonl")]


def squinky_alone(data: Path) -> list[Rated]:
    """Those that are not among the sentences of Pavlick and Tetreault, who took a third of theirs from the same blogs
    and news."""
    known = {one.key for one in pavlick(data)}
    return [one for one in squinky(data) if one.key not in known]


def _rated(row: Mapping[str, Any], score: float) -> Rated:
    return Rated(row["text"], score, "".join(filter(str.isalnum, canonical(row["text"]))))


def _texts_and_scores(rated: Iterable[Rated]) -> tuple[list[str], list[float]]:
    kept = list(rated)
    return [one.text for one in kept], [one.score for one in kept]


def encoded(encoder: Encoder, texts: Sequence[str]) -> Floats:
    """The vectors of the canonical forms, as the judge makes them."""
    return np.asarray(encoder.encode([canonical(text) for text in texts]), dtype=float)


def fit_scale(texts: Sequence[str], scores: Sequence[float]) -> FormalityScale:
    """The ridge regression of the scores on what is usual, and on departures from it."""
    return fit_embedded_scale(texts, scores, vectors=np.zeros((len(texts), 0))).scale


def fit_embedded_scale(texts: Sequence[str], scores: Sequence[float], *, vectors: Floats) -> EmbeddedScale:
    """The same on features and sentence vectors together."""
    measured = [measure(text) for text in texts]
    values = np.array([row.values for row in measured])
    words = np.array([row.words for row in measured])
    caps = _caps(values)
    departures, usual = _departures(np.minimum(values, caps), words)
    spread = departures.std(axis=0) + 1e-9
    unit = np.sqrt(EMBEDDING_WEIGHT)
    ridge = Ridge(alpha=RIDGE).fit(np.hstack([departures / spread, vectors * unit]), np.array(scores))
    slopes = ridge.coef_[: len(FEATURES)] / spread
    columns = (usual, slopes, caps)
    scale = FormalityScale(float(ridge.intercept_), *(tuple(_digits(column)) for column in columns))
    return EmbeddedScale(scale, tuple(_digits(ridge.coef_[len(FEATURES) :] * unit)))


def _digits(values: Floats) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def _caps(values: Floats) -> Floats:
    """The value that hardly any text exceeds; of marks that hardly any text shows, their median where they show."""
    shown = [column[column > 0] for column in values.T]
    usual = [float(np.median(column)) if len(column) else 0.0 for column in shown]
    return np.maximum(np.quantile(values, CAP_QUANTILE, axis=0), usual)


def _departures(values: Floats, words: NDArray[np.int_]) -> tuple[Floats, Floats]:
    """The values less what a usual text of that length has, and the usual values; rates are smoothed towards them."""
    share = (words / (words + SMOOTHING_WORDS))[:, None]
    rates, whole = values[:, : len(RATES)], values[:, len(RATES) :]
    usual_rates, usual_whole = rates.sum(axis=0) / share.sum(), whole.mean(axis=0)
    return np.hstack([rates - share * usual_rates, whole - usual_whole]), np.concatenate([usual_rates, usual_whole])


def register_table(data: Path) -> dict[str, Any]:
    """Words with how much likelier they are in print than in speech: natural log-odds, mean over the sources."""
    counts = _word_counts(data)
    total = sum((counts[name] for name in counts), Counter[str]())
    odds = {word: _log_odds(word, counts) for word in total}
    grouped: dict[str, list[str]] = defaultdict(list)
    for word in sorted(total):
        if total[word] >= MIN_COUNT:
            grouped[f"{odds[word]:.1f}"].append(word)
    rare = [odds[word] for word in total if total[word] < MIN_COUNT]
    return {
        "about": "natural log-odds of a word in print against speech; no text, only word figures",
        "sources": REGISTER_SOURCES,
        "min_count": MIN_COUNT,
        "unknown": round(sum(rare) / len(rare), 2),
        "words": {value: " ".join(words) for value, words in sorted(grouped.items(), key=lambda item: float(item[0]))},
    }


SPEECH = ("meetings", "telephone")
PRINT = ("academic", "news")
REGISTER_SOURCES = {
    "speech": [
        "QMSum meetings (Yale-LILY/QMSum, MIT)",
        "Switchboard Dialogue Act corpus (NathanDuran/Switchboard-Corpus, GPL-3.0; terms of the corpus unstated)",
    ],
    "print": ["VU Amsterdam Metaphor Corpus, academic and news fragments of BNC Baby"],
    "licence": "VU Amsterdam Metaphor Corpus, Steen et al. (2010), Oxford Text Archive 2541: available for "
    "non-commercial use on condition that the terms of the BNC Licence are observed; also distributed as CC BY-SA 3.0. "
    "This file holds frequencies of single words only.",
}


def _word_counts(data: Path) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*SPEECH, *PRINT)}
    for name, corpus in (("meetings", "human_meetings_qmsum"), ("telephone", "human_switchboard")):
        for one in fitting_part(read_corpus(data, corpus)):
            for turn in one.turns:
                counts[name].update(_words(turn.text))
    for row in rows(data / "labels_metaphor_vua_tokens.jsonl.gz"):
        if row["genre"] in counts:
            counts[row["genre"]].update(_words(" ".join(row["tokens"])))
    return counts


def _words(text: str) -> Iterable[str]:
    return (token for token in TOKEN.findall(canonical(text)) if token[0].isalpha())


def _log_odds(word: str, counts: Mapping[str, Counter[str]]) -> float:
    def mean_log(names: Sequence[str]) -> float:
        rates = [1e6 * counts[name][word] / counts[name].total() for name in names]
        return sum(log(rate + PER_MILLION) for rate in rates) / len(rates)

    return mean_log(PRINT) - mean_log(SPEECH)


@dataclass(frozen=True, slots=True)
class Distances:
    """How far the turns of one corpus's people lie from their own registers, in spreads, by the kind of break.

    Only turns with marked words of such a break are listed; `turns` counts all.
    """

    turns: int
    spreads: Mapping[str, Floats]

    def share(self, kind: str, threshold: float) -> float:
        """The share of all turns that are flagged at this threshold."""
        return float((self.spreads[kind] >= threshold).sum()) / self.turns


def speaker_distances(scale: FormalityScale, transcripts: Iterable[Transcript]) -> Distances:
    """The distances in some dialogues."""
    turns = 0
    spreads: dict[str, list[float]] = {"raised": [], "lowered": []}
    for transcript in transcripts:
        turns += len(transcript.turns)
        for own in _own_turns(scale, transcript):
            register = register_of([score for _, score in own])
            if register is None:
                continue
            for measured, score in own:
                for kind, sign in SIGNS.items():
                    if marked_words(measured, kind) >= FEW_MARKS[kind]:
                        spreads[kind].append(sign * register.distance(score))
    return Distances(turns, {kind: np.array(values) for kind, values in spreads.items()})


def _own_turns(scale: FormalityScale, transcript: Transcript) -> Iterable[list[tuple[Measured, float]]]:
    """For each speaker, the measured turns that are long enough, with their length-free scores."""
    own: dict[str, list[tuple[Measured, float]]] = {name: [] for name in transcript.speakers}
    for turn in transcript.turns:
        measured = measure_text(turn.text)
        if measured and measured.words >= MIN_WORDS:
            own[turn.speaker].append((measured, scale.scores(scale.effects(measured))[1]))
    return own.values()


def _threshold(kind: str, distances: Sequence[Distances]) -> float:
    """The smallest threshold that flags no more than the allowed share in any corpus."""
    steps = (step / 10 for step in range(MIN_THRESHOLD, 80))
    return next(step for step in steps if all(corpus.share(kind, step) <= ALLOWED_SHARE for corpus in distances))


def _figures(scale: FormalityScale) -> dict[str, Any]:
    columns = zip(FEATURES, scale.usual_values, scale.coefficients, scale.caps, strict=True)
    features = {name: {"usual": usual, "coefficient": slope, "cap": cap} for name, usual, slope, cap in columns}
    return {"usual": round(scale.usual, 4), "features": features}


def _embedded_figures(fitted: EmbeddedScale, encoder_name: str) -> dict[str, Any]:
    sources = {"fitted on": SOURCES["fitted on"], "encoder": encoder_name}
    return _figures(fitted.scale) | {"vector": fitted.vector, "sources": sources}


def rows(path: Path) -> list[Any]:
    """The records of a JSONL file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _write_packed(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
