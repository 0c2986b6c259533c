"""What a call costs: the price list is that of the provider, not of whoever serves a model of that name."""

from __future__ import annotations

import pytest

from sims.backends.litellm_backend import token_prices_usd


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openai/gpt-4o-mini", (0.15e-6, 0.60e-6)),
        ("gpt-4o-mini", (0.15e-6, 0.60e-6)),
        ("openai/test-model", None),
        ("hosted_vllm/gpt-4o-mini", None),
        ("opnai/gpt-4o-mini", None),
    ],
)
def test_prices_are_those_of_the_provider_s_own_model(model: str, expected: tuple[float, float] | None) -> None:
    """0.15 and 0.60 USD a million tokens at OpenAI, without any key; the same name elsewhere has no known price."""
    assert token_prices_usd(model) == pytest.approx(expected)
