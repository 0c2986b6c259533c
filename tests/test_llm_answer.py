"""Reading a judge model's answer: what is taken, and what is sent back with which words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.llm.answer import UnreadableAnswer, is_refusal, read_answer
from judges.llm.prompts.digression import QUESTION as DIGRESSION
from judges.llm.prompts.formality import QUESTION as FORMALITY
from judges.llm.prompts.metaphor import QUESTION as METAPHOR
from judges.llm.prompts.role_flip import QUESTION as ROLE_FLIP
from judges.llm.question import Question


def turn(number: int = 0, **more: Any) -> dict[str, Any]:
    """A clean turn; any key may be replaced."""
    return {"turn": number, "evidence": [], "kind": "none", "score": 0.0} | more


def text(*turns: dict[str, Any]) -> str:
    """An answer of these turns."""
    return json.dumps({"turns": turns})


FLIP = {"evidence": [{"quote": "q", "why": "w"}], "kind": "flip", "score": 0.9}


@pytest.mark.parametrize(
    "wrapped",
    [
        "{}",
        "```json\n{}\n```",
        "```\n{}\n```",
        "Here is the answer:\n\n```json\n{}\n```\nI hope it helps.",
        "  {}  ",
        "Answer: {}",
        '<think>Turn {0} is {clean}, {"a": 1}.</think>\n{}\nI hope {this} helps.',
    ],
)
def test_an_answer_may_be_wrapped(wrapped: str) -> None:
    """In a code fence, in prose, in blanks: the object is found."""
    answers = read_answer(wrapped.replace("{}", text(turn(0), turn(1, **FLIP))), ROLE_FLIP, [0, 1])
    assert [answers[0].kind, answers[1].kind] == ["none", "flip"]


@pytest.mark.parametrize(
    ("given_text", "told"),
    [
        ("", "no JSON object"),
        ("clean", "no JSON object"),
        ("{", "not one JSON object"),
        (text(turn()) + " Or rather: " + text(turn(score=0.1)), "with turns but 2"),
        (text(turn()) + '{"turns": [', "not one JSON object"),
        ('{"turns": [{"turn": ' + "9" * 5_000 + "}]}", "a number in it is too long"),
        ('{"turns": [], "turns": []}', "the key 'turns' is given twice"),
        ('{"turns": [{"turn": 0, "kind": "flip", "kind": "none", "score": 0}]}', "the key 'kind' is given twice"),
        (text(turn(turn=False)), "valid integer"),
        (text(turn(score=False)), "valid number"),
        (text(turn(evidence=[{"quote": "a b", "kind": "flip"}])), "with evidence of 'flip' contradict"),
        (text(turn(evidence=[{"quote": "a b"}], score=0.49)), "'none' with evidence and score 0.49 contradict"),
        ('{"turns": [}', "not one JSON object"),
        (text(turn()) + text(turn()), "not one JSON object"),
        ('{"turns":' + "[" * 100_000 + "]" * 100_000 + "}", "brackets within brackets"),
        ('{"verdict": "clean"}', 'no JSON object with "turns"'),
        (text(), "not answered: turn 0"),
        (text(turn(7)), "not answered: turn 0"),
        (text(turn(0), turn(0)), "answered twice"),
        (text(turn(kind="clean")), "kind 'clean' is not one of none, flip"),
        (text(turn(score=1.5)), "score 1.5 is not between 0 and 1"),
        (text(turn(score=None)), "score None is not between"),
        ('{"turns": [{"turn": 0, "kind": "none", "score": NaN}]}', "finite number"),
        (text(turn(**FLIP | {"score": 0.1})), "kind 'flip' with score 0.1 contradict each other"),
        (text(turn(score=0.9)), "kind 'none' with score 0.9 contradict each other"),
        (text(turn(**FLIP | {"evidence": []})), "kind 'flip' without evidence"),
        (text(turn(**FLIP | {"evidence": [{"quote": ""}]})), "at least 1 character"),
    ],
)
def test_what_cannot_be_read_is_told(given_text: str, told: str) -> None:
    """Broken, incomplete, doubled, out of range or at odds with itself: one line that says what to mend."""
    with pytest.raises(UnreadableAnswer, match=told) as caught:
        read_answer(given_text, ROLE_FLIP, [0])
    assert len(str(caught.value)) <= 700


def test_a_quoted_code_fence_does_not_end_the_answer() -> None:
    """The fenced answer quotes a turn with a code fence in it."""
    quote = "```python\nprint(1)\n```"
    fenced = "```json\n" + text(turn(**FLIP | {"evidence": [{"quote": quote}]})) + "\n```"
    assert read_answer(fenced, ROLE_FLIP, [0])[0].evidence[0].quote == quote


def test_a_clean_turn_may_be_quoted() -> None:
    """The prompt allows evidence for every kind; with a score far from a flag it contradicts nothing."""
    assert read_answer(text(turn(evidence=[{"quote": "a b"}], score=0.1)), ROLE_FLIP, [0])[0].kind == "none"


def test_turns_nobody_asked_for_are_left_out() -> None:
    """Answers for context turns neither count nor spoil the others."""
    assert set(read_answer(text(turn(0), turn(1), turn(2)), ROLE_FLIP, [1])) == {1}


@pytest.mark.parametrize("score", [-3, -0.5, 0, 3.0])
def test_formality_takes_the_whole_scale(score: float) -> None:
    """Any place between -3 and 3, whatever the kind."""
    assert read_answer(text(turn(score=score)), FORMALITY, [0])[0].score == score


def test_phrases_are_needed_even_where_there_are_none() -> None:
    """An empty list is an answer, a missing one is not; each phrase has a kind of the set."""
    assert read_answer(text({"turn": 0, "phrases": []}), METAPHOR, [0])[0].phrases == ()
    with pytest.raises(UnreadableAnswer, match="phrases is missing"):
        read_answer(text({"turn": 0}), METAPHOR, [0])
    with pytest.raises(UnreadableAnswer, match="kind 'x' is not one of conventional, novel"):
        read_answer(text({"turn": 0, "phrases": [{"quote": "a", "kind": "x"}]}), METAPHOR, [0])


def test_the_seven_categories_of_the_paper_are_there() -> None:
    """Off-topic and misleading turns are hits, the other five are noted."""
    assert set(DIGRESSION.kinds) - {"none"} == {
        "procedural",
        "repetitive",
        "transitional",
        "off-topic",
        "misleading",
        "closing",
        "constructive",
    }
    assert {"off-topic", "misleading"} == DIGRESSION.hit_kinds


@pytest.mark.parametrize(
    "words",
    ["I'm sorry, but I can't help with that.", "I cannot judge this.", "I’m unable to do so", "Sorry, no.", "I won't."],
)
def test_plain_words_of_refusal_are_known(words: str) -> None:
    """The usual ways to decline."""
    assert is_refusal(words)


@pytest.mark.parametrize("words", ["", "Turn 2 says I'm sorry.", "I'm sorry: " + text(turn())])
def test_what_is_no_refusal(words: str) -> None:
    """Nothing at all, a report of somebody's apology, and an apology with an answer."""
    assert not is_refusal(words)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
TURNS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "turn": st.integers(-1, 3) | JSON,
            "kind": st.sampled_from(["none", "flip", "novel", "x"]) | JSON,
            "score": st.floats() | JSON,
            "evidence": JSON,
            "phrases": JSON,
        },
    )
)


@given(st.text() | st.builds(lambda turns: json.dumps({"turns": turns}), TURNS), st.sampled_from([ROLE_FLIP, METAPHOR]))
def test_no_answer_breaks_the_reader(given_text: str, question: Question) -> None:
    """Whatever a model writes is either an answer for every turn or unreadable."""
    try:
        answers = read_answer(given_text, question, [0, 1])
    except UnreadableAnswer:
        return
    assert set(answers) == {0, 1}
