"""Short ways to make values for tests."""

from __future__ import annotations

from typing import Any

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
