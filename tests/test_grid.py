"""The grid of a run, and what it would cost."""

from __future__ import annotations

from typing import Any

import pytest
from builders import scenario

from sims.errors import UnknownNameError, UsageError
from sims.estimate import PlanRow, estimate
from sims.grid import Grid


def test_the_grid_is_scenarios_by_models_by_temperatures_by_repeats() -> None:
    """2 x 2 x 2 x 3 = 24 cells, each with an id of its own."""
    grid = Grid((scenario(), scenario(id="other")), ("a/x", "a/y"), temperatures=(0.0, 0.7), repeats=3)
    assert len(grid) == len({cell.id for cell in grid}) == 24
    assert next(iter(grid)).id == "refund:a/x:t0.0:r0"


def test_models_are_called_by_turns() -> None:
    """The order of holding: every scenario under every model once, then the next repeat; no cell lost or doubled."""
    grid = Grid((scenario(repeats=1), scenario(id="other", repeats=2)), ("a/x", "a/y"))
    held = [cell.id for cell in grid.in_turns]
    first = ["refund:a/x:r0", "refund:a/y:r0", "other:a/x:r0", "other:a/y:r0"]
    assert held == [*first, "other:a/x:r1", "other:a/y:r1"]
    assert sorted(held) == sorted(cell.id for cell in grid)


def test_the_file_speaks_where_the_command_line_is_silent() -> None:
    """Models, temperatures and repeats of the file; a value of the command line replaces them."""
    of = scenario(models=["a/x", "a/y"], temperature=[0.1, 0.2], repeats=2)
    assert len(Grid((of,))) == 8
    assert len(Grid((of,), ("a/z",), temperatures=(0.5,), repeats=1)) == 1


def test_an_agents_own_model_outranks_the_grid_and_the_command_line_outranks_both() -> None:
    """support brings a model; --agent-model replaces it."""
    agents = [{"name": "customer", "role": "customer"}, {"name": "support", "role": "agent", "model": "a/own"}]
    of = scenario(agents=agents)
    (cell,) = Grid((of,), ("a/x",))
    (pinned,) = Grid((of,), ("a/x",), agent_models={"support": "a/pinned"})
    assert (cell.models, pinned.models["support"]) == ({"customer": "a/x", "support": "a/own"}, "a/pinned")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"models": ("a/x", "a/y", "a/x")}, "--model a/x is given twice"),
        ({"models": ("a/x",), "temperatures": (0.7, 0.7)}, "--temperature 0.7 is given twice"),
        ({"models": ("a/x",), "agent_models": {"customer": "a/1", "support": "a/2"}}, "used by nobody"),
    ],
)
def test_a_grid_that_would_pay_twice_or_for_nothing_is_refused(more: dict[str, Any], message: str) -> None:
    """Doubled models and temperatures, and a model that no agent would use, are told before any call."""
    with pytest.raises(UsageError, match=message):
        Grid((scenario(),), **more)


def test_near_temperatures_are_different_cells() -> None:
    """0.7 and 0.70000001 do not share an id."""
    grid = Grid((scenario(),), ("a/x",), temperatures=(0.7, 0.70000001))
    assert len({cell.id for cell in grid}) == 2


def test_an_agent_without_a_model_is_told_at_once() -> None:
    """No model anywhere: the message names the agents and the way out."""
    with pytest.raises(UsageError, match=r"no model for customer, support; give --model provider/model"):
        Grid((scenario(),))


def test_a_pinned_agent_must_exist() -> None:
    """--agent-model custommer=... offers the nearest name."""
    with pytest.raises(UnknownNameError, match="did you mean 'customer'"):
        Grid((scenario(),), ("a/x",), agent_models={"custommer": "a/y"})


def test_every_model_is_listed_once_and_a_picker_among_them() -> None:
    """The model that picks speakers is called too; offline models pick nobody."""
    of = scenario(turns={"policy": "model", "model": "a/picker"})
    assert Grid((of,), ("a/x",)).model_strings == ("a/x", "a/picker")
    assert Grid((scenario(turns={"policy": "model"}),), ("offline/actor",)).model_strings == ("offline/actor",)


def test_the_estimate_counts_calls_and_money() -> None:
    """6 turns a conversation, 2 of 3 turns by each of two agents: 6 calls, 5 repeats = 30 calls, 30 x 50 tokens out."""
    (row,) = estimate(Grid((scenario(reply_max_tokens=50),), ("a/x",), repeats=5), price=lambda model: (0.0, 0.001))
    assert (row.conversations, row.calls, row.completion_tokens, row.cost_usd) == (5, 30, 1500, 1.5)
    assert row.prompt_tokens > 30 * 50


def test_an_unknown_price_is_no_price() -> None:
    """None, not zero; offline is free; fixed turns are no calls."""
    fixed = scenario(
        turns={"policy": "script", "lines": [{"speaker": "support", "text": "Hi."}, {"speaker": "customer"}]}
    )
    (row,) = estimate(Grid((fixed,), ("a/x",)), price=lambda model: None)
    (free,) = estimate(Grid((fixed,), ("offline/actor",)), price=lambda model: None)
    assert isinstance(row, PlanRow)
    assert (row.calls, row.cost_usd, free.cost_usd) == (1, None, 0.0)


def test_a_long_fixed_text_and_a_moderator_are_estimated_as_they_are() -> None:
    """40,000 characters are 10,000 tokens in every later prompt; a moderator of 12 turns speaks 6 times."""
    of = scenario(opening="word " * 8000, stop={"max_turns": 3})
    (row,) = estimate(Grid((of,), ("a/x",)), price=lambda model: None)
    assert row.calls == 2
    assert 20_000 < row.prompt_tokens < 21_000
    agents = [{"name": name, "role": "member"} for name in ("Mia", "Ana", "Ben", "Cem")]
    turns = {"policy": "moderator", "moderator": "Mia"}
    meeting = scenario(agents=agents, turns=turns, opening={"speaker": "Mia"}, stop={"max_turns": 12})
    rows = estimate(Grid((meeting,), ("a/x",), agent_models={"Mia": "a/dear"}), price=lambda model: None)
    assert {row.model: row.calls for row in rows} == {"a/dear": 6, "a/x": 6}
