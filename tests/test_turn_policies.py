"""Who speaks next under each policy."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest
from builders import Saying, scenario

from sims.addressing import addressees
from sims.scenario import Scenario
from sims.transcript import Turn
from sims.turn_policies import next_line

FOUR = [{"name": name, "role": "member"} for name in ("Mia", "Ana", "Ben", "Cem")]


def meeting(**turns: Any) -> Scenario:
    """Four people, Mia first."""
    return scenario(agents=FOUR, turns=turns, stop={"max_turns": 50})


def said(of: Scenario, *lines: str) -> list[Turn]:
    """Turns from "speaker: text" lines, with whom they call."""
    cast = [agent.name for agent in of.agents]
    pairs = [line.split(": ", 1) for line in lines]
    return [Turn(name, text, to=addressees(text, speaker=name, cast=cast)) for name, text in pairs]


async def speakers(of: Scenario, count: int, seed: int = 1) -> list[str]:
    """The first speakers when everybody says something that calls nobody."""
    turns: list[Turn] = []
    while len(turns) < count:
        line = await next_line(of, turns, seed=seed)
        assert line is not None
        turns.append(Turn(line.speaker, "well"))
    return [turn.speaker for turn in turns]


async def test_alternate_is_strict() -> None:
    """Two agents take turns, beginning with the opening's speaker."""
    of = scenario(opening={"speaker": "support"})
    assert await speakers(of, 4) == ["support", "customer", "support", "customer"]


async def test_round_robin_follows_the_order_of_the_file() -> None:
    """Four agents in order, and around again."""
    assert await speakers(meeting(policy="round_robin"), 6) == ["Mia", "Ana", "Ben", "Cem", "Mia", "Ana"]


async def test_random_never_repeats_a_speaker_and_is_fair() -> None:
    """400 choices: nobody twice in a row, each about a quarter (sd of a share below .022; bounds are 4 sd)."""
    order = await speakers(meeting(policy="random"), 400)
    assert all(left != right for left, right in itertools.pairwise(order))
    assert all(70 <= count <= 130 for count in Counter(order).values())


async def test_random_follows_the_seed() -> None:
    """The same seed gives the same order, another one another."""
    of = meeting(policy="random")
    assert await speakers(of, 30, seed=1) == await speakers(of, 30, seed=1)
    assert await speakers(of, 30, seed=1) != await speakers(of, 30, seed=2)


async def test_addressed_gives_the_floor_to_whoever_was_called() -> None:
    """Called by name: that one; nobody called: the next in order."""
    of = meeting(policy="addressed")
    called = await next_line(of, said(of, "Mia: Cem, your turn."), seed=1)
    uncalled = await next_line(of, said(of, "Cem: I am done."), seed=1)
    assert (called and called.speaker, uncalled and uncalled.speaker) == ("Cem", "Mia")


async def test_thanking_one_and_asking_another_calls_the_other() -> None:
    """Of several names the last one called has the floor."""
    of = meeting(policy="moderator", moderator="Mia")
    line = await next_line(of, said(of, "Mia: Thanks, Ana. Ben, what did users say?"), seed=1)
    assert line is not None
    assert line.speaker == "Ben"


async def test_the_moderator_speaks_every_second_turn() -> None:
    """After anyone comes the moderator; after the moderator the one called, else who has spoken least."""
    of = meeting(policy="moderator", moderator="Mia")
    assert await speakers(of, 7) == ["Mia", "Ana", "Mia", "Ben", "Mia", "Cem", "Mia"]
    called = await next_line(of, said(of, "Mia: Hello.", "Ana: Hi.", "Mia: Cem, what about costs?"), seed=1)
    assert called is not None
    assert called.speaker == "Cem"


async def test_a_script_mixes_fixed_and_generated_lines_and_ends() -> None:
    """Fixed words come with the line, generated ones as None; after the last line there is nothing."""
    lines = [{"speaker": "support", "text": "Hello."}, {"speaker": "customer"}]
    of = scenario(turns={"policy": "script", "lines": lines})
    first = await next_line(of, [], seed=1)
    second = await next_line(of, [Turn("support", "Hello.")], seed=1)
    end = await next_line(of, [Turn("support", "Hello."), Turn("customer", "Hi.")], seed=1)
    assert first is not None
    assert second is not None
    assert (first.speaker, first.text, second.speaker, second.text, end) == (
        "support",
        "Hello.",
        "customer",
        None,
        None,
    )


async def test_an_opening_of_fixed_turns_comes_before_the_policy() -> None:
    """Two fixed turns, then the policy goes on from the last speaker."""
    opening = [{"speaker": "support", "text": "Hi."}, {"speaker": "support", "text": "Still there?"}]
    of = scenario(opening=opening)
    line = await next_line(of, said(of, "support: Hi."), seed=1)
    after = await next_line(of, said(of, "support: Hi.", "support: Still there?"), seed=1)
    assert line is not None
    assert after is not None
    assert (line.text, after.speaker, after.text) == ("Still there?", "customer", None)


@pytest.mark.parametrize(
    ("answer", "speaker", "picked_by"),
    [
        ("Cem", "Cem", "test/saying"),
        ("I think **ben** should go next.", "Ben", "test/saying"),
        ("nobody", "Ana", "address"),
    ],
)
async def test_a_model_picks_the_speaker(answer: str, speaker: str, picked_by: str) -> None:
    """The name in the model's answer speaks; an answer without a name falls back, and the meta says so."""
    of = meeting(policy="model")
    line = await next_line(of, said(of, "Mia: Welcome."), seed=1, picker=Saying(answer))
    assert line is not None
    assert (line.speaker, line.meta["picked_by"]) == (speaker, picked_by)
