"""The kinds of stressor by what they touch: a partner's words, their texture, an agent's prompt, the conversation."""

from __future__ import annotations

ADDING = frozenset({"role_pressure", "distractor", "contradiction"})
"""A sentence or two is added to the partner's own turn."""

SAYING = ADDING | {"silence"}
"""Words are said that the partner did not choose: from the shipped lists, or the stressor's own `text`."""

WORDING = SAYING | {"register_shift"}
"""Whole turns of the partner are changed: each with the probability of the dose, or one of them without a dose."""

TEXTURE = frozenset({"typos", "code_switching"})
"""A share of the words in every turn of the partner is changed."""

PARTNER = WORDING | TEXTURE
"""They act through the words of the agent `from` on those who read them."""

PROMPT = frozenset({"persona_strip", "paraphrase", "temperature", "context_truncation"})
"""They change what the agent `onto` is told, shown or set to, throughout."""

LONG_HORIZON = "long_horizon"
"""It changes the conversation: it goes on beyond its end."""

DEFAULT_AT = 2
"""The turn from which a partner acts where `at` is left out: everybody has spoken once."""

FULL_DOSE = 1.0
"""The dose of a share where none is given."""
