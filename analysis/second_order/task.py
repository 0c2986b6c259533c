"""What a second-order test trains on, and the models it can train: plain values and one protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Texts: TypeAlias = tuple[str, ...]
"""The texts of one example: one for labels and turns, two for a pair of answers or an instruction and its output."""

Shape: TypeAlias = Literal["one", "pair", "match"]
"""one: the label is of one text. pair: which of two texts is preferred; swapping them swaps the labels "a" and "b".
match: whether the second text belongs to the first."""


@dataclass(frozen=True, slots=True)
class Example:
    """Texts with their label. `cluster` is what they must not be parted from: never in training and in test at once."""

    texts: Texts
    label: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Task:
    """What can be learnt twice, from people and from a language model, and be asked of people's data.

    `human` and `llm` are examples of the same kind of thing; where they are the same texts labelled by both, they
    carry the same clusters, so that no test text was seen in training by either model.
    """

    name: str
    shape: Shape
    human: tuple[Example, ...]
    llm: tuple[Example, ...]


class Estimator(Protocol):
    """A model that learns labels from texts."""

    def fit(self, texts: Sequence[Texts], labels: Sequence[str]) -> object:
        """Learn; what is returned is not looked at."""

    def predict(self, texts: Sequence[Texts]) -> Sequence[str]:
        """A label for each example, of those it was shown."""


EstimatorFactory: TypeAlias = Callable[[Shape, int], Estimator]
"""Makes an untrained model for a shape of examples and a seed."""
