"""Whom a turn calls, and which turn it answers."""

from __future__ import annotations

import pytest

from sims.addressing import addressees, answered_turn
from sims.transcript import Turn

CAST = ["Ana", "Ben", "Cem"]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Ben, what did users say?", ("Ben",)),
        ("That settles it. Cem: your numbers, please.", ("Cem",)),
        ("What do you think, ben?", ("Ben",)),
        ("@Cem and @Ben please answer", ("Cem", "Ben")),
        ("Thanks, Cem. Ben, what did users say?", ("Cem", "Ben")),
        ("Ben-Ali is not here.", ()),
        ("Ben - your turn", ("Ben",)),
        ("I agree with Ben.", ()),
        ("Benjamin, hello", ()),
        ("Ana, I forgot.", ()),
    ],
)
def test_a_name_counts_where_it_stands_as_a_call(text: str, called: tuple[str, ...]) -> None:
    """A call needs its punctuation or an @; a name that is only spoken of is no call, one's own never."""
    assert addressees(text, speaker="Ana", cast=CAST) == called


def test_with_two_participants_the_other_is_always_meant() -> None:
    """Nobody else is there to be addressed."""
    assert addressees("Hm.", speaker="Ana", cast=["Ana", "Ben"]) == ("Ben",)


def test_a_turn_answers_the_one_that_called_its_speaker() -> None:
    """Ana's call at turn 0 outranks Cem's later remark, until Ben has answered it."""
    said = [Turn("Ana", "Ben, why?", to=("Ben",)), Turn("Cem", "Good question.")]
    assert answered_turn("Ben", said) == 0
    assert answered_turn("Ben", [*said, Turn("Ben", "Because."), Turn("Cem", "I see.")]) == 3


def test_without_a_call_the_last_turn_of_somebody_else_is_answered() -> None:
    """Own turns are passed over; with nobody else there is nothing to answer."""
    assert answered_turn("Ana", [Turn("Ben", "a"), Turn("Cem", "b"), Turn("Ana", "c")]) == 1
    assert answered_turn("Ana", [Turn("Ana", "c")]) is None
    assert answered_turn("Ana", []) is None
