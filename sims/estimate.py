"""What a grid would take, before anything is spent: calls, tokens and money.

Every conversation is taken to run to its last allowed turn. Tokens are counted as four characters each; a reply is
taken as its limit where the scenario sets one, else as `REPLY_TOKENS`, so a talkative model can cost more. Not counted:
the calls of a model that picks the speakers, and repeated calls. Offline models cost nothing; a model without a known
price is left without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sims.backends.backend import is_offline
from sims.grid import Casting, Grid
from sims.prompt import system_prompt
from sims.scenario import ModeratorTurns, Scenario, ScriptLine, ScriptTurns

REPLY_TOKENS = 80
_TOKENS_OF_A_NAME = 3
CHARACTERS_PER_TOKEN = 4

Price = Callable[[str], "tuple[float, float] | None"]
"""The price of a prompt token and of a completion token of a model, in USD; None where it is not known."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One scenario under one model. `cost_usd` is None where the model's price is not known."""

    scenario: str
    model: str
    conversations: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


def estimate(grid: Grid, *, price: Price) -> tuple[PlanRow, ...]:
    """One row a scenario, choice of models and model called, in the order of the grid."""
    return tuple(row for casting in grid.castings for row in _rows(casting, price))


def _rows(casting: Casting, price: Price) -> Iterator[PlanRow]:
    counts = _calls_by_agent(casting.scenario)
    for model in dict.fromkeys(casting.models.values()):
        mine = [counts[name] for name, other in casting.models.items() if other == model]
        calls, prompt, completion = (sum(column) * len(casting) for column in zip(*mine, strict=True))
        if calls:
            cost_usd = _cost(model, prompt, completion, price)
            yield PlanRow(casting.scenario.id, model, len(casting), calls, prompt, completion, cost_usd)


def _cost(model: str, prompt_tokens: int, completion_tokens: int, price: Price) -> float | None:
    if is_offline(model):
        return 0.0
    known = price(model)
    return None if known is None else round(prompt_tokens * known[0] + completion_tokens * known[1], 6)


def _calls_by_agent(scenario: Scenario) -> dict[str, tuple[int, int, int]]:
    """Calls, prompt tokens and completion tokens of each agent in one conversation run to its end."""
    reply_tokens = scenario.reply_max_tokens or REPLY_TOKENS
    prompts = {a.name: len(system_prompt(scenario, a)) // CHARACTERS_PER_TOKEN for a in scenario.agents}
    counts = {agent.name: (0, 0, 0) for agent in scenario.agents}
    history = 0
    for line in _lines(scenario):
        if line.text is None:
            calls, prompt, completion = counts[line.speaker]
            counts[line.speaker] = (calls + 1, prompt + prompts[line.speaker] + history, completion + reply_tokens)
        said = reply_tokens if line.text is None else len(line.text) // CHARACTERS_PER_TOKEN
        history += said + _TOKENS_OF_A_NAME
    return counts


def _lines(scenario: Scenario) -> list[ScriptLine]:
    """Every turn up to the last allowed; a moderator speaks every second one, other policies are taken as in order."""
    lines = list(scenario.opening_turns)
    if isinstance(scenario.turns, ScriptTurns):
        return [*lines, *scenario.turns.lines][: scenario.stop.max_turns]
    names = [agent.name for agent in scenario.agents]
    if isinstance(scenario.turns, ModeratorTurns):
        others = [name for name in names if name != scenario.turns.moderator]
        names = [name for other in others for name in (scenario.turns.moderator, other)]
    first = names.index(lines[-1].speaker) + 1 if lines else 0
    rest = scenario.stop.max_turns - len(lines)
    return [*lines, *(ScriptLine(speaker=names[(first + place) % len(names)]) for place in range(rest))]
