"""Clusters that share a text made one, so that no text is in training and in test at once under two names."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.second_order.task import Example, Task
from analysis.statistics.common import Counts
from sims.words import words

LONG_WORDS = 12
"""Texts of fewer words ("yes", "anything else?") are said by many without being copies. Of 500 SGD and 174 tau-bench
conversations all texts would join 566 into one, those of 8 words 50, of 12 words 16."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The task with its clusters joined.

    `shared_texts` counts the different texts of people's that the other side has, too, in the same joined cluster;
    `fewer` says by how many the clusters of both sides became fewer.
    """

    task: Task
    shared_texts: int
    fewer: int


def joined(task: Task) -> Joined:
    """The task in which clusters of either side are one where they share a text, whatever they are called.

    They share a text where each has one of twelve words or more that is the same but for capitals and marks, or where
    they say the same altogether, however short. Joined clusters bear the name of the first.
    """
    examples = [*task.human, *task.llm]
    names = list(dict.fromkeys(example.cluster for example in examples))
    first = _first_of_component(names, _said(examples))
    name_of = dict(zip(names, (names[place] for place in first), strict=True))
    human, llm = (tuple(replace(one, cluster=name_of[one.cluster]) for one in side) for side in (task.human, task.llm))
    ours, theirs = ({(one.cluster, _key(one)) for one in side} for side in (human, llm))
    return Joined(replace(task, human=human, llm=llm), len(ours & theirs), len(names) - len(set(name_of.values())))


def _said(examples: Sequence[Example]) -> Iterator[tuple[str, Hashable]]:
    """Each cluster with what joins it to others that have the same."""
    altogether: dict[str, set[Hashable]] = {}
    for example in examples:
        key = _key(example)
        altogether.setdefault(example.cluster, set()).add(key)
        yield from ((example.cluster, text) for text in key if len(text) >= LONG_WORDS)
    yield from ((cluster, frozenset(keys)) for cluster, keys in altogether.items())


def _key(example: Example) -> tuple[tuple[str, ...], ...]:
    """The words of each text; a text without any stands for itself."""
    return tuple(tuple(words(text)) or (text.strip(),) for text in example.texts)


def _first_of_component(names: Sequence[str], said: Iterator[tuple[str, Hashable]]) -> Counts:
    """For each name the place of the first one that it is joined with, maybe by way of others."""
    place = {name: number for number, name in enumerate(names)}
    seen: dict[Hashable, int] = {}
    links = np.array([(place[name], seen.setdefault(what, place[name])) for name, what in said], dtype=np.int64)
    if not len(links):
        return np.arange(len(names))
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(names), len(names)))
    _, component = connected_components(graph, directed=False)
    _, first, member_of = np.unique(component, return_index=True, return_inverse=True)
    return np.asarray(first[member_of])
