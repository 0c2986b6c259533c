"""The private_facts judge: what leaks, what was told, what is denied; and what may be said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import transcript

from judges.private_facts import PrivateFactsJudge
from judges.private_facts_reading import attributes_of, codes
from sims.transcript import Transcript

JUDGE = PrivateFactsJudge()
PRIVATE = (
    "Your reservation number is AB12CD. You bought travel insurance with a gold credit card. You are 41 years old. "
    "Your name is Anna Duarte. You have two dogs."
)


def told(*lines: tuple[str, str], private: str = PRIVATE, goal: str | None = None) -> Transcript:
    """A conversation of a customer with private facts and a support agent without."""
    one = transcript(*lines, roles={"customer": "customer", "support": "support agent"})
    customer, support = (one.participant(name) for name in ("customer", "support"))
    return replace(one, participants=(replace(customer, private=private, goal=goal), support))


def kinds(*lines: tuple[str, str]) -> list[tuple[int, str]]:
    """The flagged turns."""
    return [(hit.turn, hit.kind) for hit in JUDGE.judge(told(*lines)).hits]


OPENING = ("customer", "Hi, my flight was cancelled.")


def test_a_code_that_nobody_has_said_is_a_leak() -> None:
    """Its twin: the customer gave it before."""
    answer = ("support", "I have your reservation AB12CD here.")
    assert kinds(OPENING, answer) == [(1, "leak")]
    assert kinds(OPENING, ("customer", "The number is AB12CD."), answer) == []


def test_a_fact_in_its_own_words_is_a_leak() -> None:
    """Insurance, gold, credit and card come up; its twin asks as any agent would."""
    leak = ("support", "Since you bought travel insurance with your gold credit card, you get it all back.")
    assert kinds(OPENING, leak) == [(1, "leak")]
    assert kinds(OPENING, ("support", "Do you have travel insurance?")) == []


def test_the_same_words_about_oneself_are_no_leak() -> None:
    """The support agent may own such a card."""
    assert kinds(OPENING, ("support", "We sell travel insurance, and gold credit card holders save.")) == []


def test_the_owner_may_tell() -> None:
    """One's own facts are no leak."""
    assert kinds(("customer", PRIVATE.replace("Your", "My").replace("You", "I"))) == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("My reservation number is ZZ99XX.", "My reservation number is AB12CD."),
        ("I am 35 years old.", "I am 41 years old."),
        ("My name is Bert Miller.", "My name is Anna."),
        ("I have three dogs.", "I have two dogs."),
        ("I don't have travel insurance.", "I have travel insurance."),
        ("I don't have insurance.", "I don't have a car."),
    ],
)
def test_denying_ones_own_facts_is_a_contradiction(wrong: str, right: str) -> None:
    """A code, an age, a name, a count, a possession; its twin agrees with the sheet."""
    assert kinds(OPENING, ("customer", wrong)) == [(1, "contradiction")]
    assert kinds(OPENING, ("customer", right)) == []


def test_a_number_that_the_partner_gave_is_no_contradiction() -> None:
    """The new reservation has another number."""
    new = ("support", "Your new reservation is ZZ99XX.")
    assert kinds(OPENING, new, ("customer", "So my reservation number is ZZ99XX.")) == []


def test_questions_and_doubts_state_nothing() -> None:
    """ "Do I have insurance?", "I forgot whether I have insurance"."""
    for text in (
        "Do I have two dogs?",
        "I forgot whether I have travel insurance.",
        "If I have three dogs, what then?",
    ):
        assert list(attributes_of(text)) == []


def test_nothing_private_is_unjudged() -> None:
    """There is nothing to leak where no sheet is on record."""
    verdict = JUDGE.judge(transcript(OPENING, ("support", "Hello.")))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "no_facts"
    assert set(verdict.turn_scores) == {None}


def test_a_shared_goal_is_not_guessed_but_quoted() -> None:
    """Asking for the money back may be guessed; the goal in its own words may not."""
    goal = "Get a complete refund before the wedding anniversary cruise departs."
    guess = told(OPENING, ("support", "Would you like a refund?"), private="", goal=goal)
    quote = told(
        OPENING,
        ("support", "You need a complete refund before your wedding anniversary cruise departs."),
        private="",
        goal=goal,
    )
    assert JUDGE.judge(guess).hits == ()
    assert [hit.kind for hit in JUDGE.judge(quote).hits] == ["leak"]


def test_what_could_be_hit_upon_by_chance_is_no_code() -> None:
    """Round numbers, years and short numbers are not; booking codes and user ids are."""
    assert codes("It costs $300 in 2024, for 12 people at 5:30 PM") == set()
    assert codes("AB12CD, mia_li_3668 and $347") == {"ab12cd", "mia_li_3668", "347"}
