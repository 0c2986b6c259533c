"""How many calls at once a provider takes, found out from what it answers; nothing here waits or calls anybody."""

from __future__ import annotations

MOST_AT_ONCE = 100
"""Calls in flight that a run may have, where nobody says; also how many conversations it holds at once."""
START = 10
"""Calls at once before anything is known."""
CUTS = (0.9, 0.7, 0.5)
"""What the first burst of refusals leaves of the limit, the second if that did not hold, and every further one."""
CALLS_BETWEEN_PROBES = 200
"""Calls that must succeed before the number that was refused is tried again: refusals stay well below 3 %."""
PAUSES_BETWEEN_PROBES = 20
"""A refusal that cost a pause is not risked again for so many times its length: at most 5 % of the time is lost."""


class Limit:
    """The number of calls allowed in flight, from 1 to `most`.

    It grows while calls succeed and all its places are taken: by one for two calls until a call is refused, by half
    with each round; after that by one a round, to one below the number that was refused. That number is tried
    again after `CALLS_BETWEEN_PROBES`; each time it holds for two rounds the next trial is twice as bold. It shrinks
    once for a burst of refusals (`CUTS`); where the burst answers a trial, to what held before.
    """

    def __init__(self, *, most: int) -> None:
        self.most = most
        self._limit = float(min(START, most))
        self._ceiling: int | None = None
        self._step, self._held = 0, self._limit
        self._bursts = 0
        self._succeeded = 0
        self._first_to_count = 0
        self._probe_from_s = 0.0

    @property
    def places(self) -> int:
        """How many calls may be in flight."""
        return int(self._limit)

    def grow(self, call: int, *, now_s: float) -> None:
        """Take note of a call that succeeded while all places were taken; calls are numbered as they begin."""
        self._succeeded += call >= self._first_to_count
        if self._succeeded >= self.places:
            self._bursts = 0
        if self.places >= self.most:
            self._step = 0
        elif self._ceiling is None:
            self._limit += 0.5
        elif self._step:
            if self._succeeded >= 2 * self.places:  # half of them may have begun before the trial
                self._try(2 * self._step)
        elif self.places + 1 < self._ceiling:
            self._limit += 1 / self.places
        elif self._succeeded >= CALLS_BETWEEN_PROBES and now_s >= self._probe_from_s:
            self._try(1)

    def _try(self, step: int) -> None:
        self._step, self._held, self._succeeded = step, self._limit, 0
        self._limit = float(min(self.places + step, self.most))

    def shrink(self, call: int, *, in_flight: int, newest: int) -> None:
        """Take note of a refused call; one that began before the last cut belongs to a burst that had its cut.

        `in_flight` counts the refused call too, `newest` is the number of the call that began last.
        """
        if call < self._first_to_count:
            return
        refused_at = min(self.places, in_flight)
        if self._step:
            self._limit = min(self._held, float(refused_at))
        else:
            self._limit = max(1.0, refused_at * CUTS[min(self._bursts, len(CUTS) - 1)])
            self._bursts += 1
        self._ceiling, self._step = max(2, refused_at), 0
        self._first_to_count, self._succeeded = newest + 1, 0

    def settle(self, accepted: int) -> None:
        """Take note of how many calls were in flight when, after refusals, the first was answered: those had room."""
        if accepted < self.places:
            self._limit, self._ceiling = float(max(1, accepted)), max(2, accepted + 1)

    def spare(self, pause_s: float, *, now_s: float) -> None:
        """Take note of what the last refusal cost, so that the next is not risked too soon."""
        self._probe_from_s = max(self._probe_from_s, now_s + PAUSES_BETWEEN_PROBES * pause_s)
