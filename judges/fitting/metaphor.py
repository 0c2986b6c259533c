"""Fits the figures of the metaphor judge: `python -m judges.fitting.metaphor DATA_DIR [MODEL]`.

Reads the VU Amsterdam Metaphor Corpus from DATA_DIR and writes to
`judges/weights`: `metaphor_tags.json.gz` (parts of speech), `metaphor_vua.json.gz` (words in context),
`metaphor_minilm.npz` (only with MODEL, all-MiniLM-L6-v2) and `metaphor.json` (calibrations, threshold of density).
Models are fitted on all texts; calibrations on what models of some of the texts say of the others. No sentence is
stored, but the log-odds of each labelled word by models of other texts are, for the card. The same data give the same
files: seeds, order and threads are fixed. Takes about seven minutes on two cores.
"""

from __future__ import annotations

import gzip
import json
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import GroupKFold
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from judges.embeddings import Encoder, load_encoder
from judges.fitting.metaphor_corpus import Corpus, read_vua
from judges.metaphor_context import TAG_TEMPLATES, WORD_TEMPLATES, Layout, Lexicon, Places
from judges.metaphor_embeddings import StateModel, in_sentence
from judges.metaphor_table import tagged
from judges.metaphor_words import REGISTER_WORDS, Calibration

WEIGHTS = Path(__file__).parents[1] / "weights"
FOLDS, STATE_FOLDS = 5, 3
THREADS = 2
TAG_BITS, WORD_BITS = 15, 18
STEP = 0.03
"""Weights are stored in these steps; smaller ones are left out."""
INVERSE_PENALTY = 0.25
UNITS, SEEDS, EPOCHS, WEIGHT_DECAY = 64, (0, 1), 6, 0.3
WINDOW_WORDS = 300
LONG_WINDOW_WORDS = 1000
REGISTER_PENALTY = 1.0
DENSE = 0.09
"""Figures a word from which a turn is crowded; flags at most 0.2 % of the turns in the fitting part of any corpus."""

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
Weights = NDArray[np.float32]
Fold = tuple[Places, Places]


def main(data_dir: Path, model: str | None) -> None:
    """Fit and write everything."""
    corpus = read_vua(data_dir)
    layout = Layout([one.forms for one in corpus.sentences], Lexicon())
    held_out = cross_fitted_table(corpus, layout)
    calibration = {"table": calibrated(corpus, held_out)}
    tags = fit_tags(layout, corpus.parts, np.arange(len(corpus.parts)))
    layout.set_tags(tagged(layout, tags))
    words, bias = fit_words(layout, corpus, np.arange(len(corpus.labels)))
    _write_packed(WEIGHTS / "metaphor_tags.json.gz", {"source": SOURCE, "weights": packed(tags)})
    _write_packed(WEIGHTS / "metaphor_vua.json.gz", {"source": SOURCE, "bias": bias, "weights": packed(words[:, None])})
    if model is not None:
        encoder = load_encoder(model)
        states = word_states(corpus, encoder)
        of_states = cross_fitted_states(corpus, states)
        weight = stacked_weight(held_out, of_states, corpus.labels)
        both = (held_out + weight * of_states).astype(np.float16).astype(np.float64)
        calibration[encoder.name] = calibrated(corpus, both)
        _write_states(weighted(fit_states(states, corpus.labels), weight), both)
    else:
        calibration |= _stored_calibrations()
    _write_figures(calibration, dense=DENSE)
    print(json.dumps({name: asdict(one) for name, one in calibration.items()}, indent=1))


def folds(corpus: Corpus, count: int = FOLDS) -> list[Fold]:
    """Splits of the labelled words into some to fit on and the others, whole texts at a time."""
    return list(GroupKFold(count).split(corpus.labels, groups=corpus.texts))


def cross_fitted_table(corpus: Corpus, layout: Layout) -> Floats:
    """For each labelled word, its log-odds by tables fitted on other texts."""
    every, tags = corpus.token_texts, np.zeros(len(corpus.parts), dtype=np.int64)
    for train, _ in folds(corpus):
        is_train = np.isin(every, np.unique(corpus.texts[train]))
        weights = fit_tags(layout, corpus.parts, np.flatnonzero(is_train))
        tags[~is_train] = tagged(layout, weights)[~is_train]
    layout.set_tags(tags)
    columns = layout.columns(WORD_TEMPLATES, bits=WORD_BITS)[:, corpus.tokens]
    found = np.zeros(len(corpus.labels))
    for train, test in folds(corpus):
        words, bias = fit_words(layout, corpus, train)
        found[test] = bias + words[columns[:, test]].sum(axis=0)
    return found


def fit_tags(layout: Layout, parts: Places, chosen: Places) -> Weights:
    """The weights of each part of speech, fitted on the chosen tokens."""
    matrix = _matrix(layout.columns(TAG_TEMPLATES, bits=TAG_BITS), TAG_BITS)
    known = chosen[parts[chosen] >= 0]
    model = SGDClassifier(loss="hinge", alpha=1e-5, max_iter=6, tol=None, random_state=0, average=True)
    model.fit(matrix[known], parts[known])
    return in_steps(model.coef_.T)


def fit_words(layout: Layout, corpus: Corpus, chosen: Places) -> tuple[Weights, float]:
    """The weights and the bias of being metaphor-related, fitted on the chosen words."""
    columns = layout.columns(WORD_TEMPLATES, bits=WORD_BITS)[:, corpus.tokens[chosen]]
    model = LogisticRegression(C=INVERSE_PENALTY, solver="liblinear", tol=1e-2, max_iter=100, random_state=0)
    model.fit(_matrix(columns, WORD_BITS), corpus.labels[chosen])
    return in_steps(model.coef_[0]), round(float(model.intercept_[0]), 4)


def _matrix(columns: Places, bits: int) -> csr_matrix:
    lines, words = columns.shape
    starts = np.arange(0, columns.size + 1, lines)
    return csr_matrix((np.ones(columns.size), columns.T.ravel(), starts), shape=(words, 1 << bits))


def in_steps(weights: Floats) -> Weights:
    """The weights as they can be stored in one byte each."""
    return np.asarray(np.clip(np.round(weights / STEP), -127, 127) * STEP, dtype=np.float32)


def word_states(corpus: Corpus, encoder: Encoder) -> Weights:
    """For each labelled word its states in the sentence and its vector alone, one row a word."""
    here = np.concatenate([in_sentence(one.forms, encoder).astype(np.float16) for one in corpus.sentences])
    forms = [form for one in corpus.sentences for form in one.forms]
    labelled = [forms[place] for place in corpus.tokens]
    known = sorted(set(labelled))
    alone = np.concatenate([encoder.encode(known[start : start + 1000]) for start in range(0, len(known), 1000)])
    row_of = {form: row for row, form in enumerate(known)}
    beside = alone[[row_of[form] for form in labelled]]
    return np.concatenate([here[corpus.tokens].astype(np.float32), beside], axis=1)


def cross_fitted_states(corpus: Corpus, states: Weights) -> Floats:
    """For each labelled word, the log-odds by networks fitted on other texts."""
    found = np.zeros(len(corpus.labels))
    for train, test in folds(corpus, STATE_FOLDS):
        found[test] = fit_states(states[train], corpus.labels[train]).of_states(states[test])
    return found


def stacked_weight(of_table: Floats, of_states: Floats, labels: Places) -> float:
    """How much the log-odds of the network count beside those of the table, fitted on words left out."""
    stack = LogisticRegression(C=1e6).fit(np.stack([of_table, of_states], axis=1), labels)
    return round(float(stack.coef_[0, 1] / stack.coef_[0, 0]), 4)


def weighted(model: StateModel, weight: float) -> StateModel:
    """The model with log-odds that many times as large."""
    return StateModel(model.hidden, model.hidden_bias, model.out * np.float32(weight), model.out_bias * weight)


def fit_states(states: Weights, labels: Places) -> StateModel:
    """Two networks from different starts, joined into one that gives the mean of their log-odds."""
    mean, spread = states.mean(axis=0), states.std(axis=0) + 1e-6
    parts = [_network((states - mean) / spread, labels, seed) for seed in SEEDS]
    hidden = np.concatenate([part.coefs_[0] for part in parts], axis=1) / spread[:, None]
    bias = np.concatenate([part.intercepts_[0] for part in parts]) - mean @ hidden
    out = np.concatenate([part.coefs_[1][:, 0] for part in parts]) / len(parts)
    half = [values.astype(np.float16).astype(np.float32) for values in (hidden, bias, out)]
    return StateModel(half[0], half[1], half[2], float(np.mean([part.intercepts_[1][0] for part in parts])))


def _network(states: Weights, labels: Places, seed: int) -> MLPClassifier:
    model = MLPClassifier((UNITS,), alpha=WEIGHT_DECAY, batch_size=256, random_state=seed)
    for _ in range(EPOCHS):
        model.partial_fit(states, labels, classes=[0, 1])
    return model


def calibrated(corpus: Corpus, log_odds: Floats) -> Calibration:
    """What makes log-odds into scores and probabilities; the log-odds must be those of words left out."""
    chosen = corpus.is_running
    platt = LogisticRegression(C=1e6).fit(log_odds[chosen, None], corpus.labels[chosen])
    bias, slope = float(platt.intercept_[0]), float(platt.coef_[0, 0])
    plain = Calibration(round(bias, 4), round(slope, 4), 0.0, (0.0, 0.0, 0.0), 0.0)
    threshold = best_threshold(bias + slope * log_odds[chosen], corpus.labels[chosen])
    register = fit_register(corpus, log_odds, plain, np.arange(len(corpus.windows(WINDOW_WORDS))))
    full = Calibration(plain.bias, plain.slope, round(threshold, 4), register, 0.0)
    return Calibration(plain.bias, plain.slope, full.threshold, register, text_sd(corpus, log_odds, plain))


def best_threshold(log_odds: Floats, labels: Places) -> float:
    """The log-odds from which on words are called metaphors, for the best F1."""
    precision, recall, thresholds = precision_recall_curve(labels, log_odds)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return float(thresholds[int(np.argmax(f1[:-1]))])


def fit_register(
    corpus: Corpus, log_odds: Floats, plain: Calibration, chosen: Sequence[int] | Places
) -> tuple[float, float, float]:
    """How far the share of pronouns moves the log-odds of a text's words, fitted on the chosen windows."""
    windows = corpus.windows(WINDOW_WORDS)
    seen = np.concatenate([_register_features(corpus, log_odds, plain, windows[place]) for place in chosen])
    labels = np.concatenate([corpus.labels[windows[place]] for place in chosen])
    spread = seen.std(axis=0)
    model = LogisticRegression(C=REGISTER_PENALTY).fit(seen / spread, labels)
    own, of_pronouns = (float(value) for value in model.coef_[0] / spread)
    weight = WINDOW_WORDS / (WINDOW_WORDS + REGISTER_WORDS)
    constant = float(model.intercept_[0])
    return round(constant / weight, 4), round((own - 1) / weight, 4), round(of_pronouns / weight, 4)


def _register_features(corpus: Corpus, log_odds: Floats, plain: Calibration, window: Places) -> Floats:
    found = plain.bias + plain.slope * log_odds[window]
    return np.stack([found, np.full(len(window), corpus.is_pronoun[window].mean())], axis=1)


def window_shares(
    corpus: Corpus, log_odds: Floats, words: int = WINDOW_WORDS
) -> tuple[Floats, Floats, Floats, list[Places]]:
    """Marked and expected share of each window, the chance variance of the latter, and the windows.

    The register is fitted on the windows of other texts, so that the shares are those of texts never seen.
    """
    chosen = corpus.is_running
    platt = LogisticRegression(C=1e6).fit(log_odds[chosen, None], corpus.labels[chosen])
    plain = Calibration(float(platt.intercept_[0]), float(platt.coef_[0, 0]), 0.0, (0.0, 0.0, 0.0), 0.0)
    windows = corpus.windows(words)
    of_fitting = np.array([corpus.texts[window[0]] for window in corpus.windows(WINDOW_WORDS)])
    owners = np.array([corpus.texts[window[0]] for window in windows])
    expected, variance = np.zeros(len(windows)), np.zeros(len(windows))
    for train, test in GroupKFold(10).split(of_fitting, groups=of_fitting):
        register = fit_register(corpus, log_odds, plain, train)
        moved = Calibration(plain.bias, plain.slope, 0.0, register, 0.0)
        for place in np.flatnonzero(np.isin(owners, of_fitting[test])):
            window = windows[place]
            found = moved.probabilities(log_odds[window], float(corpus.is_pronoun[window].mean()))
            expected[place] = found.mean()
            variance[place] = (found * (1 - found)).sum() / len(found) ** 2
    marked = np.array([corpus.labels[window].mean() for window in windows])
    return marked, expected, variance, windows


def text_sd(corpus: Corpus, log_odds: Floats, plain: Calibration) -> float:
    """How far the expected share of a long text is off beyond chance: a standard deviation."""
    marked, expected, variance, _ = window_shares(corpus, log_odds, LONG_WINDOW_WORDS)
    return round(float(np.sqrt(max(0.0, ((marked - expected) ** 2 - variance).mean()))), 4)


def packed(weights: Weights) -> dict[str, Any]:
    """An array as `judges.metaphor_table.unpacked` reads it."""
    whole = np.round(weights / np.float32(STEP)).astype(np.int8)
    values = b64encode(whole.tobytes()).decode("ascii")
    return {"type": "int8", "step": STEP, "shape": list(whole.shape), "values": values}


def _write_packed(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _write_states(model: StateModel, held_out: Floats) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "hidden": model.hidden,
        "hidden_bias": model.hidden_bias,
        "out": model.out,
        "held_out": held_out,
    }
    kept: dict[str, Any] = {name: values.astype(np.float16) for name, values in arrays.items()}
    source = np.array(json.dumps(SOURCE))
    np.savez_compressed(WEIGHTS / "metaphor_minilm.npz", out_bias=np.float64(model.out_bias), source=source, **kept)


def _write_figures(calibration: Mapping[str, Calibration], *, dense: float) -> None:
    content = {
        "source": SOURCE["name"],
        "dense": dense,
        "calibration": {name: asdict(one) for name, one in calibration.items()},
    }
    (WEIGHTS / "metaphor.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _stored_calibrations() -> dict[str, Calibration]:
    path = WEIGHTS / "metaphor.json"
    stored = json.loads(path.read_text(encoding="utf-8")).get("calibration", {}) if path.exists() else {}
    return {name: Calibration(**figures) for name, figures in stored.items() if name != "table"}


if __name__ == "__main__":
    with threadpool_limits(THREADS):
        main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
