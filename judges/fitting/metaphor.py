"""Fits the figures of the metaphor judge: `python -m judges.fitting.metaphor DATA_DIR`.

Reads labelled tokens and human dialogues from DATA_DIR, writes `judges/weights/metaphor_vua.json.gz` (the table) and
`judges/weights/metaphor.json` (threshold and figures), and prints the figures. No sentence is stored.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score
from sklearn.model_selection import GroupKFold

from judges.metaphor import figures_in
from judges.metaphor_features import context_features, is_word
from judges.metaphor_table import metaphor_words, scored_places

WEIGHTS = Path(__file__).parents[1] / "weights"
FOLDS = 5
MIN_COUNT = 2
INVERSE_PENALTY = 0.4
SMALLEST_WEIGHT = 0.1
UNLABELLED_WORDS = 300
"""A stretch of this many words without one metaphor was not annotated: at 6 % a chance of one in 10**8."""
WINDOW_WORDS = 300
ALLOWED_SHARE = 0.002

SOURCE = {
    "name": "VU Amsterdam Metaphor Corpus (VUAMC), train part of the VUA-18 split, copy in "
    "RuiMao1988/Sequential-Metaphor-Identification",
    "authors": "Gerard J. Steen, Aletta G. Dorst, J. Berenike Herrmann, Anna A. Kaal, Tina Krennmayr, Trijntje Pasma",
    "reference": "A Method for Linguistic Metaphor Identification: From MIP to MIPVU. John Benjamins, 2010",
    "licence": "Oxford Text Archive 2541: available for non-commercial use on condition that the terms of the BNC "
    "Licence are observed; also distributed as CC BY-SA 3.0. The texts are excerpts of BNC Baby. This file holds "
    "weights of single words and word contexts only, is not covered by the licence of simstress, and can be refitted "
    "on other data.",
}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Words with their features, labels, text and genre, in the order of the corpus."""

    features: list[list[str]]
    labels: NDArray[np.int_]
    texts: NDArray[np.str_]
    genres: NDArray[np.str_]


def main(data_dir: Path) -> None:
    """Fit, measure and write everything."""
    words = labelled_words(annotated(_rows(data_dir / "labels_metaphor_vua_tokens.jsonl.gz")))
    held_out = cross_fitted(words)
    bias, slope = platt(held_out, words.labels)
    content = table_content(fit(words), bias, slope)
    _write_packed(WEIGHTS / "metaphor_vua.json.gz", content)
    figures = measured_figures(words, 1 / (1 + np.exp(-bias - slope * held_out)))
    for name in ("mohx", "trofi"):
        figures[f"{name} verbs, zero-shot auc"] = verbs_auc(data_dir / f"labels_metaphor_{name}.jsonl")
    densities = {path.name: turn_densities(path) for path in sorted(data_dir.glob("human_*"))}
    threshold = dense_threshold(densities.values())
    rates = {name: round(1000 * float((file >= threshold).mean()), 2) for name, file in densities.items()}
    shipped = {
        "dense": threshold,
        "source": SOURCE["name"],
        "measured": figures | {"flagged per 1000 human turns": rates},
    }
    (WEIGHTS / "metaphor.json").write_text(json.dumps(shipped, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(shipped, indent=1))


def annotated(rows: Sequence[Any]) -> list[Any]:
    """The sentences without the long stretches that nobody annotated (most of one academic text)."""
    by_text: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_text[row["text_id"]].append(row)
    kept: list[Any] = []
    for text in by_text.values():
        stretch: list[Any] = []
        for row in sorted(text, key=_sentence_number):
            if any(row["labels"]):
                kept += [*stretch, row] if _word_count(stretch) < UNLABELLED_WORDS else [row]
                stretch = []
            else:
                stretch.append(row)
        kept += stretch if _word_count(stretch) < UNLABELLED_WORDS else []
    return kept


def _sentence_number(row: Any) -> tuple[bool, int]:
    number = row["sentence_no"]
    return (not number.isdigit(), int(number) if number.isdigit() else 0)


def _word_count(rows: Iterable[Any]) -> int:
    return sum(is_word(token.lower()) for row in rows for token in row["tokens"])


def labelled_words(rows: Iterable[Any]) -> Labelled:
    """The words of the corpus; numbers and marks are context only."""
    features: list[list[str]] = []
    columns: list[tuple[int, str, str]] = []
    for row in rows:
        forms = [token.lower() for token in row["tokens"]]
        for form, found, label in zip(forms, context_features(forms), row["labels"], strict=True):
            if is_word(form):
                features.append(found)
                columns.append((label, row["text_id"], row["genre"]))
    labels, texts, genres = zip(*columns, strict=True)
    return Labelled(features, np.array(labels), np.array(texts), np.array(genres))


def fit(words: Labelled, chosen: NDArray[np.int_] | None = None) -> dict[str, float]:
    """The weights of the features, small ones left out; "" is the intercept."""
    places = np.arange(len(words.labels)) if chosen is None else chosen
    features = [words.features[place] for place in places]
    counts = Counter(name for found in features for name in found)
    columns = {name: column for column, name in enumerate(sorted(name for name in counts if counts[name] >= MIN_COUNT))}
    model = LogisticRegression(C=INVERSE_PENALTY, solver="liblinear", tol=1e-3, max_iter=200, random_state=0)
    model.fit(_matrix(features, columns), words.labels[places])
    weights = {name: round(float(model.coef_[0, column]), 2) for name, column in columns.items()}
    kept = {name: weight for name, weight in weights.items() if abs(weight) >= SMALLEST_WEIGHT}
    return kept | {"": round(float(model.intercept_[0]), 2)}


def _matrix(features: Sequence[Sequence[str]], columns: Mapping[str, int]) -> csr_matrix:
    indices = [[columns[name] for name in found if name in columns] for found in features]
    starts = np.cumsum([0, *map(len, indices)])
    flat = np.concatenate([np.array(row, dtype=np.int64) for row in indices])
    return csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(features), len(columns)))


def cross_fitted(words: Labelled) -> Floats:
    """For each word, the log-odds by the weights fitted on other texts."""
    sums = np.zeros(len(words.labels))
    for train, test in GroupKFold(FOLDS).split(words.labels, groups=words.texts):
        weights = fit(words, train)
        sums[test] = [weights[""] + sum(weights.get(name, 0.0) for name in words.features[place]) for place in test]
    return sums


def platt(sums: Floats, labels: NDArray[np.int_]) -> tuple[float, float]:
    """Bias and slope that calibrate the log-odds of words left out."""
    model = LogisticRegression(C=1e6).fit(sums[:, None], labels)
    return float(model.intercept_[0]), float(model.coef_[0, 0])


def table_content(weights: Mapping[str, float], bias: float, slope: float) -> dict[str, Any]:
    """The table as it is stored: the weights grouped by value in hundredths."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for name, weight in sorted(weights.items(), key=lambda item: (item[1], item[0])):
        if name and len(name.split()) == 1:
            grouped[str(round(100 * weight))].append(name)
    lines = {value: " ".join(names) for value, names in grouped.items()}
    return {"source": SOURCE, "bias": round(bias + slope * weights[""], 4), "slope": round(slope, 4), "weights": lines}


def measured_figures(words: Labelled, probabilities: Floats) -> dict[str, Any]:
    """Agreement with the annotators, each word scored by the other texts' weights."""
    figures: dict[str, Any] = {"words": len(words.labels), "texts": len(set(words.texts.tolist()))}
    figures["all"] = _agreement(words.labels, probabilities)
    for genre in sorted(set(words.genres.tolist())):
        chosen = words.genres == genre
        figures[genre] = _agreement(words.labels[chosen], probabilities[chosen])
    return figures | {f"share per {WINDOW_WORDS} words": _window_agreement(words, probabilities)}


def _agreement(labels: NDArray[np.int_], probabilities: Floats) -> dict[str, float]:
    precision, recall, _ = precision_recall_curve(labels, probabilities)
    best = float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-9)))
    return {
        "best f1": round(best, 3),
        "average precision": round(float(average_precision_score(labels, probabilities)), 3),
        "share": round(float(labels.mean()), 4),
        "expected share": round(float(probabilities.mean()), 4),
    }


def _window_agreement(words: Labelled, probabilities: Floats) -> dict[str, float]:
    pairs = []
    for text in sorted(set(words.texts.tolist())):
        places = np.flatnonzero(words.texts == text)
        for start in range(0, len(places) - WINDOW_WORDS + 1, WINDOW_WORDS):
            window = places[start : start + WINDOW_WORDS]
            pairs.append((words.labels[window].mean(), probabilities[window].mean()))
    gold, expected = np.array(pairs).T
    return {
        "r": round(float(np.corrcoef(gold, expected)[0, 1]), 3),
        "mean absolute error": round(float(np.abs(gold - expected).mean()), 4),
        "windows": len(pairs),
    }


def verbs_auc(path: Path) -> float:
    """The area under the curve for one marked verb a sentence, of a set never fitted on."""
    labels, scores = [], []
    for row in _rows(path):
        score = _score_of_word(row["sentence"], row["target_index"])
        if score is not None:
            labels.append(row["label"])
            scores.append(score)
    return round(float(roc_auc_score(labels, scores)), 3)


def _score_of_word(sentence: str, index: int | None) -> float | None:
    if index is None:
        return None
    start = len(" ".join([*sentence.split()[:index], ""]))
    plain = " ".join(sentence.split())
    return next((score for place, _, score in scored_places(plain) if place == start), None)


def turn_densities(path: Path) -> Floats:
    """The density of figures in every turn of a file of dialogues."""
    texts = (turn["text"] for row in _rows(path) for turn in row["turns"])
    return np.array([figures_in(text, metaphor_words(text)).density for text in texts])


def dense_threshold(files: Iterable[Floats]) -> float:
    """The smallest density that flags no more than the allowed share of the turns of any file."""
    every = list(files)
    steps = (step / 100 for step in range(5, 100))
    return next(step for step in steps if all((file >= step).mean() <= ALLOWED_SHARE for file in every))


def _rows(path: Path) -> list[Any]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _write_packed(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
