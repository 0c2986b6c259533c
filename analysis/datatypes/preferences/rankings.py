"""Rankings: many answers to one question, put in order by a person and by a model, and the pairs they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy import stats

from analysis.datatypes.columns import Row, Rows
from analysis.datatypes.preferences.agreement import mean_credit
from analysis.datatypes.preferences.choices import Choice
from analysis.datatypes.preferences.pairs import Pair
from analysis.datatypes.preferences.places import is_dense, is_missing, is_number, is_ranking, mapping_in
from analysis.statistics.clusters import Estimate, cluster_numbers, mean_of
from sims.errors import UnknownNameError, UsageError
from sims.seeds import stable_hash

Best: TypeAlias = Literal["lowest", "highest"]
RaterScores: TypeAlias = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RankingColumns:
    """Names of the columns: `outputs` holds the answers by name, `ranks` by rater the place (or points) of each answer.

    `best` says which end is better: "lowest" for ranks (1 is the best), "highest" for points.
    """

    ranks: str = "ranks"
    outputs: str = "outputs"
    human_rater: str = "human"
    llm_rater: str = "gpt4"
    best: Best = "lowest"
    reference: str | None = None
    cluster: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that must be there."""
        return tuple(name for name in (self.ranks, self.outputs, self.reference, self.cluster) if name is not None)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answers to one question and how good each is to a person and to a model: larger is better.

    What a side did not place is not among its scores. `is_dense` says that answers share a place and no place is left
    free for them (1, 1, 2), as in points.
    """

    cluster: str
    outputs: Mapping[str, str]
    human: RaterScores
    llm: RaterScores
    reference: str = ""
    is_dense: bool = False

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of the answers that both put in order, sorted."""
        return tuple(sorted(self.outputs.keys() & self.human.keys() & self.llm.keys()))


@dataclass(frozen=True, slots=True)
class RankingFiles:
    """The rankings of files as a stream that can be begun again."""

    paths: tuple[Path, ...]
    columns: RankingColumns

    def __iter__(self) -> Iterator[Ranking]:
        """A ranking a row; a rater that a row lacks has placed nothing there.

        Raises:
            UsageError: a file cannot be read, a column is missing or holds something else, or places are no ranking.
        """
        return (_ranking(row, self.columns) for row in Rows(self.paths, columns=self.columns.names))

    def check_raters(self) -> None:
        """Look for both raters.

        Raises:
            UnknownNameError: a rater is in no row; offers those that are.
        """
        rows = Rows(self.paths, columns=self.columns.names)
        raters = {name: None for row in rows for name in mapping_in(row, self.columns.ranks)}
        for rater in (self.columns.human_rater, self.columns.llm_rater):
            if rater not in raters:
                raise UnknownNameError(f"rater in column {self.columns.ranks!r}:", rater, raters)


@dataclass(frozen=True, slots=True)
class RankedPairs:
    """Every two answers of each ranking as a pair, as a stream that can be begun again.

    Which answer stands first is drawn by a stable hash of the seed, so that it tells nothing.
    """

    rankings: Iterable[Ranking]
    seed: int = 0

    def __iter__(self) -> Iterator[Pair]:
        """The pairs, in the order of the rankings."""
        for ranking in self.rankings:
            for one, other in combinations(ranking.answers, 2):
                turned = stable_hash("ranked pairs", self.seed, ranking.cluster, one, other) & 1
                yield _pair(ranking, *((other, one) if turned else (one, other)))


@dataclass(frozen=True, slots=True)
class RankAgreement:
    """How alike the orders are, a figure a question and its mean over questions.

    `tau` is Kendall's tau-b in [-1, 1]; questions on which one side puts all answers level have none and are
    counted in `without_order`. `best` is the end of the numbers taken for the better, `dense` how many questions have
    places that may be points. `winner` is the chance, in [0, 1], that one of the model's best answers, drawn at
    random, is a random one of the person's best; `winner_by_chance` what a random order would reach.
    """

    tau: Estimate
    winner: Estimate
    winner_by_chance: float
    without_order: int
    best: Best
    dense: int


def rank_agreement(rankings: Iterable[Ranking], *, best: Best = "lowest") -> RankAgreement:
    """The agreement of the orders; questions with fewer than two answers in common are left out.

    Raises:
        UsageError: there is no question with two answers that both sides put in order.
    """
    usable = [ranking for ranking in rankings if len(ranking.answers) > 1]
    if not usable:
        raise UsageError("no row has two answers that both raters put in order; check --human-rater and --llm-rater")
    taus = [_tau(ranking) for ranking in usable]
    clusters = cluster_numbers(ranking.cluster for ranking in usable)
    known = np.array([tau is not None for tau in taus])
    of_known = cluster_numbers(ranking.cluster for ranking, has in zip(usable, known, strict=True) if has)
    return RankAgreement(
        mean_of(np.array([tau for tau in taus if tau is not None], dtype=np.float64), of_known),
        mean_credit(np.array([_winner(ranking) for ranking in usable]), clusters),
        float(np.mean([1 / len(ranking.answers) for ranking in usable])),
        int((~known).sum()),
        best,
        sum(ranking.is_dense for ranking in usable),
    )


def unplaced(rankings: Iterable[Ranking]) -> tuple[int, int]:
    """How many questions have no two answers that both sides placed, and how many answers of the others are missing."""
    usable = [(len(ranking.answers), len(ranking.outputs)) for ranking in rankings]
    return sum(placed < 2 for placed, _ in usable), sum(outputs - placed for placed, outputs in usable if placed > 1)


def _tau(ranking: Ranking) -> float | None:
    """Kendall's tau-b; None where one side puts all answers level."""
    human = [ranking.human[name] for name in ranking.answers]
    llm = [ranking.llm[name] for name in ranking.answers]
    if len(set(human)) == 1 or len(set(llm)) == 1:
        return None
    return float(stats.kendalltau(human, llm).statistic)


def _winner(ranking: Ranking) -> float:
    mine, theirs = (_best(scores, ranking.answers) for scores in (ranking.human, ranking.llm))
    return len(mine & theirs) / (len(mine) * len(theirs))


def _best(scores: RaterScores, answers: Sequence[str]) -> frozenset[str]:
    top = max(scores[name] for name in answers)
    return frozenset(name for name in answers if scores[name] == top)


def _pair(ranking: Ranking, a: str, b: str) -> Pair:
    return Pair(
        ranking.outputs[a],
        ranking.outputs[b],
        _choice(ranking.human, a, b),
        _choice(ranking.llm, a, b),
        ranking.cluster,
        reference=ranking.reference,
    )


def _choice(scores: RaterScores, a: str, b: str) -> Choice:
    if scores[a] == scores[b]:
        return "tie"
    return "a" if scores[a] > scores[b] else "b"


def _ranking(row: Row, columns: RankingColumns) -> Ranking:
    outputs, raters = mapping_in(row, columns.outputs), mapping_in(row, columns.ranks)
    for name, text in outputs.items():
        if not isinstance(text, str):
            raise row.fault(columns.outputs, f"the answer of {name!r} is no text")
    sides = columns.human_rater, columns.llm_rater
    human, llm = (_placed(row, columns, raters, rater=rater, outputs=len(outputs)) for rater in sides)
    return Ranking(
        row.group(columns.cluster),
        outputs,
        _scores(human, columns.best),
        _scores(llm, columns.best),
        row.text(columns.reference) if columns.reference is not None else "",
        is_dense=columns.best == "lowest" and any(is_dense(tuple(one.values())) for one in (human, llm)),
    )


def _placed(row: Row, columns: RankingColumns, raters: Mapping[str, Any], *, rater: str, outputs: int) -> RaterScores:
    """The numbers of a rater by answer; what is null or not there was not placed."""
    numbers = raters.get(rater)
    if numbers is None:
        return {}
    if not isinstance(numbers, dict):
        raise row.fault(columns.ranks, f"{rater!r} holds no numbers by answer")
    placed = {name: value for name, value in numbers.items() if not is_missing(value)}
    if not all(map(is_number, placed.values())):
        raise row.fault(columns.ranks, f"{rater!r} holds no numbers by answer")
    answers = max(len(numbers), outputs)
    if columns.best == "lowest" and not is_ranking(tuple(placed.values()), answers=answers):
        shown = ", ".join(f"{value:g}" for value in sorted(placed.values())[:12])
        raise row.fault(
            columns.ranks,
            f"{rater!r} holds {shown}: no ranking of {answers} answers from 1 (the best); "
            "for points, more being better, give --best highest",
        )
    return placed


def _scores(placed: RaterScores, best: Best) -> RaterScores:
    return placed if best == "highest" else {name: -place for name, place in placed.items()}
