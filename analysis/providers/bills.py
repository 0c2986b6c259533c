"""What conversations took: money and tokens."""

from __future__ import annotations

from sims.transcript import Transcript


def cost_usd_of(transcript: Transcript, *, start: int = 0) -> float | None:
    """What the conversation cost from turn `start` on, None where the price of some reply is not known."""
    unused = transcript.meta.get("unused_reply")
    has_price = all(turn.cost_usd is not None for turn in transcript.turns[start:] if turn.is_generated)
    if not has_price or (unused and unused.get("cost_usd") is None):
        return None
    return known_usd(transcript, start)


def known_usd(transcript: Transcript, start: int) -> float:
    """What is known to have been paid for the conversation from turn `start` on."""
    unused = transcript.meta.get("unused_reply") or {}
    turns = ((turn.cost_usd or 0.0) + (turn.meta.get("picker_cost_usd") or 0.0) for turn in transcript.turns[start:])
    return float(unused.get("cost_usd") or 0.0) + sum(turns)


def tokens_of(transcript: Transcript, *, start: int = 0) -> tuple[int, int] | None:
    """Tokens in and out of all calls from turn `start` on, None where some reply does not tell."""
    bills = [transcript.meta.get("unused_reply", {}).get("tokens") or (0, 0)]
    for turn in transcript.turns[start:]:
        bills.append(turn.meta.get("picker_tokens") or (0, 0))
        if turn.usage is not None:
            bills.append((turn.usage.prompt_tokens, turn.usage.completion_tokens))
        elif turn.is_generated:
            return None
    return sum(bill[0] for bill in bills), sum(bill[1] for bill in bills)
