"""What a grid would take, before anything is spent: calls, tokens and money.

Every conversation is taken to run to its last allowed turn. Tokens are counted as four characters each; a reply is
taken as its limit where the scenario sets one, else as `REPLY_TOKENS`, so a talkative model can cost more. Not counted:
repeated calls, and those of judge models. Offline models cost nothing; a model without a known
price is left without one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from sims.backends.backend import is_offline
from sims.cell import Cell, picker_model
from sims.grid import Casting, Grid
from sims.prompt import system_prompt
from sims.scenario import ModeratorTurns, Scenario, ScriptLine, ScriptTurns
from sims.stressors.stress import Stress
from sims.totals import Estimated, EstimateRatio, Totals
from sims.turn_policies import SHOWN_TURNS

REPLY_TOKENS = 80
_TOKENS_OF_A_NAME = 3
_TOKENS_OF_PICKING = 45
_PICKER = ""
CHARACTERS_PER_TOKEN = 4

Price = Callable[[str], "tuple[float, float] | None"]
"""The price of a prompt token and of a completion token of a model, in USD; None where it is not known."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One scenario under one model. `scenario` has the name of the arm behind it, under stress.

    `cost_usd` is None where the model's price is not known.
    """

    scenario: str
    model: str
    conversations: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


def tokens_of(text: str) -> int:
    """About how many tokens a text is: four characters each, as English mostly is."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def estimate(grid: Grid, *, price: Price) -> tuple[PlanRow, ...]:
    """One row a scenario, choice of models and model called, in the order of the grid."""
    return tuple(row for casting in grid.castings for row in _rows(casting, price))


def estimated(grid: Grid, *, price: Price, start: int = 0, held: Collection[str] | None = None) -> Estimated:
    """The sums over a grid; without a cost where some row has none.

    Of a branched run only the conversations `held`, by their ids, count, and their turns from `start` on.
    """
    return _sums([row for casting in grid.castings for row in _rows(casting, price, start=start, held=held)])


def estimated_cell(cell: Cell, *, price: Price) -> Estimated:
    """What one conversation would take; of a branched one, what comes after its beginning."""
    casting = Casting(cell.scenario, cell.label, cell.models, (cell.temperature,), 1, cell.arm)
    return _sums(list(_rows(casting, price, start=len(cell.beginning.turns) if cell.beginning else 0)))


def _sums(rows: Sequence[PlanRow]) -> Estimated:
    costs = [row.cost_usd for row in rows if row.cost_usd is not None]
    return Estimated(
        calls=sum(row.calls for row in rows),
        prompt_tokens=sum(row.prompt_tokens for row in rows),
        completion_tokens=sum(row.completion_tokens for row in rows),
        cost_usd=round(sum(costs), 6) if len(costs) == len(rows) else None,
    )


def estimate_ratio(before: Estimated, took: Totals) -> EstimateRatio:
    """How far an estimate was off."""
    return EstimateRatio(
        calls=_ratio(took.calls, before.calls),
        prompt_tokens=_ratio(took.prompt_tokens, before.prompt_tokens),
        completion_tokens=_ratio(took.completion_tokens, before.completion_tokens),
        cost_usd=None if took.turns_without_cost else _ratio(took.cost_usd, before.cost_usd),
    )


def _ratio(took: float, before: float | None) -> float | None:
    return round(took / before, 3) if took and before else None


def _rows(casting: Casting, price: Price, *, start: int = 0, held: Collection[str] | None = None) -> Iterator[PlanRow]:
    conversations = len(casting) if held is None else sum(cell.id in held for cell in casting.cells(seed=0))
    scenario = Stress(casting.scenario, seed=0).scenario
    counts, models = _calls_by_agent(scenario, start=start), dict(casting.models)
    if picker := picker_model(casting.scenario, casting.models):
        counts[_PICKER], models[_PICKER] = _calls_of_picker(scenario, start=start), picker
    for model in dict.fromkeys(models.values()):
        mine = [counts[name] for name, other in models.items() if other == model]
        calls, prompt, completion = (sum(column) * conversations for column in zip(*mine, strict=True))
        if calls:
            cost_usd = _cost(model, prompt, completion, price)
            yield PlanRow(casting.scenario.id + casting.arm, model, conversations, calls, prompt, completion, cost_usd)


def _cost(model: str, prompt_tokens: int, completion_tokens: int, price: Price) -> float | None:
    if is_offline(model):
        return 0.0
    known = price(model)
    return None if known is None else round(prompt_tokens * known[0] + completion_tokens * known[1], 6)


def _calls_by_agent(scenario: Scenario, *, start: int) -> dict[str, tuple[int, int, int]]:
    """Calls, prompt tokens and completion tokens of each agent in one conversation run from `start` to its end."""
    reply_tokens = scenario.reply_max_tokens or REPLY_TOKENS
    prompts = {a.name: tokens_of(system_prompt(scenario, a)) for a in scenario.agents}
    counts = {agent.name: (0, 0, 0) for agent in scenario.agents}
    history = 0
    for place, line in enumerate(_lines(scenario)):
        if line.text is None and place >= start:
            calls, prompt, completion = counts[line.speaker]
            counts[line.speaker] = (calls + 1, prompt + prompts[line.speaker] + history, completion + reply_tokens)
        said = reply_tokens if line.text is None else tokens_of(line.text)
        history += said + _TOKENS_OF_A_NAME
    return counts


def _calls_of_picker(scenario: Scenario, *, start: int) -> tuple[int, int, int]:
    """Those of a model that picks the speakers: one for every turn after the opening, shown the newest turns."""
    reply_tokens = scenario.reply_max_tokens or REPLY_TOKENS
    said = [
        _TOKENS_OF_A_NAME + (reply_tokens if line.text is None else tokens_of(line.text)) for line in _lines(scenario)
    ]
    cast = _TOKENS_OF_PICKING + sum(tokens_of(agent.name + agent.role) for agent in scenario.agents)
    places = range(max(start, len(scenario.opening_turns)), len(said))
    prompt = sum(cast + sum(said[max(0, place - SHOWN_TURNS) : place]) for place in places)
    return len(places), prompt, len(places) * _TOKENS_OF_A_NAME


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
