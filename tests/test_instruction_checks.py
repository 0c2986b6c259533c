"""The checks of the instruction scanner: what each suspects, what it leaves alone, and what all have in common."""

from __future__ import annotations

from pathlib import Path
from time import process_time

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
    ("wrong_count", example("Write a haiku about rain.", output="Rain falls, and the roof of the house answers.")),
    ("wrong_count", example("Write a 5-line poem about rain.", output="The rain falls on the roof")),
    ("truncated_output", example("Write a letter to a friend.", output="Dear Mary,")),
    ("truncated_output", example("Write an email about an opening.", output="Hi John!")),
    ("truncated_output", example("Write a recipe for bread.", output="Ingredients:")),
    ("truncated_output", example("List some popular games.", output="- Chess")),
    ("truncated_output", example("Provide a recipe for bread.", output="1. Preheat the oven to 220 degrees.")),
    ("truncated_output", example("Explain how to build a shelf.", output="Step 1: Lay out all parts and tools")),
    ("missing_input", example("Rewrite the paragraph to make it shorter.")),
    ("missing_input", example("Summarize the paper.", "INSERT LINK TO A RESEARCH PAPER")),
    ("missing_input", example("Summarize the article.", "Article: [insert link here]")),
    ("placeholder", example("Summarize the article.", "It rained.", "<Summary of the article>")),
    ("empty_output", example(output="<noinput>")),
    ("format_mismatch", example("Give the capital as JSON.", output="Paris")),
    ("format_mismatch", example("Write a Python function that adds two numbers.", output="7")),
    ("format_mismatch", example("Compare lakes and ponds in a table.", output="Lakes are larger than ponds.")),
    ("broken_code", example("Write a Python function that adds.", output="def add(a, b)\n    return a + b")),
    ("broken_code", example("Add two numbers in Python.", output="Here:\n```\ndef add(a, b)\n    return a + b\n```")),
    ("broken_code", example("Return JSON.", output='{"city": "Paris", }')),
    ("language_mismatch", example("Translate to Chinese: good day", output="Good day to you.")),
    ("language_mismatch", example("Translate to German.", "I love my dog.", "J'aime mon chien et mon chat, et toi?")),
    (
        "language_mismatch",
        example("Was ist ein Fluss und wie entsteht er?", output="It is what you get when rain falls."),
    ),
    ("language_mismatch", example(output="Das ist eine sehr gute Frage, und ich möchte sie gern mit dir besprechen.")),
    ("label_outside", example("Is it spam? Answer yes or no.", "Buy now!", "purple")),
    ("label_outside", example("Sort it. Options: P1, P2, P3.", "A", "P4")),
    ("label_outside", example("Classify the mood as happy, sad or angry.", "I cry.", "blue")),
    ("polarity_flip", example("Paraphrase it.", "The train is late today.", "The train is not late today.")),
]

SOUND = [
    example("Sort it. Options: P1, P2, P3.", "A", "P1"),
    example("Sort it. Options: cat_1, cat_12, not_2.", "A", "cat_12"),
    example("Which operator adds?", output="+"),
    example("Which mark ends a question?", output='"'),
    example("Name five cities.", output="Paris, London, Rome, Tokyo, Washington, D.C."),
    example("Name 3 scientists.", output="Marie Curie, Albert Einstein, and Martin Luther King, Jr."),
    example("Erkläre kurz die Schwerkraft", output="Die Schwerkraft ist eine Kraft, die alles zu der Erde zieht."),
    example("Explique la gravité", output="La gravité est une force qui attire les corps vers le centre de la Terre."),
    example("Describe la célula", output="La célula es la unidad de los seres vivos y está en todo el cuerpo."),
    example("Spiega la gravità", output="La gravità è una forza che attrae i corpi verso il centro della Terra."),
    example("Leg zwaartekracht uit", output="De zwaartekracht is een kracht die ook de maan bij ons houdt."),
    example("Shorten it.", "Das ist ein Haus, und es ist nicht groß.", "Das ist ein Haus, das nicht sehr groß ist."),
    example("Write a haiku.", output="Rain falls on the roof, / a cat listens in the dark, / morning is far off."),
    example("Give the next step.", output="1. Preheat the oven."),
    example("What is below zero?", output="-5 degrees"),
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


@pytest.mark.parametrize(
    ("instruction", "one", "other"),
    [
        ("Is the earth flat?", "No, it is not.", "Yes, it is flat."),
        ("What is 2 + 2?", "4", "5 apples"),
        ("Is it a bird? Answer yes or no.", "yes", "no"),
    ],
)
def test_other_answers_to_the_same_question_are_suspected(instruction: str, one: str, other: str) -> None:
    """Yes and no at the beginning of longer outputs, and numbers; the same number in other words is no other."""
    rows = example(instruction, output=one, number=1), example(instruction, output=other, number=2)
    assert all("label_contradiction" in found for found in suspected(*rows))
    again = example("What is 2 + 2?", output="4.0", number=1), example("What is 2 + 2?", output="4 apples.", number=2)
    assert suspected(*again) == [set(), set()]


@pytest.mark.parametrize(
    ("one", "other"),
    [("5 > 3", "5 < 3"), ("x + 5 = 0", "x - 5 = 0"), ("C++", "C#"), (":)", ":("), ("ice 😀", "ice 😢")],
)
def test_prompts_that_differ_in_a_symbol_are_two(one: str, other: str) -> None:
    """Neither copies nor contradictions: symbols say what is meant."""
    asked = "Is this so? Answer yes or no."
    assert suspected(example(asked, one, "yes", 1), example(asked, other, "no", 2)) == [set(), set()]
    assert suspected(example("Describe it.", one, "A sign.", 1), example("Describe it.", other, "A sign.", 2)) == [
        set(),
        set(),
    ]


def test_only_equal_rows_are_the_same_to_the_full() -> None:
    """A row of 40 words with another one among them is alike to less than 100 %, whatever the hash values say."""
    long = " ".join(f"word{n}" for n in range(200))
    rows = [example(long, "", long, 1), example(long, "", f"{long} more", 2), example(long, "", long, 3)]
    checks = [check for check in new_checks() if check.name == "near_duplicate"]
    for row in rows:
        checks[0].learn(row)
    reasons = [found.reason for row in rows for found in checks[0].suspicions(row)]
    assert reasons[0] != reasons[1] == "row 1 is the same to 100%"


UNITS = [
    "word ",
    "\n",
    " ",
    '"',
    "a, ",
    "1. ",
    "[",
    "- ",
    "(",
    "{",
    "<",
    ".",
    "! ",
    "1",
    "中",
    "_",
    "```a ",
    ":",
    "a b\n",
]
UNITS += ["the following ", "I am a ", "instruction: a\n"]
ASKS = "How many? List three dogs as a table in bullet points, in one sentence, as JSON, in Python. Write a haiku."


@pytest.mark.parametrize("field", ["instruction", "input", "output"])
@pytest.mark.parametrize("unit", UNITS)
def test_a_hundred_thousand_characters_of_one_kind_take_no_second(field: str, unit: str) -> None:
    """Every check is linear, or looks at so much and no more: no row can hold the scan up."""
    text = f"Hello.{(unit * 100_000)[:100_000]}x"
    row = example(
        text if field == "instruction" else ASKS, text if field == "input" else "", text if field == "output" else FACT
    )
    for check in new_checks():
        begun = process_time()
        check.learn(row)
        list(check.suspicions(row))
        assert process_time() - begun < 1, check.name


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
