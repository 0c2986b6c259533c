"""Second order: does a model that learnt from a language model's data do worse on people's than one that learnt there?

Source: the second-order experiments of "Under the Surface" (arXiv 2401.14698), with test texts that neither model has
seen. (The authors' code tests the model of the other side's labels on texts that it was trained on.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.second_order import scores
from analysis.second_order.answers import Answers, Labels, answers_of
from analysis.second_order.dealing import FOLDS, at_most, shared_places
from analysis.second_order.joining import Joined, joined
from analysis.second_order.kinds import listed, with_sides_dealt
from analysis.second_order.scores import Figure
from analysis.second_order.task import EstimatorFactory, Example, Task
from analysis.second_order.trained import Trained, clusters_of, labels_of, trained, training_of
from analysis.statistics.clusters import Estimate
from analysis.wording import counted
from sims.errors import UsageError
from sims.words import words

LEAST_EXAMPLES = 20
LEAST_CLUSTERS = 10

Finding = Literal["WORSE", "BETTER", "UNDECIDED", "NOTHING_LEARNT"]


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """Both models on people's held-out data. `gap` is the accuracy of the human-trained less that of the LLM-trained.

    Of those `given`, 5,000 examples a side are used at most, as evenly from the clusters as can be. Clusters that share
    a text are one: that made them fewer by `clusters_joined`; `shared_texts` of people's texts stand on the LLM's side,
    too. `training_size` is the mean number of examples either was trained on, `same_texts` whether these were the same
    texts. `unknown_labels` is the share, in [0, 1], of people's examples with a label that the LLM's side never has.
    `gap_by_seed` has the gap under each seed. The p of `gap` is that of no gap; of one test, not corrected.
    """

    name: str
    shape: str
    human_given: int
    human_examples: int
    human_clusters: int
    llm_given: int
    llm_examples: int
    llm_clusters: int
    clusters_joined: int
    shared_texts: int
    same_texts: bool
    unknown_labels: float
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
        """WORSE or BETTER where the interval of the gap excludes zero; NOTHING_LEARNT where neither taught a thing.

        That is so where the interval of neither model's kappa lies above zero: then the gap says nothing, since no
        training data has been seen to show in it.
        """
        if not (self.human.has_learnt or self.llm.has_learnt):
            return "NOTHING_LEARNT"
        if not self.gap.excludes_zero:
            return "UNDECIDED"
        return "WORSE" if (self.gap.value or 0) > 0 else "BETTER"


def retrain(task: Task, *, make: EstimatorFactory, seeds: int = 5, seed: int = 0) -> SecondOrder:
    """Both models' scores on people's data, and their gap with its interval.

    Under each seed the clusters of both sides are dealt into five folds; the model of either side learns from the
    other four of its own data, equally much (and the same texts where both sides labelled most of them), and
    answers the fifth. Clusters that share a text, of either side, are one throughout. `make` must give untrained models
    that learn the same from the same examples and seed.

    Simulated (docs/second-order.md): with the same labels on both sides the gap is 0; with a second annotator in the
    LLM's place its mean is 0 within the error of 400 draws (.001) and the 95 % interval covers in .978 to .990, with
    another labeller in .955 to .978. Where the sides' texts differ it covers in .935 to .975 with equally many, in
    .89 to .93 where 150 LLM examples meet 1,500 human ones.

    Blind spots: a gap belongs to this model and this size; more data or a better model may close or open it. Where the
    sides' texts differ, so may their topics. With few clusters the interval is too narrow.

    Raises:
        UsageError: the task cannot be learnt from: too few examples or clusters, one label only, none that both
            sides have, texts without words; or the estimator does not answer as it must.
    """
    if seeds < 2:
        raise UsageError(f"{seeds} seeds cannot tell how far the seed matters; expected at least 2")
    given, (task, found) = task, _prepared(task)
    of_human, of_llm = answers_of(task, make=make, seeds=seeds, seed=seed)
    truth = labels_of(task.human)
    accuracy, macro_f1 = (_gap(task, figure, of_human, of_llm) for figure in (scores.accuracy, scores.macro_f1))
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
        clusters_joined=found.fewer,
        shared_texts=found.shared_texts,
        same_texts=shared_places(task) is not None,
        unknown_labels=float((~np.isin(truth, labels_of(task.llm))).mean()),
        training_size=round(np.mean([len(places) for places in of_human.taught])),
        folds=FOLDS,
        seeds=seeds,
        human=trained(task, of_human, task.human),
        llm=trained(task, of_llm, task.llm),
        gap=accuracy,
        gap_macro_f1=macro_f1,
        gap_by_seed=tuple(right(everyone, np.array([one])) or 0.0 for one in range(seeds)),
    )


def prepared(task: Task) -> Task:
    """The task as it is learnt from: sides of pairs dealt, clusters that share a text joined, at most 5,000 a side.

    Raises:
        UsageError: it cannot be learnt from; says why.
    """
    return _prepared(task)[0]


def _prepared(task: Task) -> tuple[Task, Joined]:
    found = joined(with_sides_dealt(task))
    used = at_most(found.task)
    _check(used, fewer=found.fewer)
    return used, found


def _gap(task: Task, figure: Callable[[Labels, Labels], Figure], of_human: Answers, of_llm: Answers) -> Estimate:
    truth, clusters = labels_of(task.human), clusters_of(task.human)
    single = figure(truth[of_llm.unseen], of_llm.by_all)
    return scores.estimate(
        scores.difference(figure(truth, of_human.on_human), figure(truth, of_llm.on_human)),
        clusters,
        seeds=len(of_human.on_human),
        training=training_of(single, of_llm, clusters, available=len(task.llm)),
    )


def _check(task: Task, *, fewer: int) -> None:
    for side, examples in (("human", task.human), ("llm", task.llm)):
        _check_side(task.name, side, examples, fewer=fewer)
    human, llm = ({example.label for example in side} for side in (task.human, task.llm))
    if human.isdisjoint(llm):
        raise UsageError(
            f"{task.name}: the two sides have no label in common: people's are {listed(human)}, the LLM's"
            f" {listed(llm)}; write both in one code"
        )


def _check_side(name: str, side: str, examples: Sequence[Example], *, fewer: int) -> None:
    labels, clusters = sorted({example.label for example in examples}), _count(examples)
    spoken = sum(any(words(text) for text in example.texts) for example in examples)
    if len(examples) < LEAST_EXAMPLES or clusters < LEAST_CLUSTERS:
        left = f" ({counted(fewer, 'cluster')} fewer, since they share texts)" if fewer else ""
        raise UsageError(
            f"{name}: {len(examples)} {side} examples in {clusters} clusters{left} are too few to learn from;"
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
