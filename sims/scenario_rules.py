"""The rules between the parts of a scenario: names that must exist, policies that fit the cast.

They read plain data, not the pydantic models, so that a file's every fault can be told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sims.errors import allowed_hint, shortened
from sims.stressors.rules import misfits

DEFAULT_JUDGES = ("role_flip", "digression", "formality", "metaphor")
DEFAULT_MAX_TURNS = 20

Place = tuple[str | int, ...]
"""Where something stands in a file: the keys and list indices that lead to it."""


def rule_faults(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """The places and messages of broken rules between the parts of a scenario.

    Reads plain data, shaped well or not: a part of the wrong shape is passed over, since pydantic names it. Where
    an agent has no readable name, nobody is called unknown.
    """
    names = [_name(agent.get("name")) for agent in _mappings(data.get("agents"))]
    known = [name for name in names if name is not None]
    yield from _doubled(names, ("agents",), "name", what="agents are called")
    if known and len(known) == len(names):
        yield from _strangers(data, known)
    yield from _misfit_policy(data, len(names))
    for key in ("models", "judges", "temperature"):
        yield from _doubled(_entries(data.get(key)), (key,), what="entries are")
    yield from _late_stressors(data)
    yield from _misfit_stressors(data)
    yield from _unheld_expectations(data)


def _doubled(values: Sequence[Any], place: Place, *key: str, what: str) -> Iterator[tuple[Place, str]]:
    first: dict[Any, int] = {}
    for index, value in enumerate(value.strip() if isinstance(value, str) else value for value in values):
        if isinstance(value, str | int | float) and value in first:
            also = ".".join(map(str, place)) + f"[{first[value]}]"
            yield (*place, index, *key), f"two {what} {value!r} (also {also}); they must differ"
        elif isinstance(value, str | int | float):
            first[value] = index


def _strangers(data: Mapping[str, Any], known: Sequence[str]) -> Iterator[tuple[Place, str]]:
    names = frozenset(known)
    for place, name in _named_speakers(data):
        if name not in names:
            yield place, f"no agent is called {shortened(name)}: {allowed_hint(name, names)}"


def _named_speakers(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Every place that names an agent by name."""
    opening, turns = data.get("opening"), data.get("turns")
    candidates: list[tuple[Place, Any]] = []
    if isinstance(opening, Mapping):
        candidates.append((("opening", "speaker"), opening.get("speaker")))
    candidates += [(("opening", i, "speaker"), line.get("speaker")) for i, line in enumerate(_mappings(opening))]
    if isinstance(turns, Mapping):
        candidates.append((("turns", "moderator"), turns.get("moderator")))
        lines = _mappings(turns.get("lines"))
        candidates += [(("turns", "lines", i, "speaker"), line.get("speaker")) for i, line in enumerate(lines)]
    for i, stressor in enumerate(_mappings(data.get("stressors"))):
        candidates += [(("stressors", i, key), stressor.get(key)) for key in ("from", "onto")]
    named = ((place, _name(value)) for place, value in candidates)
    return ((place, name) for place, name in named if name is not None)


def _misfit_policy(data: Mapping[str, Any], cast: int) -> Iterator[tuple[Place, str]]:
    if cast <= 2:
        return
    turns = data.get("turns")
    if "turns" not in data:
        yield ("agents",), f"here are {cast} agents and no `turns`; add for example turns: {{policy: round_robin}}"
    elif isinstance(turns, Mapping) and turns.get("policy") == "alternate":
        yield ("turns", "policy"), f"'alternate' takes exactly 2 agents, here are {cast}; use round_robin"


def _late_stressors(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    stop = data.get("stop")
    limit = stop.get("max_turns", DEFAULT_MAX_TURNS) if isinstance(stop, Mapping) else DEFAULT_MAX_TURNS
    for index, stressor in enumerate(_mappings(data.get("stressors"))):
        at = stressor.get("at")
        if isinstance(at, int) and isinstance(limit, int) and at >= limit >= 1:
            message = f"turn {at} is never reached: stop.max_turns is {limit}, and the first turn is 0"
            yield ("stressors", index, "at"), message


def _misfit_stressors(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    for index, stressor in enumerate(_mappings(data.get("stressors"))):
        for key, message in misfits(stressor, data):
            yield ("stressors", index, key), message


def _unheld_expectations(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    expect, judges = data.get("expect"), data.get("judges", DEFAULT_JUDGES)
    if not isinstance(expect, Mapping) or not isinstance(judges, list | tuple):
        return
    chosen = [judge for judge in judges if isinstance(judge, str)]
    for judge in expect:
        if judge not in chosen:
            yield ("expect", judge), f"the judge {judge!r} is not among this scenario's `judges`: {', '.join(chosen)}"


def _name(value: Any) -> str | None:
    """A name as the models read it, None where it is none."""
    return value.strip() or None if isinstance(value, str) else None


def _entries(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """The entries of a list, each that is no mapping replaced by an empty one, so that indices hold."""
    return [entry if isinstance(entry, Mapping) else {} for entry in _entries(value)]
