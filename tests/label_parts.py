"""Short ways to make labelled items for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.datatypes.labels.votes import Votes

CLASSES = ("a", "b", "c", "d")
Chances = npt.NDArray[np.float64]


def votes(human: list[str], llm: list[str] | None = None, *, labels: str = "abcd") -> Votes:
    """An item a word, each letter a label: `votes(["aab"], ["aaa"])`."""

    def counts(items: list[str]) -> npt.NDArray[np.int64]:
        return np.array([[item.count(label) for label in labels] for item in items], dtype=np.int64)

    model = counts(llm) if llm is not None else np.zeros((len(human), len(labels)), dtype=np.int64)
    return Votes(tuple(labels), counts(human), model, np.arange(len(human)))


def drawn(seed: int, *, items: int, people: tuple[int, ...], model: int, per_cluster: int = 1) -> Votes:
    """Items whose people and model draw their labels from the same distribution, a new one a cluster."""
    rng = np.random.default_rng(seed)
    clusters = np.arange(items) // per_cluster
    chances: Chances = rng.dirichlet([1.0, 0.5, 0.5, 0.25], size=items)[clusters]
    human = np.stack([rng.multinomial(rng.choice(people), chance) for chance in chances])
    llm = np.stack([rng.multinomial(model, chance) for chance in chances])
    return Votes(CLASSES, human, llm, clusters)


def write(path: Path, *rows: Any) -> Path:
    """A JSONL file of the rows."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
