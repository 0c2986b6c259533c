"""What is counted in a conversation, against counts made by hand."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import cache
from math import log
from statistics import fmean

import pytest
from builders import transcript
from hypothesis import given
from hypothesis import strategies as st

from analysis.features import measures
from analysis.features.catalogue import FEATURES, conversation_features, feature_judges, feature_names
from analysis.features.speech import CONVERSATION, speeches
from analysis.reference.profile import load_profile
from judges.verdict import Hit, Verdict, verdict_on
from sims.backends.offline_actor import Dials, OfflineActor
from sims.cell import Cell
from sims.conversation import hold_conversation
from sims.scenario_file import find_scenario, load_scenario
from sims.transcript import Participant, Transcript, Turn

ROLES = {"ann": "customer", "bob": "support agent"}


def measured(
    *lines: tuple[str, str], side: str = "seeker", roles: dict[str, str] | None = None
) -> dict[str, float | None]:
    """The features of one side of a dialogue, by default the customer's."""
    found = conversation_features(transcript(*lines, roles=ROLES if roles is None else roles))
    return {one.side: dict(one.values) for one in found}[side]


@pytest.mark.parametrize(
    ("prepared", "plain"),
    [
        ("I do n't know , really .", "I don't know, really."),
        ("it 's late", "It’s late"),
        ("I’M HERE!", "i am here!"),
        ("Thanks! ###STOP###", "thanks!"),
        ("{vocalsound} Okay {disfmarker} right <laughter>", "okay right"),
    ],
)
def test_differently_prepared_texts_count_the_same(prepared: str, plain: str) -> None:
    """Capitals, tokenisation, contractions, curly quotes, protocol and transcribers' marks make no difference."""
    one, other = (speeches(transcript(("ann", text), roles=ROLES))[0].turns for text in (prepared, plain))
    assert one[0].plain == other[0].plain
    assert one[0].words == other[0].words


def test_contractions_change_no_count() -> None:
    """The same dialogue with and without contractions measures the same in every feature but none."""
    short = measured(("ann", "I'm sure it's late, don't you?"), ("bob", "That's so."))
    long = measured(("ann", "i am sure it is late , do not you ?"), ("bob", "that is so ."))
    assert short == long


def test_turn_length_counts_words() -> None:
    """Ann says 3, 1 and 2 words: mean 2, sample sd 1, variation 1 / 2."""
    found = measured(
        ("ann", "A red cap."), ("bob", "Which?"), ("ann", "That!"), ("bob", "Okay."), ("ann", "Thank you.")
    )
    assert found["words_per_turn"] == 2
    assert found["turn_length_variation"] == pytest.approx(0.5)


def test_consecutive_turns_of_one_speaker_are_one() -> None:
    """A corpus that cuts a turn in two, or notes a cough as a turn, measures the same as one that does not."""
    cut = (("ann", "Well,"), ("ann", "a red cap."), ("bob", "{vocalsound}"), ("ann", "Please."), ("bob", "Sure."))
    whole = (("ann", "Well, a red cap. Please."), ("bob", "Sure."))
    assert measured(*cut) == measured(*whole)
    assert measured(*cut, side=CONVERSATION)["dialogue_turns"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "Is it open?",
        "are you looking for a hotel",
        "What kind of food would you like",
        "ok so how are you",
        "how about noon",
    ],
)
def test_questions_are_found_without_their_mark(text: str) -> None:
    """Typists leave the mark out, and a corpus may; the order of the words tells."""
    assert measured(("ann", text), ("bob", "Yes."))["question_share"] == 1


@pytest.mark.parametrize("text", ["When I was young, we had none.", "I know what you are saying.", "Are.", "It is."])
def test_statements_are_no_questions(text: str) -> None:
    """A question word inside a statement, or in front of a clause, asks nothing."""
    assert measured(("ann", text), ("bob", "Yes."))["question_share"] == 0


def test_shares_of_turns() -> None:
    """Of four turns one exclaims and two are nothing but backchannels."""
    lines = [
        ("ann", "Uh-huh."),
        ("bob", "So."),
        ("ann", "Great!"),
        ("bob", "So."),
        ("ann", "I go."),
        ("bob", "So."),
        ("ann", "No."),
    ]
    found = measured(*lines)
    assert (found["exclamation_share"], found["backchannel_share"]) == (0.25, 0.5)


def test_rates_in_a_hundred_words() -> None:
    """Eight words with "maybe" and "I think" and "please": 2 and 1 in 8, as 25 and 12.5 in 100."""
    found = measured(("ann", "Maybe I think so, please send it back."), ("bob", "Yes."))
    assert (found["hedges"], found["politeness"]) == (25, 12.5)


def test_persons() -> None:
    """ "I lost my key, can you help?": "i" and "my" among 7 words, "you" once."""
    found = measured(("ann", "I lost my key, can you help?"), ("bob", "Yes."))
    assert (found["first_person"], found["second_person"]) == pytest.approx((2 / 7, 1 / 7))


def test_mattr_of_a_known_text() -> None:
    """Of 26 words one comes twice: at both ends, each window of 25 has 25 different words; side by side, 24 and 25."""
    names = [f"{chr(97 + i)}x" for i in range(25)]
    apart, together = " ".join([*names, names[0]]), " ".join([names[0], *names])
    assert measured(("ann", apart), ("bob", "Yes."))["mattr"] == 1
    assert measured(("ann", together), ("bob", "Yes."))["mattr"] == pytest.approx((24 / 25 + 1) / 2)


def test_hdd_of_a_known_text() -> None:
    """43 words, one twice: 42 drawn cannot miss that one, and miss each of the 41 others with chance 1 / 43."""
    names = [f"{chr(97 + i // 26)}{chr(97 + i % 26)}q" for i in range(42)]
    found = measured(("ann", " ".join([*names, names[0]])), ("bob", "Yes."))
    assert found["hdd"] == pytest.approx((1 + 41 * (42 / 43)) / 42)


def test_diversity_of_a_short_text_is_missing() -> None:
    """Under 25 and 42 words there is no figure, rather than a wrong one."""
    found = measured(("ann", "one two three"), ("bob", "Yes."))
    assert found["mattr"] is None
    assert found["hdd"] is None


def test_repetition_looks_at_topic_words_of_the_turn_before() -> None:
    """Bob's turn has the topic words "red", "hotel", "paris"; Ann's before it had "hotel" and "paris": 2 / 3."""
    found = measured(("ann", "A hotel in Paris."), ("bob", "Is the hotel in Paris red?"), side="helper")
    assert found["partner_repetition"] == pytest.approx(2 / 3)


def test_repetition_is_missing_for_who_only_opens() -> None:
    """Nobody spoke before Ann, so she can have repeated nobody."""
    assert measured(("ann", "A hotel in Paris."), ("bob", "Yes."))["partner_repetition"] is None


def test_questions_met_with_a_question() -> None:
    """Ann asks twice; Bob asks back once: 1 / 2. Bob's question is answered by Ann's second: 1 / 1."""
    lines = [
        ("ann", "Is it red?"),
        ("bob", "Why do you ask?"),
        ("ann", "Is it blue?"),
        ("bob", "No."),
        ("ann", "Fine."),
    ]
    assert measured(*lines, side="helper")["answers_with_question"] == 0.5
    assert measured(*lines)["answers_with_question"] == 1
    assert measured(("ann", "A cap."), ("bob", "Is it red?"), side="helper")["answers_with_question"] is None


def talk_of(*lengths: int) -> list[tuple[str, str]]:
    """Turns of so many words, by Ann and Bob in turn."""
    return [(("ann", "bob")[i % 2], " ".join(["word"] * length)) for i, length in enumerate(lengths)]


def test_matching_the_length_of_the_turn_before() -> None:
    """Bob says one more than Ann each time: rank correlation 1; the reverse order gives -1."""
    assert measured(*talk_of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), side="helper")["length_matching"] == 1
    assert measured(*talk_of(1, 9, 2, 8, 3, 7, 4, 6, 5, 5), side="helper")["length_matching"] == -1


@pytest.mark.parametrize("lengths", [(1, 2, 3, 4, 5, 6, 7, 8), (1, 3, 2, 3, 4, 3, 5, 3, 6, 3)])
def test_matching_takes_five_pairs_that_vary(lengths: tuple[int, ...]) -> None:
    """Four pairs say nothing; nor does a Bob who always says three words."""
    assert measured(*talk_of(*lengths), side="helper")["length_matching"] is None


def test_repeating_oneself_looks_three_own_turns_back() -> None:
    """Of Ann's topic words in turns 2 to 5 (hotel paris | car | train | hotel bus), none, none, none and hotel's half
    would be repeated, but turn 1 is four turns back: only turn 2's "hotel" counts: (1/2 + 0 + 0 + 1/2) / 4.
    """
    said = ("A hotel.", "Hotel, Paris.", "Car.", "Train.", "Hotel, bus.")
    lines = [line for text in said for line in (("ann", text), ("bob", "Yes."))]
    assert measured(*lines)["self_repetition"] == pytest.approx((1 / 2 + 0 + 0 + 1 / 2) / 4)
    later = [
        line for text in ("A hotel.", "Car.", "Train.", "Bus.", "Hotel.") for line in (("ann", text), ("bob", "Yes."))
    ]
    assert measured(*later)["self_repetition"] == 0


def test_repeating_oneself_is_not_repeating_the_other() -> None:
    """Peers are pooled, and yet each is held to their own words; with one turn each nothing is known."""
    lines = [("ann", "A hotel."), ("bob", "Hotel?"), ("ann", "Paris."), ("bob", "Paris.")]
    assert measured(*lines, side="peer", roles={})["self_repetition"] == 0
    assert measured(*lines[:2], side="peer", roles={})["self_repetition"] is None


def test_enthusiasm_in_a_hundred_words() -> None:
    """Eight words with "great", "love" and "amazing": 37.5 in 100; "loving" counts, "glove" does not."""
    assert measured(("ann", "Great, I love it, it is so amazing!"), ("bob", "Yes."))["enthusiasm"] == 37.5
    assert measured(("ann", "A glove."), ("bob", "Yes."))["enthusiasm"] == 0


def digression_rate(talk: Transcript) -> float | None:
    """What is measured of the conversation as a whole."""
    return conversation_features(talk)[-1].values["digression_rate"]


class FlagsTheThird:
    """A judge that looks at the first four turns and flags the third."""

    def judge(self, talk: Transcript) -> Verdict:
        """The verdict."""
        text = talk.turns[2].text
        hit = Hit(2, 0.9, "off_thread", text, 0, len(text), "as told")
        return verdict_on(talk, judge="digression", version="1", turn_scores=[0.1, 0.1, 0.9, 0.1, None], hits=[hit])


def test_turns_that_digress_are_counted_in_the_whole_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of four judged turns, and a fifth that was not judged: .25. No side has such a rate."""
    monkeypatch.setattr(measures, "_digression_judge", FlagsTheThird)
    talk = transcript(*[("ann", "A red cap."), ("bob", "Okay.")] * 2, ("ann", "Thanks."), roles=ROLES)
    assert digression_rate(talk) == 0.25
    assert "digression_rate" not in conversation_features(talk)[0].values


def test_where_no_turn_can_be_judged_no_rate_is_known() -> None:
    """Two greetings: missing, and not 0."""
    assert digression_rate(transcript(("ann", "Hi there."), ("bob", "Hello!"), roles=ROLES)) is None


@cache
def disputes(dial: float) -> tuple[Transcript, ...]:
    """Twelve refund disputes of the offline actor with so many planted digressions."""
    actor = OfflineActor(Dials(digression=dial))
    dispute = load_scenario(find_scenario("refund-dispute"))
    models = {agent.name: actor.model for agent in dispute.agents}
    cells = [Cell(dispute, actor.model, models, None, repeat, 1) for repeat in range(12)]
    return tuple(asyncio.run(hold_conversation(one, {actor.model: actor})) for one in cells)


def test_planted_digressions_show() -> None:
    """Where none is planted less than .02 of the turns digress, where 30 % are more than .05."""
    none, many = (fmean(digression_rate(talk) or 0.0 for talk in disputes(dial)) for dial in (0.0, 0.3))
    assert none < 0.02
    assert many > 0.05


def test_the_digression_rate_does_not_depend_on_what_only_simulations_have() -> None:
    """Task, personas, goals, profile, which human corpora do not tell: without them, the same figures."""
    for talk in disputes(0.3):
        cast = tuple(Participant(who.name, who.role) for who in talk.participants)
        assert talk.scenario is not None
        assert digression_rate(replace(talk, participants=cast, scenario=None)) == digression_rate(talk)


def test_features_name_the_judges_they_rest_on() -> None:
    """Three of them; a profile tells their versions."""
    assert feature_judges() == ("digression", "formality", "metaphor")
    assert [FEATURES[name].judge for name in ("formality", "digression_rate", "hedges")] == [
        "formality",
        "digression",
        None,
    ]


def test_share_of_the_talk_is_for_unequal_sides_only() -> None:
    """Ann says 3 of 4 words; peers are pooled and have no such share."""
    lines = (("ann", "A red cap."), ("bob", "Okay."))
    assert measured(*lines)["word_share"] == 0.75
    assert "word_share" not in measured(*lines, side="peer", roles={})


def test_the_conversation_as_a_whole() -> None:
    """3 turns, 2 changes of speaker in 8 words; shares 6/8 and 2/8 of two: entropy over log 2."""
    lines = (("ann", "A red cap."), ("bob", "Which one?"), ("ann", "The red cap."))
    found = measured(*lines, side=CONVERSATION)
    assert found["dialogue_turns"] == 3
    assert found["dialogue_words"] == 8
    assert found["floor_changes"] == 25
    assert found["talk_balance"] == pytest.approx(-(0.75 * log(0.75) + 0.25 * log(0.25)) / log(2))


def test_formality_goes_up_with_the_register() -> None:
    """The same request in two registers: the formal one scores higher, both on the human scale."""
    low = measured(("ann", "nah dude gimme my money back lol"), ("bob", "Yes."))["formality"]
    high = measured(("ann", "I would appreciate the reimbursement of my payment."), ("bob", "Yes."))["formality"]
    assert low is not None
    assert high is not None
    assert low < high


def test_peers_are_pooled() -> None:
    """Two equals: one side, with the turns of both."""
    (peers, whole) = speeches(transcript(("ann", "Hi."), ("bob", "Hello there.")))
    assert (peers.side, whole.side) == ("peer", CONVERSATION)
    assert peers.turns == whole.turns


@pytest.mark.parametrize("lines", [[], [("ann", ""), ("bob", "...")], [("ann", "{pause}")]])
def test_silence_is_missing_everywhere(lines: list[tuple[str, str]]) -> None:
    """Where nobody says a word every feature is missing: no 0, no division by 0."""
    talk = transcript(*lines, roles=ROLES)
    assert all(value is None for found in conversation_features(talk) for value in found.values.values())


def test_what_rests_on_english_words_is_missing_in_other_languages() -> None:
    """A German talk: no formality, no hedges, no questions by wording; lengths, shares and variety stay."""
    lines = [
        ("ann", "Ich möchte bitte mein Geld zurück, das ist nicht gut und nicht recht."),
        ("bob", "Das geht nicht."),
    ]
    found = conversation_features(transcript(*lines * 4, roles=ROLES))
    assert all(side.is_foreign for side in found)
    known = {name for side in found for name, value in side.values.items() if value is not None}
    assert known & {name for name, feature in FEATURES.items() if feature.in_english} == set()
    assert known >= {"words_per_turn", "word_share", "mattr", "hdd", "exclamation_share", "dialogue_turns"}
    assert not any(side.is_foreign for side in conversation_features(transcript(("ann", "Hello?"), roles=ROLES)))


def test_a_side_that_never_speaks_is_missing_and_the_other_is_not() -> None:
    """Bob says nothing: his figures are missing, Ann's are there."""
    assert set(measured(("ann", "Hello?"), side="helper").values()) == {None}
    assert measured(("ann", "Hello?"))["words_per_turn"] == 1


@given(st.lists(st.tuples(st.sampled_from(["ann", "bob"]), st.text(max_size=60)), max_size=8))
def test_any_text_gives_finite_figures(lines: list[tuple[str, str]]) -> None:
    """Emoji, other scripts, lone marks: a finite number or missing, and shares within [0, 1]."""
    for found in conversation_features(transcript(*lines, roles=ROLES)):
        for name, value in found.values.items():
            assert value is None or (value == value and abs(value) < 1e6)
            if FEATURES[name].unit.startswith("share") and value is not None:
                assert 0 <= value <= 1 + 1e-12


def test_every_feature_says_what_it_is() -> None:
    """Name, label, unit, what it counts and when it is missing are there for each, and labels differ."""
    for name, feature in FEATURES.items():
        assert name == feature.name
        assert all([feature.label, feature.unit, feature.counts, feature.missing, feature.sides])
    assert len({feature.label for feature in FEATURES.values()}) == len(FEATURES)
    assert set(feature_names("peer")) < set(feature_names("seeker"))


def test_thousands_of_turns_are_no_trouble() -> None:
    """A very long conversation is measured, at more than 500 turns a second of one processor."""
    cast = (Participant("ann", "customer"), Participant("bob", "support agent"))
    turns = tuple(Turn(("ann", "bob")[i % 2], f"Turn {i} about the order, is it late?") for i in range(3_000))
    start = time.process_time()
    found = conversation_features(Transcript("t1", "test", "llm", cast, turns))
    assert time.process_time() - start < 6
    assert found[2].values["dialogue_turns"] == 3_000


def test_people_who_help_ask_more_than_those_who_ask_for_help() -> None:
    """In clarification dialogues the helper asks, though the question marks were lost at the source."""
    sides = load_profile("clarifying-search").sides
    assert (sides["helper"]["question_share"].mean or 0) > 0.9
    assert (sides["seeker"]["question_share"].mean or 1) < 0.3
