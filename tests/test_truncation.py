"""The truncation judge: what breaks off, what is empty, what was never filled in; and what only lacks a full stop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import transcript
from hypothesis import given
from hypothesis import strategies as st

from judges.fitting.corpora import read_corpus
from judges.fitting.truncation import seldom_last
from judges.truncation import TruncationJudge, cut_chance
from judges.truncation_signs import has_end_mark, placeholders, says_nothing
from sims.transcript import Transcript

DATA = Path(__file__).parents[2] / "shared" / "data"
JUDGE = TruncationJudge()
WHOLE = "I have looked at your booking, and the flight on Monday can be changed."


def after_whole_turns(text: str) -> Transcript:
    """A conversation whose speakers close their turns with a full stop, and then this."""
    return transcript(*[("A", WHOLE), ("B", "That is good to hear.")] * 6, ("A", text))


def kinds(text: str) -> list[str]:
    """What the last turn is flagged for; no other may be."""
    verdict = JUDGE.judge(after_whole_turns(text))
    assert verdict.flagged_turns in ((), (12,))
    return [hit.kind for hit in verdict.hits]


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("I can offer you a voucher for the", "I can offer you a voucher for the flight."),
        ("Your new flight leaves on Tuesday in the aftern", "Your new flight leaves on Tuesday in the afternoon."),
        ("The total comes to 300 dollars (includ", "The total comes to 300 dollars (taxes included)."),
        ("I will now upda", "I will now update it."),
        ("Yes, I'd", "Yes, I would."),
        ("The hotel is one of", "The hotel is one of them."),
        ("And then we", "And then we did."),
        ("Please wait while I look that up and", "Please wait while I look that up!"),
    ],
)
def test_a_cut_turn_is_flagged_and_its_whole_twin_is_not(cut: str, whole: str) -> None:
    """Of a speaker who closes turns with an end mark."""
    assert kinds(cut) == ["cut_off"]
    assert kinds(whole) == []


def test_chat_without_full_stops_is_whole() -> None:
    """Who never sets an end mark does not break off by leaving it out."""
    chat = [("A", "i went to the beach"), ("B", "cool was it warm"), ("A", "yeah really nice and sunny")] * 3
    assert JUDGE.judge(transcript(*chat)).hits == ()


def test_a_stop_at_the_token_limit_is_flagged_whatever_the_words() -> None:
    """`finish_reason` "length" is the provider's word for it; its twin "stop" is not."""
    for reason, expected in (("length", ["cut_off"]), ("stop", [])):
        one = after_whole_turns(WHOLE)
        turns = (*one.turns[:-1], replace(one.turns[-1], finish_reason=reason))
        assert [hit.kind for hit in JUDGE.judge(replace(one, turns=turns)).hits] == expected


@pytest.mark.parametrize("text", ["Hi, I am [User 1's name].", "Hello {name}, welcome.", "Lorem ipsum dolor sit amet."])
def test_an_unfilled_slot_is_flagged(text: str) -> None:
    """A slot in brackets, braces, or filler text."""
    assert kinds(text) == ["placeholder"]


@pytest.mark.parametrize(
    "text",
    [
        "Hi, I am Anna (the new one) [laughs].",
        "It is in [the manual](http://example.org).",
        "Dear [Recipient Name], I am [Your Name] of [Company Name].",
        "```python\nprint(f'{name}')\n```",
    ],
)
def test_other_brackets_are_no_slots(text: str) -> None:
    """A stage direction, a link, a form with three slots that was asked for, code."""
    assert list(placeholders(text)) == []


def test_marks_alone_are_empty_and_a_smiley_is_not() -> None:
    """ "*** --- ***" says nothing; "??", ":)" and an emoji say something."""
    assert kinds("*** --- ***") == ["empty"]
    assert not any(map(says_nothing, ("??", "...", ":)", "😀", "ok")))


def test_a_blank_turn_has_a_score_and_no_quote() -> None:
    """There are no words to quote."""
    verdict = JUDGE.judge(after_whole_turns("  "))
    assert verdict.turn_scores[-1] == 1
    assert verdict.hits == ()


def test_a_protocol_mark_alone_is_no_cut() -> None:
    """ "[DONE]" ends the conversation."""
    assert kinds("[DONE]") == []


def test_a_habit_of_end_marks_makes_a_cut_likelier() -> None:
    """The same words, by who always and by who never closes a turn."""
    text = "I can offer you a voucher"
    assert cut_chance(text, usual=1.0) > cut_chance(text, usual=0.0)


@given(st.text(max_size=60), st.floats(0, 1))
def test_the_chance_is_a_chance(text: str, usual: float) -> None:
    """In [0, 1] for any text."""
    assert 0 <= cut_chance(text, usual=usual) <= 1
    assert has_end_mark(text + ".")


def test_people_are_seldom_flagged() -> None:
    """At most five turns in a thousand of telephone talk, where few turns close with a mark."""
    if not DATA.exists():
        pytest.skip("the corpora are not here")
    corpus = read_corpus(DATA, "human_switchboard")[:25]
    flagged = sum(len(JUDGE.judge(one).flagged_turns) for one in corpus)
    assert flagged <= 0.005 * sum(len(one.turns) for one in corpus)


@pytest.mark.parametrize("said", ["No problem", "I see", "Good morning", "Tuesday", "Three of them"])
def test_a_short_answer_without_a_full_stop_is_whole(said: str) -> None:
    """Its last word may well be the last, and one word is never enough."""
    assert kinds(said) == []


def test_words_are_seldom_last_by_count() -> None:
    """Of 40 times "the" stands last in none, .5 / 41 < .05; "home" closes half; "odd" was seen too seldom."""
    texts = ["we walk the dog home."] * 40 + ["home we walk the odd"] * 19
    found = seldom_last(texts)
    assert "the" in found
    assert "home" not in found
    assert "odd" not in found
