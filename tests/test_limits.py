"""The number of calls allowed at once: how it grows, how far it falls, and when it dares again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.limits import CALLS_BETWEEN_PROBES, CUTS, START, Limit


class Calls:
    """A limit and calls that keep all its places taken; numbers count up as they begin."""

    def __init__(self, *, most: int = 1000) -> None:
        self.limit, self.newest = Limit(most=most), 0

    @property
    def places(self) -> int:
        """How many calls are allowed at once."""
        return self.limit.places

    def succeed(self, times: int, *, now_s: float = 0.0) -> None:
        """So many calls begin and succeed, one after another."""
        for _ in range(times):
            self.newest += 1
            self.limit.grow(self.newest, now_s=now_s)

    def climb(self, places: int) -> None:
        """Calls succeed until so many are allowed at once."""
        while self.places < places:
            self.succeed(1)

    def refuse(self, call: int | None = None) -> None:
        """A new call, or the one of that number, is refused."""
        self.newest += call is None
        self.limit.shrink(call or self.newest, in_flight=self.places, newest=self.newest)


def at_ceiling(refused_at: int = 40) -> Calls:
    """Calls that were refused at that number once and have come back to one below it."""
    calls = Calls()
    calls.climb(refused_at)
    calls.refuse()
    calls.climb(refused_at - 1)
    return calls


def test_it_starts_small_and_grows_by_half_with_each_round() -> None:
    """Ten calls of the first round that succeed make it 10 + 10 / 2 = 15, the next fifteen 22 (22.5)."""
    calls = Calls()
    assert calls.places == START == 10
    calls.succeed(10)
    assert calls.places == 15
    calls.succeed(15)
    assert calls.places == 22


@pytest.mark.parametrize("most", [1, 3, 10, 17])
def test_it_never_leaves_its_bounds(most: int) -> None:
    """Successes carry it to `most` and no further, refusals to 1 and no further."""
    calls = Calls(most=most)
    calls.succeed(200)
    assert calls.places == most
    for _ in range(50):
        calls.refuse()
    assert calls.places == 1


def test_a_burst_of_refusals_is_one_cut() -> None:
    """40 allowed, and 30 of those in flight are refused: 0.9 * 40 = 36, once; they all began before the cut."""
    calls = Calls()
    calls.climb(40)
    calls.newest += 40
    for call in range(calls.newest - 29, calls.newest + 1):
        calls.refuse(call)
    assert calls.places == 36


def test_bursts_one_upon_the_other_cut_deeper() -> None:
    """40 -> 36 (0.9), then 25 (0.7 of 36 = 25.2), 12 (half of 25), 6: what did not hold was too much by far."""
    calls = Calls()
    calls.climb(40)
    places = []
    for _ in range(4):
        calls.refuse()
        places.append(calls.places)
    assert (places, CUTS) == ([36, 25, 12, 6], (0.9, 0.7, 0.5))


def test_a_limit_that_held_for_a_round_is_cut_lightly_again() -> None:
    """36 successes at 36 prove it; a refusal at 37 leaves 0.9 * 37 = 33, not 0.7 of it."""
    calls = Calls()
    calls.climb(40)
    calls.refuse()
    calls.succeed(37)
    assert calls.places == 37
    calls.refuse()
    assert calls.places == 33


def test_after_a_refusal_it_grows_by_one_a_round_to_one_below() -> None:
    """Refused at 40: from 36, about 36 + 37 + 38 calls lead to 39, and there it stays for the time being."""
    calls = Calls()
    calls.climb(40)
    calls.refuse()
    calls.succeed(36)
    assert calls.places <= 37
    calls.succeed(37 + 38 + 3)
    assert calls.places == 39
    calls.succeed(CALLS_BETWEEN_PROBES - 36 - 37 - 38 - 3 - 1)
    assert calls.places == 39


def test_the_number_that_was_refused_is_tried_again_and_costs_one() -> None:
    """40 is tried again; refused, it is 39 at once, and the next trial comes after 200 successes."""
    calls = at_ceiling()
    calls.climb(40)
    calls.refuse()
    assert calls.places == 39
    calls.succeed(CALLS_BETWEEN_PROBES - 1)
    assert calls.places == 39
    calls.succeed(1)
    assert calls.places == 40


def test_a_trial_that_holds_opens_the_way() -> None:
    """Two rounds at 40 without a refusal: 42 is tried, then 46 and 54; refused there, it is 46, which held."""
    calls = at_ceiling()
    calls.climb(40)
    calls.succeed(79)
    assert calls.places == 40
    for rounds, places in ((1, 42), (2 * 42, 46), (2 * 46, 54)):
        calls.succeed(rounds)
        assert calls.places == places
    calls.refuse()
    assert calls.places == 46


def test_what_had_room_after_a_burst_is_the_limit() -> None:
    """80 in flight and the first refusals: 72. When the next is answered 40 are left: 40, and 41 is tried later."""
    calls = Calls()
    calls.climb(80)
    calls.refuse()
    assert calls.places == 72
    calls.limit.settle(40)
    calls.succeed(CALLS_BETWEEN_PROBES - 1)
    assert calls.places == 40
    calls.succeed(1)
    assert calls.places == 41


def test_what_cost_a_pause_is_not_risked_again_soon() -> None:
    """After a refusal with a pause of 1 s at time 0 the number refused is tried 20 s later, however many calls."""
    calls = at_ceiling()
    calls.limit.spare(1.0, now_s=0.0)
    calls.succeed(1000, now_s=19.9)
    assert calls.places == 39
    calls.succeed(1, now_s=20.0)
    assert calls.places == 40


def test_a_provider_that_takes_one_call_is_left_at_one() -> None:
    """Refused with one call in flight: 1 it stays, and 2 is tried only after 200 calls."""
    calls = Calls(most=1)
    calls.refuse()
    calls.limit.most = 100
    calls.succeed(CALLS_BETWEEN_PROBES - 1)
    assert calls.places == 1
    calls.succeed(1)
    assert calls.places == 2


@given(steps=st.lists(st.booleans(), max_size=400), most=st.integers(1, 60))
def test_it_stays_within_bounds_whatever_happens(steps: list[bool], most: int) -> None:
    """Any order of successes and refusals leaves between 1 and `most` places."""
    calls = Calls(most=most)
    for succeeds in steps:
        if succeeds:
            calls.succeed(1)
        else:
            calls.refuse()
        assert 1 <= calls.places <= most
