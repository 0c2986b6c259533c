"""What calls to models came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sims.backends.backend import Reply
from sims.errors import BackendError


@dataclass(frozen=True, slots=True)
class Costs:
    """What calls came to. `attempts` counts a call as often as it was made until it was answered or given up.

    `calls_without_cost` are those whose price nobody knows, failed ones among them; they add nothing to `cost_usd`.
    """

    calls: int = 0
    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    calls_without_cost: int = 0

    def __add__(self, other: Costs) -> Costs:
        return Costs(
            self.calls + other.calls,
            self.attempts + other.attempts,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost_usd + other.cost_usd,
            self.calls_without_cost + other.calls_without_cost,
        )

    def as_data(self) -> dict[str, Any]:
        """The same for a file; money rounded to a millionth of a dollar."""
        return {
            "calls": self.calls,
            "attempts": self.attempts,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": round(self.cost_usd, 6),
            "calls_without_cost": self.calls_without_cost,
        }


def cost_of(reply: Reply) -> Costs:
    """What one reply came to."""
    usage = reply.usage
    return Costs(
        calls=1,
        attempts=reply.attempts,
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        cost_usd=reply.cost_usd or 0.0,
        calls_without_cost=int(reply.cost_usd is None),
    )


def cost_of_failure(error: BackendError) -> Costs:
    """What a call that gave no reply came to: that it was made, how often, and what the provider told of its price."""
    return cost_of(Reply("", usage=error.usage, cost_usd=error.cost_usd, attempts=error.attempts))
