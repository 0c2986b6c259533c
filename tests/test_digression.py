"""The digression judge: what a conversation is about, learnt from others of its kind and from itself."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import transcript
from digression_parts import LIKES_DOGS, PERSONAS
from hypothesis import given, settings
from hypothesis import strategies as st

from judges.courtesy import is_courtesy
from judges.digression import LEAVES, DigressionJudge, is_listing
from judges.injections import append_text, put_text
from judges.local_thread import shipped_model
from judges.measuring.digression import Kind, planted
from judges.role_model import auc
from judges.topic_evidence import evidence
from judges.topic_model import Thread, reference_odds
from judges.topic_words import topic_words
from sims.seeds import generator
from sims.transcript import ScenarioRef, Transcript
from sims.transcript_file import TranscriptFiles

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the real dialogues are not beside the checkout")

ROLES = {"customer": "airline customer", "agent": "airline agent"}
OFF_TOPIC = "By the way, my dog chased a rabbit through the garden and ruined all the tomatoes."
ASKED = (
    "I need to change the departure date of my flight to {}.",
    "Can you cancel my reservation for the flight to {} and refund the ticket?",
    "I missed my connecting flight in {} and lost my luggage.",
)
ANSWERED = (
    "I can rebook your flight to {}. What is your reservation number?",
    "The ticket to {} is refundable, and the airline will pay it back to your credit card.",
    "Your luggage will arrive at the airport in {} with the next flight.",
)
CITIES = ("Boston", "Denver", "Chicago", "Dallas", "Seattle")


def airline_batch(size: int = 25) -> list[Transcript]:
    """Conversations about flights, all of one source and with the same roles."""
    made = []
    for number in range(size):
        chance = generator("airline", number)
        city = chance.choice(CITIES)
        lines = []
        for _ in range(3):
            lines.append(("customer", chance.choice(ASKED).format(city)))
            lines.append(("agent", chance.choice(ANSWERED).format(city)))
        made.append(transcript(*lines, id=f"a{number}", roles=ROLES))
    return made


def test_one_conversation_does_not_make_a_topic() -> None:
    """Among thirty conversations a word that only one of them uses is unseen; one that all use is known."""
    batch = [Counter(["flight"])] * 29 + [Counter(["flight", "tomato"])]
    odds = reference_odds(batch)
    assert odds.of("flight") > 3
    assert odds.of("tomato") == odds.of("dog") < 0


def test_the_next_turn_does_not_excuse_a_digression() -> None:
    """A word that only the answer repeats stays strange; one said two turns before is at home."""
    thread = Thread([["luggage"], ["flight"], ["tomato"], ["tomato"]], [])
    assert thread.explained(2, ["tomato"], None)[0] < 0
    assert thread.explained(2, ["luggage"], None)[0] > 0


@pytest.mark.parametrize("text", ["thank you very much", "ok great have a nice day", "yes that is correct", "bye"])
def test_courtesy_is_neutral(text: str) -> None:
    """Greetings, thanks, assent and farewells say nothing of a topic."""
    assert is_courtesy(text.split())


@pytest.mark.parametrize("text", ["can i help you", "my dog is great", "yes that is correct the flight leaves"])
def test_what_has_content_is_not_courtesy(text: str) -> None:
    """A question of service, or one word of content, is more than courtesy."""
    assert not is_courtesy(text.split())


def test_a_foreign_turn_is_off_task() -> None:
    """The planted turn is the only flag, with its strange words in the reason; its twin in the topic is clean."""
    batch = airline_batch()
    judge = DigressionJudge().prepare(batch)
    verdict = judge.judge(put_text(batch[0], 4, OFF_TOPIC).transcript)
    assert [(hit.turn, hit.kind) for hit in verdict.hits] == [(4, "off_task")]
    assert verdict.basis == "batch"
    assert "garden" in verdict.hits[0].reason or "rabbit" in verdict.hits[0].reason
    near = "By the way, my reservation number is in the ticket, and the airline lost my luggage in Denver."
    assert not judge.judge(put_text(batch[0], 4, near).transcript).hits


def test_a_foreign_sentence_is_quoted() -> None:
    """Appended to a turn on its task, the foreign sentence alone is the quote."""
    batch = airline_batch()
    verdict = DigressionJudge().prepare(batch).judge(append_text(batch[0], 2, OFF_TOPIC).transcript)
    assert [hit.quote for hit in verdict.hits] == [OFF_TOPIC]


def test_a_single_conversation_is_held_to_its_own_thread() -> None:
    """Without a batch the verdict rests on shipped figures; the foreign turn still scores highest."""
    one = replace(airline_batch(1)[0], scenario=ScenarioRef("flight", "x", task="Change a flight reservation."))
    verdict = DigressionJudge().judge(put_text(one, 4, OFF_TOPIC).transcript)
    scores = [score for score in verdict.turn_scores if score is not None]
    assert verdict.basis == "shipped"
    assert max(scores) == verdict.turn_scores[4]
    assert all(hit.kind == "off_thread" for hit in verdict.hits)


def test_what_goals_and_private_facts_name_is_at_home() -> None:
    """The same words score lower for a customer whose private facts speak of them."""
    one = put_text(airline_batch(1)[0], 4, OFF_TOPIC).transcript
    cast = tuple(replace(person, private="Has a dog and a rabbit, and grows tomatoes.") for person in one.participants)
    told = DigressionJudge().judge(replace(one, participants=cast)).turn_scores[4]
    untold = DigressionJudge().judge(one).turn_scores[4]
    assert told is not None
    assert untold is not None
    assert told < untold


def test_short_answers_are_not_judged() -> None:
    """Three words, or thanks, have no score: not applicable is not nought."""
    lines = [
        ("customer", "I need to change my flight."),
        ("agent", "Which flight?"),
        ("customer", "Thank you very much!"),
    ]
    scores = DigressionJudge().judge(transcript(*lines, roles=ROLES)).turn_scores
    assert scores[0] is not None
    assert scores[1:] == (None, None)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [([], "empty"), ([("a", "🙂 …")], "empty"), ([("a", "Hello!"), ("b", "Hi there.")], "too_short")],
)
def test_what_cannot_be_judged_says_why(lines: list[tuple[str, str]], reason: str) -> None:
    """No words, or none with content: a typed reason, never a score."""
    verdict = DigressionJudge().judge(transcript(*lines))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == reason


@pytest.mark.parametrize(("planted_in", "is_found"), [(2, True), (12, False)])
def test_only_talk_that_is_rare_in_the_batch_is_foreign_to_it(planted_in: int, *, is_found: bool) -> None:
    """The same foreign turn in two of forty conversations is found; in twelve it is usual there (blind spot)."""
    batch = airline_batch(40)
    planted = [put_text(one, 3, OFF_TOPIC).transcript for one in batch[:planted_in]]
    judge = DigressionJudge().prepare([*planted, *batch[planted_in:]])
    assert {judge.judge(one).flagged_turns for one in planted} == {(3,) if is_found else ()}


def test_the_order_of_the_batch_is_irrelevant() -> None:
    """A shuffled sample teaches the same judge."""
    batch = airline_batch()
    shuffled = random.Random(0).sample(batch, len(batch))  # noqa: S311
    planted = put_text(batch[3], 2, OFF_TOPIC).transcript
    assert DigressionJudge().prepare(batch).judge(planted) == DigressionJudge().prepare(shuffled).judge(planted)


@pytest.mark.parametrize(
    ("leaves", "stays"),
    [
        ("what do you do for a living ?", "how old is the puppy ?"),
        ("do you have any hobbies ?", "is it hard to train them ?"),
        ("i like to go fishing . what is your favorite food ?", "that is cute ! i wish i had a puppy too ."),
    ],
)
def test_a_new_topic_leaves_the_thread(leaves: str, stays: str) -> None:
    """Minimal pairs of talk: a question on something else is above .5 and starts a segment, one on the dogs is not."""
    new, same = (
        DigressionJudge().judge(transcript(*LIKES_DOGS, ("P1", text), roles=PERSONAS)) for text in (leaves, stays)
    )
    assert (new.turn_scores[4] or 0) >= LEAVES > (same.turn_scores[4] or 0)
    assert new.meta["segments"] == [4]
    assert same.meta["segments"] == []
    assert not new.hits  # people change the topic of small talk all the time


@pytest.mark.parametrize(
    ("foreign", "near"),
    [
        ("My dog chased a rabbit through the garden.", "My luggage was lost on the connecting flight to Denver."),
        ("We baked bread with raisins and cinnamon last Sunday.", "We need to cancel the reservation for Seattle."),
        ("He plays the violin in a jazz band.", "The airline will refund the ticket to your credit card."),
    ],
)
def test_minimal_pairs_among_flights(foreign: str, near: str) -> None:
    """Said in the same place, what is foreign to flights is flagged and what belongs there is not."""
    batch = airline_batch()
    judge = DigressionJudge().prepare(batch)
    assert judge.judge(put_text(batch[1], 2, foreign).transcript).flagged_turns == (2,)
    assert judge.judge(put_text(batch[1], 2, near).transcript).flagged_turns == ()


def test_the_first_turn_of_talk_has_no_score() -> None:
    """Nothing has been said that it could leave: not applicable, not nought."""
    scores = DigressionJudge().judge(transcript(*LIKES_DOGS, roles=PERSONAS)).turn_scores
    assert scores[0] is None
    assert None not in scores[1:]


@pytest.mark.parametrize(("partner", "is_talk"), [("chatbot", True), ("virtual assistant for: hotels", False)])
def test_chat_with_a_bot_is_talk(partner: str, *, is_talk: bool) -> None:
    """A user who chats with a bot settles nothing; one who asks an assistant for hotels does."""
    one = transcript(
        ("user", "I am looking for a cheap hotel."), ("x", "Which city?"), roles={"user": "user", "x": partner}
    )
    assert (DigressionJudge().scale_name(one) == "talk") is is_talk


QUESTIONS = (
    "How do volcanoes erupt below the ocean?",
    "Which violin strings sound warm and bright?",
    "Why do cats purr at night?",
    "Who painted the ceiling of the chapel?",
    "How is cheese made from goat milk?",
    "What causes inflation in poor economies?",
    "How do I sharpen a blunt kitchen knife?",
    "Which planet has the longest orbit?",
    "Why did the Roman empire collapse?",
    "How do bees find their hive again?",
    "What makes concrete crack in winter?",
    "How do vaccines train immunity?",
)


def test_questions_on_everything_are_no_domain() -> None:
    """Conversations that share roles and source but no topic are judged each by itself, not against one another."""
    roles = {"user": "volunteer asking", "assistant": "assistant"}
    batch = [
        transcript(("user", text), ("assistant", f"Good question. {text}"), id=f"q{at}", roles=roles)
        for at, text in enumerate(QUESTIONS)
    ]
    judge = DigressionJudge().prepare(batch)
    assert {judge.judge(one).basis for one in batch} == {"shipped"}


def test_a_phrase_planted_in_a_small_batch_teaches_nothing() -> None:
    """The same foreign turn in two of ten conversations scores as if the batch had been clean."""
    batch = airline_batch(10)
    planted_twice = [put_text(one, 3, OFF_TOPIC).transcript for one in batch[:2]]
    taught_clean = DigressionJudge().prepare(batch)
    taught_planted = DigressionJudge().prepare([*planted_twice, *batch[2:]])
    for one in planted_twice:
        assert taught_planted.judge(one).turn_scores[3] == taught_clean.judge(one).turn_scores[3]


@pytest.mark.parametrize(
    ("text", "is_data"),
    [
        ("- Action camera, waterproof, silver", True),
        ('"colour": {"scheme": "dark"}', True),
        ("2) wash the red wool", True),
        ("My dog chased a rabbit through the garden.", False),
        ("Well - my dog chased a rabbit.", False),
    ],
)
def test_lists_and_code_are_data(text: str, *, is_data: bool) -> None:
    """Items, markup and paths are not speech, so they are never quoted as a digression."""
    assert is_listing(text) is is_data


@pytest.mark.parametrize(
    ("sentence", "at_home"),
    [
        ("I would respectfully submit that the refund warrants comprehensive examination.", "refund"),
        ("With the buses we are stuck in the mud and trust is breaking down.", "buse"),
    ],
)
def test_register_and_images_are_no_evidence(sentence: str, at_home: str) -> None:
    """A formal paraphrase and an image, each with a word of the topic in it, weigh less than one thing."""
    words = topic_words(sentence)
    odds = [3.0 if word == at_home else -2.0 for word in words]
    assert evidence(sentence, words, odds).weight < 1
    things = "My dog chased a rabbit through the garden."
    assert evidence(things, topic_words(things), [-2.0] * 8).weight >= 2


def test_openings_off_the_task_are_flagged_in_a_batch() -> None:
    """The first turn, held against other conversations, can be a hit of its own."""
    batch = airline_batch()
    off = put_text(batch[2], 0, OFF_TOPIC).transcript
    hits = DigressionJudge().prepare(batch).judge(off).hits
    assert [(hit.turn, hit.kind) for hit in hits] == [(0, "off_task")]


@pytest.mark.parametrize("name", ["", "all-MiniLM-L6-v2"])
def test_shipped_thread_weights_hold_no_sentence(name: str) -> None:
    """Signs are named by at most two words of any text; the vector has the model's size."""
    model = shipped_model(name)
    assert model is not None
    assert max(len(sign.split()) for sign in model.weights) <= 3
    assert len(model.vector) == (384 if name else 0)


def test_measuring_plants_in_every_kind() -> None:
    """Each judged turn has a clean row and a planted row, and references raise the figure to at least .9."""
    kind, other = Kind("flights", "made", airline_batch(30)), Kind("dogs", "made", [transcript(("a", OFF_TOPIC))])
    rows = planted(kind, [other], {"talk": [OFF_TOPIC]}, references=20, appended=False)
    scores, labels, _ = (np.array(column) for column in zip(*rows, strict=True))
    assert labels.mean() == 0.5
    assert auc(scores.astype(float), labels.astype(float) > 0) >= 0.9


@needs_data
def test_people_leave_the_thread_where_the_model_says() -> None:
    """On TIAGE, which it was fitted on, AUC is at least .80; cross-fitted figures stand on the card."""
    rows = [
        (score, label > 0)
        for one in _corpus("human_personachat_tiage")
        for score, label in zip(DigressionJudge().judge(one).turn_scores, one.meta["topic_shift"], strict=True)
        if score is not None
    ]
    scores, labels = zip(*rows, strict=True)
    assert auc(np.array(scores), np.array(labels)) >= 0.80


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["customer", "agent"]), st.text(max_size=80)), max_size=8))
def test_any_text_gets_a_verdict(lines: list[tuple[str, str]]) -> None:
    """Whatever was said, there is a verdict with scores in [0, 1], and the same one again."""
    one = transcript(*lines, roles=ROLES)
    verdict = DigressionJudge().judge(one)
    assert all(score is None or 0 <= score <= 1 for score in verdict.turn_scores)
    assert verdict == DigressionJudge().judge(one)


def _corpus(name: str) -> list[Transcript]:
    paths = [path for path in (DATA / f"{name}.jsonl", DATA / f"{name}.jsonl.gz") if path.exists()]
    return list(TranscriptFiles(paths))


@needs_data
@pytest.mark.parametrize("name", ["human_service_sgd", "human_taskmaster4", "human_personachat_tiage"])
def test_few_turns_of_people_are_flagged(name: str) -> None:
    """At the shipped thresholds at most one human turn in a hundred is a false alarm."""
    dialogues = _corpus(name)
    judge = DigressionJudge().prepare(dialogues)
    verdicts = [judge.judge(one) for one in dialogues]
    assert sum(len(one.flagged_turns) for one in verdicts) <= 0.01 * sum(one.judged_turns for one in verdicts)


@needs_data
def test_small_talk_among_orders_is_found() -> None:
    """Human small talk put into coffee orders scores above the turns that belong there (cross-fitted)."""
    orders, chance = _corpus("human_taskmaster4")[:300], generator("small talk")
    talk = [turn.text for one in _corpus("human_personachat_tiage") for turn in one.turns if len(turn.text.split()) > 6]
    judge = DigressionJudge().prepare(orders)
    clean = [score for one in orders for score in judge.judge(one).turn_scores if score is not None]
    planted = [judge.judge(put_text(one, 0, chance.choice(talk)).transcript).turn_scores[0] for one in orders]
    scores = [score for score in planted if score is not None]
    labels = np.array([True] * len(scores) + [False] * len(clean))
    assert auc(np.array(scores + clean), labels) >= 0.97
