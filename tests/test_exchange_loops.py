"""Loops: exchanges that come back after a fixed number of turns."""

from __future__ import annotations

from itertools import pairwise

from builders import transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from sims.exchange_loops import LONGEST_PERIOD, Loop, find_loops

THANKS = ("A", "Thank you so much for your help today!")
WELCOME = ("B", "You are very welcome, have a great day!")
OTHER = [("A", "Where is the station?"), ("B", "Down the road, past the two bridges.")]


def loops(*lines: tuple[str, str]) -> tuple[Loop, ...]:
    """The loops of a conversation of these lines."""
    return find_loops(transcript(*lines).turns)


def test_thanks_without_end_are_one_loop() -> None:
    """After 2 turns the pair stands 3 times in a row, from turn 2 on, every 2 turns."""
    assert loops(*OTHER, *[THANKS, WELCOME] * 3) == (Loop(first=2, period=2, times=3),)


def test_case_punctuation_and_one_word_more_do_not_hide_a_loop() -> None:
    """ "..., have a great day" and "... a very great day": 9 shared of 9 words; "today" left out: 7 of 8."""
    again = [("A", "THANK YOU so much for your help"), ("B", "You are very welcome. Have a very great day")]
    assert loops(THANKS, WELCOME, *again) == (Loop(0, 2, 2),)


def test_an_exchange_may_come_back_after_other_talk() -> None:
    """The same pair at turns 0 and 4."""
    assert loops(THANKS, WELCOME, *OTHER, THANKS, WELCOME) == (Loop(0, 4, 2),)


def test_short_acknowledgements_are_no_loop() -> None:
    """People say "Yeah." and "Right." again and again."""
    assert loops(*[("A", "Yeah."), ("B", "Right, right.")] * 10) == ()


def test_the_same_words_by_the_other_speaker_are_no_loop() -> None:
    """Roles swapped: nobody repeats an exchange."""
    assert loops(THANKS, WELCOME, ("B", THANKS[1]), ("A", WELCOME[1])) == ()


def test_numbers_that_change_are_new_words() -> None:
    """A clerk who reads out prices does not loop: 4 of 8 words are shared, below 0.8."""
    prices = [("B", f"That one costs {price} euros {price + 1}.") for price in (12, 47, 81)]
    assert loops(*[line for price in prices for line in (("A", "And how much is this other one?"), price)]) == ()


def test_a_conversation_too_short_to_loop_has_none() -> None:
    """Nothing, one turn, one exchange."""
    assert loops() == loops(THANKS) == loops(THANKS, WELCOME) == ()


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from([THANKS[1], WELCOME[1], "Hm."])), max_size=40))
@settings(max_examples=150, deadline=None)
def test_loops_lie_inside_and_apart_and_repeat(lines: list[tuple[str, str]]) -> None:
    """Each loop lies within the conversation, none overlap, and its turns recur at its period."""
    found = loops(*lines)
    for loop in found:
        assert 2 <= loop.period <= LONGEST_PERIOD
        assert loop.times >= 2
        assert loop.last < len(lines)
        assert {lines[loop.first + loop.period * k] for k in range(loop.times)} == {lines[loop.first]}
    assert all(one.last < after.first for one, after in pairwise(found))
