"""Settings, models and keys that a provider does not take: named, never lost in silence."""

from __future__ import annotations

import pytest
from litellm_parts import KEY, MESSAGES, planted_key  # noqa: F401 - a fixture of every test here
from openai_server import (
    openai_server,
)

from sims.backends.backend import Request
from sims.backends.litellm_backend import LitellmBackend
from sims.errors import (
    CallRejected,
)


async def test_a_setting_that_the_provider_does_not_take_is_named_and_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anthropic has no seed: of seed and temperature only the first is named; litellm's table says so, no call."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    backend = LitellmBackend("anthropic/claude-3-5-haiku-20241022")
    await backend.validate()
    sent, not_taken = backend._settings(Request(MESSAGES, temperature=0.5, max_tokens=40, seed=7))
    assert (sent, not_taken) == ({"temperature": 0.5, "max_tokens": 40}, ("seed",))


async def test_a_dropped_setting_is_named_in_the_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same through the protocol: Perplexity speaks the OpenAI API and takes no seed."""
    monkeypatch.setenv("PERPLEXITYAI_API_KEY", KEY)
    with openai_server() as server:
        backend = LitellmBackend("perplexity/sonar", api_base=server.base_url)
        reply = await backend.reply(Request(MESSAGES, seed=7, temperature=0.5))
        await backend.aclose()
    assert (reply.text, reply.not_taken) == ("Hello.", ("seed",))
    assert "seed" not in server.calls[0].body
    assert server.calls[0].body["temperature"] == 0.5


async def test_a_value_that_the_model_does_not_take_is_refused() -> None:
    """gpt-5-mini takes no temperature but 1; a call with 0.3 is rejected rather than made with another."""
    with openai_server() as server:
        backend = LitellmBackend("openai/gpt-5-mini", api_base=server.base_url)
        with pytest.raises(CallRejected, match="temperature"):
            await backend.reply(Request(MESSAGES, temperature=0.3))
        await backend.aclose()
    assert not server.calls


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("opnai/gpt-4o", "did you mean 'openai/gpt-4o'"),
        ("my-model", "a model is written provider/model, as in openai/gpt-4o-mini, anthropic/"),
        ("", "a model is written provider/model"),
        ("openai/", "a provider but no model"),
        ("/", "a model is written provider/model"),
        ("offline/actor", "no provider is known"),
    ],
)
async def test_a_bad_model_string_is_rejected_with_examples(model: str, words: str) -> None:
    """A name without a known provider, or without a model, is told how names are written; nobody is called."""
    with pytest.raises(CallRejected) as caught:
        await LitellmBackend(model).validate()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("openai/gpt-4o-mini", "OPENAI_API_KEY"),
        ("anthropic/claude-3-5-haiku-20241022", "ANTHROPIC_API_KEY"),
        ("gemini/gemini-2.0-flash", "GEMINI_API_KEY"),
    ],
)
async def test_a_missing_key_is_rejected_by_the_variable_s_name(
    model: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its key the model is rejected before any call, and the message says what to set."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CallRejected, match=variable):
        await LitellmBackend(model).reply(Request(MESSAGES))
