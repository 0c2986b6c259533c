"""What is wrong with the shape of a scenario, in plain English: pydantic's findings, without its jargon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sims import scenario
from sims.errors import allowed_hint
from sims.scenario_rules import Place
from sims.yaml_document import printable

PARTS: Mapping[str, type[BaseModel]] = {
    "": scenario.Scenario,
    "agents.*": scenario.Agent,
    "opening.mapping": scenario.OpeningSpeaker,
    "opening.list.*": scenario.FixedTurn,
    "turns.alternate": scenario.SimpleTurns,
    "turns.round_robin": scenario.SimpleTurns,
    "turns.random": scenario.SimpleTurns,
    "turns.addressed": scenario.SimpleTurns,
    "turns.moderator": scenario.ModeratorTurns,
    "turns.model": scenario.ModelTurns,
    "turns.script": scenario.ScriptTurns,
    "turns.script.lines.*": scenario.ScriptLine,
    "stop": scenario.StopRule,
    "stressors.*": scenario.Stressor,
    "expect.*": scenario.Expectation,
}
"""The model behind each part of a file, as pydantic places it: a list index and a judge's name are "*"."""

_CHOICES: Mapping[Place, str] = {
    ("opening",): "a text, a mapping such as {speaker: NAME} or a list of fixed turns",
    ("turns",): "a mapping such as {policy: round_robin}",
    ("stop", "done"): "a text or a list of texts",
    ("temperature",): "a number or a list of numbers",
}
"""The fields that take several shapes; after each, pydantic puts the name of the shape it chose into the place."""

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


@dataclass(frozen=True, slots=True)
class ShapeFault:
    """A place in the file and what is wrong there; `at_key` where the key itself is the fault."""

    place: Place
    message: str
    at_key: bool = False


def shape_faults(error: ValidationError) -> Iterator[ShapeFault]:
    """The faults that pydantic found, one by one, those that merely follow from another left out."""
    for detail in error.errors(include_url=False):
        if not _follows_from_another(detail):
            yield _shape_fault(detail)


def _follows_from_another(detail: ErrorDetails) -> bool:
    """Lists count as short when an entry is faulty, and broken rules are told by `rule_faults`."""
    if detail["type"] == "too_short":
        return bool(len(detail["input"]) >= detail["ctx"]["min_length"])
    return detail["type"] == "value_error"


def _shape_fault(detail: ErrorDetails) -> ShapeFault:
    place = _place(detail["loc"])
    kind, found = detail["type"], detail["input"]
    if kind == "missing":
        return ShapeFault(place, f"the key {place[-1]!r} is missing")
    if kind == "extra_forbidden":
        part, _ = _part_and_key(detail["loc"])
        return ShapeFault(place, f"unknown key {place[-1]!r}: {allowed_hint(str(place[-1]), _keys(part))}", at_key=True)
    if kind == "union_tag_not_found":
        return ShapeFault((*place, "policy"), f"the key 'policy' is missing: {allowed_hint('', _policies())}")
    if kind == "union_tag_invalid" and place == ("turns",):
        return ShapeFault((*place, "policy"), _not_among("policy", found.get("policy"), _policies()))
    if kind in _EXPECTED or kind == "union_tag_invalid":
        expected = _CHOICES.get(place) or _EXPECTED.get(kind, "another shape")
        return ShapeFault(place, f"expected {expected}, found {_described(found)}")
    worded = _WORDED.get(kind)
    return ShapeFault(place, worded(detail) if worded else f"{_described(found)} cannot stand here: {detail['msg']}")


def _place(loc: Place) -> Place:
    """The place in the file: pydantic's, without the names of the shapes it chose."""
    place: Place = ()
    for index, part in enumerate(loc):
        if loc[:index] not in _CHOICES:
            place = (*place, part)
    return place


def _part_and_key(loc: Place) -> tuple[type[BaseModel], str]:
    """The innermost model around a place, and its key that leads there."""
    for length in range(len(loc) - 1, -1, -1):
        part = PARTS.get(_pattern(loc[:length]))
        if part:
            return part, str(loc[length])
    raise KeyError(loc)


def _pattern(loc: Place) -> str:
    starred = ["*" if isinstance(part, int) else part for part in loc]
    if starred[:1] == ["expect"] and len(starred) > 1:
        starred[1] = "*"
    return ".".join(starred)


def _keys(part: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in part.model_fields.items()]


def _policies() -> list[str]:
    return [pattern.split(".")[1] for pattern in PARTS if re.fullmatch(r"turns\.\w+", pattern)]


def _described(value: Any) -> str:
    """A value as people would name it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    kind = "the text" if isinstance(value, str) else "the number"
    return f"{kind} {_short(value)}"


def _short(value: Any) -> str:
    shown = repr(value) if isinstance(value, str) else printable(str(value))
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _not_among(what: str, value: Any, allowed: list[str]) -> str:
    if not isinstance(value, str):
        return f"expected a {what}, found {_described(value)}; {allowed_hint('', allowed)}"
    return f"unknown {what} {_short(value)}: {allowed_hint(value, allowed)}"


def _literal(detail: ErrorDetails) -> str:
    return _not_among(str(detail["loc"][-1]), detail["input"], re.findall(r"'([^']*)'", detail["ctx"]["expected"]))


def _out_of_range(detail: ErrorDetails) -> str:
    part, key = _part_and_key(detail["loc"])
    limits = _limits(part.model_json_schema()["properties"][key])
    low, high = limits.get("minimum"), limits.get("maximum")
    allowed = f"{low:,} or more" if high is None else f"{low:,} to {high:,}"
    return f"{_short(detail['input'])} is out of range; allowed: {allowed}"


def _limits(schema: Any) -> dict[str, Any]:
    """The first minimum and maximum anywhere in a field's schema."""
    found: dict[str, Any] = {}
    if isinstance(schema, dict):
        found = {key: schema[key] for key in ("minimum", "maximum") if key in schema}
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for value in inner:
        found = _limits(value) | found
    return found


def _too_few(detail: ErrorDetails) -> str:
    count, least = len(detail["input"]), detail["ctx"]["min_length"]
    return f"needs at least {least} {'entry' if least == 1 else 'entries'}, has {count}"


def _too_long(detail: ErrorDetails) -> str:
    return f"at most {detail['ctx']['max_length']} characters are allowed, here are {len(detail['input'])}"


def _misfit(detail: ErrorDetails) -> str:
    allowed = scenario.PATTERNS_IN_WORDS.get(detail["ctx"]["pattern"], detail["ctx"]["pattern"])
    return f"{_short(detail['input'])} is not allowed here; allowed: {allowed}"


_WORDED: Mapping[str, Callable[[ErrorDetails], str]] = {
    "literal_error": _literal,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "too_short": _too_few,
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": _too_long,
    "string_pattern_mismatch": _misfit,
}
