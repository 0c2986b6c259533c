"""Tasks whose answer is known, and models that are quick to train."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from analysis.second_order.task import Example, Shape, Task, Texts

GOOD, BAD, FILLER = ("good fine nice", "bad poor awful", "the a room staff day we it")


class WordVotes:
    """Each word votes for the labels it was seen with; an untrained model of ten lines, the same on every run."""

    def fit(self, texts: Sequence[Texts], labels: Sequence[str]) -> None:
        """Count words by label."""
        self._counts: dict[str, Counter[str]] = {label: Counter() for label in sorted(set(labels))}
        for text, label in zip(texts, labels, strict=True):
            self._counts[label].update(" ".join(text).split())

    def predict(self, texts: Sequence[Texts]) -> list[str]:
        """The label with most votes, each word's votes by its share of the label."""
        return [self._best(" ".join(text).split()) for text in texts]

    def _best(self, said: list[str]) -> str:
        def votes(label: str) -> float:
            mine, total = self._counts[label], self._counts[label].total()
            return sum(np.log((mine[word] + 1) / (total + 30)) for word in said)

        return max(self._counts, key=votes)


def word_votes(shape: Shape, seed: int) -> WordVotes:
    """An untrained model of any shape."""
    return WordVotes()


def reviews(
    count: int, *, wrong: float = 0.2, seed: int = 0, prefix: str = "r", per_cluster: int = 1
) -> tuple[Example, ...]:
    """Texts of three telling words and three others; their labels are wrong with the chance `wrong`."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        is_good = bool(rng.random() < 0.5)
        said = [*rng.choice((GOOD if is_good else BAD).split(), 3), *rng.choice(FILLER.split(), 3)]
        label = "good" if is_good == (rng.random() >= wrong) else "bad"
        found.append(Example((f"{' '.join(said)} {number}",), label, f"{prefix}{number // per_cluster}"))
    return tuple(found)


def relabelled(examples: Sequence[Example], *, wrong: float, seed: int = 1) -> tuple[Example, ...]:
    """The same texts by a labeller who turns a label with the chance `wrong`."""
    rng = np.random.default_rng(seed)
    other = {"good": "bad", "bad": "good", "a": "b", "b": "a"}
    return tuple(
        Example(one.texts, other[one.label] if rng.random() < wrong else one.label, one.cluster) for one in examples
    )


def review_task(count: int = 200, *, wrong: float, shape: Shape = "one") -> Task:
    """Reviews that people labelled, and the LLM after them with so many labels turned."""
    human = reviews(count)
    return Task("reviews", shape, human, relabelled(human, wrong=wrong))
