"""What there is to amplify: the labels; of a pair, whose sides mean nothing, whether the longer is preferred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from analysis.datatypes.told import shortened
from analysis.second_order.task import Example, Shape, Task
from analysis.wording import one_line
from sims.errors import UsageError
from sims.seeds import stable_hash
from sims.words import words

LONGER, SHORTER, AS_LONG = "the longer text", "the shorter text", "texts of one length"
_OTHER = {"a": "b", "b": "a"}


def kinds(shape: Shape, examples: Sequence[Example], labels: Sequence[str]) -> list[str]:
    """The kind of each label: the label itself; for a pair whether the text of more words is the preferred one."""
    if shape != "pair":
        return list(labels)
    return [_preferred(example, label) for example, label in zip(examples, labels, strict=True)]


def label_of(shape: Shape, example: Example, kind: str) -> str:
    """The label that is of this kind; "a" of a pair of one length."""
    if shape != "pair":
        return kind
    return "b" if _preferred(example, "b") == kind != AS_LONG else "a"


def with_sides_dealt(task: Task) -> Task:
    """The task with the two texts of each pair in an order that means nothing; other tasks as they are.

    A stable hash of the two texts decides, so that a pair stands the same way on both sides of the task. (In files of
    model comparisons the order is often that of the models' names.)

    Raises:
        UsageError: a pair has another label than "a" or "b".
    """
    if task.shape != "pair":
        return task
    return replace(task, human=tuple(map(_dealt, task.human)), llm=tuple(map(_dealt, task.llm)))


def listed(labels: Iterable[str], *, most: int = 5) -> str:
    """The first labels in words, for a message, and how many more there are."""
    return ", ".join(shortened([repr(one_line(label, limit=40)) for label in sorted(labels)], most=most))


def _preferred(example: Example, label: str) -> str:
    first, second = (len(words(text)) for text in example.texts)
    if first == second:
        return AS_LONG
    return LONGER if (label == "a") == (first > second) else SHORTER


def _dealt(example: Example) -> Example:
    if example.label not in _OTHER:
        raise UsageError(f"a pair has the label {example.label!r}; expected 'a' or 'b', ties left out")
    first, second = example.texts
    is_turned = stable_hash("sides", *sorted(example.texts)) % 2 == (first < second)
    return replace(example, texts=(second, first), label=_OTHER[example.label]) if is_turned else example
