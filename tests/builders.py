"""Short ways to make values for tests."""

from __future__ import annotations

import itertools
from typing import Any

from sims.backends.backend import Reply, Request
from sims.cell import Cell
from sims.scenario import Scenario
from sims.transcript import Participant, Transcript, Turn


def transcript(*lines: tuple[str, str], id: str = "t1", roles: dict[str, str] | None = None, **more: Any) -> Transcript:  # noqa: A002
    """A transcript of (speaker, text) lines; speakers appear in order, their role defaults to their name."""
    names = list(dict.fromkeys([speaker for speaker, _ in lines] + list(roles or {})))
    cast = tuple(Participant(name, (roles or {}).get(name, name)) for name in names)
    turns = tuple(Turn(speaker, text) for speaker, text in lines)
    return Transcript(id=id, source="test", kind=more.pop("kind", "llm"), participants=cast, turns=turns, **more)


def scenario(**more: Any) -> Scenario:
    """A scenario of a customer and a support agent; any key may be replaced."""
    data: dict[str, Any] = {
        "schema": "simstress/scenario@1",
        "id": "refund",
        "task": "Settle a refund request for a cancelled flight.",
        "agents": [
            {"name": "customer", "role": "customer", "goal": "Get the money back.", "private": "Has insurance."},
            {"name": "support", "role": "support agent", "goal": "Help within policy."},
        ],
        "stop": {"max_turns": 6, "done": "[DONE]"},
    }
    return Scenario.model_validate(data | more)


class Saying:
    """A backend that says the given things in turn; an exception among them is raised. Keeps what it was asked."""

    def __init__(self, *things: str | Reply | Exception, model: str = "test/saying") -> None:
        self.model = model
        self.requests: list[Request] = []
        self._things = itertools.cycle(things)

    async def reply(self, request: Request) -> Reply:
        """The next thing."""
        self.requests.append(request)
        thing = next(self._things)
        if isinstance(thing, Exception):
            raise thing
        return Reply(thing) if isinstance(thing, str) else thing


def cell(of: Scenario | None = None, *, model: str = "test/saying", repeat: int = 0, **more: Any) -> Cell:
    """One conversation to be held, every agent under the same model."""
    of = of or scenario(**more)
    return Cell(of, model, {agent.name: model for agent in of.agents}, None, repeat, 7)
