"""What is estimated beforehand, against what a conversation run to its end asks for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from builders import Saying, cell, scenario

from sims.backends.backend import Reply
from sims.cell import Beginning
from sims.conversation import hold_conversation
from sims.estimate import REPLY_TOKENS, estimate, estimate_ratio, estimated, estimated_cell, tokens_of
from sims.grid import Grid
from sims.scenario import Scenario
from sims.totals import EstimateRatio, totals_of
from sims.transcript import Turn, Usage

WORDS = "word " * (REPLY_TOKENS - 16)
"""64 words of 5 characters: 80 tokens of four characters, as replies are estimated."""


def price(model: str) -> tuple[float, float] | None:
    """1 USD a token in, 2 out; b/y has no price."""
    return None if model == "b/y" else (1.0, 2.0)


def asked(of: Scenario) -> tuple[int, int]:
    """Calls and prompt tokens of a conversation whose every reply has the estimated length."""
    said = Saying(Reply(WORDS, usage=Usage(0, REPLY_TOKENS)), model="a/x")
    asyncio.run(hold_conversation(cell(of, model="a/x"), {"a/x": said}))
    texts = (message.content for request in said.requests for message in request.messages)
    return len(said.requests), sum(map(tokens_of, texts))


def test_tokens_are_four_characters_each() -> None:
    """Rounded up: 0, 1 and 4 characters, 5 characters, 400 characters."""
    assert [tokens_of("x" * count) for count in (0, 1, 4, 5, 400)] == [0, 1, 1, 2, 100]


@pytest.mark.parametrize("max_turns", [6, 30])
@pytest.mark.parametrize("policy", ["alternate", "model"])
def test_the_estimate_is_what_a_conversation_of_full_length_asks_for(policy: str, max_turns: int) -> None:
    """The same calls, those of a model that picks the speakers included; prompt tokens within 12 %."""
    of = scenario(turns={"policy": policy}, stop={"max_turns": max_turns}, opening="Hello.")
    (row,) = estimate(Grid((of,), ("a/x",)), price=price)
    calls, prompt_tokens = asked(of)
    assert row.calls == calls == (max_turns - 1) * (2 if policy == "model" else 1)
    assert row.prompt_tokens == pytest.approx(prompt_tokens, rel=0.12)


def test_a_picker_of_its_own_is_a_row_of_its_own() -> None:
    """Five turns after the opening: five calls of b/y, three tokens each, whose price is not known."""
    of = scenario(turns={"policy": "model", "model": "b/y"}, opening="Hello.")
    agents, picker = estimate(Grid((of,), ("a/x",)), price=price)
    assert (agents.model, agents.calls) == ("a/x", 5)
    assert (picker.model, picker.calls, picker.completion_tokens, picker.cost_usd) == ("b/y", 5, 15, None)
    assert estimated(Grid((of,), ("a/x",)), price=price).cost_usd is None


def test_sums_over_a_grid() -> None:
    """Two models, three repeats, six calls each: 36 calls, 80 tokens each; a token in is 1 USD, one out 2."""
    sums = estimated(Grid((scenario(),), ("a/x", "a/z"), repeats=3), price=price)
    assert (sums.calls, sums.completion_tokens) == (36, 2880)
    assert sums.cost_usd == sums.prompt_tokens + 2 * 2880


def test_how_far_an_estimate_was_off() -> None:
    """Six calls of six; 6 x 10 of the prompt tokens, 6 x 20 of 480; no ratio of a cost that nobody told, or of 0."""
    before = estimated(Grid((scenario(),), ("a/x",)), price=price)
    for cost_usd, ratio in ((0.5, round(3 / (before.cost_usd or 0), 3)), (None, None), (0.0, None)):
        said = Saying(Reply("Well.", usage=Usage(10, 20), cost_usd=cost_usd), model="a/x")
        held = asyncio.run(hold_conversation(cell(model="a/x"), {"a/x": said}))
        assert estimate_ratio(before, totals_of([held])) == EstimateRatio(
            calls=1.0,
            prompt_tokens=round(60 / before.prompt_tokens, 3),
            completion_tokens=0.25,
            cost_usd=ratio,
        )


def test_one_conversation_is_a_part_of_its_grid() -> None:
    """Three of them are estimated at three times one; one that goes on from two recorded turns has four calls left."""
    grid = Grid((scenario(),), ("a/x",), repeats=3)
    whole, one = estimated(grid, price=price), estimated_cell(next(iter(grid)), price=price)
    assert (whole.calls, whole.prompt_tokens, whole.cost_usd) == (
        3 * one.calls,
        3 * one.prompt_tokens,
        3 * (one.cost_usd or 0),
    )
    begun = Beginning("recorded", 2, 0, (Turn("customer", "Hello."), Turn("support", "Hello.")))
    assert estimated_cell(replace(next(iter(grid)), beginning=begun), price=price).calls == 4
