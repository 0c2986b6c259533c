"""The ending judge: no end, a hasty one, and one that does not stop; and conversations that end as they should."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import transcript

from judges.ending import EndingJudge, is_farewell, open_question
from sims.transcript import StopReason

JUDGE = EndingJudge()
START = (
    ("customer", "Hi, my flight to Rome was cancelled and I want my money back."),
    ("support", "I am sorry to hear that. What is your booking code?"),
    ("customer", "AB12CD."),
)
SETTLED = (*START, ("support", "Your money is on its way. Is there anything else?"))


def kinds(*lines: tuple[str, str], stop: StopReason | None = None) -> list[tuple[int, str]]:
    """The flagged turns."""
    one = replace(transcript(*lines), stop_reason=stop)
    return [(hit.turn, hit.kind) for hit in JUDGE.judge(one).hits]


def test_a_question_at_the_turn_limit_is_a_missing_end() -> None:
    """Stopped with the booking code asked for; its twin parts in the last turn."""
    assert kinds(*START[:2], stop="max_turns") == [(1, "missing")]
    assert kinds(*SETTLED, ("customer", "No, that's all, goodbye!"), stop="max_turns") == []


def test_a_limit_without_farewell_is_a_missing_end() -> None:
    """Nobody asks, nobody parts."""
    assert kinds(*START, stop="max_tokens") == [(2, "missing")]
    assert kinds(*START, stop="script_end") == []


def test_an_excerpt_that_ends_on_a_question_is_no_finding() -> None:
    """Nobody recorded why it stops: a score below the threshold."""
    verdict = JUDGE.judge(transcript(*START[:2]))
    assert verdict.turn_scores == (None, 0.4)
    assert verdict.hits == ()


def test_parting_on_a_question_is_premature() -> None:
    """ "[DONE]" is no booking code; its twin answers before it parts, another answers an offer."""
    assert kinds(*START[:2], ("customer", "Thank you! [DONE]"), stop="agent_done") == [(2, "premature")]
    assert kinds(*START[:2], ("customer", "It is AB12CD. Thank you, bye!"), stop="agent_done") == []
    assert kinds(*SETTLED, ("customer", "Thank you, goodbye! [DONE]"), stop="agent_done") == []


def test_parting_in_the_second_turn_is_premature() -> None:
    """Nothing can be settled by then."""
    assert kinds(START[0], ("support", "Goodbye!")) == [(1, "premature")]


def test_ending_with_a_question_of_ones_own_is_premature() -> None:
    """The agent who ends it asks something."""
    last = ("support", "Which day would suit you? [DONE]")
    assert kinds(*START, last, stop="agent_done") == [(3, "premature")]


def test_goodbyes_without_end_are_an_overrun() -> None:
    """Both have parted by turn 5; a few courtesies are usual, the fifth starts the overrun, at turn 10."""
    bye = [("customer", "Thanks, goodbye!"), ("support", "You too! Have a great day!")]
    assert kinds(*SETTLED, *bye) == []
    assert kinds(*SETTLED, *bye, ("customer", "You too!")) == []
    assert kinds(*SETTLED, *bye * 4) == [(10, "overrun")]


def test_new_matter_after_the_farewell_is_an_overrun() -> None:
    """The conversation is taken up again."""
    bye = [("customer", "Thanks, goodbye!"), ("support", "You too! Have a great day!")]
    again = ("customer", "My other flight, to Oslo, has been cancelled as well, and I need a hotel.")
    assert kinds(*SETTLED, *bye, again) == [(6, "overrun")]


def test_one_score_a_conversation() -> None:
    """At the last turn, 0 where all is well; None elsewhere."""
    verdict = JUDGE.judge(transcript(*SETTLED, ("customer", "No. Goodbye!")))
    assert verdict.turn_scores == (None, None, None, None, 0)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Have a lovely evening!", True),
        ("See you next week.", True),
        ("Take care.", True),
        ("###STOP###", True),
        ("Have a look at your account.", False),
        ("I have a day off on Monday.", False),
    ],
)
def test_what_parts(text: str, parts: bool) -> None:
    """Farewells and end marks."""
    assert is_farewell(text) is parts


def test_an_offer_of_more_help_is_no_open_question() -> None:
    """ "Is there anything else?" wants no answer of substance."""
    assert open_question("Is there anything else I can do?") is None
    assert open_question("Good. Which day?") is not None
