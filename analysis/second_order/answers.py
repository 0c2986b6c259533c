"""What the two models answer: each example by the models that have not seen its cluster, once a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.second_order.dealing import Deal, deals, shared_places
from analysis.second_order.kinds import kinds, label_of, listed
from analysis.second_order.task import EstimatorFactory, Example, Shape, Task, Texts
from analysis.wording import one_line
from sims.errors import UsageError
from sims.seeds import derive_seed

Labels: TypeAlias = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers of the models of one side; a row a seed, a column an example, in the order of the task.

    `floor` is what always answering the commonest kind of the training gives, `fit` numbers the model that answered,
    and `taught` has the places of the examples that each model was trained on. `by_all` has the answers of every model
    to those of people's examples whose clusters none has seen, at the places `unseen`, a row a model.
    """

    on_human: Labels
    on_llm: Labels
    floor: Labels
    fit: npt.NDArray[np.int64]
    taught: tuple[npt.NDArray[np.int64], ...]
    unseen: npt.NDArray[np.int64]
    by_all: Labels


def answers_of(task: Task, *, make: EstimatorFactory, seeds: int, seed: int) -> tuple[Answers, Answers]:
    """The answers of the models trained on people's examples, and of those trained on the language model's."""
    shared = shared_places(task)
    dealt = [tuple(deals(task, shared, seed=derive_seed("seed", seed, number))) for number in range(seeds)]
    unseen = np.array([], dtype=np.int64) if shared is not None else _unseen(task)
    return (
        _answers(
            task,
            [[(deal.train_human, deal) for deal in folds] for folds in dealt],
            task.human,
            make,
            seed,
            unseen=unseen[:0],
        ),
        _answers(
            task, [[(deal.train_llm, deal) for deal in folds] for folds in dealt], task.llm, make, seed, unseen=unseen
        ),
    )


def _unseen(task: Task) -> npt.NDArray[np.int64]:
    """The places of people's examples in clusters that the language model's side does not have."""
    theirs = {one.cluster for one in task.llm}
    return np.array([place for place, one in enumerate(task.human) if one.cluster not in theirs], dtype=np.int64)


def _answers(
    task: Task,
    dealt: Sequence[Sequence[tuple[npt.NDArray[np.int64], Deal]]],
    lessons: Sequence[Example],
    make: EstimatorFactory,
    seed: int,
    *,
    unseen: npt.NDArray[np.int64],
) -> Answers:
    on_human = np.empty((len(dealt), len(task.human)), dtype=object)
    on_llm = np.empty((len(dealt), len(task.llm)), dtype=object)
    floor, fit = on_human.copy(), np.zeros(on_human.shape, dtype=np.int64)
    taught: list[npt.NDArray[np.int64]] = []
    by_all: list[list[str]] = []
    for row, folds in enumerate(dealt):
        for places, deal in folds:
            model = _Taught(task.shape, [lessons[place] for place in places], make, derive_seed("fit", seed, row))
            ours = [task.human[place] for place in deal.test_human]
            theirs = [task.llm[place] for place in deal.test_llm]
            others = [task.human[place] for place in unseen]
            answer = model.answers(dict.fromkeys(one.texts for one in (*ours, *theirs, *others)))
            on_human[row, deal.test_human] = [answer[one.texts] for one in ours]
            on_llm[row, deal.test_llm] = [answer[one.texts] for one in theirs]
            by_all.append([answer[one.texts] for one in others])
            floor[row, deal.test_human] = [label_of(task.shape, one, model.commonest) for one in ours]
            fit[row, deal.test_human] = len(taught)
            taught.append(places)
    return Answers(
        on_human.astype(str),
        on_llm.astype(str),
        floor.astype(str),
        fit,
        tuple(taught),
        unseen,
        np.array(by_all, dtype=str),
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

    def answers(self, asked: Iterable[Texts]) -> dict[Texts, str]:
        """The label of each; all are asked at once, and what both sides have only once.

        Raises:
            UsageError: the model gives fewer or more labels, or one that it was not shown.
        """
        texts = list(asked)
        if self._model is None or not texts:
            return dict.fromkeys(texts, self._labels[0])
        found = [str(label) for label in self._model.predict(texts)]
        name = getattr(self._model, "name", type(self._model).__name__)
        if len(found) != len(texts):
            raise UsageError(
                f"the estimator {name!r} gave {len(found)} labels for {len(texts)} examples; expected one each"
            )
        foreign = next((label for label in found if label not in self._labels), None)
        if foreign is not None:
            raise UsageError(
                f"the estimator {name!r} gave the label {one_line(foreign, limit=60)!r};"
                f" it was shown {listed(self._labels)}"
            )
        return dict(zip(texts, found, strict=True))
