"""The scanner: all checks over all examples in two passes, and the files of suspects and of what is clean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.datatypes.instructions.catalogue import new_checks
from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example, Examples, InstructionColumns
from analysis.datatypes.instructions.overview import Overlook, Overview
from analysis.datatypes.instructions.source_rows import row_lines
from sims.errors import UsageError

SUSPECTS_FILE, CLEAN_FILE = "suspects.jsonl", "clean.jsonl"


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in some files. `suspicions` are by the number of the row, `clusters` has one name a row."""

    examples: Examples
    checks: tuple[Check, ...]
    suspicions: Mapping[int, tuple[Suspicion, ...]]
    clusters: tuple[str, ...]
    overview: Overview

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return len(self.clusters)

    def suspect_lines(self) -> Iterator[str]:
        """A line of JSON for each suspected row: where it stands, its checks, reasons, quotes and values."""
        for number, place, row in self._rows_again(are_suspect=True):
            record = json.dumps(_suspect_record(number, place, self.suspicions[number]), separators=(",", ":"))
            yield f'{record[:-1]},"values":{row}}}\n'

    def clean_lines(self) -> Iterator[str]:
        """A line of JSON for each row that no check suspects; a line of JSON in the source as it stands there."""
        for _, _, row in self._rows_again(are_suspect=False):
            yield f"{row}\n"

    def _rows_again(self, *, are_suspect: bool) -> Iterator[tuple[int, str, str]]:
        """The rows of one kind: number, place, and the row as JSON.

        Raises:
            UsageError: they are not as many as they were: the file was changed meanwhile.
        """
        rows = ((path, line, row) for path in self.examples.paths for line, row in row_lines(path))
        number = 0
        for number, (path, line, row) in enumerate(rows, start=1):
            if (number in self.suspicions) == are_suspect:
                yield number, f"{path}:{line}", row
        if number != self.rows:
            raise UsageError(f"{self.examples.paths[0]}: was changed while it was read; run the audit again")


def scan_instructions(
    paths: Sequence[Path], columns: InstructionColumns | None = None, *, ignore: Sequence[str] = ()
) -> Scan:
    """Every suspicion of every check but those ignored.

    The files are read twice. What is kept is the suspicions, the names of the clusters, and what checks learn that
    compare rows: for 200,000 rows about 300 MB (docs/audit-instructions.md has the measurement).

    Raises:
        UsageError: a file or a row cannot be read, or there is no check of a name to be ignored.
    """
    checks, examples = new_checks(ignore=ignore), Examples(paths, columns or InstructionColumns())
    overlook, clusters = Overlook(by_cluster=examples.columns.cluster is not None), []
    for example in examples:
        clusters.append(example.cluster)
        overlook.learn(example)
        for check in checks:
            check.learn(example)
    found = {example.number: _found(example, checks) for example in examples}
    suspicions = {number: some for number, some in found.items() if some}
    return Scan(examples, checks, suspicions, tuple(clusters), overlook.overview())


def _found(example: Example, checks: Sequence[Check]) -> tuple[Suspicion, ...]:
    return tuple(suspicion for check in checks for suspicion in check.suspicions(example))


def _suspect_record(number: int, place: str, found: Sequence[Suspicion]) -> dict[str, Any]:
    return {
        "row": number,
        "place": place,
        "checks": list(dict.fromkeys(one.check for one in found)),
        "suspicions": [{"check": one.check, "reason": one.reason, "quote": one.quote} for one in found],
    }
