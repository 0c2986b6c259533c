"""When a provider is no longer worth asking; nothing here waits or calls anybody."""

from __future__ import annotations

from datetime import datetime, timedelta

from sims.backends.backend import Reply
from sims.errors import AccountRejected, BackendError, ProviderAway, RateLimited

MOST_REJECTIONS = 5
"""Calls in a row rejected for the key or the account, without an answer between them, after which none is made."""


class Patience:
    """Knows from what became of the calls to a provider why it should be left alone, if so.

    It should while it asks for a pause of more than `most_s` seconds; for good once it has rejected `MOST_REJECTIONS`
    calls in a row for the key or the account, or answered calls with nothing but 429s for more than `most_s` seconds.
    """

    def __init__(self, provider: str, *, most_s: float) -> None:
        self._provider, self._most_s = provider, most_s
        self._rejected = 0
        self._refused_since_s: float | None = None
        self._given_up: str | None = None

    def take(self, outcome: Reply | BackendError, *, now_s: float) -> None:
        """Take note of how a call ended."""
        if isinstance(outcome, AccountRejected):
            self._take_rejection(outcome)
        elif isinstance(outcome, RateLimited):
            self._take_refusal(now_s)
        else:
            self._rejected, self._refused_since_s = 0, None

    def _take_rejection(self, error: AccountRejected) -> None:
        self._rejected += 1
        if self._rejected >= MOST_REJECTIONS:
            self._given_up = f"{self._provider} rejected {self._rejected} calls in a row, the last with: {error}"

    def _take_refusal(self, now_s: float) -> None:
        if self._refused_since_s is None:
            self._refused_since_s = now_s
        refused_s = now_s - self._refused_since_s
        if refused_s > self._most_s:
            self._given_up = f"{self._provider} has refused every call for {refused_s:.0f} s"

    def away(self, pause_left_s: float) -> ProviderAway | None:
        """Why no call should be made, with so much left of the pause that was asked for; None where one may be."""
        if self._given_up:
            return ProviderAway(self._given_up)
        if pause_left_s > self._most_s:
            until = datetime.now().astimezone() + timedelta(seconds=pause_left_s)
            asked = f"{self._provider} asks us to wait {pause_left_s:.0f} s, until {until:%H:%M}"
            return ProviderAway(f"{asked}, and we wait {self._most_s:.0f} s at most")
        return None
