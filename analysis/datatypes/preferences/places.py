"""The numbers of a ranking in a cell: the object that holds them, and whether they are places at all."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.datatypes.columns import Row


def is_ranking(places: Sequence[float], *, answers: int) -> bool:
    """Whether the numbers put answers in order from 1, each of the usual ways to write ties allowed.

    Shared places may be the first of theirs (1, 1, 3), the mean (1.5, 1.5, 3), the last (2, 2, 3) or without a gap
    (1, 1, 2). Where fewer than all `answers` are placed, places may be free, but none is shared.

    >>> [is_ranking(places, answers=3) for places in [(1, 1, 3), (1.5, 1.5, 3), (1, 1, 2), (1, 3), (1, 3, 3.5)]]
    [True, True, True, True, False]
    """
    below = [sum(other < place for other in places) for place in places]
    level = [places.count(place) for place in places]
    first = [before + 1 for before in below]
    mean = [before + (ties + 1) / 2 for before, ties in zip(below, level, strict=True)]
    last = [before + ties for before, ties in zip(below, level, strict=True)]
    if list(places) in (first, mean, last) or _is_gapless(places):
        return True
    within = all(1 <= place <= answers for place in places)
    return len(places) < answers and within and max(level) == 1


def is_dense(places: Sequence[float]) -> bool:
    """Whether answers share places and none is left free for them (1, 1, 2): points may look so, too.

    >>> is_dense((1, 1, 2)), is_dense((1, 1, 3)), is_dense((1, 2, 3)), is_dense((1, 2, 2))
    (True, False, False, False)
    """
    first = [1 + sum(other < place for other in places) for place in places]
    return _is_gapless(places) and list(places) != first


def is_number(value: Any) -> bool:
    """Whether it can be a place; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_missing(value: Any) -> bool:
    """Whether an answer was not placed: null, or not a number (NaN)."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def mapping_in(row: Row, column: str) -> Mapping[str, Any]:
    """The object in the column, or the one that a table's cell spells.

    Raises:
        UsageError: it holds something else.
    """
    value = row.values.get(column)
    if isinstance(value, str):
        value = _spelled(value)
    if not isinstance(value, dict):
        raise row.fault(column, "holds no object by name; rankings are {rater: {answer: rank}} and {answer: text}")
    return value


def _is_gapless(places: Sequence[float]) -> bool:
    return sorted(set(places)) == list(range(1, len(set(places)) + 1))


def _spelled(value: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None
