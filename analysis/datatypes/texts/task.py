"""Second order: the class of a text learnt from people's texts and from a model's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.datatypes.texts.columns import GivenText, TextsColumns, text_pairs, texts_of
from analysis.datatypes.texts.passages import plain_form
from analysis.datatypes.texts.repeats import clusters_by_text, text_key
from analysis.second_order.task import Example, Task
from sims.errors import UsageError

LEAST_EXAMPLES = 20


def texts_task(paths: Sequence[Path], columns: TextsColumns) -> Task:
    """The class in `columns.label`, learnt from either text of each pair; texts of a cluster are never parted.

    Without a cluster column, pairs that have a text of the same form are one cluster.

    Raises:
        UsageError: no label column is given, there is one class only, or fewer than 20 labelled texts on a side.
    """
    label = _label_column(columns)
    pairs = list(text_pairs(paths, columns))
    human, llm = [pair.human for pair in pairs], [pair.llm for pair in pairs]
    if columns.cluster is None:
        clusters = clusters_by_text([(_key(pair.human), _key(pair.llm)) for pair in pairs])
        human, llm = _clustered(human, clusters), _clustered(llm, clusters)
    return _task(label, human, llm)


def text_files_task(human: Sequence[Path], llm: Sequence[Path], columns: TextsColumns) -> Task:
    """The same of files of each side, both with the label column.

    Raises:
        UsageError: as for `texts_task`.
    """
    label = _label_column(columns)
    ours, theirs = list(texts_of(human, columns, side="human")), list(texts_of(llm, columns, side="llm"))
    if columns.cluster is None:
        clusters = clusters_by_text([[_key(one)] for one in (*ours, *theirs)])
        ours, theirs = _clustered(ours, clusters[: len(ours)]), _clustered(theirs, clusters[len(ours) :])
    return _task(label, ours, theirs)


def _key(given: GivenText) -> bytes | None:
    return text_key(plain_form(given.text))


def _clustered(given: Sequence[GivenText], clusters: Sequence[str]) -> list[GivenText]:
    return [replace(one, cluster=cluster) for one, cluster in zip(given, clusters, strict=True)]


def _label_column(columns: TextsColumns) -> str:
    if columns.label is None:
        raise UsageError(
            "--retrain needs --label-column: the class of each text (its topic, its sentiment) is what is learnt from "
            "people's texts and from the model's. Whether texts are human or machine is told without it"
        )
    return columns.label


def _task(label: str, human: Iterable[GivenText], llm: Iterable[GivenText]) -> Task:
    return Task(f"the {label} of a text", "one", _examples(human, label, "human"), _examples(llm, label, "llm"))


def _examples(given: Iterable[GivenText], label: str, side: str) -> tuple[Example, ...]:
    found = tuple(
        Example((one.text,), one.label, one.cluster) for one in given if one.label is not None and one.text.strip()
    )
    classes = sorted({one.label for one in found})
    if len(found) < LEAST_EXAMPLES:
        raise UsageError(
            f"--retrain: {len(found)} {side} texts have a label in {label!r}; at least {LEAST_EXAMPLES} are needed"
        )
    if len(classes) < 2:
        raise UsageError(f"--retrain: all {side} texts are of one class in {label!r}: {classes[0]!r}; two are needed")
    return found
