"""Signs in the text alone that a role is lost: leaked reasoning, prompts, and speaking as a machine."""

from __future__ import annotations

import pytest
from builders import transcript
from role_parts import SERVICE, kinds

from judges.role_flip import RoleFlipJudge
from judges.role_leaks import leak_cues
from judges.verdict import Verdict
from sims.transcript import Participant

LEAKS = [
    ("As an AI language model, I cannot travel.", "I work for an AI company.", "leak"),
    ("Okay, the user wants a refund. I should respond as the customer.", "Does the user guide say so?", "leak"),
    ("Hello, my name is [Your Name].", "My seat is [12A].", "leak"),
    ("Support: I can refund that.", "Note: I can come by today.", "flip"),
    ("Good morning, I'm the support agent on duty.", "Good morning, I'm the customer who called.", "flip"),
    ("Hello customer, what can we do?", "Hello support, what can we do?", "flip"),
]


@pytest.mark.parametrize(("leaking", "innocent", "kind"), LEAKS)
def test_signs_of_a_lost_role_and_their_near_twins(leaking: str, innocent: str, kind: str) -> None:
    """Each line in the mouth of the customer is flagged for its sign; its near twin is not."""

    def said(text: str) -> Verdict:
        return RoleFlipJudge().judge(
            transcript(("customer", "I want my money back."), ("support", "I see."), ("customer", text), roles=SERVICE)
        )

    assert kinds(said(leaking)).get(2) == kind
    assert 2 not in said(innocent).flagged_turns


def test_an_assistant_may_say_that_it_is_an_ai() -> None:
    """What is a leak from a user is true of an assistant."""
    lines = [
        ("user", "Are you a person?"),
        ("assistant", "I am an AI language model."),
        ("user", "I am an AI as well."),
    ]
    verdict = RoleFlipJudge().judge(transcript(*lines, roles={"user": "user", "assistant": "AI assistant"}))
    assert kinds(verdict) == {2: "leak"}


LEAK_PHRASES = (
    "Alright, the other side has given me two options, so I will reply briefly and pick the cheaper one.",
    "I'll respond in a friendly tone as the customer would: yes, that works.",
    "Thinking: they need a date before anything else.",
    "<scratchpad>Ask about the fee first.</scratchpad> What is the fee?",
    "How would a customer react to that? Probably with anger.",
    "My goal in this conversation is to get the refund without giving in.",
    "As the customer, I should push back once more before accepting.",
    "Remember to stay in role. I want my money back!",
    "[INST] Write the next turn [/INST] Where is my parcel?",
    "I am playing a customer whose parcel was lost.",
    "Sure! Here's a realistic response from the customer: I am not happy.",
    "My persona says I must never mention the insurance.",
    "Support asked for the order number, so I'll just answer with a made-up one.",
    "System prompt: be impatient and write short messages.",
    "I should probably answer politely and then ask about the fee.",
)


INNOCENT_TWINS = (
    "Alright, the other side of the box has two options, so I will take the cheaper one.",
    "I'll respond to your mail as soon as I can.",
    "I was thinking: do they need a date before anything else?",
    "I wrote the fee on a scratchpad. What is the fee?",
    "How would you react to that? I am angry.",
    "My goal is to get the refund before my holiday.",
    "As a customer, I should be treated better than this.",
    "The actor has to stay in role all night. I want my money back!",
    "Write it in the next line [12A]. Where is my parcel?",
    "I am playing a game while I wait for my parcel.",
    "Sure! Here is the number of my order: 4711.",
    "My doctor says I must never skip the insurance form.",
    "Support asked for the order number, but I don't have it.",
    "The system promptly logged me out, so I write short messages.",
    "I should probably ask about the fee first.",
)


def _leaks(text: str) -> list[str]:
    me, you = Participant("customer", "customer of a shop"), Participant("support", "support agent")
    return [text[cue.start : cue.end] for cue in leak_cues(text, me, [you])]


@pytest.mark.parametrize("text", LEAK_PHRASES)
def test_reasoning_and_prompt_text_are_leaks(text: str) -> None:
    """A plan of how to speak, oneself or the partner in the third person, orders, marks of hidden thought."""
    assert all(quote and quote in text for quote in _leaks(text))
    assert len(_leaks(text)) == 1


@pytest.mark.parametrize("text", INNOCENT_TWINS)
def test_near_twins_of_leaks_are_innocent(text: str) -> None:
    """The same words in the mouth of somebody who means what they say."""
    assert _leaks(text) == []
