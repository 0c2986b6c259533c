"""Fits the shipped figures of the role_flip judge: `python -m judges.fitting.role_flip DATA_DIR`.

Words that seekers and helpers use in two corpora or more, in a ridge logistic regression where every corpus counts
the same, together with phrases that the makers of simstress wrote; scaled to be likelihood ratios on a corpus left
out. `THRESHOLD` was read off the scores of the four corpora, each judged by models of its other folds: at it, fewer
than 1 % of the turns are flagged in each, and fewer than .3 % in the tau-bench conversations.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from judges.fitting.corpora import read_corpus
from judges.role_casts import role_keys
from judges.role_model import LENGTH_POWER, role_grams
from judges.text_features import sentences
from sims.transcript import Transcript

CORPORA = ("human_service_sgd", "human_taskmaster4", "human_assistance_mirrorbench", "llm_taubench")
OUTPUT = Path(__file__).parents[1] / "weights" / "role_flip.json"
_MIN_SENTENCES = 4
_MIN_CORPORA = 2
_PENALTY = 3.0

HELPER_PHRASES = (
    "How can I help you today?",
    "How may I assist you today?",
    "What can I do for you?",
    "Is there anything else I can help you with?",
    "Is there anything else I can assist you with today?",
    "I'd be happy to help you with that.",
    "I can certainly help you with that.",
    "Let me look that up for you.",
    "Let me check that for you right away.",
    "Thank you for contacting us.",
    "Thank you for calling customer support.",
    "Thank you for your patience.",
    "May I have your name, please?",
    "Could you please provide your order number?",
    "Can you please confirm your account details?",
    "I apologize for the inconvenience this has caused you.",
    "I have processed your refund.",
    "Your order has been placed and will be ready shortly.",
    "Would you like me to go ahead with that?",
    "Feel free to reach out if you have any other questions.",
    "Have a great day, and thank you for choosing us.",
    "I understand your frustration, let me see what I can do for you.",
    "Our policy does not allow us to offer you a refund.",
    "Please hold while I check your reservation.",
    "How long have you had these symptoms?",
    "I recommend that you take this twice a day.",
    "Let's go through this step by step; what do you get first?",
)
SEEKER_PHRASES = (
    "I need help with my order.",
    "I'd like to return an item I bought.",
    "I want to cancel my reservation.",
    "Can you help me with this?",
    "I'm calling because my package never arrived.",
    "I was charged twice on my card and I want my money back.",
    "I would like to speak to your manager.",
    "My order number is 12345.",
    "Can I get a refund?",
    "Could you tell me how much it costs?",
    "I've been waiting for weeks and nobody has answered me.",
    "What are my options?",
    "I'm looking for a restaurant for tonight.",
    "I have a question about my bill.",
    "Can you check that for me?",
    "Thank you for your help.",
    "That works for me, please book it.",
    "Can I have a large coffee, please?",
    "I don't understand, can you explain it to me?",
    "I've had this pain for three days, doctor.",
    "Is there anything you can do for me?",
    "When will I get my money back?",
    "I don't have my account number with me.",
    "Why was my claim denied?",
    "No, that's all I need, thanks.",
    "Could you give me a discount?",
    "I bought it from you last week and it does not work.",
)
_PHRASE_WEIGHT = 20.0

START = 0.02
STAY = 0.6
THRESHOLD = 0.6

Row = tuple[frozenset[str], int, bool]
"""The sequences of a sentence, their number, and whether a helper spoke."""


def rows_of(transcripts: Iterable[Transcript]) -> list[Row]:
    """One row a sentence of the seeker-helper pairs."""
    rows: list[Row] = []
    for transcript in transcripts:
        roles = role_keys(transcript.participants)
        for turn in transcript.turns:
            if roles[turn.speaker] in ("seeker", "helper"):
                rows.extend(_row(span.text, roles[turn.speaker] == "helper") for span in sentences(turn.text))
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


def main(data: Path) -> None:
    """Fit on all corpora and write the figures."""
    corpora = {name: rows_of(read_corpus(data, name)) for name in CORPORA}
    shift, slope = transfer_scale(corpora)
    bias, weights = fit_weights(corpora)
    scaled = {gram: round(weight * slope, 2) for gram, weight in weights.items()}
    stored = {
        "schema": "simstress/role-flip-weights@1",
        "sources": {name: {"sentences": len(rows)} for name, rows in corpora.items()},
        "bias": round(bias * slope + shift, 3),
        "transfer": {"bias": round(shift, 3), "slope": round(slope, 3)},
        "start": START,
        "stay": STAY,
        "threshold": THRESHOLD,
        "weights": {gram: weight for gram, weight in scaled.items() if weight},
    }
    OUTPUT.write_text(json.dumps(stored, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{OUTPUT.name}: {len(weights)} weights, {stored['transfer']}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
