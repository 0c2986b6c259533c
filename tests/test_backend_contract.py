"""What holds for every backend, whoever answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from builders import cell, scenario
from openai_server import fails, openai_server, refuses, says

from sims.backends.backend import Backend, Message, Reply, Request
from sims.backends.catalogue import open_backend
from sims.conversation import hold_conversation
from sims.errors import BackendError
from sims.prompt import messages_for, scene_for
from sims.scenario import Scenario
from sims.transcript_file import TRANSCRIPTS

REPEATS = 3
T = TypeVar("T")


def request_of(of: Scenario, *, repeat: int = 0) -> Request:
    """What the engine asks for the first turn."""
    agent = of.agents[0]
    scene = scene_for(of, agent, (), conversation="c", repeat=repeat)
    return Request(messages_for(of, agent, ()), seed=11 + repeat, scene=scene)


@pytest.fixture(params=["offline/actor", "offline/script", "replay", "openai"])
def backend(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """Each kind of backend, as the catalogue opens it; the provider is a real server on loopback."""
    if request.param == "openai":
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        with openai_server(choose=lambda call: says("I would like my money back.")) as server:
            yield open_backend("openai/test", api_base=server.base_url, timeout_s=10)
    elif request.param == "replay":
        yield open_backend(f"replay?run={recorded(tmp_path)}")
    elif request.param == "offline/script":
        (tmp_path / "lines.json").write_text(
            json.dumps({"customer": ["I want my money back."] * 50, "support": ["No."] * 50})
        )
        yield open_backend(f"offline/script?file={tmp_path / 'lines.json'}")
    else:
        yield open_backend("offline/actor")


def done(backend: Backend, work: Awaitable[T]) -> T:
    """What the work gives, after closing the backend's connections."""

    async def closing() -> T:
        try:
            return await work
        finally:
            close = getattr(backend, "aclose", None)
            if close is not None:
                await close()

    return asyncio.run(closing())


def recorded(folder: Path) -> Path:
    """A recording of the builders' scenario, each repeat once."""
    actor = open_backend("offline/actor")
    held = [
        asyncio.run(hold_conversation(cell(model="offline/actor", repeat=repeat), {"offline/actor": actor}))
        for repeat in range(REPEATS)
    ]
    (folder / "transcripts.jsonl").write_text("".join(TRANSCRIPTS.dump(one) + "\n" for one in held))
    return folder


def test_a_reply_is_text_with_what_is_known_of_it(backend: Backend) -> None:
    """Some text, at least one attempt, None or a number where something may be measured."""
    reply = done(backend, backend.reply(request_of(scenario())))
    assert isinstance(reply, Reply)
    assert reply.text.strip()
    assert reply.attempts == 1
    assert reply.cost_usd is None or reply.cost_usd >= 0
    assert reply.usage is None or reply.usage.completion_tokens > 0


def test_the_model_is_named_as_the_user_wrote_it(backend: Backend) -> None:
    """What transcripts record opens the same backend again."""
    assert backend.model.startswith(("offline/", "replay?", "openai/"))


def test_many_replies_at_once_do_not_mix(backend: Backend) -> None:
    """The same requests one after another and all at once: the same replies, but for the clock."""

    async def all_at_once() -> list[str]:
        return [one.text for one in await asyncio.gather(*(backend.reply(asked) for asked in requests))]

    async def in_turn() -> list[str]:
        return [(await backend.reply(asked)).text for asked in requests]

    requests = [request_of(scenario(), repeat=repeat) for repeat in range(REPEATS)]
    assert done(backend, all_at_once()) == done(backend, in_turn())


def test_an_offline_backend_measures_no_time(backend: Backend) -> None:
    """The same inputs give the same bytes only without clocks; a provider's time is measured."""
    reply = done(backend, backend.reply(request_of(scenario())))
    assert (reply.latency_s is None) == (not backend.model.startswith("openai/"))


def test_a_whole_conversation_can_be_held(backend: Backend) -> None:
    """The engine needs nothing else of a backend."""
    held = done(backend, hold_conversation(cell(model=backend.model), {backend.model: backend}))
    assert not held.has_failed, held.error
    assert held.turns


@pytest.mark.parametrize("model", ["offline/actor", "openai/test"])
def test_whatever_goes_wrong_is_of_the_family(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a conversation, from a failing server, from a refusing one: BackendError, nothing foreign."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with openai_server(choose=lambda call: refuses("No.") if call.number else fails(500)) as server:
        backend = open_backend(model, api_base=server.base_url, timeout_s=10)
        for _ in range(2):
            with pytest.raises(BackendError):
                done(backend, backend.reply(Request((Message("user", "Hello?"),))))
