"""Who is trained on what, and tested on what: examples dealt into folds and brought to equal size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from analysis.second_order.task import Example, Task, Texts
from analysis.statistics.clusters import cluster_numbers
from analysis.statistics.common import Counts, random_numbers
from sims.seeds import stable_hash

FOLDS = 5
MOST_EXAMPLES = 5_000
LEAST_SHARED = 0.5

Key: TypeAlias = tuple[Texts, str, int]
"""The texts and the cluster of an example, and how many of both stand before it on its side."""


@dataclass(frozen=True, slots=True, eq=False)
class Deal:
    """One fold of one seed, by the places of examples: equally many of each side to train on, the others to test on.

    No cluster is in training and in test at once, whichever side it is of.
    """

    train_human: Counts
    train_llm: Counts
    test_human: Counts
    test_llm: Counts


def shared_places(task: Task) -> tuple[Counts, Counts] | None:
    """The places of the examples whose texts both sides have, in one order; None where that is less than half.

    A text that occurs several times is matched as often as both sides have it.
    """
    here = _by_text(task.human)
    theirs = _by_text(task.llm)
    both = [key for key in here if key in theirs]
    if len(both) < LEAST_SHARED * min(len(here), len(theirs)):
        return None
    return np.array([here[key] for key in both], dtype=np.int64), np.array(
        [theirs[key] for key in both], dtype=np.int64
    )


def deals(task: Task, shared: tuple[Counts, Counts] | None, *, seed: int) -> Iterator[Deal]:
    """The five folds of one seed.

    Both models train on the shared texts where there are such, else on as many as the smaller side has, from as many
    clusters, chosen at random. (Fewer clusters teach less: examples of one are alike.)
    """
    fold = _folds(task, seed=seed)
    of_human, of_llm = (np.array([fold[one.cluster] for one in side]) for side in (task.human, task.llm))
    rng = random_numbers("equal size", seed)
    for number in range(FOLDS):
        if shared is not None:
            ours, theirs = (places[of_human[shared[0]] != number] for places in shared)
        else:
            rest = np.flatnonzero(of_human != number), np.flatnonzero(of_llm != number)
            ours, theirs = _equalled(task, *rest, rng=rng)
        yield Deal(ours, theirs, np.flatnonzero(of_human == number), np.flatnonzero(of_llm == number))


def _equalled(task: Task, human: Counts, llm: Counts, *, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """As many of each side as the smaller has, of as many clusters as far as the sides allow it."""
    sides = [[task.human[place].cluster for place in human], [task.llm[place].cluster for place in llm]]
    size, clusters = min(map(len, sides)), min(len(set(side)) for side in sides)
    ours, theirs = (_chosen(cluster_numbers(side), size=size, least=clusters, rng=rng) for side in sides)
    return human[ours], llm[theirs]


def _chosen(clusters: Counts, *, size: int, least: int, rng: np.random.Generator) -> Counts:
    """The places of `size` random examples, from `least` random clusters or as many more as it takes, in turn."""
    count = int(clusters.max()) + 1
    order = rng.permutation(count)[clusters]
    needed = max(least, int(np.searchsorted(np.cumsum(np.bincount(order)), size)) + 1)
    places = rng.permutation(np.flatnonzero(order < needed))
    turn = np.zeros(len(places), dtype=np.int64)
    for cluster in range(needed):
        mine = order[places] == cluster
        turn[mine] = np.arange(mine.sum())
    return np.sort(places[np.argsort(turn, kind="stable")[:size]])


def at_most(task: Task, most: int = MOST_EXAMPLES) -> Task:
    """The task with at most so many examples a side, as evenly from the clusters as they allow; the same on both sides.

    Each cluster gives one example, then each that has more a second one, and so on, in the order of a stable hash: one
    that holds most of the examples leaves room for the others, and is not left out.
    """
    order = {key: place for place, key in enumerate(_in_turn([*_by_text(task.human), *_by_text(task.llm)]))}
    return replace(task, human=_first(task.human, order, most), llm=_first(task.llm, order, most))


def _in_turn(keys: Iterable[Key]) -> list[Key]:
    """The keys, the first of each cluster before the second of any."""
    hashed = sorted(dict.fromkeys(keys), key=lambda key: (stable_hash("second order", *key[0], *key[1:]), key))
    taken: Counter[str] = Counter()
    turn = {}
    for key in hashed:
        turn[key] = taken[key[1]]
        taken[key[1]] += 1
    return sorted(hashed, key=lambda key: turn[key])


def _first(examples: Sequence[Example], order: Mapping[Key, int], most: int) -> tuple[Example, ...]:
    places = sorted(_by_text(examples).items(), key=lambda one: order[one[0]])
    return tuple(examples[place] for place in sorted(place for _, place in places[:most]))


def _by_text(examples: Sequence[Example]) -> dict[Key, int]:
    seen: Counter[tuple[Texts, str]] = Counter()
    places = {}
    for place, example in enumerate(examples):
        key = example.texts, example.cluster
        places[*key, seen[key]] = place
        seen[key] += 1
    return places


def _folds(task: Task, *, seed: int) -> dict[str, int]:
    """The fold of each cluster: people's clusters dealt out in turn, then those that only the other side has.

    Labels are not balanced among folds. That would tell a model trained on people how common each label is in
    the fold it is tested on: with a second annotator in the LLM's place it made up a gap of .4 points (200 examples).
    """
    human = dict.fromkeys(example.cluster for example in task.human)
    llm = [cluster for cluster in dict.fromkeys(example.cluster for example in task.llm) if cluster not in human]
    rng = random_numbers("folds", seed)
    return {
        cluster: int(place % FOLDS)
        for clusters in (list(human), llm)
        for cluster, place in zip(clusters, rng.permutation(len(clusters)), strict=True)
    }
