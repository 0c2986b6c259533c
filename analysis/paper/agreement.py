"""Judges against people: ABC-Eval's behaviours, mirrorbench's likeness; and the shares of metaphor in the corpora."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.paper.contrasts import contrast
from analysis.paper.rows import rows_in
from analysis.paper.sources import Found
from analysis.paper.values import Contrast, Measured, Measures
from analysis.statistics.clusters import cluster_numbers, share_of, statistic_of
from analysis.statistics.common import Counts
from sims.errors import UsageError

Flags = npt.NDArray[np.bool_]

_BEHAVIOUR = "irrelevant"


def behaviour_figures(found: Found) -> Measures:
    """F1 of "irrelevant" and accuracy: GPT-3.5 against each of two people (the mean), the two against each other."""
    people, judge, dialogues = _behaviours(found.path)
    pairs = {"gpt": [(judge, one) for one in people], "human": list(combinations(people, 2))}
    figures = {}
    for name, sides in pairs.items():
        f1 = statistic_of(lambda rows, sides=sides: _mean_f1(sides, rows), dialogues)  # type: ignore[misc]
        accuracy = statistic_of(lambda rows, sides=sides: _mean_accuracy(sides, rows), dialogues)  # type: ignore[misc]
        figures[f"abceval-f1-{name}"] = Measured(f1, "dialogues")
        figures[f"abceval-accuracy-{name}"] = Measured(accuracy, "dialogues")
    return figures


def behaviour_gap(found: Found) -> Contrast:
    """GPT-3.5's F1 against people less that of people against each other; by dialogue."""
    people, judge, dialogues = _behaviours(found.path)
    theirs, ours = list(combinations(people, 2)), [(judge, one) for one in people]

    def gap(rows: Counts) -> float | None:
        left, right = _mean_f1(ours, rows), _mean_f1(theirs, rows)
        return None if left is None or right is None else left - right

    return contrast(gap, dialogues)


def _behaviours(path: Path) -> tuple[list[Flags], Flags, Counts]:
    people: list[tuple[float, ...]] = []
    judge: list[float] = []
    dialogues: list[str] = []
    for row in rows_in(path):
        human = row.numbers(f"behaviors.{_BEHAVIOUR}.human")
        if len(human) != 2:
            raise row.fault(f"behaviors.{_BEHAVIOUR}.human", f"expected two judgements, found {len(human)}")
        people.append(human)
        judge.append(row.number(f"behaviors.{_BEHAVIOUR}.gpt"))
        dialogues.append(row.word("dialogue_id"))
    flags = np.array(people) > 0
    return [flags[:, 0], flags[:, 1]], np.array(judge) > 0, cluster_numbers(dialogues)


def _mean_f1(pairs: Sequence[tuple[Flags, Flags]], rows: Counts) -> float | None:
    found = [_f1(one[rows], other[rows]) for one, other in pairs]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if len(known) == len(found) else None


def _f1(one: Flags, other: Flags) -> float | None:
    flagged = int(one.sum() + other.sum())
    return 2 * int((one & other).sum()) / flagged if flagged else None


def _mean_accuracy(pairs: Sequence[tuple[Flags, Flags]], rows: Counts) -> float | None:
    return float(np.mean([(one[rows] == other[rows]).mean() for one, other in pairs])) if len(rows) else None


def likeness_figures(found: Found) -> Measures:
    """Spearman's correlation of people's scores with the LLM judge's; conversations are the unit."""
    is_pair = "pairwise" in found.path.name
    names = ("human_synthetic_win", "llm_judge_synthetic_win") if is_pair else ("human", "llm_judge")
    rows = [tuple(row.number(name) for name in names) for row in rows_in(found.path)]
    human, judge = np.array(rows, dtype=np.float64).T

    def spearman(part: Counts) -> float | None:
        if len(set(human[part])) < 2 or len(set(judge[part])) < 2:
            return None
        return float(stats.spearmanr(human[part], judge[part]).statistic)

    correlated = statistic_of(spearman, np.arange(len(rows)), scale="correlation")
    return {f"humanlike-{'pairs' if is_pair else 'score'}": Measured(correlated, "conversations")}


def metaphor_figures(found: Found) -> Measures:
    """The share of verbs labelled metaphorical; VUA clusters by text, MOH-X and TroFi by verb."""
    name = next(name for name in ("vua", "mohx", "trofi") if name in found.path.name)
    cluster, unit = ("text_id", "texts") if name == "vua" else ("verb", "verbs")
    rows = [(row.number("label") > 0, row.word(cluster)) for row in rows_in(found.path)]
    if len({hit for hit, _ in rows}) < 2:
        raise UsageError(f"{found.path}: all labels are the same; nothing can be told from them")
    hits, clusters = np.array([hit for hit, _ in rows]), cluster_numbers(word for _, word in rows)
    return {f"metaphor-{name}": Measured(share_of(hits, clusters), unit)}
