"""Task labels as something to learn: the same texts, labelled by people's majority and by the model's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from analysis.datatypes.labels.columns import LabelColumns, LabelledItem, labelled_items
from analysis.datatypes.labels.matching import majority
from analysis.second_order.task import Example, Task
from sims.errors import UsageError


def labels_task(paths: Sequence[Path], columns: LabelColumns) -> Task:
    """The texts labelled by people's majority, and by the model's; a side's items without one majority are left out.

    Both models learn from the texts that both sides labelled; those of people alone are asked, too. Rows of one text
    (or of one cluster, where a column says so) stay together. The classes of different groups are different classes.

    Raises:
        UsageError: there is no text column or no LLM column, or either side has fewer than two classes.
    """
    if columns.text is None:
        raise UsageError("--retrain learns from texts; name their column with --text-column")
    if not columns.llm:
        raise UsageError("--retrain compares with the LLM's labels; name their column with --llm-column")
    items = tuple(item for item in labelled_items(paths, columns) if item.text and item.text.strip())
    human, llm = tuple(_examples(items, "human")), tuple(_examples(items, "llm"))
    if not human or not llm:
        raise UsageError("--retrain: no item has a text and one majority label on each side; there is nothing to learn")
    for side, examples in (("people", human), ("the LLM", llm)):
        classes = {example.label for example in examples}
        if len(classes) < 2:
            raise UsageError(
                f"--retrain: every majority label of {side} is {min(classes)[:60]!r}; one class teaches nothing"
            )
    return Task("task labels", "one", human, llm)


def _examples(items: Sequence[LabelledItem], side: Literal["human", "llm"]) -> Iterator[Example]:
    for item in items:
        found = majority(item.human if side == "human" else item.llm)
        if len(found) == 1:
            yield _example(item, min(found))


def _example(item: LabelledItem, label: str) -> Example:
    text = item.text or ""
    named = label if item.group is None else f"{item.group}: {label}"
    return Example((text,), named, item.cluster or text)
