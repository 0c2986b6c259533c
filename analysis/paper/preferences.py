"""Preferences over pairs: P2C's sentences by people and GPT-3, MT-bench's answers by people and GPT-4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType

import numpy as np

from analysis.datatypes.preferences.agreement import agreement
from analysis.datatypes.preferences.choices import Choice
from analysis.datatypes.preferences.pairs import Pair, Votes, check_votes, votes_of
from analysis.paper.contrasts import contrast
from analysis.paper.rows import PublishedRow, rows_in
from analysis.paper.sources import Found
from analysis.paper.values import Contrast, Measured, Measures
from analysis.statistics.clusters import cluster_numbers, share_of, statistic_of
from analysis.statistics.common import Counts
from sims.errors import UsageError
from sims.flat_rows import is_table

_CODES: Mapping[str, Choice] = MappingProxyType({"0": "a", "1": "b", "2": "tie"})
_WINNERS: Mapping[str, Choice] = MappingProxyType(
    {"model_a": "a", "model_b": "b", "tie": "tie", "tie (inconsistent)": "tie"}
)
_SIGN_OF_CODE: Mapping[int, int] = MappingProxyType({0: 1, 1: -1, 2: 0})
_SENTENCES, _QUESTIONS = "second sentences", "questions"


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the fields of a form are called."""

    a: str
    b: str
    human: str
    llm: str


_PUBLISHED = _Columns("conversation_a", "conversation_b", "human_model", "gpt4_model")
_P2C_TABLE = _Columns("sent_1", "sent_2", "subjective_pref", "generative_pref")
_OURS = _Columns("a", "b", "human", "llm")


def p2c_figures(found: Found) -> Measures:
    """Shares of the codes 0, 1 and 2 (tie), raw agreement and Cohen's kappa; pairs cluster by their second sentence."""
    from sklearn.metrics import cohen_kappa_score

    votes = _checked(found.path, _p2c_pairs(found))
    sides = {"human": votes.human, "llm": votes.llm}
    figures = {
        f"p2c-{side}-{code}": Measured(share_of(signs == sign, votes.clusters), _SENTENCES)
        for side, signs in sides.items()
        for code, sign in _SIGN_OF_CODE.items()
    }

    def kappa(rows: Counts) -> float | None:
        human, llm = votes.human[rows], votes.llm[rows]
        return float(cohen_kappa_score(human, llm)) if len({*human.tolist(), *llm.tolist()}) > 1 else None

    decided = votes.both_decided
    same = (votes.human == votes.llm)[decided]
    figures["p2c-agreement-no-ties"] = Measured(share_of(same, votes.clusters_of(decided)), _SENTENCES)
    figures["p2c-agreement"] = Measured(share_of(votes.human == votes.llm, votes.clusters), _SENTENCES)
    figures["p2c-kappa"] = Measured(statistic_of(kappa, votes.clusters, scale="correlation"), _SENTENCES)
    return figures


def mtbench_figures(found: Found) -> Measures:
    """Agreement with ties left out, merged and apart, and how often the longer answer is preferred."""
    pairs = list(_mtbench_pairs(found.path))
    votes = _checked(found.path, pairs)
    agreed, longer = agreement(votes), _first_is_longer(pairs)
    figures = {
        "mtbench-agreement-no-ties": Measured(agreed.decided, _QUESTIONS),
        "mtbench-agreement-ties": Measured(agreed.ties_apart, _QUESTIONS),
        "mtbench-agreement-raw": Measured(agreed.inconsistent_apart, _QUESTIONS),
    }
    for side, signs in (("human", votes.human), ("llm", votes.llm)):
        rows = np.flatnonzero(signs * longer)
        clusters = cluster_numbers(votes.clusters[rows].tolist())
        figures[f"mtbench-longer-{side}"] = Measured(share_of(signs[rows] == longer[rows], clusters), _QUESTIONS)
    return figures


def longer_difference(found: Found) -> Contrast:
    """How much more often GPT-4 prefers the longer answer than people do, each where it has no tie; by question."""
    pairs = list(_mtbench_pairs(found.path))
    votes, longer = votes_of(pairs), _first_is_longer(pairs)

    def gap(rows: Counts) -> float | None:
        ours, theirs = (_longer_share(signs[rows], longer[rows]) for signs in (votes.llm, votes.human))
        return None if ours is None or theirs is None else ours - theirs

    return contrast(gap, votes.clusters)


def _checked(path: Path, pairs: Iterable[Pair]) -> Votes:
    try:
        return check_votes(votes_of(pairs))
    except UsageError as error:
        place = "" if str(path) in str(error) else f"{path}: "
        raise UsageError(f"{place}{error}") from error


def _longer_share(signs: Counts, longer: Counts) -> float | None:
    known = (signs * longer) != 0
    return float((signs == longer)[known].mean()) if known.any() else None


def _first_is_longer(pairs: list[Pair]) -> Counts:
    """+1 where the first answer has more characters, -1 where the second, 0 where they have as many."""
    return np.array([np.sign(len(one.a) - len(one.b)) for one in pairs if one.is_complete], dtype=np.int64)


def _p2c_pairs(found: Found) -> Iterator[Pair]:
    if not found.parts:
        names = _P2C_TABLE if is_table(found.path) else _OURS
        for row in rows_in(found.path):
            a, b = row.text(names.a), row.text(names.b)
            yield Pair(a, b, _code(row, names.human), _code(row, names.llm), b)
        return
    (second,) = found.parts.values()
    for human, llm in zip_longest(rows_in(found.path), rows_in(second)):
        if human is None or llm is None:
            raise UsageError(f"{found.path} and {second}: not as many rows; they are read side by side")
        a, b = human.text("output1"), human.text("output2")
        if (llm.text("output1"), llm.text("output2")) != (a, b):
            raise llm.fault("output1", f"is not the pair that stands at {human.place}")
        yield Pair(a, b, _code(human, "target"), _code(llm, "target"), b)


def _mtbench_pairs(path: Path) -> Iterator[Pair]:
    names = _PUBLISHED if is_table(path) else _OURS
    for row in rows_in(path):
        human, llm = (_choice(row, name, _WINNERS) for name in (names.human, names.llm))
        question, is_inconsistent = row.word("question_id"), "inconsistent" in row.text(names.llm)
        yield Pair(row.text(names.a), row.text(names.b), human, llm, question, is_inconsistent=is_inconsistent)


def _code(row: PublishedRow, name: str) -> Choice:
    return _choice(row, name, _CODES)


def _choice(row: PublishedRow, name: str, known: Mapping[str, Choice]) -> Choice:
    word = row.word(name)
    if word not in known:
        raise row.fault(name, f"expected one of {', '.join(known)}, found {word!r}")
    return known[word]
