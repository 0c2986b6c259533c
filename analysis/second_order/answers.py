"""What the two models answer: each example by the models that have not seen its cluster, once a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.second_order.dealing import Deal, deals, shared_places
from analysis.second_order.kinds import kinds, label_of
from analysis.second_order.task import EstimatorFactory, Example, Shape, Task
from sims.errors import UsageError
from sims.seeds import derive_seed

Labels: TypeAlias = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers of the models of one side; a row a seed, a column an example, in the order of the task.

    `floor` is what always answering the commonest kind of the training gives, `fit` numbers the model that answered,
    and `taught` has the places of the examples that each model was trained on. `by_all` has the answers of every model
    to all of people's examples, a row a model; None where models have seen some of them.
    """

    on_human: Labels
    on_llm: Labels
    floor: Labels
    fit: npt.NDArray[np.int64]
    taught: tuple[npt.NDArray[np.int64], ...]
    by_all: Labels | None


def answers_of(task: Task, *, make: EstimatorFactory, seeds: int, seed: int) -> tuple[Answers, Answers]:
    """The answers of the models trained on people's examples, and of those trained on the language model's."""
    shared = shared_places(task)
    is_apart = {one.cluster for one in task.human}.isdisjoint(one.cluster for one in task.llm)
    dealt = [tuple(deals(task, shared, seed=derive_seed("seed", seed, number))) for number in range(seeds)]
    return (
        _answers(
            task,
            [[(deal.train_human, deal) for deal in folds] for folds in dealt],
            task.human,
            make,
            seed,
            answer_all=False,
        ),
        _answers(
            task,
            [[(deal.train_llm, deal) for deal in folds] for folds in dealt],
            task.llm,
            make,
            seed,
            answer_all=is_apart,
        ),
    )


def _answers(
    task: Task,
    dealt: Sequence[Sequence[tuple[npt.NDArray[np.int64], Deal]]],
    lessons: Sequence[Example],
    make: EstimatorFactory,
    seed: int,
    *,
    answer_all: bool,
) -> Answers:
    on_human = np.empty((len(dealt), len(task.human)), dtype=object)
    on_llm = np.empty((len(dealt), len(task.llm)), dtype=object)
    floor, fit = on_human.copy(), np.zeros(on_human.shape, dtype=np.int64)
    taught: list[npt.NDArray[np.int64]] = []
    by_all: list[list[str]] = []
    for row, folds in enumerate(dealt):
        for places, deal in folds:
            model = _Taught(task.shape, [lessons[place] for place in places], make, derive_seed("fit", seed, row))
            if answer_all:
                by_all.append(model.answers(task.human))
                on_human[row, deal.test_human] = np.array(by_all[-1], dtype=object)[deal.test_human]
            else:
                on_human[row, deal.test_human] = model.answers([task.human[place] for place in deal.test_human])
            on_llm[row, deal.test_llm] = model.answers([task.llm[place] for place in deal.test_llm])
            floor[row, deal.test_human] = [
                label_of(task.shape, task.human[place], model.commonest) for place in deal.test_human
            ]
            fit[row, deal.test_human] = len(taught)
            taught.append(places)
    return Answers(
        on_human.astype(str),
        on_llm.astype(str),
        floor.astype(str),
        fit,
        tuple(taught),
        np.array(by_all) if answer_all else None,
    )


class _Taught:
    """A model that has learnt; where all it was shown has one label, it answers that."""

    def __init__(self, shape: Shape, lessons: Sequence[Example], make: EstimatorFactory, seed: int) -> None:
        labels = [lesson.label for lesson in lessons]
        counts = Counter(kinds(shape, lessons, labels))
        self.commonest = min(counts, key=lambda kind: (-counts[kind], kind))
        self._labels = sorted(set(labels))
        self._model = make(shape, seed) if len(self._labels) > 1 else None
        if self._model is not None:
            self._model.fit([lesson.texts for lesson in lessons], labels)

    def answers(self, examples: Sequence[Example]) -> list[str]:
        """A label for each example.

        Raises:
            UsageError: the model gives fewer or more labels, or one that it was not shown.
        """
        if self._model is None or not examples:
            return self._labels[:1] * len(examples)
        found = [str(label) for label in self._model.predict([example.texts for example in examples])]
        if len(found) != len(examples):
            raise UsageError(f"the estimator gave {len(found)} labels for {len(examples)} examples; expected one each")
        foreign = next((label for label in found if label not in self._labels), None)
        if foreign is not None:
            raise UsageError(
                f"the estimator gave the label {foreign!r}; it was shown {', '.join(map(repr, self._labels))}"
            )
        return found
