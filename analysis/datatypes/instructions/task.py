"""What can be learnt from instruction data: whether an output belongs to its instruction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from analysis.datatypes.instructions.columns import Example as Row
from analysis.datatypes.instructions.columns import Examples, InstructionColumns
from analysis.second_order.task import Example, Task
from sims.errors import UsageError
from sims.seeds import generator

BELONGS, STRANGE = "belongs", "strange"
LEAST_ROWS = 20


def instructions_task(
    paths: Sequence[Path], columns: InstructionColumns | None = None, *, human: Path, seed: int = 0
) -> Task:
    """Each prompt with its own output, and with one from another cluster of its file; people's data and the model's.

    Clusters exchange outputs in pairs, and a pair is one cluster of the task: no output is in training and in test at
    once. Rows without an instruction or an output are left out, and those that find no other output but their own.

    Raises:
        UsageError: a file cannot be read, or has too few rows with an output to learn from.
    """
    columns = columns or InstructionColumns()
    return Task(
        name="does the output belong to the instruction?",
        shape="match",
        human=_examples([human], columns, seed=seed),
        llm=_examples(paths, columns, seed=seed),
    )


def _examples(paths: Sequence[Path], columns: InstructionColumns, *, seed: int) -> tuple[Example, ...]:
    clusters: dict[str, list[Row]] = {}
    for row in Examples(paths, columns):
        if row.instruction.strip() and row.output.strip():
            clusters.setdefault(row.cluster, []).append(row)
    found = tuple(example for group in _groups(list(clusters), seed=seed) for example in _exchanged(group, clusters))
    if len(found) < 2 * LEAST_ROWS:
        files = ", ".join(map(str, paths))
        raise UsageError(
            f"{files}: {len(found) // 2} rows can be paired with an output of another cluster; --retrain needs"
            f" {LEAST_ROWS} rows with an instruction and an output, in clusters of their own and not all the same"
        )
    return found


def _groups(names: list[str], *, seed: int) -> list[list[str]]:
    """The clusters in random pairs, the last three together where their number is odd; none of one cluster alone."""
    generator("exchanged outputs", seed).shuffle(names)
    pairs = [names[start : start + 2] for start in range(0, len(names) - 1, 2)]
    if pairs and len(names) % 2:
        pairs[-1].append(names[-1])
    return pairs


def _exchanged(group: Sequence[str], clusters: Mapping[str, Sequence[Row]]) -> Iterator[Example]:
    """Two examples a row: with its own output, and with one of the next cluster's of the group."""
    for name, other in zip(group, [*group[1:], group[0]], strict=True):
        outputs = [row.output for row in clusters[other]]
        for place, row in enumerate(clusters[name]):
            turned = outputs[place % len(outputs) :] + outputs[: place % len(outputs)]
            stranger = next((output for output in turned if output.strip() != row.output.strip()), None)
            if stranger is not None:
                yield Example((row.prompt, row.output), BELONGS, group[0])
                yield Example((row.prompt, stranger), STRANGE, group[0])
