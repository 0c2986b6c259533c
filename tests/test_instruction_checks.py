"""The checks of the instruction scanner: what each suspects, what it leaves alone, and what all have in common."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.datatypes.columns import Row
from analysis.datatypes.instructions.catalogue import check_names, new_checks
from analysis.datatypes.instructions.check import Check
from analysis.datatypes.instructions.choices import offered_labels
from analysis.datatypes.instructions.columns import Example

FACT = "Lyon lies where two rivers meet."


def example(instruction: str = "Name a city.", given: str = "", output: str = FACT, number: int = 1) -> Example:
    """One row."""
    return Example(number, Row(Path("rows.jsonl"), number, {}, {}), instruction, given, output, f"row {number}")


def suspected(*examples: Example) -> list[set[str]]:
    """The names of the checks that suspect each example, where these are all there are."""
    checks = new_checks()
    for one in examples:
        for check in checks:
            check.learn(one)
    return [{found.check for check in checks for found in check.suspicions(one)} for one in examples]


CORRUPT = [
    ("empty_output", example(output="  ")),
    ("empty_output", example(output='"""')),
    ("broken_row", example("ERROR")),
    ("broken_row", example(": Explain the difference between a lake and a pond.")),
    ("broken_row", example("ERROR 3", "12\nInstruction: Name a city.\nInput:\nOutput: Rome", "Rome")),
    ("missing_input", example("Summarize the following article.")),
    ("missing_input", example("Given a paragraph, find its topic.")),
    ("missing_input", example("Correct the spelling of this sentence.")),
    ("unseen_medium", example("Describe the given image.")),
    ("unseen_medium", example("Write a caption for the photo.", "<image of a heron>")),
    ("truncated_output", example("Give me tips on sleeping well.", output="Here are some tips that help with sleep:")),
    ("truncated_output", example(output="The town lies on a river. It was founded by settlers who came over the")),
    ("truncated_output", example(output="The town lies on a river and was founded a long time ago by settl")),
    ("looping_output", example(output="I like it. " + "and so on and so forth " * 12)),
    ("placeholder", example("Describe your town.", output="I live in [insert city here], which is nice.")),
    ("refusal", example("Which bird do you like?", output="As an AI language model, I have no favourite bird.")),
    ("refusal", example("Which bird do you like?", output="I'm sorry, but I can't help with that.")),
    ("refusal", example("Shorten the text.", "A text.", output="Please provide the text that you want shortened.")),
    ("echo", example("Name a city in the south of France.", output="Name a city in the south of France.")),
    ("echo", example("Translate into plain words.", "He kicked the old bucket.", "He kicked the old bucket.")),
    ("wrong_count", example("List three fruits.", output="1. Apple\n2. Pear")),
    ("wrong_count", example("Name five fruits.", output="apples, pears, plums")),
    ("wrong_count", example("Describe rain in one sentence.", output="Rain is water. It falls. It is wet.")),
    ("wrong_count", example("Describe rain in one word.", output="It is wet and cold.")),
    ("wrong_count", example("Write a haiku about rain.", output="Rain falls on the roof")),
    ("format_mismatch", example("Give the capital as JSON.", output="Paris")),
    ("format_mismatch", example("Write a Python function that adds two numbers.", output="7")),
    ("format_mismatch", example("Compare lakes and ponds in a table.", output="Lakes are larger than ponds.")),
    ("broken_code", example("Write a Python function that adds.", output="def add(a, b)\n    return a + b")),
    ("broken_code", example("Return JSON.", output='{"city": "Paris", }')),
    ("language_mismatch", example("Translate to Chinese: good day", output="Good day to you.")),
    ("language_mismatch", example(output="Das ist eine sehr gute Frage, und ich möchte sie gern mit dir besprechen.")),
    ("label_outside", example("Is it spam? Answer yes or no.", "Buy now!", "purple")),
    ("label_outside", example("Classify the mood as happy, sad or angry.", "I cry.", "blue")),
    ("polarity_flip", example("Paraphrase it.", "The train is late today.", "The train is not late today.")),
]

SOUND = [
    example("Summarize the following article.", "A long article on trains.", "It is about trains."),
    example('Find the verb in the following sentence: "He sings."', output="sings"),
    example("Write a sentence about rain, then translate the sentence.", output="Rain falls."),
    example("Write a function that takes the given list and sorts it.", output="def f(x):\n    return sorted(x)"),
    example("Describe an image that comes to mind.", output="A lake at dawn."),
    example("Reverse the sentence.", "The cat sat on the mat today.", "today mat the on sat cat The"),
    example("Suggest games for a group.", output="1. Chess\n2. Charades\n3. Bridge"),
    example("Write a letter to a customer.", output="Dear [Name], thank you for your order. Best, [Your Name]"),
    example("Write an email that declines politely.", output="I'm sorry, but I cannot help with the project."),
    example("Rewrite the sentence.", "I can't help it.", "I can't help it at all."),
    example("List three fruits.", output="1. Apple\n2. Pear\n3. Plum"),
    example(
        "Write a haiku about rain.", output="Rain falls on the roof\nA cat listens in the dark\nMorning is far off"
    ),
    example("Write Python code that prints 1.", output="```python\nprint(1)\n```"),
    example("Translate to German: good day", output="Guten Tag"),
    example("Classify the mood as happy, sad or angry.", "I cry.", "Sad."),
    example("Correct the sentence.", "The train is late today.", "The train is not late today."),
    example("Correct the grammar if necessary.", "He is here now.", "He is here now."),
]


@pytest.mark.parametrize(("check", "row"), CORRUPT, ids=lambda value: value if isinstance(value, str) else "")
def test_a_corruption_is_suspected_by_its_check(check: str, row: Example) -> None:
    """Each of these rows has the fault that the check is for; other checks may see it too."""
    assert check in suspected(row)[0]


@pytest.mark.parametrize("row", SOUND, ids=lambda row: row.instruction[:30])
def test_a_sound_row_is_left_alone(row: Example) -> None:
    """Each of these looks like a fault to a careless rule, and is none."""
    assert suspected(row) == [set()]


def test_every_check_has_a_corruption_to_show_for_it() -> None:
    """No check is without an example: those that compare rows have theirs below."""
    compared = {"swapped_output", "label_contradiction", "near_duplicate"}
    assert {check for check, _ in CORRUPT} | compared == set(check_names())


def test_opposite_labels_of_one_prompt_are_suspected_in_both_rows() -> None:
    """Which of the two is wrong cannot be told; a third row with another prompt is no part of it."""
    asked = "Is the claim true? Answer yes or no."
    rows = [
        example(asked, "Ice is hot.", "No", 1),
        example(asked, "Ice is hot.", "Yes", 2),
        example(asked, "A.", "Yes", 3),
    ]
    assert suspected(*rows) == [{"label_contradiction"}, {"label_contradiction"}, set()]


def test_a_copy_with_a_negation_is_suspected_beside_its_original() -> None:
    """The same prompt and output, but for "not"."""
    rows = [
        example(output="Cats are clean animals.", number=1),
        example(output="Cats are not clean animals.", number=2),
    ]
    assert suspected(*rows) == [{"polarity_flip"}, {"polarity_flip"}]


def test_the_first_of_two_copies_stays() -> None:
    """The later row is the duplicate, and its reason names the first; a row with another input is none."""
    rows = [example("Add one.", "1 apple", "2 apples", 1), example("Add one.", "1 apple", "2 apples", 2)]
    assert suspected(*rows) == [set(), {"near_duplicate"}]
    assert suspected(rows[0], example("Add one.", "7 pears", "8 pears", 2)) == [set(), set()]


def test_exchanged_outputs_are_suspected_where_each_fits_the_other_prompt() -> None:
    """Each output shares words with the other's prompt and none with its own; put right, nobody is suspected."""
    bread, tides = "Explain how sourdough bakers ferment dough.", "Explain why tides follow lunar gravity."
    loaf = "Bakers let sourdough ferment overnight; dough rises while yeast digests starch."
    moon = "Lunar gravity pulls oceans, so tides rise twice daily along coasts."
    assert suspected(example(bread, "", moon, 1), example(tides, "", loaf, 2)) == [{"swapped_output"}] * 2
    assert suspected(example(bread, "", loaf, 1), example(tides, "", moon, 2)) == [set(), set()]


@pytest.mark.parametrize(
    ("instruction", "labels"),
    [
        ('Answer with "spam" or "not spam".', ("spam", "not spam")),
        ("Classify the text as positive, negative, or neutral.", ("positive", "negative", "neutral")),
        ("Choose a topic. Topic candidates include: sports, health, science.", ("sports", "health", "science")),
        ("Is this right? Output yes or no.", ("yes", "no")),
        ("Name a red or green fruit that you like.", ()),
        ("Use one word from each of the following categories: animal, plant.", ()),
    ],
)
def test_offered_labels_are_read_off_the_instruction(instruction: str, labels: tuple[str, ...]) -> None:
    """Lists, pairs and quotations after a verb of choosing; a mere "or" offers nothing."""
    assert offered_labels(example(instruction)) == labels


@pytest.mark.parametrize("check", new_checks(), ids=lambda check: check.name)
@settings(max_examples=8, deadline=None)
@given(instruction=st.text(max_size=80), given_=st.text(max_size=60), output=st.text(max_size=120))
def test_any_text_can_be_scanned_and_says_the_same_twice(
    check: Check, instruction: str, given_: str, output: str
) -> None:
    """No check crashes on any text, changes its mind, signs with another name, or quotes what is not there."""
    fresh, row = type(check)(), example(instruction, given_, output)
    fresh.learn(row)
    found = list(fresh.suspicions(row))
    assert found == list(fresh.suspicions(row))
    for one in found:
        assert one.check == check.name
        assert one.reason
        assert any(one.quote in text for text in (instruction, given_, output))
