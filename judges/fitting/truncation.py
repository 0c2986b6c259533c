"""Fits the regression and the threshold of the truncation judge: `python -m judges.fitting.truncation DATA_DIR`."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from judges.fitting.corpora import read_corpus
from judges.fitting.human_limits import human_parts, lowest_limit, turn_counts, write_figures
from judges.fitting.splits import fitting_part
from judges.text_features import without_markers
from judges.truncation import NAME, can_be_cut, end_mark_shares
from judges.truncation_signs import SIGNS, signs_of
from sims.seeds import generator
from sims.transcript import Transcript

LLM_CORPORA = ("llm_taubench", "llm_spp_trivia", "llm_synthetic_personachat")
PER_THOUSAND = 2.0
MIN_WORDS = 8
_TURNS = 1500
"""So many turns of each corpus, cut and whole."""
_GRID = tuple(permille / 1000 for permille in range(500, 1000, 2))
_REGRESSION_STRENGTH = 1.0

Row = tuple[str, float]
"""A text and the share of its speaker's other turns that close with an end mark."""


def rows_of(corpus: Sequence[Transcript]) -> list[Row]:
    """The turns with words."""
    return [
        (without_markers(turn.text), share)
        for transcript in corpus
        for turn, share in zip(transcript.turns, end_mark_shares(transcript), strict=True)
        if any(char.isalnum() for char in without_markers(turn.text))
    ]


def cut_text(text: str, chance: random.Random) -> str:
    """The text up to a random place in its last seventy per cent, at least one character short."""
    return text[: chance.randint(int(0.3 * len(text)), len(text) - 2)].rstrip() or text[:1]


def examples(name: str, rows: Sequence[Row]) -> Iterator[tuple[tuple[float, ...], bool]]:
    """Turns of a corpus, whole (False), and those long enough to be cut, cut (True)."""
    chance = generator("truncation", name)
    long = [row for row in rows if len(row[0].split()) >= MIN_WORDS]
    for text, usual in chance.sample(rows, min(_TURNS, len(rows))):
        yield signs_of(text, usual=usual), False
    for text, usual in chance.sample(long, min(_TURNS, len(long))):
        yield signs_of(cut_text(text, chance), usual=usual), True


def _scores(chances: Callable[[list[tuple[float, ...]]], Any], rows: Sequence[Row]) -> list[float]:
    """The chance of a cut in the turns where the judge may flag one."""
    signs = [signs_of(text, usual=usual) for text, usual in rows if can_be_cut(text, usual)]
    return [float(chance) for chance in chances(signs)[:, 1]] if signs else []


def main(data: Path) -> None:
    """Fit and write the figures."""
    from sklearn.linear_model import LogisticRegression

    humans = human_parts(data)
    corpora = {**humans, **{name: fitting_part(read_corpus(data, name)) for name in LLM_CORPORA}}
    rows = {name: rows_of(corpus) for name, corpus in corpora.items()}
    found = [example for name, of in rows.items() for example in examples(name, of)]
    model = LogisticRegression(C=_REGRESSION_STRENGTH, max_iter=1000)
    model.fit([signs for signs, _ in found], [is_cut for _, is_cut in found])
    scores = {name: _scores(model.predict_proba, rows[name]) for name in humans}
    threshold = lowest_limit(scores, turns=turn_counts(humans), per_thousand=PER_THOUSAND, grid=_GRID)
    coefficients = {name: round(float(one), 3) for name, one in zip(SIGNS, model.coef_[0], strict=True)}
    figures = {"bias": round(float(model.intercept_[0]), 3), "coefficients": coefficients, "threshold": threshold}
    write_figures(NAME, corpora, figures)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
