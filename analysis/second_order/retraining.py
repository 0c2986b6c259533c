"""Second order: does a model that learnt from a language model's data do worse on people's than one that learnt there?

Source: the second-order experiments of "Under the Surface" (arXiv 2401.14698), with test texts that neither model has
seen. (The authors' code tests the model of the other side's labels on texts that it was trained on.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from analysis.second_order import scores
from analysis.second_order.answers import answers_of
from analysis.second_order.dealing import FOLDS, at_most, shared_places
from analysis.second_order.kinds import with_sides_dealt
from analysis.second_order.task import EstimatorFactory, Example, Task
from analysis.second_order.trained import Trained, clusters_of, labels_of, trained, training_of
from analysis.statistics.clusters import Estimate
from sims.errors import UsageError
from sims.words import words

LEAST_EXAMPLES = 20
LEAST_CLUSTERS = 10

Finding = Literal["WORSE", "BETTER", "UNDECIDED", "NOTHING_LEARNT"]


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """Both models on people's held-out data. `gap` is the accuracy of the human-trained less that of the LLM-trained.

    Of those `given`, about 5,000 examples a side are used, in whole clusters chosen by a stable hash. `training_size`
    is the mean number of examples either was trained on, `same_texts` whether these were the same texts. `gap_by_seed`
    has the gap under each seed. The p of `gap` is that of no gap; of one test, not corrected.
    """

    name: str
    shape: str
    human_given: int
    human_examples: int
    human_clusters: int
    llm_given: int
    llm_examples: int
    llm_clusters: int
    same_texts: bool
    training_size: int
    folds: int
    seeds: int
    human: Trained
    llm: Trained
    gap: Estimate
    gap_macro_f1: Estimate
    gap_by_seed: tuple[float, ...]

    @property
    def finding(self) -> Finding:
        """WORSE or BETTER where the interval of the gap excludes zero; NOTHING_LEARNT where people taught nothing.

        That is so where the interval of the human-trained model's kappa does not lie above zero: then the gap says
        nothing, since no training data could have shown in it.
        """
        if not (self.human.kappa.low or 0) > 0:
            return "NOTHING_LEARNT"
        if not self.gap.excludes_zero:
            return "UNDECIDED"
        return "WORSE" if (self.gap.value or 0) > 0 else "BETTER"


def retrain(task: Task, *, make: EstimatorFactory, seeds: int = 5, seed: int = 0) -> SecondOrder:
    """Both models' scores on people's data, and their gap with its interval.

    Under each seed the clusters of both sides are dealt into five folds; the model of either side learns from the
    other four of its own data, equally much (and the same texts where both sides labelled most of them), and
    answers the fifth. `make` must give untrained models that learn the same from the same examples and seed.

    Simulated (docs/second-order.md): with the same labels on both sides the gap is 0; with a second annotator in the
    LLM's place its mean is 0 within the error of 400 draws (.001) and the 95 % interval covers in .978 to .990, with
    another labeller in .955 to .978. Where the sides' texts differ it covers in .935 to .975 with equally many, in
    .89 to .93 where 150 LLM examples meet 1,500 human ones.

    Blind spots: a gap belongs to this model and this size; more data or a better model may close or open it. Where the
    sides' texts differ, so may their topics. With few clusters the interval is too narrow.

    Raises:
        UsageError: the task cannot be learnt from: too few examples or clusters, one label only, texts without words;
            or the estimator does not answer as it must.
    """
    given, task = task, at_most(with_sides_dealt(task))
    check_task(task)
    if seeds < 2:
        raise UsageError(f"{seeds} seeds cannot tell how far the seed matters; expected at least 2")
    of_human, of_llm = answers_of(task, make=make, seeds=seeds, seed=seed)
    truth, clusters = labels_of(task.human), clusters_of(task.human)
    gaps = [
        scores.estimate(
            scores.difference(figure(truth, of_human.on_human), figure(truth, of_llm.on_human)),
            clusters,
            seeds=seeds,
            training=training_of(partial(figure, truth), of_llm, len(task.llm)),
        )
        for figure in (scores.accuracy, scores.macro_f1)
    ]
    right = scores.difference(*(scores.accuracy(truth, answers.on_human) for answers in (of_human, of_llm)))
    everyone = np.arange(len(truth))
    return SecondOrder(
        name=task.name,
        shape=task.shape,
        human_given=len(given.human),
        human_examples=len(task.human),
        human_clusters=_count(task.human),
        llm_given=len(given.llm),
        llm_examples=len(task.llm),
        llm_clusters=_count(task.llm),
        same_texts=shared_places(task) is not None,
        training_size=round(np.mean([len(places) for places in of_human.taught])),
        folds=FOLDS,
        seeds=seeds,
        human=trained(task, of_human, task.human),
        llm=trained(task, of_llm, task.llm),
        gap=gaps[0],
        gap_macro_f1=gaps[1],
        gap_by_seed=tuple(right(everyone, np.array([one])) or 0.0 for one in range(seeds)),
    )


def check_task(task: Task) -> None:
    """Return when both sides of the task can be learnt from.

    Raises:
        UsageError: they cannot; says why.
    """
    for side, examples in (("human", task.human), ("llm", task.llm)):
        _check(task.name, side, examples)


def _check(name: str, side: str, examples: Sequence[Example]) -> None:
    labels, clusters = sorted({example.label for example in examples}), _count(examples)
    spoken = sum(any(words(text) for text in example.texts) for example in examples)
    if len(examples) < LEAST_EXAMPLES or clusters < LEAST_CLUSTERS:
        raise UsageError(
            f"{name}: {len(examples)} {side} examples in {clusters} clusters are too few to learn from;"
            f" expected at least {LEAST_EXAMPLES} in {LEAST_CLUSTERS}"
        )
    if len(labels) < 2:
        raise UsageError(
            f"{name}: all {len(examples)} {side} examples have the label {labels[0]!r}; expected two or more"
        )
    if spoken < LEAST_EXAMPLES:
        raise UsageError(
            f"{name}: {spoken} {side} examples have words in their text; expected {LEAST_EXAMPLES} or more"
        )


def _count(examples: Sequence[Example]) -> int:
    return len({example.cluster for example in examples})
