"""What a small reward model can learn from: the pairs that people decided, and those that the model did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from analysis.datatypes.preferences.choices import Choice
from analysis.datatypes.preferences.columns import PreferenceColumns, pair_files
from analysis.datatypes.preferences.pairs import Pair
from analysis.datatypes.preferences.rankings import RankedPairs, RankingColumns, RankingFiles
from analysis.second_order.task import Example, Task
from sims.errors import UsageError

LEAST_DECIDED = 50
LEAST_CLUSTERS = 5


def preferences_task(paths: Sequence[Path], columns: PreferenceColumns | RankingColumns, *, seed: int = 0) -> Task:
    """The pairs labelled "a" or "b" by people, and by the model; a side lacks those that it tied or did not vote on.

    A pair without a text is in neither. Both models learn from the pairs that both decided; people's votes on the
    others are asked, too, so that the model's ties do not choose what it is tested on.

    Raises:
        UsageError: the files cannot be read as the columns say, or too few pairs or questions are decided.
    """
    if isinstance(columns, RankingColumns):
        return task_of(RankedPairs(RankingFiles(tuple(paths), columns), seed))
    return task_of(pair_files(paths, columns))


def task_of(pairs: Iterable[Pair]) -> Task:
    """The task that the pairs make.

    Raises:
        UsageError: a side decided fewer than 50 pairs, or of fewer than 5 clusters.
    """
    votes = [pair for pair in pairs if pair.has_texts]
    human = tuple(_decided((pair, pair.human) for pair in votes))
    llm = tuple(_decided((pair, pair.llm) for pair in votes))
    for side, examples in (("people", human), ("the LLM", llm)):
        clusters = len({example.cluster for example in examples})
        if len(examples) < LEAST_DECIDED or clusters < LEAST_CLUSTERS:
            raise UsageError(
                f"--retrain: {len(examples)} pairs of {clusters} questions are decided by {side}; "
                f"at least {LEAST_DECIDED} pairs of {LEAST_CLUSTERS} questions are needed"
            )
    return Task("preferences", "pair", human, llm)


def _decided(votes: Iterable[tuple[Pair, Choice | None]]) -> Iterator[Example]:
    for pair, choice in votes:
        if choice is not None and choice != "tie":
            yield Example((pair.a, pair.b), choice, pair.cluster)
