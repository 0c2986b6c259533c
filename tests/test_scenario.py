"""The scenario models: defaults, shapes, and the rules between parts."""

from __future__ import annotations

from typing import Any

import pytest
from builders import scenario
from pydantic import ValidationError

from sims.scenario import OpeningSpeaker, Scenario
from sims.scenario_rules import rule_faults

CAST = [{"name": name, "role": "guest"} for name in ("Ann", "Ben", "Cem")]


def test_the_hash_follows_what_the_file_says() -> None:
    """A default written out changes nothing; another task does."""
    assert scenario(repeats=1).content_hash == scenario().content_hash
    assert scenario(task="Another.").content_hash != scenario().content_hash


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        (None, [("customer", None)]),
        ("Hello.", [("customer", "Hello.")]),
        ({"speaker": "support"}, [("support", None)]),
        ({"speaker": "support", "text": "Hello."}, [("support", "Hello.")]),
        (OpeningSpeaker(speaker="support"), [("support", None)]),
        (
            [{"speaker": "support", "text": "A."}, {"speaker": "customer", "text": "B."}],
            [("support", "A."), ("customer", "B.")],
        ),
        ([], []),
    ],
)
def test_every_form_of_opening(opening: Any, expected: list[tuple[str, str | None]]) -> None:
    """Left out, the first agent begins in its own words."""
    assert [(line.speaker, line.text) for line in scenario(opening=opening).opening_turns] == expected


def test_a_script_needs_no_opening() -> None:
    """Its first line is the first turn."""
    assert scenario(turns={"policy": "script", "lines": [{"speaker": "support"}]}).opening_turns == ()


def test_temperature_is_one_value_or_a_grid() -> None:
    """Left out, the provider decides: one cell with None."""
    found = [scenario(temperature=given).temperatures for given in (None, 0, [0, 1.5])]
    assert found == [(None,), (0.0,), (0.0, 1.5)]


@pytest.mark.parametrize(
    "more",
    [
        {"repeats": True},
        {"repeats": "5"},
        {"repeats": 0},
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"temperature": 2.1},
        {"temperature": []},
        {"temperature": {}},
        {"expect": {"role_flip": {"max_rate": True}}},
        {"expect": {"role_flip": {"max_rate": 1.1}}},
        {"stop": {"max_turns": 100_001}},
        {"id": "../up"},
        {"id": "a\n"},
        {"agents": CAST[:1]},
        {"agents": [{"name": "A\x1b[31m", "role": "x"}, CAST[0]]},
        {"models": [" "]},
    ],
)
def test_values_out_of_range_or_of_another_type_are_refused(more: dict[str, Any]) -> None:
    """No truth value passes for a number, no text for a count, no NaN for anything; ids cannot name other folders."""
    with pytest.raises(ValidationError):
        scenario(**more)


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ({"agents": [CAST[0], CAST[0]]}, ("agents", 1, "name"), "two agents are called 'Ann' (also agents[0])"),
        ({"agents": [CAST[0], {"name": " Ann ", "role": "x"}]}, ("agents", 1, "name"), "two agents are called 'Ann'"),
        ({"agents": CAST}, ("agents",), "here are 3 agents and no `turns`"),
        ({"agents": CAST, "turns": {"policy": "alternate"}}, ("turns", "policy"), "takes exactly 2 agents, here are 3"),
        ({"opening": {"speaker": "Bem"}}, ("opening", "speaker"), "no agent is called 'Bem': did you mean 'Ben'?"),
        ({"opening": [{"speaker": "X", "text": "."}]}, ("opening", 0, "speaker"), "no agent is called 'X'"),
        ({"turns": {"policy": "moderator", "moderator": "X"}}, ("turns", "moderator"), "no agent is called 'X'"),
        ({"turns": {"policy": "script", "lines": [{"speaker": "X"}]}}, ("turns", "lines", 0, "speaker"), "'X'"),
        ({"stressors": [{"kind": "typos", "onto": "X"}]}, ("stressors", 0, "onto"), "no agent is called 'X'"),
        ({"stressors": [{"kind": "typos", "from": "X"}]}, ("stressors", 0, "from"), "no agent is called 'X'"),
        ({"stressors": [{"kind": "typos", "at": 20}]}, ("stressors", 0, "at"), "never reached: stop.max_turns is 20"),
        ({"stressors": [{"kind": "typos", "at": 4}], "stop": {"max_turns": 4}}, ("stressors", 0, "at"), "is 4"),
        ({"models": ["a/b", "a/c", "a/b"]}, ("models", 2), "two entries are 'a/b' (also models[0])"),
        ({"temperature": [1, 1.0]}, ("temperature", 1), "two entries are 1.0"),
        ({"judges": ["formality", "formality"]}, ("judges", 1), "two entries are 'formality'"),
        ({"expect": {"metaphor": {}}, "judges": ["formality"]}, ("expect", "metaphor"), "not among this scenario's"),
    ],
)
def test_each_rule_names_its_place(more: dict[str, Any], place: tuple[str | int, ...], words: str) -> None:
    """The rule speaks once, at the place to mend, on plain data; and the model refuses the same data."""
    data = {"id": "x", "agents": CAST[:2], **more}
    [(found, message)] = rule_faults(data)
    assert found == place
    assert words in message
    with pytest.raises(ValidationError, match=r"must differ|no agent|agents|never reached|not among"):
        Scenario.model_validate(data)


def test_rules_pass_over_parts_of_the_wrong_shape() -> None:
    """Pydantic names those; the rules neither raise nor repeat it."""
    for odd in (None, 5, "x", [], [None], {"a": 1}, [[1]]):
        keys = ("agents", "opening", "turns", "stop", "stressors", "judges", "expect", "models", "temperature")
        for key in keys:
            assert list(rule_faults({"agents": CAST[:2], "judges": ["a"], key: odd})) == [] or key == "expect"


def test_nobody_is_unknown_while_an_agent_has_no_readable_name() -> None:
    """Its missing name is the fault; the places that use it are not."""
    agents = [CAST[0], {"nmae": "Ben", "role": "guest"}]
    assert list(rule_faults({"agents": agents, "opening": {"speaker": "Ben"}})) == []
