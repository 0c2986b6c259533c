"""What the models trained on one side's data do with people's: how good they are and what they amplify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.second_order import scores
from analysis.second_order.answers import Answers, Labels
from analysis.second_order.kinds import kinds
from analysis.second_order.scores import Figure, Training
from analysis.second_order.task import Example, Task
from analysis.statistics.clusters import Estimate, cluster_numbers
from analysis.statistics.common import Counts

LEAST_UNSEEN = 10


@dataclass(frozen=True, slots=True)
class KindShare:
    """How often a label is given, in [0, 1]: by people in the test data, in what the model learnt, and by the model.

    Of a pair the kinds are whether the longer text is preferred.
    """

    kind: str
    people: float
    taught: float
    answered: Estimate


@dataclass(frozen=True, slots=True)
class Trained:
    """What the models trained on one side's data do with examples that they have not seen.

    `accuracy` in [0, 1], `macro_f1` in [0, 1] and `kappa` in [-1, 1] are against people's labels, as is `floor`, the
    accuracy of always answering the commonest kind of the training. `on_llm` is the accuracy against the language
    model's own labels. `majority` is the commonest kind in the training; `amplification` is its share among the answers
    less that in the training, `beyond_people` less that among people's labels of the same examples.
    """

    accuracy: Estimate
    macro_f1: Estimate
    kappa: Estimate
    floor: Estimate
    on_llm: Estimate
    majority: str
    amplification: Estimate
    beyond_people: Estimate
    kinds: tuple[KindShare, ...]

    @property
    def has_learnt(self) -> bool:
        """Whether the interval of kappa lies above zero: the training data taught something that holds for people."""
        return (self.kappa.low or 0) > 0


def trained(task: Task, answers: Answers, lessons: Sequence[Example]) -> Trained:
    """What the models that gave these answers, and learnt from these lessons, do with people's examples."""
    truth, clusters = labels_of(task.human), clusters_of(task.human)
    taught = np.array(kinds(task.shape, lessons, [lesson.label for lesson in lessons]))
    given, people = _kinds(task, answers.on_human), _kinds(task, truth[None])
    every = _kinds(task, answers.by_all, places=answers.unseen)
    counts = Counter(str(kind) for places in answers.taught for kind in taught[places])
    majority = min(counts, key=lambda kind: (-counts[kind], kind))
    in_training = np.array([(taught[places] == majority).mean() for places in answers.taught])[answers.fit]
    answered = scores.share(given, majority)
    of_people = scores.share(np.repeat(people, len(given), axis=0), majority)

    def estimate(figure: Figure, *, single: Callable[[Labels], Figure], given: Labels, low: float) -> Estimate:
        training = training_of(single(given), answers, clusters, available=len(lessons))
        return scores.estimate(figure, clusters, seeds=len(answers.on_human), within=(low, 1), training=training)

    def score(figure: Callable[[Labels, Labels], Figure], *, low: float = 0) -> Estimate:
        single = partial(figure, truth[answers.unseen])
        return estimate(figure(truth, answers.on_human), single=single, given=answers.by_all, low=low)

    def spread(figure: Figure, kind: str, *, low: float = -1) -> Estimate:
        return estimate(figure, single=partial(scores.share, label=kind), given=every, low=low)

    return Trained(
        accuracy=score(scores.accuracy),
        macro_f1=score(scores.macro_f1),
        kappa=score(scores.kappa, low=-1),
        floor=scores.estimate(scores.accuracy(truth, answers.floor), clusters, seeds=len(given), within=(0, 1)),
        on_llm=_on_llm(task, answers),
        majority=majority,
        amplification=spread(scores.difference(answered, scores.mean(in_training)), majority),
        beyond_people=spread(scores.difference(answered, of_people), majority),
        kinds=tuple(
            KindShare(
                kind,
                float((people == kind).mean()),
                counts[kind] / counts.total(),
                spread(scores.share(given, kind), kind, low=0),
            )
            for kind in sorted({*counts, *map(str, people[0])}, key=lambda kind: (-counts[kind], kind))
        ),
    )


def _on_llm(task: Task, answers: Answers) -> Estimate:
    figure = scores.accuracy(labels_of(task.llm), answers.on_llm)
    return scores.estimate(figure, clusters_of(task.llm), seeds=len(answers.on_llm), within=(0, 1))


def training_of(figure: Figure, answers: Answers, clusters: Counts, *, available: int) -> Training | None:
    """What the choice of training data does to a figure of the answers of all models to what none has seen.

    None where that is of fewer than ten clusters. `clusters` are those of all of people's examples.
    """
    asked = clusters[answers.unseen]
    if len(np.unique(asked)) < LEAST_UNSEEN:
        return None
    size = float(np.mean([len(places) for places in answers.taught]))
    return Training(figure, models=len(answers.by_all), size=size, available=available, clusters=asked)


def _kinds(task: Task, labels: Labels, *, places: Counts | None = None) -> Labels:
    """The kinds of labels of people's examples, or of those at some places, a row a row."""
    examples = task.human if places is None else [task.human[place] for place in places]
    return np.array([kinds(task.shape, examples, list(row)) for row in labels])


def labels_of(examples: Sequence[Example]) -> Labels:
    """The labels, in the order of the examples."""
    return np.array([example.label for example in examples])


def clusters_of(examples: Sequence[Example]) -> Counts:
    """The number of the cluster of each example."""
    return cluster_numbers(example.cluster for example in examples)
