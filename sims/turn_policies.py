"""Who speaks next: each policy is a small function of the scenario and the turns so far.

`next_line` is the one way in. Only the policy "model" needs a backend; every other answer follows from what
was said and the seed, so a conversation can be replayed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sims.backends.backend import Backend, Message, Request
from sims.scenario import ModeratorTurns, Scenario, ScriptTurns
from sims.seeds import derive_seed, generator
from sims.transcript import Turn

SHOWN_TURNS = 20
"""How many of the newest turns a model sees that picks the next speaker."""


@dataclass(frozen=True, slots=True)
class NextLine:
    """Who speaks next; `text` is None where the words are the agent's own. `meta` goes into the turn."""

    speaker: str
    text: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


async def next_line(
    scenario: Scenario, turns: Sequence[Turn], *, seed: int, picker: Backend | None = None
) -> NextLine | None:
    """The next line: the opening first, then whoever the policy names; None when a script is at its end.

    `picker` chooses for the policy "model"; without one that policy goes by who was addressed.

    Raises:
        BackendError: the picker could not be reached.
    """
    opening = scenario.opening_turns
    if len(turns) < len(opening):
        line = opening[len(turns)]
        return NextLine(line.speaker, line.text)
    if isinstance(scenario.turns, ScriptTurns):
        return _script_line(scenario.turns, len(turns) - len(opening))
    if scenario.turns.policy == "model":
        return await _picked(scenario, turns, seed=seed, picker=picker)
    return NextLine(_PICKS[scenario.turns.policy](scenario, turns, seed))


def _script_line(script: ScriptTurns, index: int) -> NextLine | None:
    if index >= len(script.lines):
        return None
    line = script.lines[index]
    return NextLine(line.speaker, line.text)


def _in_order(scenario: Scenario, turns: Sequence[Turn], _seed: int) -> str:
    """The agent after the last speaker, in the order of the file."""
    names = [agent.name for agent in scenario.agents]
    return names[(names.index(turns[-1].speaker) + 1) % len(names)] if turns else names[0]


def _at_random(scenario: Scenario, turns: Sequence[Turn], seed: int) -> str:
    """Anyone but the last speaker, all equally likely."""
    last = turns[-1].speaker if turns else None
    candidates = [agent.name for agent in scenario.agents if agent.name != last]
    return generator("speaker", seed, len(turns)).choice(candidates)


def _as_addressed(scenario: Scenario, turns: Sequence[Turn], seed: int) -> str:
    """Whoever the last turn called by name, the last of several; else the next in order."""
    called = turns[-1].to if turns else ()
    return called[-1] if called else _in_order(scenario, turns, seed)


def _as_moderated(scenario: Scenario, turns: Sequence[Turn], _seed: int) -> str:
    """The moderator after everyone else; after the moderator whoever was called, else who spoke least."""
    moderator = scenario.turns.moderator if isinstance(scenario.turns, ModeratorTurns) else ""
    if not turns or turns[-1].speaker != moderator:
        return moderator
    called = [name for name in turns[-1].to if name != moderator]
    if called:
        return called[-1]
    spoken = [turn.speaker for turn in turns]
    return min((agent.name for agent in scenario.agents if agent.name != moderator), key=spoken.count)


_PICKS: Mapping[str, Callable[[Scenario, Sequence[Turn], int], str]] = MappingProxyType(
    {
        "alternate": _in_order,
        "round_robin": _in_order,
        "random": _at_random,
        "addressed": _as_addressed,
        "moderator": _as_moderated,
    }
)


async def _picked(scenario: Scenario, turns: Sequence[Turn], *, seed: int, picker: Backend | None) -> NextLine:
    """A language model's choice; where its answer names nobody, the addressed one, and the turn's meta says so."""
    if picker is None:
        return NextLine(_as_addressed(scenario, turns, seed), meta={"picked_by": "address"})
    request = Request(_picking_messages(scenario, turns), seed=derive_seed(seed, "picker", len(turns)))
    reply = await picker.reply(request)
    name = _name_in(reply.text, [agent.name for agent in scenario.agents])
    meta: dict[str, Any] = {"picked_by": picker.model if name else "address", "picker_cost_usd": reply.cost_usd}
    if reply.usage:
        meta["picker_tokens"] = [reply.usage.prompt_tokens, reply.usage.completion_tokens]
    return NextLine(name or _as_addressed(scenario, turns, seed), meta=meta)


def _picking_messages(scenario: Scenario, turns: Sequence[Turn]) -> tuple[Message, ...]:
    cast = "\n".join(f"- {agent.name}: {agent.role}" for agent in scenario.agents)
    said = "\n".join(f"{turn.speaker}: {turn.text}" for turn in turns[-SHOWN_TURNS:]) or "(nothing yet)"
    return (
        Message(
            "system",
            "You decide who speaks next in a conversation. Answer with exactly one of the names, nothing else."
            f"\n\nParticipants:\n{cast}",
        ),
        Message("user", f"The conversation so far:\n{said}\n\nWho speaks next?"),
    )


def _name_in(text: str, names: Sequence[str]) -> str | None:
    """The first name that occurs in the text as a word of its own, the longest where two begin together."""
    places = [
        (found.start(), -len(name), name)
        for name in names
        if (found := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))
    ]
    return min(places)[2] if places else None
