"""Fits the local-thread model of the digression judge: `python -m judges.fitting.local_thread DATA_DIR`.

On topic shifts marked in persona chats (TIAGE) and chatbots' turns called irrelevant (ABC-Eval), each weighing the
same. Replies that people wrote to be irrelevant (DailyDialog++) are not fitted on: written to reuse the context's words
and longer than real replies, they teach the writers' manner (TIAGE AUC .79 falls to .73), and serve as a test only.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judges.embeddings import Encoder, Floats, load_encoder
from judges.local_thread import VECTOR_SCALE, Signs, ThreadModel, TurnWords, signs, turn_words, vector_signs
from sims.seeds import stable_hash

WEIGHTS = Path(__file__).parents[1] / "weights"
FOLDS = 5
_STRENGTH = 0.03
_FEWEST = 10
_SMALLEST = 0.012
_PER_SET = 1500.0
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with people's labels by turn: the share of people who say that the turn leaves the thread."""

    set_name: str
    id: str
    texts: Sequence[str]
    labels: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled turn with its signs."""

    talk: Talk
    index: int
    label: float
    signs: Signs
    vector: Floats | None


def read_rows(data: Path, name: str) -> list[dict[str, Any]]:
    """The rows of `name`.jsonl."""
    return [json.loads(line) for line in (data / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def tiage(data: Path) -> list[Talk]:
    """Persona chats with a topic-shift label on every turn but the first."""
    return [
        Talk(
            "TIAGE",
            row["id"],
            [turn["text"] for turn in row["turns"]],
            [None if label < 0 else float(label) for label in row["meta"]["topic_shift"]],
        )
        for row in read_rows(data, "human_personachat_tiage")
    ]


def abceval(data: Path) -> list[Talk]:
    """Chats of people with bots; the bot's turns carry the share of two judges who called them irrelevant."""
    dialogues: dict[str, list[dict[str, Any]]] = {}
    for row in read_rows(data, "labels_behaviours_abceval"):
        dialogues.setdefault(row["dialogue_id"], []).append(row)
    return [
        Talk(
            "ABC-Eval",
            name,
            [text for row in rows for text in (row["user"], row["response"])],
            [label for row in rows for label in (None, sum(row["behaviors"]["irrelevant"]["human"]) / 2)],
        )
        for name, rows in dialogues.items()
    ]


def dailydialogpp(data: Path) -> Iterator[tuple[str, Talk]]:
    """Contexts with a next turn each, and its kind: "relevant", "irrelevant_adversarial" or "irrelevant_random"."""
    for row in read_rows(data, "labels_relevance_dailydialogpp"):
        for kind in ("relevant", "irrelevant_adversarial", "irrelevant_random"):
            for reply in row[kind]:
                label = float(kind != "relevant")
                texts = [*row["context"], reply]
                yield kind, Talk("DailyDialog++", row["id"], texts, [*[None] * len(row["context"]), label])


def labelled(talks: Sequence[Talk], encoder: Encoder | None = None) -> list[Labelled]:
    """The labelled turns of the talks, each text given to the encoder once."""
    vectors = vectors_of([text for talk in talks for text in talk.texts], encoder) if encoder else None
    return [one for talk in talks for one in _labelled(talk, vectors)]


def vectors_of(texts: Sequence[str], encoder: Encoder) -> dict[str, Floats]:
    """The vector of each text."""
    distinct = sorted(set(texts))
    return dict(zip(distinct, encoder.encode(distinct), strict=True))


def _labelled(talk: Talk, vectors: Mapping[str, Floats] | None) -> Iterator[Labelled]:
    turns: list[TurnWords] = [turn_words(text) for text in talk.texts]
    table = np.array([vectors[text] for text in talk.texts]) if vectors else None
    for index, label in enumerate(talk.labels):
        if index and label is not None and turns[index].words:
            found = signs(turns, index) | (vector_signs(table, index) if table is not None else {})
            yield Labelled(talk, index, label, found, None if table is None else table[index])


def fold(one: Labelled) -> int:
    """The fold of a labelled turn, by its dialogue."""
    return stable_hash("thread fold", one.talk.id) % FOLDS


def fit_model(rows: Sequence[Labelled]) -> ThreadModel:
    """A ridge-like logistic regression, each set and each person's label weighing the same; .5 decides best."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    design, names, scale = _design(rows)
    is_shift = np.repeat([True, False], len(rows))
    shares = np.array([one.label for one in rows])
    sizes = Counter(one.talk.set_name for one in rows)
    weight = np.array([_PER_SET / sizes[one.talk.set_name] for one in rows])
    model = LogisticRegression(C=_STRENGTH, max_iter=400)
    twice = sparse.vstack([design, design]).tocsr()
    model.fit(twice, is_shift, sample_weight=np.concatenate([weight * shares, weight * (1 - shares)]))
    slopes = model.coef_[0] / scale
    kept = {
        name: round(float(slope), 4)
        for name, slope, size in zip(names, slopes, scale, strict=False)
        if abs(slope * size) >= _SMALLEST
    }
    vector = tuple(round(float(slope), 4) for slope in slopes[len(names) :])
    return ThreadModel(round(float(model.intercept_[0]), 4), kept, vector)


def _design(rows: Sequence[Labelled]) -> tuple[Any, list[str], Values]:
    """The signs as a sparse table, the columns' names (the vector's have none) and what each was divided by."""
    from scipy import sparse
    from sklearn.feature_extraction import DictVectorizer

    seen = Counter(name for one in rows for name in one.signs)
    table = DictVectorizer(dtype=np.float64)
    design = table.fit_transform(
        [{name: value for name, value in one.signs.items() if seen[name] >= _FEWEST} for one in rows]
    )
    names = list(table.get_feature_names_out())
    spread = np.sqrt(np.asarray(design.multiply(design).mean(axis=0) - np.square(design.mean(axis=0))).ravel())
    scale = np.where([" " in name for name in names], 1.0, np.maximum(spread, 1e-6))
    if rows[0].vector is not None:
        vectors = sparse.csr_matrix(np.array([one.vector for one in rows], dtype=np.float64))
        design = sparse.hstack([design, vectors])
        scale = np.concatenate([scale, np.full(vectors.shape[1], 1 / VECTOR_SCALE)])
    return design @ sparse.diags(1 / scale), names, scale


def log_odds(model: ThreadModel, rows: Sequence[Labelled]) -> Values:
    """The model's log-odds of each row."""
    plain = np.array([model.odds(one.signs) for one in rows])
    if rows and rows[0].vector is not None:
        plain += np.array([one.vector for one in rows]) @ np.array(model.vector)
    return plain


def cross_fitted(rows: Sequence[Labelled], trained_on: Sequence[str]) -> Values:
    """Log-odds of each row by a model that has not seen its dialogue, fitted on the sets named."""
    folds = np.array([fold(one) for one in rows])
    odds = np.zeros(len(rows))
    for held_out in range(FOLDS):
        model = fit_model([one for one in rows if fold(one) != held_out and one.talk.set_name in trained_on])
        at = np.flatnonzero(folds == held_out)
        odds[at] = log_odds(model, [rows[int(place)] for place in at])
    return odds


def best_cut(odds: Values, labels: Values) -> float:
    """The log-odds above which decisions have the best F1."""
    order = np.argsort(-odds, kind="stable")
    right = np.cumsum(labels[order])
    return float(odds[order][np.argmax(2 * right / (np.arange(1, len(odds) + 1) + labels.sum()))])


SETS = ("TIAGE", "ABC-Eval")


def fit(data: Path, encoder: Encoder | None) -> dict[str, object]:
    """The weights, moved so that .5 is the F1-best decision on cross-fitted TIAGE."""
    rows = labelled([*tiage(data), *abceval(data)], encoder)
    odds, model = cross_fitted(rows, SETS), fit_model(rows)
    is_tiage = np.array([one.talk.set_name == "TIAGE" for one in rows])
    cut = best_cut(odds[is_tiage], np.array([one.label for one in rows])[is_tiage])
    return {
        "schema": "simstress/thread-weights@1",
        "sources": ["human_personachat_tiage", "labels_behaviours_abceval (irrelevant)"],
        "encoder": encoder.name if encoder else None,
        "bias": round(model.bias - cut, 4),
        "weights": model.weights,
        "vector": model.vector,
    }


def main(data: Path, encoder_names: Sequence[str]) -> None:
    """Fit and write the weights, without embeddings and for each encoder named."""
    for name in ("", *encoder_names):
        stored = fit(data, load_encoder(name) if name else None)
        output = WEIGHTS / (f"digression_thread_{name}.json" if name else "digression_thread.json")
        output.write_text(json.dumps(stored, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{output.name}: {output.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
