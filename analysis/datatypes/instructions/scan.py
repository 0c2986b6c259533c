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
from sims.errors import UsageError

SUSPECTS_FILE, CLEAN_FILE = "suspects.jsonl", "clean.jsonl"


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in some files. `suspicions` are by the number of the row, `clusters` has one name a row."""

    examples: Examples
    checks: tuple[Check, ...]
    suspicions: Mapping[int, tuple[Suspicion, ...]]
    clusters: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return len(self.clusters)

    def suspect_lines(self) -> Iterator[str]:
        """A line of JSON for each suspected row: where it stands, its checks, reasons, quotes and values."""
        return self._lines(is_suspect=True)

    def clean_lines(self) -> Iterator[str]:
        """A line of JSON for each row that no check suspects, with its own keys and values and nothing else."""
        return self._lines(is_suspect=False)

    def _lines(self, *, is_suspect: bool) -> Iterator[str]:
        """The rows of one kind, read again.

        Raises:
            UsageError: they are not as many as they were: the file was changed meanwhile.
        """
        suspects, count, read = len(self.suspicions), 0, 0
        for example in self.examples:
            read += 1
            found = self.suspicions.get(example.number, ())
            if bool(found) == is_suspect:
                count += 1
                yield _line(_suspect_record(example, found) if is_suspect else example.row.values)
        if (count, read) != (suspects if is_suspect else self.rows - suspects, self.rows):
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
    clusters = []
    for example in examples:
        clusters.append(example.cluster)
        for check in checks:
            check.learn(example)
    found = {example.number: _found(example, checks) for example in examples}
    return Scan(examples, checks, {number: some for number, some in found.items() if some}, tuple(clusters))


def _found(example: Example, checks: Sequence[Check]) -> tuple[Suspicion, ...]:
    return tuple(suspicion for check in checks for suspicion in check.suspicions(example))


def _suspect_record(example: Example, found: Sequence[Suspicion]) -> dict[str, Any]:
    return {
        "row": example.number,
        "place": example.row.place,
        "checks": list(dict.fromkeys(one.check for one in found)),
        "suspicions": [{"check": one.check, "reason": one.reason, "quote": one.quote} for one in found],
        "values": dict(example.row.values),
    }


def _line(record: Mapping[str, Any]) -> str:
    """What has no place in JSON, as a date in parquet, is written as its text."""
    return json.dumps(dict(record), ensure_ascii=True, separators=(",", ":"), default=str) + "\n"
