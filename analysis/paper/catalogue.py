"""Every figure known to be published, from catalogue.csv: its value as printed, where it stands, the data it takes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources

from analysis.paper.values import Figure

_FILE = "catalogue.csv"
_PERCENT = "%"


@cache
def figures() -> tuple[Figure, ...]:
    """The catalogue, by section."""
    lines = resources.files("analysis.paper").joinpath(_FILE).read_text(encoding="utf-8").splitlines()
    return tuple(_figure(row) for row in csv.DictReader(lines))


def _figure(row: Mapping[str, str]) -> Figure:
    """A figure with its value and rounding as they are printed ("66.0%", ".06545"); one that is not is a share."""
    printed = row["printed"]
    is_share = not printed or printed.endswith(_PERCENT)
    number, unit = printed.removesuffix(_PERCENT), 0.01 if is_share else 1.0
    return Figure(
        key=row["key"],
        section=row["section"],
        words=row["words"],
        printed=printed,
        published=unit * float(number) if number else None,
        rounding=0.5 * unit * 10.0 ** -len(number.partition(".")[2]),
        is_share=is_share,
        printed_in=row["printed_in"],
        sources=tuple(row["sources"].split()),
        judge=row["judge"] or None,
        note=row["note"],
    )
