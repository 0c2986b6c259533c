"""Outright marks of a register, and the breaks that they tell where the scale alone does not."""

from __future__ import annotations

import pytest
from builders import transcript

from judges.formality import FormalityJudge
from judges.formality_features import measure
from judges.formality_marks import Marks, marks_in

PLAIN = (
    "I would like a table for two on Friday.",
    "We can come at seven or a bit later.",
    "Is there a car park near the place?",
    "My sister will bring her little boy along.",
)
LETTER = "I should like to enquire about the menu, and I remain most grateful for your kind reply."
MESSAGE = "u can also send me the menu b4 we come, thx lol"


def kinds(*said: str) -> list[tuple[int, str]]:
    """The breaks of a speaker who says this, with somebody who hardly answers."""
    lines = [line for text in said for line in (("A", text), ("B", "Okay."))]
    return [(hit.turn, hit.kind) for hit in FormalityJudge().judge(transcript(*lines)).hits]


def test_words_and_phrases_are_counted() -> None:
    """ "furthermore" and "kindly" are marked words and outright too; "assist" is a marked word only: 3 + 2."""
    text = "Furthermore, could you kindly assist us?"
    assert marks_in(text, measure(text), "raised") == Marks(5, 2)


def test_service_talk_has_no_outright_mark() -> None:
    """What every help desk says in every turn is counted, but tells no break by itself: three marks, none outright."""
    text = "I can assist you with that and provide what you need, so we proceed now."
    assert marks_in(text, measure(text), "raised") == Marks(3, 0)
    assert kinds(*PLAIN, text) == []


@pytest.mark.parametrize(("said", "kind"), [(LETTER, "raised"), (MESSAGE, "lowered")])
def test_a_turn_of_another_register_is_a_break(said: str, kind: str) -> None:
    """And no plain turn beside it is."""
    assert kinds(*PLAIN, said) == [(2 * len(PLAIN), kind)]


@pytest.mark.parametrize("said", [LETTER, MESSAGE])
def test_who_always_writes_so_breaks_nothing(said: str) -> None:
    """Marks in a fifth of the speaker's other turns are habit."""
    assert kinds(*[said] * 4) == []


def test_three_turns_are_a_register_and_two_are_none() -> None:
    """A speaker needs two other turns to be held to."""
    assert kinds(*PLAIN[:2], MESSAGE) == [(4, "lowered")]
    assert kinds(*PLAIN[:1], MESSAGE) == []


def test_the_quote_is_the_sentence_with_the_marks() -> None:
    """Of a turn of several sentences, the one that shows the break."""
    said = f"We will be there at seven. {LETTER}"
    lines = [line for text in (*PLAIN, said) for line in (("A", text), ("B", "Okay."))]
    (hit,) = FormalityJudge().judge(transcript(*lines)).hits
    assert hit.quote == LETTER
    assert "formal words and phrases" in hit.reason
