"""The shipped scenarios are sound, and the offline actor holds each of them well."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from judges.catalogue import judge_names
from sims.backends.actor.pack import pack_for
from sims.backends.offline_actor import Dials, OfflineActor
from sims.cell import Cell
from sims.conversation import hold_conversation
from sims.roles import sides
from sims.scenario import Scenario
from sims.transcript import Transcript

FILES = sorted(Path(str(resources.files("scenarios"))).glob("*.yaml"))
PROFILES = {"service", "service-order", "help-seeking", "persona-chat", "telephone", "meeting"}
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@cache
def load(path: Path) -> Scenario:
    """The scenario in a file."""
    return Scenario.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))


@cache
def talks(path: Path, dials: Dials = Dials(), repeats: int = 30) -> tuple[Transcript, ...]:  # noqa: B008 - frozen
    """Conversations of the offline actor in this scenario."""
    scenario, actor = load(path), OfflineActor(dials)
    models = {agent.name: actor.model for agent in scenario.agents}
    cells = [Cell(scenario, actor.model, models, None, repeat, 1) for repeat in range(repeats)]
    return tuple(asyncio.run(hold_conversation(cell, {actor.model: actor})) for cell in cells)


def test_the_promised_scenarios_are_there() -> None:
    """Service, retail, negotiation, interview, tutoring, CAMEL, small talk, meeting, and one that shows a script."""
    assert [path.stem for path in FILES] == [
        "bus-survey",
        "camel-trading-bot",
        "coffee-order",
        "doctor-interview",
        "persona-smalltalk",
        "product-meeting",
        "refund-dispute",
        "tutor-fractions",
        "used-car-negotiation",
    ]


@every_file
def test_scenarios_say_what_they_should(path: Path) -> None:
    """The id is the file's name; description, task, personas, goals, judges and a reference profile are given."""
    scenario = load(path)
    assert scenario.id == path.stem
    assert scenario.reference in PROFILES
    assert scenario.description
    assert scenario.task
    assert all(agent.persona and agent.goal for agent in scenario.agents)
    assert any(agent.private for agent in scenario.agents)
    assert set(scenario.judges) <= set(judge_names())
    assert set(scenario.expect) <= set(scenario.judges)
    assert scenario.expect


@every_file
def test_the_actor_has_phrases_of_its_own_for_each(path: Path) -> None:
    """Every shipped scenario is played from its own pack."""
    scenario = load(path)
    assert pack_for(scenario.id, frozenset(agent.name for agent in scenario.agents)) is not None


@every_file
def test_clean_conversations_come_to_their_end(path: Path) -> None:
    """With all dials at 0 nothing is planted and every conversation ends by itself, having said something each turn."""
    for talk in talks(path):
        assert talk.stop_reason in ("agent_done", "script_end")
        assert len(talk.turns) >= 8
        assert not any(turn.meta.get("planted") for turn in talk.turns)
        assert not [
            turn.meta for turn in talk.turns if set(str(turn.meta.get("act")).split()) & {"again", "wait", "back"}
        ]


@every_file
def test_repeats_differ(path: Path) -> None:
    """No two of thirty repeats are the same."""
    assert len({tuple(turn.text for turn in talk.turns) for talk in talks(path)}) == 30


@every_file
def test_faulty_conversations_are_whole_too(path: Path) -> None:
    """With every dial at 0.1, conversations go on to an end, no turn is empty, and all four kinds occur."""
    kinds: set[str] = set()
    for talk in talks(path, Dials(0.1, 0.1, 0.1, 0.1)):
        assert talk.stop_reason in ("agent_done", "max_turns", "script_end")
        assert all(turn.text for turn in talk.turns)
        kinds |= {kind for turn in talk.turns for kind in turn.meta.get("planted", ())}
    assert kinds == {"role_flip", "digression", "formality", "metaphor"}


@every_file
def test_private_facts_stay_private(path: Path) -> None:
    """No agent recites another's private facts: the words of a planted flip apart, it has never read them."""
    for talk in talks(path):
        for turn in talk.turns:
            others = [who.private for who in talk.participants if who.name != turn.speaker and who.private]
            assert not [fact for fact in others if fact in turn.text]


def test_camel_turns_keep_the_protocol() -> None:
    """Every turn that is not planted begins with its own marker, and never holds the partner's; the end has its own."""
    own = {"Stock Trader": "Instruction:", "Python Programmer": "Solution:"}
    (path,) = [path for path in FILES if path.stem == "camel-trading-bot"]
    assert all("<CAMEL_TASK_DONE>" in talk.turns[-1].text for talk in talks(path))
    for talk in (*talks(path), *talks(path, Dials(0.1, 0.1, 0.1, 0.1))):
        for turn in talk.turns:
            if turn.meta.get("planted") or "<CAMEL_TASK_DONE>" in turn.text:
                continue
            other = next(marker for name, marker in own.items() if name != turn.speaker)
            assert turn.text.startswith(own[turn.speaker])
            assert other not in turn.text


def test_the_chair_has_every_second_turn_and_everyone_speaks() -> None:
    """In the meeting Ana opens, speaks every second turn, and whoever she calls answers next."""
    (path,) = [path for path in FILES if path.stem == "product-meeting"]
    for talk in talks(path):
        assert {turn.speaker for turn in talk.turns[::2]} == {"Ana"}
        assert {turn.speaker for turn in talk.turns} == {"Ana", "Ben", "Cem", "Dora"}
        for asked, answer in zip(talk.turns[::2], talk.turns[1::2], strict=True):
            assert asked.to == (answer.speaker,)


def test_sides_are_recognised() -> None:
    """The judges' and profiles' map of roles tells seekers from helpers where there are such, and peers elsewhere."""
    found = {path.stem: set(sides(talks(path)[0].participants).values()) for path in FILES}
    peers = {stem for stem, kinds in found.items() if kinds == {"peer"}}
    assert peers == {"persona-smalltalk", "product-meeting", "bus-survey"}
    assert all(kinds == {"seeker", "helper"} for stem, kinds in found.items() if stem not in peers)
