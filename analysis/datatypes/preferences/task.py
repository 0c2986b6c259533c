"""What a small reward model can learn from: the pairs that both a person and the model decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from analysis.datatypes.preferences.columns import PreferenceColumns, pair_files
from analysis.datatypes.preferences.pairs import Pair
from analysis.datatypes.preferences.rankings import RankedPairs, RankingColumns, RankingFiles
from analysis.second_order.task import Example, Task
from sims.errors import UsageError

LEAST_DECIDED = 50
LEAST_CLUSTERS = 5


def preferences_task(paths: Sequence[Path], columns: PreferenceColumns | RankingColumns, *, seed: int = 0) -> Task:
    """The same pairs labelled "a" or "b" by people and by the model; what either called a tie is left out.

    Raises:
        UsageError: the files cannot be read as the columns say, or too few pairs or questions are decided.
    """
    if isinstance(columns, RankingColumns):
        return task_of(RankedPairs(RankingFiles(tuple(paths), columns), seed))
    return task_of(pair_files(paths, columns))


def task_of(pairs: Iterable[Pair]) -> Task:
    """The task that the pairs make.

    Raises:
        UsageError: fewer than 50 pairs are decided by both sides, or fewer than 5 clusters.
    """
    decided = [pair for pair in pairs if pair.is_complete and pair.human != "tie" and pair.llm != "tie"]
    clusters = len({pair.cluster for pair in decided})
    if len(decided) < LEAST_DECIDED or clusters < LEAST_CLUSTERS:
        raise UsageError(
            f"--retrain: {len(decided)} pairs of {clusters} questions are decided by both sides; "
            f"at least {LEAST_DECIDED} pairs of {LEAST_CLUSTERS} questions are needed"
        )
    human = tuple(Example((pair.a, pair.b), pair.human, pair.cluster) for pair in decided if pair.human)
    llm = tuple(Example((pair.a, pair.b), pair.llm, pair.cluster) for pair in decided if pair.llm)
    return Task("preferences", "pair", human, llm)
