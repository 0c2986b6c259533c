"""Fits the figures of the formality judge: `python -m judges.fitting.formality DATA_DIR`.

Reads labelled sentences and human dialogues from DATA_DIR, writes `judges/weights/formality_register.json.gz` (words
of print against words of speech) and `judges/weights/formality.json` (coefficients, threshold, figures), and prints
the figures. No sentence is stored.
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
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from judges.formality import MIN_WORDS, register_of, shows_marks
from judges.formality_features import FEATURES, RATES, SMOOTHING_WORDS, TOKEN, Measured, canonical, measure
from judges.formality_scale import FormalityScale, measure_text

WEIGHTS = Path(__file__).parents[1] / "weights"
RIDGE = 10.0
FOLDS = 5
CAP_QUANTILE = 0.995
MIN_COUNT = 4
PER_MILLION = 15.0
"""Added to every frequency a million words, so that a word seen once says little."""

ALLOWED_SHARE = 0.0025
"""Of the turns of any kind of human dialogue, in either direction: 99.5 % specificity for both together."""

Floats = NDArray[np.float64]


def main(data_dir: Path) -> None:
    """Fit, measure and write everything."""
    _write_packed(WEIGHTS / "formality_register.json.gz", register_table(data_dir))
    rated = _rows(data_dir / "labels_formality_pavlick.jsonl")
    transfer = _rows(data_dir / "labels_formality_squinky.jsonl")
    scale = fit_scale([row["text"] for row in rated], [row["score"] for row in rated])
    distances = {path.name: speaker_distances(scale, path) for path in sorted(data_dir.glob("human_*"))}
    thresholds = {kind: _threshold(kind, distances.values()) for kind in ("raised", "lowered")}
    measured = measured_figures(scale, rated, transfer)
    measured["flagged per 1000 human turns"] = _flag_rates(thresholds, distances)
    figures = {
        "usual": round(scale.usual, 4),
        "features": _feature_rows(scale),
        "thresholds": thresholds,
        "sources": SOURCES,
        "measured": measured,
    }
    (WEIGHTS / "formality.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"thresholds": thresholds, **measured}, indent=1))


SOURCES = {
    "fitted on": "labels_formality_pavlick (Pavlick and Tetreault 2016, balanced subset): mean of five ratings, -3..3",
    "transfer test only": "labels_formality_squinky (Lahiri 2015, SQUINKY!)",
    "word register": "formality_register.json.gz, which names its own sources",
}


def fit_scale(texts: Sequence[str], scores: Sequence[float]) -> FormalityScale:
    """The ridge regression of the scores on what is usual, and on departures from it."""
    measured = [measure(canonical(text)) for text in texts]
    values = np.array([row.values for row in measured])
    words = np.array([row.words for row in measured])
    caps = np.quantile(values, CAP_QUANTILE, axis=0)
    departures, usual = _departures(np.minimum(values, caps), words)
    spread = departures.std(axis=0) + 1e-9
    ridge = Ridge(alpha=RIDGE).fit(departures / spread, np.array(scores))
    columns = (usual, ridge.coef_ / spread, caps)
    return FormalityScale(
        float(ridge.intercept_), *(tuple(float(f"{value:.4g}") for value in column) for column in columns)
    )


def _departures(values: Floats, words: NDArray[np.int_]) -> tuple[Floats, Floats]:
    """The values less what a usual text of that length has, and the usual values; rates are smoothed towards them."""
    share = (words / (words + SMOOTHING_WORDS))[:, None]
    rates, whole = values[:, : len(RATES)], values[:, len(RATES) :]
    usual_rates, usual_whole = rates.sum(axis=0) / share.sum(), whole.mean(axis=0)
    return np.hstack([rates - share * usual_rates, whole - usual_whole]), np.concatenate([usual_rates, usual_whole])


def register_table(data_dir: Path) -> dict[str, Any]:
    """Words with how much likelier they are in print than in speech: natural log-odds, mean over the sources."""
    counts = _word_counts(data_dir)
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


def _word_counts(data_dir: Path) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*SPEECH, *PRINT)}
    for name, file in (("meetings", "human_meetings_qmsum.jsonl.gz"), ("telephone", "human_switchboard.jsonl.gz")):
        for row in _rows(data_dir / file):
            for turn in row["turns"]:
                counts[name].update(_words(turn["text"]))
    for row in _rows(data_dir / "labels_metaphor_vua_tokens.jsonl.gz"):
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
    """How far the turns of one file's people lie from their own registers, in spreads, by the kind of break.

    Only turns that show the marks of such a break are listed; `turns` counts all.
    """

    turns: int
    spreads: Mapping[str, Floats]

    def share(self, kind: str, threshold: float) -> float:
        """The share of all turns that are flagged at this threshold."""
        return float((self.spreads[kind] >= threshold).sum()) / self.turns


def speaker_distances(scale: FormalityScale, path: Path) -> Distances:
    """The distances in one file of dialogues."""
    turns = 0
    spreads: dict[str, list[float]] = {"raised": [], "lowered": []}
    for row in _rows(path):
        turns += len(row["turns"])
        for measured, scores in _own_turns(scale, row["turns"]):
            register = register_of(scores)
            if register is None:
                continue
            for one, score in zip(measured, scores, strict=True):
                for kind, sign in (("raised", 1), ("lowered", -1)):
                    spreads[kind] += [sign * register.distance(score)] * shows_marks(one, kind)
    return Distances(turns, {kind: np.array(values) for kind, values in spreads.items()})


def _own_turns(scale: FormalityScale, turns: Sequence[Any]) -> Iterable[tuple[list[Measured], list[float]]]:
    """For each speaker, the measured turns that are long enough, and their length-free scores."""
    own: dict[str, tuple[list[Measured], list[float]]] = {turn["speaker"]: ([], []) for turn in turns}
    for turn in turns:
        measured = measure_text(turn["text"])
        if measured and measured.words >= MIN_WORDS:
            own[turn["speaker"]][0].append(measured)
            own[turn["speaker"]][1].append(scale.scores(scale.effects(measured))[1])
    return own.values()


def _threshold(kind: str, distances: Iterable[Distances]) -> float:
    """The smallest threshold that flags no more than the allowed share in any file."""
    files = list(distances)
    steps = (step / 10 for step in range(20, 80))
    return next(step for step in steps if all(file.share(kind, step) <= ALLOWED_SHARE for file in files))


def _flag_rates(thresholds: Mapping[str, float], distances: Mapping[str, Distances]) -> dict[str, dict[str, float]]:
    return {
        name: {kind: round(1000 * file.share(kind, threshold), 2) for kind, threshold in thresholds.items()}
        for name, file in distances.items()
    }


def measured_figures(scale: FormalityScale, rated: Sequence[Any], transfer: Sequence[Any]) -> dict[str, Any]:
    """Agreement with people: cross-fitted by source text on the fitting set, and on the set never fitted on."""
    texts, scores = [row["text"] for row in rated], np.array([row["score"] for row in rated])
    formal = np.array([row["label"] == "formal" for row in rated])
    held_out = _cross_fitted(texts, scores, [row["id"].rsplit(".", 1)[0] for row in rated])
    others = _scored(scale, [row["text"] for row in transfer])
    others_scores = np.array([row["formality"] for row in transfer])
    figures: dict[str, Any] = {"pavlick n": len(rated), "squinky n": len(transfer)}
    for column, name in enumerate(("full", "length_free")):
        figures[f"pavlick {FOLDS}-fold by text, {name}"] = {
            "auc": _round(roc_auc_score(formal, held_out[:, column])),
            "spearman": _round(spearmanr(scores, held_out[:, column]).statistic),
        }
        figures[f"squinky transfer, {name}"] = {
            "auc (rating above 4)": _round(roc_auc_score(others_scores > 4, others[:, column])),
            "spearman": _round(spearmanr(others_scores, others[:, column]).statistic),
        }
    return figures


def _cross_fitted(texts: Sequence[str], scores: Floats, groups: Sequence[str]) -> Floats:
    held_out = np.zeros((len(texts), 2))
    for train, test in GroupKFold(FOLDS).split(texts, groups=groups):
        scale = fit_scale([texts[index] for index in train], scores[train].tolist())
        held_out[test] = _scored(scale, [texts[index] for index in test])
    return held_out


def _scored(scale: FormalityScale, texts: Sequence[str]) -> Floats:
    return np.array([scale.scores(scale.effects(measure(canonical(text)))) for text in texts])


def _feature_rows(scale: FormalityScale) -> dict[str, dict[str, float]]:
    rows = zip(FEATURES, scale.usual_values, scale.coefficients, scale.caps, strict=True)
    return {name: {"usual": usual, "coefficient": slope, "cap": cap} for name, usual, slope, cap in rows}


def _rows(path: Path) -> list[Any]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _write_packed(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _round(value: Any) -> float:
    return round(float(value), 3)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
