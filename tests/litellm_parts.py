"""What the tests of the litellm backend share."""

from __future__ import annotations

import pytest

from sims.backends.backend import Message

KEY = "sk-planted-key-0123456789"
MESSAGES = (Message("system", "You are a customer."), Message("user", "Hello, how can I help?"))


@pytest.fixture(autouse=True)
def planted_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that no file and no message may hold, for every test of a module that imports this."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
