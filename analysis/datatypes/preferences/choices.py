"""What a vote says: which values of a column stand for the first answer, the second, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from analysis.datatypes.columns import Row
from sims.errors import UsageError

Choice: TypeAlias = Literal["a", "b", "tie"]
Side: TypeAlias = Literal["human", "llm"]

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
    """What each value of a vote column stands for; `guessed` are the numbers in it that were read by rule."""

    choices: Mapping[str, Choice]
    guessed: tuple[str, ...] = ()

    def choice(self, value: str | None) -> Choice | None:
        """The choice that the value stands for; None where the vote is missing."""
        return None if value is None else self.choices[_canonical(value)]


@dataclass(frozen=True, slots=True)
class Codings:
    """How each side writes its choices; `guess` says in words how numbers were read, "" if none were."""

    human: Coding
    llm: Coding

    @property
    def guess(self) -> str:
        """As `0 = a, 1 = b`, of the numbers that occur; names the side where it is one side's alone."""
        known = {number: coding.choices[number] for coding in (self.human, self.llm) for number in coding.guessed}
        read = ", ".join(f"{number} = {known[number]}" for number in sorted(known))
        if read and not self.llm.guessed:
            return f"{read} (people's)"
        return f"{read} (the model's)" if read and not self.human.guessed else read


def read_codings(
    rows: Iterable[Row], *, human: str, llm: str, given: Mapping[Side | None, Iterable[tuple[str, Choice]]]
) -> Codings:
    """What every value in the two columns stands for: as `given` of the side or of both (None), else by rule.

    Words mean what they say. Numbers are read column by column: where a 0 occurs as 0, 1, 2 = a, b, tie, else as
    1, 2 = a, b; where a number of a side is given, no other of it is guessed.

    Raises:
        UsageError: a value fits none of them (names the first row with it), or the sides count from different numbers.
    """
    columns: Mapping[Side, str] = {"human": human, "llm": llm}
    places = _first_places(rows, columns)
    both = tuple(given.get(None, ()))
    found = {side: _coding(places[side], columns[side], said=(*both, *given.get(side, ()))) for side in columns}
    codings = Codings(found["human"], found["llm"])
    guessed = [coding.guessed for coding in (codings.human, codings.llm)]
    if all(guessed) and len({"0" in numbers for numbers in guessed}) > 1:
        raise UsageError(
            f"column {human!r} holds {_listed(codings.human)}, column {llm!r} {_listed(codings.llm)}: they count from "
            "different numbers, and which of them mean the same is a guess; say it for one side, such as "
            f"{_said_of('human', codings.human)}, or {_said_of('llm', codings.llm)}"
        )
    return codings


def _coding(places: Mapping[str, Row], column: str, *, said: Iterable[tuple[str, Choice]]) -> Coding:
    """What the values of one column stand for."""
    told = {_canonical(value): choice for value, choice in said}
    numbers: Mapping[str, Choice] = {}
    if not any(map(_is_number, told)):
        numbers = _FROM_ZERO if "0" in places else _FROM_ONE
    known = {**_WORDS, **numbers, **told}
    for value, row in places.items():
        if value not in known:
            raise row.fault(column, f"{value!r} is no choice that is known ({_shown(known)}); {_HOW_TO_SAY}")
    return Coding(known, tuple(sorted(places.keys() & numbers.keys())))


def _first_places(rows: Iterable[Row], columns: Mapping[Side, str]) -> Mapping[Side, Mapping[str, Row]]:
    """Each different value of each side with the row it was first seen in."""
    places: dict[Side, dict[str, Row]] = {side: {} for side in columns}
    for row in rows:
        for side, column in columns.items():
            value = row.label(column)
            if value is not None:
                places[side].setdefault(_canonical(value), row)
    return places


def _canonical(value: str) -> str:
    value = value.strip().casefold()
    whole = value.removesuffix(".0")
    return whole if _is_number(whole) else value


def _is_number(value: str) -> bool:
    return value.removeprefix("-").isdecimal()


def _listed(coding: Coding) -> str:
    return ", ".join(coding.guessed)


def _said_of(side: Side, coding: Coding) -> str:
    """The options that say of a side what was guessed of it."""
    return " ".join(f"--{side}-choice-{coding.choices[number]} {number}" for number in coding.guessed)


def _shown(known: Mapping[str, Choice]) -> str:
    return "; ".join(f"{side}: {', '.join(one for one in known if known[one] == side)}" for side in ("a", "b", "tie"))
