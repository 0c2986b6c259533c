"""Whatever bytes a scenario or transcript file holds: it loads, or ends in a SimstressError; what loads can be used.

Inputs are good files mutated by bytes and by structure, from a fixed seed. 400 scenarios (slow to
parse) and 2,000 transcripts run here; 100,000 of each in the campaign.
"""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sims.errors import SimstressError
from sims.prompt import messages_for, scene_for
from sims.scenario_file import check_scenario
from sims.transcript_file import TRANSCRIPTS
from sims.turn_graph import build_turn_graph, measures
from sims.turn_graph_export import to_dot, to_graphml, to_json

SCENARIO: dict[str, Any] = {
    "schema": "simstress/scenario@1",
    "id": "fuzz",
    "description": "d",
    "task": "Settle it.",
    "agents": [
        {"name": "Ana", "role": "customer", "persona": "p", "goal": "g", "private": "x", "model": "offline/actor"},
        {"name": "Ben", "role": "clerk"},
    ],
    "opening": [{"speaker": "Ana", "text": "Hi"}],
    "turns": {"policy": "script", "lines": [{"speaker": "Ana"}, {"speaker": "Ben"}]},
    "stop": {"max_turns": 8, "done": ["[DONE]", "[END]"], "max_tokens": 100},
    "stressors": [{"kind": "role_pressure", "at": 2, "from": "Ana", "onto": "Ben", "dose": 0.5}],
    "judges": ["role_flip"],
    "expect": {"role_flip": {"max_rate": 0.1}},
    "temperature": [0.0, 1],
    "repeats": 2,
}
TRANSCRIPT: dict[str, Any] = {
    "schema": "simstress/transcript@1",
    "id": "fuzz",
    "source": "hand",
    "kind": "llm",
    "participants": [{"name": "Ana", "role": "customer", "private": "x"}, {"name": "Ben", "role": "clerk"}],
    "turns": [
        {"speaker": "Ana", "text": "Hi.", "usage": {"prompt_tokens": 1, "completion_tokens": 2}, "cost_usd": 0.1},
        {"speaker": "Ben", "text": "Hello.", "reply_to": 0, "to": ["Ana"], "latency_s": 0.5, "attempts": 1},
    ],
    "meta": {"model": "m"},
    "scenario": {"id": "s", "hash": "h"},
    "stressors": [{"kind": "typos"}],
    "repeat": 1,
    "stop_reason": "max_turns",
}
ODD: list[Any] = [
    *("", " ", "\x00", "\ud800", "\u202e", "a" * 300, "[DONE]", "Ana", "{0.__class__}", "%s", "..", "<<", "*a", "&a x"),
    *(None, True, False, 0, -1, 1, 2**63, 10**40, 1e308, -0.0, float("inf"), float("nan"), 0.5),
    *([], {}, [[]], {"": {}}, [None], {"policy": "addressed"}, {"speaker": "Ana"}, {"a": [1, {"b": 2}]}),
]
PIECES = [
    "!!python/name:os.system ",
    "&a ",
    "*a",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "\t",
    "#",
    "'",
    '"',
    "<<: ",
    "\\ud800",
]
PIECES += [
    "\x00",
    "\x1b[31m",
    "\ufeff",
    "---\n",
    "|\n",
    "1e999",
    "0x" + "f" * 5000,
    "? ",
    "é",
    "\u2028",
    "%TAG ! x\n",
    "NaN",
]


def mutated(value: Any, rng: random.Random) -> Any:
    """A copy with one to three parts changed, left out, doubled or named anew."""
    changed = copy.deepcopy(value)
    for _ in range(rng.randint(1, 3)):
        parent = rng.choice(_containers(changed))
        place = rng.choice(list(parent) if isinstance(parent, dict) else range(len(parent)))
        act = rng.randrange(4)
        if act == 0:
            parent[place] = copy.deepcopy(rng.choice(ODD))
        elif act == 1 and isinstance(parent, dict):
            parent[str(rng.choice(ODD))] = parent.pop(place)
        elif act == 2:
            del parent[place]
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(parent[place]))
    return changed


def _containers(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [value] if isinstance(value, dict | list) and value else []
    return [*found, *(container for one in inner for container in _containers(one))] or [{"empty": None}]


def bitten(content: bytes, rng: random.Random) -> bytes:
    """The bytes with one to four places overwritten, cut out, doubled or with something dropped in."""
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(content) + 1)
        end = start + rng.choice((0, 0, 1, 2, 5, 40))
        piece = rng.choice(PIECES).encode("utf-8", "surrogatepass")
        new = rng.choice((b"", bytes([rng.randrange(256)]), piece, content[start:end] * 2))
        content = content[:start] + new + content[end:]
    return content


def as_yaml(value: Any) -> bytes:
    """A mapping as JSON, which is YAML, or in YAML's own lines."""
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(value, out)
    return out.getvalue().encode("utf-8", "surrogatepass")


def scenario_input(rng: random.Random) -> bytes:
    """A scenario file, spoilt."""
    if rng.random() < 0.5:
        return bitten(_GOOD_YAML, rng)
    return json.dumps(mutated(SCENARIO, rng)).encode()


def transcript_input(rng: random.Random) -> bytes:
    """A transcript file, spoilt."""
    content = json.dumps(mutated(TRANSCRIPT, rng) if rng.random() < 0.7 else TRANSCRIPT).encode() + b"\n"
    return bitten(content, rng) if rng.random() < 0.5 else content


_GOOD_YAML = as_yaml(SCENARIO)


def load_scenario_of(content: bytes, folder: Path) -> bool:
    """Load and use a scenario; whether it could be loaded."""
    file = folder / "s.yaml"
    file.write_bytes(content)
    scenario, faults = check_scenario(file, judges=("role_flip", "digression", "formality", "metaphor"), references=())
    assert (scenario is None) == bool(faults)
    assert all(str(fault).isprintable() for fault in faults)
    if scenario is None:
        return False
    for agent in scenario.agents:
        assert messages_for(scenario, agent, ())[0].content
        assert scene_for(scenario, agent, (), conversation="c", repeat=0).me == agent
    file.write_text(json.dumps(scenario.model_dump(mode="json", by_alias=True, exclude_none=True)))
    again, faults = check_scenario(file)
    assert again == scenario, faults
    assert again is not None
    assert again.content_hash == scenario.content_hash
    return True


def load_transcripts_of(content: bytes, folder: Path) -> bool:
    """Load and use the transcripts of a file; whether it could be loaded."""
    file = folder / "t.jsonl"
    file.write_bytes(content)
    try:
        found = list(TRANSCRIPTS.read(file))
    except SimstressError as error:
        assert str(error).removeprefix(str(file)).isprintable()  # noqa: PT017
        return False
    for transcript in found:
        graph = build_turn_graph(transcript)
        assert measures(graph).turns == len(transcript.turns)
        assert all(text.encode() for text in (to_graphml(graph), to_json(graph), to_dot(graph, view="speakers")))
    try:
        file.write_text("".join(TRANSCRIPTS.dump(transcript) + "\n" for transcript in found))
    except ValueError:  # NaN and infinity, which JSON has not
        assert b"NaN" in content or b"Infinity" in content or b"e" in content
        return True
    assert list(TRANSCRIPTS.read(file)) == found
    return True


def campaign(
    make: Callable[[random.Random], bytes], load: Callable[[bytes, Path], bool], folder: Path, inputs: int
) -> int:
    """How many of so many inputs could be loaded; an input that breaks a promise is shown with its number."""
    loaded = 0
    for number in range(inputs):
        content = make(random.Random(number))  # noqa: S311
        try:
            loaded += load(content, folder)
        except Exception as error:
            raise AssertionError(f"input {number} broke it: {content!r}") from error
    return loaded


def test_four_hundred_scenarios(tmp_path: Path) -> None:
    """No traceback; some load, most do not."""
    assert 20 < campaign(scenario_input, load_scenario_of, tmp_path, 400) < 380


def test_two_thousand_transcripts(tmp_path: Path) -> None:
    """No traceback; some load, some do not."""
    assert 100 < campaign(transcript_input, load_transcripts_of, tmp_path, 2_000) < 1_900


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("make", "load"), [(scenario_input, load_scenario_of), (transcript_input, load_transcripts_of)]
)
def test_a_hundred_thousand_of_each(
    make: Callable[[random.Random], bytes], load: Callable[[bytes, Path], bool], tmp_path: Path
) -> None:
    """No traceback in 100,000 inputs."""
    assert 0 < campaign(make, load, tmp_path, 100_000) < 100_000


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Bytes of no design: neither loader lets anything but a SimstressError out."""
    folder = tmp_path_factory.getbasetemp()
    load_scenario_of(content, folder)
    load_transcripts_of(content, folder)
