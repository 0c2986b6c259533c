"""Every figure of the reproduction, from catalogue.csv: its reference, where that stands, the data it takes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import cast

from analysis.paper.values import Figure, Origin

_FILE = "catalogue.csv"
_PERCENT = "%"


@cache
def figures() -> tuple[Figure, ...]:
    """The catalogue, by section."""
    lines = resources.files("analysis.paper").joinpath(_FILE).read_text(encoding="utf-8").splitlines()
    return tuple(_figure(row) for row in csv.DictReader(lines))


def _figure(row: Mapping[str, str]) -> Figure:
    """A figure with its reference and rounding as they stand ("66.0%", ".06545"); one that is not is a share."""
    text = row["reference"]
    is_share = not text or text.endswith(_PERCENT)
    number, unit = text.removesuffix(_PERCENT), 0.01 if is_share else 1.0
    return Figure(
        key=row["key"],
        section=row["section"],
        words=row["words"],
        reference_text=text,
        reference=unit * float(number) if number else None,
        rounding=0.5 * unit * 10.0 ** -len(number.partition(".")[2]),
        is_share=is_share,
        origin=cast("Origin", row["origin"]) if row["origin"] else None,
        stands_in=row["stands_in"],
        sources=tuple(row["sources"].split()),
        is_of_whole_file=row["of_whole_file"] != "no",
        judge=row["judge"] or None,
        note=row["note"],
    )
