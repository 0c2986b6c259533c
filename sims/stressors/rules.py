"""What a stressor of a scenario file may say, by its kind.

The rules read plain data, not the pydantic models, so that a file's every fault can be told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sims.stressors.kinds import DEFAULT_AT, LONG_HORIZON, PARTNER, PROMPT, SAYING


def misfits(stressor: Mapping[str, Any], scenario: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The keys and messages of what does not fit the stressor's kind, or this kind the scenario."""
    kind = stressor.get("kind")
    if kind not in (*PARTNER, *PROMPT, LONG_HORIZON):
        return
    given = {key for key, value in stressor.items() if value is not None}
    yield from ((key, message) for key, message in _strays(kind) if key in given)
    if "from" in given and stressor["from"] == stressor.get("onto") and kind in PARTNER:
        yield "onto", f"{stressor['onto']!r} is also `from`; a stressor acts through one agent on another"
    if kind in SAYING and isinstance(stressor.get("text"), str):
        yield from _ending_words(stressor["text"], _markers(scenario))
    yield from _idle(kind, stressor, scenario)


def _strays(kind: str) -> Iterator[tuple[str, str]]:
    """The keys that mean nothing for this kind, each with what to do."""
    if kind == LONG_HORIZON:
        for key in ("from", "onto", "at"):
            yield key, f"long_horizon is about the whole conversation and all who take part; leave `{key}` out"
    if kind in PROMPT:
        yield "from", f"{kind} changes what an agent is given, by nobody's words; name that agent as `onto`"
        yield "at", f"{kind} acts from the first turn on; leave `at` out"
    if kind not in SAYING:
        yield "text", f"{kind} says nothing of its own; `text` belongs to {', '.join(sorted(SAYING))}"
    if kind != "register_shift":
        yield "register", f"{kind} has no register; `register` belongs to register_shift"


def _ending_words(text: str, markers: Sequence[str]) -> Iterator[tuple[str, str]]:
    marker = next((marker for marker in markers if marker in text), None)
    if marker is not None:
        yield "text", f"the words hold stop.done, {marker!r}, and would end the conversation; take it out"


def _idle(kind: str, stressor: Mapping[str, Any], scenario: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Stressors that could never act in this scenario."""
    agents, script = scenario.get("agents"), _script(scenario)
    if kind == LONG_HORIZON and script is not None:
        yield "kind", "long_horizon does not fit turns.policy 'script': a script ends with its last line"
    free = _speaking_freely(script or ())
    if kind in PARTNER and script and len(free) < 2:
        told = ", ".join(free) or "nobody"
        yield "kind", f"{kind} takes two agents who speak words of their own; in this script there is: {told}"
    if kind == "persona_strip" and isinstance(agents, list | tuple) and all(isinstance(one, Mapping) for one in agents):
        onto = stressor.get("onto")
        if not any(agent.get("persona") for agent in agents if onto in (None, agent.get("name"))):
            yield "kind", f"persona_strip: {onto or 'no agent'} has {'no' if onto else 'a'} `persona` to take away"
    limit = _turn_limit(scenario)
    if kind in PARTNER and stressor.get("at") is None and limit is not None and 1 <= limit <= DEFAULT_AT:
        yield "kind", f"{kind} begins at turn {DEFAULT_AT} unless `at` says another, and stop.max_turns is {limit}"


def _script(scenario: Mapping[str, Any]) -> Sequence[Any] | None:
    """The lines of a script, None under any other policy."""
    turns = scenario.get("turns")
    if not isinstance(turns, Mapping) or turns.get("policy") != "script":
        return None
    lines = turns.get("lines")
    return lines if isinstance(lines, list | tuple) else ()


def _speaking_freely(script: Sequence[Any]) -> list[str]:
    """Those who have a line without fixed words."""
    lines = (line for line in script if isinstance(line, Mapping) and not line.get("text"))
    return list(dict.fromkeys(str(line.get("speaker")) for line in lines))


def _stop(scenario: Mapping[str, Any]) -> Mapping[str, Any]:
    stop = scenario.get("stop")
    return stop if isinstance(stop, Mapping) else {}


def _turn_limit(scenario: Mapping[str, Any]) -> int | None:
    limit = _stop(scenario).get("max_turns")
    return limit if isinstance(limit, int) else None


def _markers(scenario: Mapping[str, Any]) -> Sequence[str]:
    done = _stop(scenario).get("done")
    entries = done if isinstance(done, list | tuple) else [done]
    return [entry.strip() for entry in entries if isinstance(entry, str) and entry.strip()]
