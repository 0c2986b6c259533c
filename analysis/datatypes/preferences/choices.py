"""What a vote says: which values of a column stand for the first answer, the second, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from analysis.datatypes.columns import Row

Choice: TypeAlias = Literal["a", "b", "tie"]

INCONSISTENT = frozenset({"tie (inconsistent)", "inconsistent"})
"""The judge changed its mind when the answers changed places: counted as a tie, and apart."""

_WORDS: Mapping[str, Choice] = MappingProxyType(
    {
        **dict.fromkeys(("a", "model_a", "answer_a", "response_a", "first"), "a"),
        **dict.fromkeys(("b", "model_b", "answer_b", "response_b", "second"), "b"),
        **dict.fromkeys(("tie", "tie (bothbad)", "both", "neither", "no preference", *INCONSISTENT), "tie"),
    }
)
_FROM_ZERO: Mapping[str, Choice] = MappingProxyType({"0": "a", "1": "b", "2": "tie"})
_FROM_ONE: Mapping[str, Choice] = MappingProxyType({"1": "a", "2": "b"})
_HOW_TO_SAY = "say what it stands for with --choice-a, --choice-b or --choice-tie"


@dataclass(frozen=True, slots=True)
class Coding:
    """What each value of the vote columns stands for; `guess` says in words how numbers were read, "" if none were."""

    choices: Mapping[str, Choice]
    guess: str = ""

    def choice(self, value: str | None) -> Choice | None:
        """The choice that the value stands for; None where the vote is missing."""
        return None if value is None else self.choices[_canonical(value)]


def read_coding(rows: Iterable[Row], *, columns: Iterable[str], given: Iterable[tuple[str, Choice]] = ()) -> Coding:
    """What every value in the columns stands for: as `given`, else by the words and numbers that are in use.

    Numbers are read by all that occur, in whichever column: with a 0 among them as 0, 1, 2 = a, b, tie, else as
    1, 2 = a, b; where a number is given, no other is guessed.

    Raises:
        UsageError: a value fits none of them; names the first row with it.
    """
    places = _first_places(rows, tuple(columns))
    said = {_canonical(value): choice for value, choice in given}
    numbers: Mapping[str, Choice] = {}
    if not any(map(_is_number, said)):
        numbers = _FROM_ZERO if "0" in places else _FROM_ONE
    known = {**_WORDS, **numbers, **said}
    for value, (row, column) in places.items():
        if value not in known:
            raise row.fault(column, f"{value!r} is no choice that is known ({_shown(known)}); {_HOW_TO_SAY}")
    return Coding(known, _told(numbers) if places.keys() & numbers.keys() else "")


def _first_places(rows: Iterable[Row], columns: tuple[str, ...]) -> Mapping[str, tuple[Row, str]]:
    """Each different value with the row and the column it was first seen in."""
    places: dict[str, tuple[Row, str]] = {}
    for row in rows:
        for column in columns:
            value = row.label(column)
            if value is not None:
                places.setdefault(_canonical(value), (row, column))
    return places


def _canonical(value: str) -> str:
    value = value.strip().casefold()
    whole = value.removesuffix(".0")
    return whole if _is_number(whole) else value


def _is_number(value: str) -> bool:
    return value.removeprefix("-").isdecimal()


def _shown(known: Mapping[str, Choice]) -> str:
    return "; ".join(f"{side}: {', '.join(one for one in known if known[one] == side)}" for side in ("a", "b", "tie"))


def _told(numbers: Mapping[str, Choice]) -> str:
    return ", ".join(f"{value} = {choice}" for value, choice in numbers.items())
