"""Effects, intervals and tests over plain arrays; the unit is a conversation or a scenario."""
