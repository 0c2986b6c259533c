"""The role_flip judge: roles learnt from the batch, shipped ones, and signs that need no model."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import transcript
from hypothesis import given, settings
from hypothesis import strategies as st
from role_parts import SERVICE, kinds

from judges.injections import Planted, append_text, invert_pair, invert_tail, put_text
from judges.role_casts import role_keys
from judges.role_flip import RoleFlipJudge
from judges.role_model import RoleTable, auc, role_grams
from judges.role_pieces import pieces
from sims.seeds import generator
from sims.transcript import Participant, Transcript, Turn
from sims.transcript_file import TranscriptFiles

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the real dialogues are not beside the checkout")

ASKS = ("I'd like to return my {}, please.", "My {} arrived broken and I want my money back.", "Where is my {}?")
GIVES = (
    "I'm sorry about your {}. Could you please provide your order number?",
    "I have found your {}. Would you like a refund or a new one?",
    "Your {} will be sent today. Is there anything else I can help you with?",
)
THINGS = ("kettle", "lamp", "radio", "jacket", "phone", "chair", "bicycle", "printer", "blender", "carpet")


def service_batch(size: int = 30, *, seed: int = 1) -> list[Transcript]:
    """Conversations of a customer and a support agent, all different and all in role."""
    made = []
    for number in range(size):
        chance = generator("service", seed, number)
        thing = chance.choice(THINGS)
        lines = []
        for _ in range(4):
            lines.append(("customer", chance.choice(ASKS).format(thing)))
            lines.append(("support", chance.choice(GIVES).format(thing)))
        made.append(transcript(*lines, id=f"s{number}", roles=SERVICE))
    return made


def corpus(name: str, *, size: int | None = None) -> list[Transcript]:
    """The first conversations of a real corpus."""
    paths = [path for path in (DATA / f"{name}.jsonl", DATA / f"{name}.jsonl.gz") if path.exists()]
    return list(TranscriptFiles(paths))[:size]


def test_grams_of_a_sentence() -> None:
    """One-, two- and three-word sequences, "^" for the start, "?" and digits as words, markers left out."""
    assert role_grams("My id? 4 [DONE]") == ["^ my", "my", "id", "?", "4", "my id", "id ?", "? 4", "my id ?", "id ? 4"]
    assert role_grams("… !") == []


def test_auc_counts_ties_half() -> None:
    """Scores 1, 2, 2, 3 with positives 2 and 3: pairs won 1 + .5 + 1 + 1 of 4 = .875."""
    positives = np.array([False, True, False, True])
    assert auc(np.array([1.0, 2.0, 2.0, 3.0]), positives) == 0.875
    assert auc(np.array([1.0, 2.0]), np.array([True, True])) == 0.5


def test_a_foreign_sentence_is_found_among_ordinary_ones() -> None:
    """Half of the weight is on the sentences, so one of them can carry the turn."""
    table = RoleTable(0.0, {"foreign": 20.0, "own": -20.0})
    own, foreign = ["own"] * 9, ["foreign"] + ["x"] * 8
    assert table.turn_llr([own]) == -8.0
    assert table.turn_llr([own, foreign]) > 5
    assert table.turn_llr([]) == 0.0


def test_role_keys_join_conversations_of_a_kind() -> None:
    """A pair is seeker and helper whatever its roles are called; personas and shared roles stand for nobody."""
    assert role_keys([Participant("A", "patient"), Participant("B", "doctor")]) == {"A": "seeker", "B": "helper"}
    assert role_keys([Participant("A", "I am a student."), Participant("B", "I teach.")]) == {"A": "as A", "B": "as B"}
    assert role_keys([Participant("A", "friend"), Participant("B", "friend")]) == {"A": "as A", "B": "as B"}


def test_a_customer_who_talks_like_support_is_flagged() -> None:
    """A planted turn is the only flag of its batch, with whose role was taken and a quote from the turn."""
    batch = service_batch()
    planted = put_text(batch[0], 4, "Could you please provide your order number? I'd be happy to help you with that.")
    judge = RoleFlipJudge().prepare(batch)
    verdict = judge.judge(planted.transcript)
    assert kinds(verdict) == {4: "flip"}
    assert "support" in verdict.hits[0].reason
    assert verdict.basis == "batch"
    assert not judge.judge(batch[0]).hits


def test_an_inverted_tail_is_found_from_its_first_turn() -> None:
    """All turns from the third on are flagged, none before, and the reason names the stretch."""
    batch = service_batch()
    verdict = RoleFlipJudge().prepare(batch).judge(invert_tail(batch[0], 3).transcript)
    assert verdict.flagged_turns == (3, 4, 5, 6, 7)
    assert "turns 3 to 7 are inverted" in verdict.hits[0].reason


def test_flips_in_the_batch_do_not_hide_each_other() -> None:
    """With every fifth conversation inverted at its end, the planted turns are still found and no other."""
    batch = service_batch(60)
    planted = {one.id: invert_pair(one, 3) for one in batch[::5]}
    judge = RoleFlipJudge().prepare([planted[one.id].transcript if one.id in planted else one for one in batch])
    flagged = {one.id: set(judge.judge(planted[one.id].transcript).flagged_turns) for one in batch[::5]}
    assert all(flagged[name] == planted[name].turns for name in planted)
    assert not any(judge.judge(one).hits for one in batch if one.id not in planted)


def test_the_order_of_the_batch_is_irrelevant() -> None:
    """A shuffled sample teaches the same judge."""
    batch = service_batch()
    shuffled = random.Random(0).sample(batch, len(batch))  # noqa: S311
    planted = invert_tail(batch[5], 2).transcript
    assert RoleFlipJudge().prepare(batch).judge(planted) == RoleFlipJudge().prepare(shuffled).judge(planted)


def test_a_pair_without_a_batch_rests_on_shipped_figures() -> None:
    """A single conversation is judged by the shipped role model, and the verdict says so."""
    one = transcript(
        ("customer", "Hi, I'd like to return my kettle, please."),
        ("support", "I'd be happy to help you with that. Could you please provide your order number?"),
        ("customer", "How can I help you today? Please provide your order number, and I can look it up for you."),
        roles=SERVICE,
    )
    verdict = RoleFlipJudge().judge(one)
    assert verdict.basis == "shipped"
    assert verdict.flagged_turns == (2,)


def test_thanks_are_nobodys_role() -> None:
    """An agent who only says thanks is not taken for a customer, though customers say it more."""
    batch = service_batch()
    planted = put_text(batch[0], 7, "Thank you so much.").transcript
    assert not RoleFlipJudge().prepare(batch).judge(planted).hits


def test_saying_again_what_the_partner_said_is_an_echo() -> None:
    """The same words in the same turn length are an echo; a short confirmation is not."""
    line = "I would like a large coffee with oat milk and two pumps of vanilla, please."
    lines = [("customer", line), ("support", line), ("customer", "Yes, oat milk."), ("support", "Oat milk.")]
    assert kinds(RoleFlipJudge().judge(transcript(*lines, roles=SERVICE))) == {1: "echo"}


def test_camel_marks_of_the_other_side_are_flips_and_missing_ones_interruptions() -> None:
    """The definition of arXiv 2401.14698: a user's "Solution:" is a flip; neither mark nor end marker interrupts."""
    lines = [
        ("user", "Instruction: Plan the trading bot."),
        ("assistant", "Solution: Here is the plan. Next request."),
        ("user", "Solution: The bot buys low."),
        ("assistant", "That is interesting to hear."),
        ("user", "Instruction: Test it."),
        ("assistant", "Solution: All tests pass. Next request."),
        ("user", "<CAMEL_TASK_DONE>"),
    ]
    verdict = RoleFlipJudge().judge(transcript(*lines, roles={"user": "instructor", "assistant": "assistant"}))
    assert kinds(verdict)[2] == "flip"
    assert kinds(verdict)[3] == "interruption"
    assert {2, 3} == set(verdict.flagged_turns)


def test_same_roles_are_not_told_apart() -> None:
    """Two friends cannot flip by words: the judge abstains and says that roles are not distinguishable."""
    one = transcript(
        ("A", "I like to hike in the hills."), ("B", "Do you? I like to swim."), roles={"A": "friend", "B": "friend"}
    )
    verdict = RoleFlipJudge().judge(one)
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "roles_indistinct"
    assert "not distinguishable by text" in verdict.unjudged.detail


@pytest.mark.parametrize(
    ("lines", "reason"),
    [([], "empty"), ([("customer", "…"), ("support", "🙂")], "empty"), ([("customer", "Hello there.")], "one_speaker")],
)
def test_what_cannot_be_judged_says_why(lines: list[tuple[str, str]], reason: str) -> None:
    """No words, or one speaker: a typed reason, never a score."""
    verdict = RoleFlipJudge().judge(transcript(*lines, roles=SERVICE))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == reason
    assert set(verdict.turn_scores) <= {None}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["customer", "support"]), st.text(max_size=80)), max_size=8))
def test_any_text_gets_a_verdict(lines: list[tuple[str, str]]) -> None:
    """Whatever was said, there is a verdict with scores in [0, 1], and the same one again."""
    one = transcript(*lines, roles=SERVICE)
    verdict = RoleFlipJudge().judge(one)
    assert all(score is None or 0 <= score <= 1 for score in verdict.turn_scores)
    assert verdict == RoleFlipJudge().judge(one)


@needs_data
def test_persona_chat_abstains_because_of_the_measured_auc() -> None:
    """Both crowd workers sound alike: out-of-fold role AUC is far below .8, so nothing is judged."""
    dialogues = corpus("human_personachat", size=200)
    judge = RoleFlipJudge().prepare(dialogues)
    reasons = {verdict.unjudged.reason for one in dialogues if (verdict := judge.judge(one)).unjudged}
    assert reasons == {"roles_indistinct"}
    assert max(value for cast in judge.casts.values() for value in cast.auc.values()) < 0.65


def _measure(dialogues: list[Transcript], plant: Callable[[Transcript, random.Random], Planted]) -> tuple[float, float]:
    """AUC of planted turns against all turns as they are, and the share of those that is flagged."""
    judge, chance = RoleFlipJudge().prepare(dialogues), generator("measure")
    clean = [judge.judge(one) for one in dialogues]
    ordinary = [score for verdict in clean for score in verdict.turn_scores if score is not None]
    found: list[float] = []
    for one in dialogues:
        planted = plant(one, chance)
        scores = judge.judge(planted.transcript).turn_scores
        found += [score for index in planted.turns if (score := scores[index]) is not None]
    labels = np.array([True] * len(found) + [False] * len(ordinary))
    return auc(np.array(found + ordinary), labels), sum(len(one.flagged_turns) for one in clean) / len(ordinary)


def turn_by_other_role(transcripts: Sequence[Transcript], speaker: str, chance: random.Random) -> Turn:
    """A turn of another speaker than the one of that name, from one of the conversations."""
    while True:
        turn = chance.choice(chance.choice(transcripts).turns)
        if turn.speaker != speaker:
            return turn


@needs_data
@pytest.mark.parametrize("name", ["human_service_sgd", "human_taskmaster4", "llm_taubench"])
def test_planted_flips_are_told_from_real_turns(name: str) -> None:
    """In its own corpus, cross-fitted: foreign turns and inverted tails score higher; few real turns are flagged."""
    dialogues = [one for one in corpus(name, size=300) if len(one.turns) >= 4]

    def foreign(one: Transcript, chance: random.Random) -> Planted:
        index = chance.randrange(1, len(one.turns) - 1)
        return put_text(one, index, turn_by_other_role(dialogues, one.turns[index].speaker, chance).text)

    by_turn, false_alarms = _measure(dialogues, foreign)
    by_tail, _ = _measure(dialogues, lambda one, chance: invert_tail(one, chance.randrange(1, len(one.turns) - 1)))
    assert by_turn >= 0.97
    assert by_tail >= 0.99
    assert false_alarms <= 0.01


def test_appended_words_of_the_other_role_are_quoted() -> None:
    """In an order of four turns the quote is the foreign sentence, not the innocent one before it."""
    batch = service_batch()
    short = replace(batch[0], turns=batch[0].turns[:4])
    asked = put_text(short, 2, "Where is my lamp?").transcript
    verdict = (
        RoleFlipJudge().prepare(batch).judge(append_text(asked, 2, "Would you like a refund or a new one?").transcript)
    )
    assert [hit.quote for hit in verdict.hits] == ["Would you like a refund or a new one?"]


def test_ten_thousand_turns_are_no_trouble() -> None:
    """A very long conversation is judged in one go, one score a turn."""
    one = service_batch(1)[0]
    long = replace(one, turns=one.turns * 1250)
    assert len(RoleFlipJudge().judge(long).turn_scores) == 10_000


def test_a_stretch_is_told_once_in_the_meta() -> None:
    """An inverted tail of five turns is one stretch, with who speaks first there and as whom."""
    batch = service_batch()
    verdict = RoleFlipJudge().prepare(batch).judge(invert_tail(batch[0], 3).transcript)
    first = invert_tail(batch[0], 3).transcript.turns[3].speaker
    taken = "support" if first == "customer" else "customer"
    assert verdict.meta["stretches"] == [{"first": 3, "last": 7, "speaker": first, "taken": taken}]


def test_a_clean_conversation_has_no_stretch() -> None:
    """The key is there and empty, so that readers need not ask for it."""
    batch = service_batch()
    assert RoleFlipJudge().prepare(batch).judge(batch[0]).meta == {"stretches": []}


def test_a_batch_half_inverted_still_teaches_the_roles() -> None:
    """With two of five conversations inverted from turn 2 on, each tail is found whole and no clean turn is flagged."""
    batch = service_batch(60)
    inverted = {one.id: invert_tail(one, 2) for index, one in enumerate(batch) if index % 5 in (0, 2)}
    judge = RoleFlipJudge().prepare([inverted[one.id].transcript if one.id in inverted else one for one in batch])
    found = {name: set(judge.judge(planted.transcript).flagged_turns) for name, planted in inverted.items()}
    assert found == {name: set(planted.turns) for name, planted in inverted.items()}
    assert not any(judge.judge(one).hits for one in batch if one.id not in inverted)


def test_a_missing_full_stop_does_not_join_two_speakers_words() -> None:
    """A capitalised opening word in mid-sentence starts a new piece; names and subordinate clauses do not."""
    assert [one.text for one in pieces("I fly to New York What time is it")] == ["I fly to New York What time is it"]
    assert [one.text for one in pieces("to paris please What time is it?")] == ["to paris please", "What time is it?"]
    assert [one.text for one in pieces("tell me when You come")] == ["tell me when You come"]


@given(st.text(max_size=120))
def test_pieces_stand_where_they_say(text: str) -> None:
    """Every piece is the text at its place, in order and without overlap."""
    found = list(pieces(text))
    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))


def test_self_chosen_personas_are_not_judged_by_words() -> None:
    """Personas that only their topics tell apart a little (AUC below .95) are left unjudged, whatever the batch."""
    roles = {"A": "self-chosen persona: baker", "B": "self-chosen persona: poet"}
    batch = []
    for number in range(40):
        chance = generator("peers", number)
        words_of = {"A": ["bread", "flour", "oven", "verse"], "B": ["verse", "rhyme", "line", "oven", "bread"]}
        lines = [(name, f"Let us think about the {chance.choice(words_of[name])} now.") for name in "ABAB"]
        batch.append(transcript(*lines, id=f"p{number}", roles=roles))
    verdict = RoleFlipJudge().prepare(batch).judge(batch[0])
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "roles_indistinct"


ECHOES = [
    ("I would like a large coffee with oat milk and two pumps of vanilla, please.", "So a coffee with oat milk?"),
    ("My parcel with the red lamp never came and I want my money back now.", "Your red lamp never came, I see."),
]


@pytest.mark.parametrize(("line", "near"), ECHOES)
def test_echoes_and_their_near_twins(line: str, near: str) -> None:
    """The partner's whole line again is an echo; taking up part of it is not."""
    lines = [("customer", line), ("support", line), ("customer", line), ("support", near)]
    found = kinds(RoleFlipJudge().judge(transcript(*lines, roles=SERVICE)))
    assert found[1] == "echo"
    assert found.get(3) != "echo"


MARKS = [
    ("assistant", "Instruction: Now buy low.", "Solution: Buy low.", "flip"),
    ("user", "Solution: The bot buys low.", "Instruction: Let the bot buy low.", "flip"),
    ("assistant", "That is interesting to hear.", "Solution: That is interesting.", "interruption"),
    ("user", "Thank you for all of this.", "<CAMEL_TASK_DONE>", "interruption"),
]


@pytest.mark.parametrize(("speaker", "lost", "kept", "kind"), MARKS)
def test_camel_marks_and_their_near_twins(speaker: str, lost: str, kept: str, kind: str) -> None:
    """A foreign mark flips and none interrupts; the own mark or the end marker does neither."""
    roles = {"user": "instructor", "assistant": "assistant"}
    opening = [("user", "Instruction: Plan a bot."), ("assistant", "Solution: Here."), ("user", "Instruction: Go on.")]
    lines = [*opening, *([("assistant", "Solution: Going on.")] if speaker == "user" else [])]

    def said(text: str) -> str | None:
        return kinds(RoleFlipJudge().judge(transcript(*lines, (speaker, text), roles=roles))).get(len(lines))

    assert said(lost) == kind
    assert said(kept) not in ("flip", "interruption")
