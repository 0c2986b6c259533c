"""Fits the regression and the threshold of the truncation judge: `python -m judges.fitting.truncation DATA_DIR`."""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from judges.fitting.corpora import read_corpus
from judges.fitting.human_limits import human_parts, lowest_limit, turn_counts, write_figures
from judges.fitting.splits import fitting_part
from judges.text_features import without_markers
from judges.truncation import NAME, can_be_cut, end_mark_shares
from judges.truncation_signs import SIGNS, signs_of, straight
from sims.seeds import generator
from sims.transcript import Transcript

LLM_CORPORA = ("llm_taubench", "llm_spp_trivia", "llm_synthetic_personachat")
PER_THOUSAND = 2.0
MIN_WORDS = 8
_TURNS = 1500
"""So many turns of each corpus, cut and whole."""
_GRID = tuple(permille / 1000 for permille in range(500, 1000, 2))
_REGRESSION_STRENGTH = 1.0

WORDS = Path(__file__).parents[1] / "weights" / "truncation_words.json"
WRITTEN = (
    "human_assistance_mirrorbench",
    "human_personachat",
    "human_personachat_tiage",
    "human_service_sgd",
    "human_taskmaster4",
    *LLM_CORPORA,
)
"""Spoken turns break off by themselves, so that they do not tell which words can be last."""
_SELDOM = 0.05
_LEAST_SEEN = 20
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[.!?,;:]+")

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
    """The text up to a random place in its last ninety per cent, at least one character short."""
    return text[: chance.randint(int(0.1 * len(text)), len(text) - 2)].rstrip() or text[:1]


def seldom_last(texts: Iterable[str]) -> list[str]:
    """Words seen often enough of which hardly any stands before a mark that ends a clause; names are left out."""
    before: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for text in texts:
        tokens = _TOKEN.findall(text)
        for word, after in itertools.pairwise(tokens):
            if word[0].islower() or straight(word).split("'")[0] == "i":
                before[not after[0].isalpha()][straight(word)] += 1
    last, within = before[True], before[False]
    seen = {word: last[word] + within[word] for word in last.keys() | within.keys()}
    return sorted(
        word for word, times in seen.items() if times >= _LEAST_SEEN and (last[word] + 0.5) / (times + 1) < _SELDOM
    )


def write_words(corpora: Mapping[str, Sequence[Transcript]]) -> None:
    """`weights/truncation_words.json`: the words that are seldom last in written turns."""
    found = seldom_last(turn.text for name in WRITTEN for one in corpora[name] for turn in one.turns)
    about = "words that hardly ever stand before a mark that ends a clause; no text, only words"
    stored = {"schema": "simstress/truncation-words@1", "about": about, "sources": WRITTEN}
    WORDS.write_text(json.dumps({**stored, "seldom_last": " ".join(found)}, indent=1) + "\n", encoding="utf-8")


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
    write_words(corpora)
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
