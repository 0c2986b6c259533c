"""How good answers are, and how they are spread over the labels; intervals that count test clusters and training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
from scipy import stats

from analysis.second_order.answers import Labels
from analysis.second_order.dealing import FOLDS
from analysis.statistics.clusters import GROUPS, Estimate, of_one_voice, statistic_of
from analysis.statistics.common import ALPHA, Counts, Values

Figure: TypeAlias = Callable[[Counts, Counts], float | None]
"""A figure of the answers to these examples (first) under these seeds (second)."""


@dataclass(frozen=True, slots=True)
class Training:
    """The same figure of the answers of single models to the same examples, which none of them has seen.

    `models` were trained on `size` examples each, chosen from `available`; `clusters` are those of the examples asked.
    """

    figure: Figure
    models: int
    size: float
    available: int
    clusters: Counts

    def variance(self) -> float:
        """What the choice of training data adds: the delete-d jackknife of Shao & Wu (1989) over the models' data.

        The models' figures for half of the clusters are set against those for the other half, so that only what is
        common to both counts: the models, not the examples they were asked.
        """
        numbers = np.unique(self.clusters, return_inverse=True)[1]
        halves = [np.flatnonzero(numbers % 2 == half) for half in (0, 1)]
        first, second = ([self.figure(rows, np.array([one])) for one in range(self.models)] for rows in halves)
        known = [
            (one, other) for one, other in zip(first, second, strict=True) if one is not None and other is not None
        ]
        common = float(np.cov(np.array(known).T, ddof=0)[0, 1]) if known else 0.0
        return max(0.0, common) * self.size / (self.available - self.size)


def estimate(
    figure: Figure,
    clusters: Counts,
    *,
    seeds: int,
    within: tuple[float, float] = (-1, 1),
    training: Training | None = None,
) -> Estimate:
    """The figure over all seeds with its 95 % interval, cut to what is possible, and the p of a true zero.

    Its variance is that of the jackknife over test clusters times 1 / seeds + folds / (folds - 1), plus that between
    seeds. The factor is how Nadeau & Bengio (2003) and Bouckaert & Frank (2004) allow for models of overlapping
    training data, with the jackknife over single examples in place of the variance between folds. Where `training`
    tells more of that than the factor allows for, as with few data to train on and many to test on, it is used.
    Where all clusters say the same there is no variance: interval and p are those of `of_one_voice`, from how many
    other clusters may yet be found to say whatever is possible.
    """
    every, rows = np.arange(seeds), np.arange(len(clusters))
    found = statistic_of(lambda some: figure(some, every), clusters)
    if found.value is None or found.clusters < 2:
        return found
    if found.high is None:
        return of_one_voice(found.value, clusters, bounds=within)
    degrees = min(found.clusters, GROUPS) - 1
    reach = float(stats.t.ppf(1 - ALPHA / 2, degrees))
    each = [figure(rows, np.array([one])) for one in every]
    between = float(np.var([one for one in each if one is not None], ddof=1)) / seeds
    testing = ((found.high - found.value) / reach) ** 2
    overlap = testing * (1 / seeds + FOLDS / (FOLDS - 1) - 1)
    error = sqrt(testing + max(overlap, training.variance() if training else 0.0) + between)
    p = float(2 * stats.t.sf(abs(found.value) / error, degrees)) if error else (0.0 if found.value else 1.0)
    low, high = max(within[0], found.value - reach * error), min(within[1], found.value + reach * error)
    return Estimate(found.value, low, high, found.n, found.clusters, p)


def accuracy(truth: Labels, answers: Labels) -> Figure:
    """The share of right answers."""
    right = answers == truth
    return lambda rows, seeds: float(right[np.ix_(seeds, rows)].mean()) if len(rows) else None


def macro_f1(truth: Labels, answers: Labels) -> Figure:
    """The mean over the labels of people of the harmonic mean of precision and recall; 0 for a label never given."""
    confusion, labels = _confusion(truth, answers)
    in_truth = np.isin(labels, truth)

    def figure(rows: Counts, seeds: Counts) -> float | None:
        table = confusion(rows, seeds)
        sums = table.sum(axis=0) + table.sum(axis=1)
        f1 = 2 * np.diag(table) / np.maximum(sums, 1)
        return float(f1[in_truth].mean())

    return figure


def kappa(truth: Labels, answers: Labels) -> Figure:
    """Cohen's kappa in [-1, 1]: agreement beyond what answers that knew nothing would reach; 0 where all is one label.

    Answers that do not look at the text have 0, however they are spread over the labels.
    """
    confusion, _ = _confusion(truth, answers)

    def figure(rows: Counts, seeds: Counts) -> float | None:
        table = confusion(rows, seeds)
        total = table.sum()
        if not total:
            return None
        by_chance = float((table.sum(axis=0) * table.sum(axis=1)).sum() / total**2)
        return (float(np.trace(table) / total) - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0

    return figure


def share(answers: Labels, label: str) -> Figure:
    """The share of answers that are this label."""
    return accuracy(np.full(answers.shape[1], label), answers)


def difference(first: Figure, second: Figure) -> Figure:
    """By how much the first figure is greater; None where either has no value."""

    def figure(rows: Counts, seeds: Counts) -> float | None:
        ours, theirs = first(rows, seeds), second(rows, seeds)
        return None if ours is None or theirs is None else ours - theirs

    return figure


def mean(values: Values) -> Figure:
    """The mean of values, a row a seed and a column an example."""
    return lambda rows, seeds: float(values[np.ix_(seeds, rows)].mean()) if len(rows) else None


def _confusion(truth: Labels, answers: Labels) -> tuple[Callable[[Counts, Counts], Counts], Labels]:
    """What counts answers by true label (rows) and answer (columns), and the labels."""
    labels, codes = np.unique(np.concatenate([truth, answers.ravel()]), return_inverse=True)
    size = len(labels)
    cells = codes[: len(truth)] * size + codes[len(truth) :].reshape(answers.shape)

    def count(rows: Counts, seeds: Counts) -> Counts:
        return np.bincount(cells[np.ix_(seeds, rows)].ravel(), minlength=size**2).reshape(size, size)

    return count, labels
