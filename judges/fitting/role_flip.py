"""Fits the shipped figures of the role_flip judge: `python -m judges.fitting.role_flip DATA_DIR`.

Words that seekers and helpers use in two corpora or more, in a ridge logistic regression where every corpus counts
the same, together with phrases that the makers of simstress wrote; scaled to be likelihood ratios on a corpus left
out. `THRESHOLD` was read off the scores of the fitting parts of the four corpora, each judged by models of its other
folds: at it, fewer than .5 % of the turns are flagged in each (.8 % in mirrorbench, .1 % in tau-bench).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from judges.fitting.corpora import read_corpus
from judges.fitting.role_phrases import HELPER_PHRASES, SEEKER_PHRASES
from judges.fitting.splits import fitting_part
from judges.role_casts import role_keys
from judges.role_model import LENGTH_POWER, role_grams
from judges.role_pieces import pieces
from sims.transcript import Transcript

CORPORA = ("human_service_sgd", "human_taskmaster4", "human_assistance_mirrorbench", "llm_taubench")
OUTPUT = Path(__file__).parents[1] / "weights" / "role_flip.json"
_MIN_SENTENCES = 4
_MIN_CORPORA = 2
_PENALTY = 2.0

_PHRASE_WEIGHT = 60.0

THRESHOLD = 0.75

Row = tuple[frozenset[str], int, bool]
"""The sequences of a sentence, their number, and whether a helper spoke."""


def rows_of(transcripts: Iterable[Transcript]) -> list[Row]:
    """One row a sentence of the seeker-helper pairs."""
    rows: list[Row] = []
    for transcript in transcripts:
        roles = role_keys(transcript.participants)
        for turn in transcript.turns:
            if roles[turn.speaker] in ("seeker", "helper"):
                rows.extend(_row(span.text, roles[turn.speaker] == "helper") for span in pieces(turn.text))
    return [row for row in rows if row[1]]


def _row(text: str, is_helper: bool) -> Row:
    grams = role_grams(text)
    return frozenset(grams), len(grams), is_helper


def fit_weights(corpora: Mapping[str, Sequence[Row]]) -> tuple[float, dict[str, float]]:
    """Bias and weight by sequence: positive where helpers say it."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    phrases = [_row(text, True) for text in HELPER_PHRASES] + [_row(text, False) for text in SEEKER_PHRASES]
    known = Counter(gram for rows in corpora.values() for gram in _frequent(rows))
    known.update(dict.fromkeys((gram for grams, _, _ in phrases for gram in grams), _MIN_CORPORA - 1))
    vocabulary = {gram for gram, corpora_with in known.items() if corpora_with >= _MIN_CORPORA}
    weighted = [(row, 2000 / len(rows)) for rows in corpora.values() for row in rows]
    weighted += [(row, _PHRASE_WEIGHT) for row in phrases]
    vectors = DictVectorizer()
    design = vectors.fit_transform(
        [dict.fromkeys(sorted(grams & vocabulary), size**-LENGTH_POWER) for (grams, size, _), _ in weighted]
    )
    model = LogisticRegression(C=_PENALTY, max_iter=1000)
    model.fit(
        design, [is_helper for (_, _, is_helper), _ in weighted], sample_weight=[weight for _, weight in weighted]
    )
    weights = dict(zip(vectors.feature_names_, model.coef_[0], strict=True))
    rounded = {gram: round(float(weight), 2) for gram, weight in sorted(weights.items()) if abs(weight) >= 0.05}
    return round(float(model.intercept_[0]), 3), rounded


def _frequent(rows: Sequence[Row]) -> set[str]:
    counts = Counter(gram for grams, _, _ in rows for gram in grams)
    return {gram for gram, number in counts.items() if number >= _MIN_SENTENCES}


def transfer_scale(corpora: Mapping[str, Sequence[Row]]) -> tuple[float, float]:
    """Bias and slope that turn scores into likelihood ratios on a corpus that the weights were not fitted on."""
    from sklearn.linear_model import LogisticRegression

    scores: list[float] = []
    labels: list[bool] = []
    weights: list[float] = []
    for name, rows in corpora.items():
        bias, learnt = fit_weights({other: found for other, found in corpora.items() if other != name})
        for grams, size, is_helper in rows:
            scores.append(bias + sum(learnt.get(gram, 0.0) for gram in grams) / size**LENGTH_POWER)
            labels.append(is_helper)
        weights += [1 / len(rows)] * len(rows)
    model = LogisticRegression(class_weight="balanced", C=1e4)
    model.fit([[score] for score in scores], labels, sample_weight=weights)
    return float(model.intercept_[0]), float(model.coef_[0][0])


def fit_scaled(corpora: Mapping[str, Sequence[Row]]) -> tuple[float, dict[str, float], tuple[float, float]]:
    """Bias and weights as likelihood ratios on unseen corpora, and the shift and slope that made them so."""
    shift, slope = transfer_scale(corpora)
    bias, weights = fit_weights(corpora)
    scaled = {gram: round(weight * slope, 2) for gram, weight in weights.items()}
    kept = {gram: weight for gram, weight in scaled.items() if weight}
    return round(bias * slope + shift, 3), kept, (round(shift, 3), round(slope, 3))


def read_rows(data: Path) -> dict[str, list[Row]]:
    """The sentences of the fitting parts, by corpus."""
    return {name: rows_of(fitting_part(read_corpus(data, name))) for name in CORPORA}


def main(data: Path) -> None:
    """Fit on all corpora and write the figures."""
    corpora = read_rows(data)
    bias, weights, (shift, slope) = fit_scaled(corpora)
    stored = {
        "schema": "simstress/role-flip-weights@1",
        "sources": {name: {"sentences": len(rows)} for name, rows in corpora.items()},
        "bias": bias,
        "transfer": {"bias": shift, "slope": slope},
        "threshold": THRESHOLD,
        "weights": weights,
    }
    OUTPUT.write_text(json.dumps(stored, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{OUTPUT.name}: {len(weights)} weights, {stored['transfer']}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
