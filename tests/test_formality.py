"""The formality judge: canonical forms, the scale, register breaks, and agreement with human ratings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import transcript
from hypothesis import given
from hypothesis import strategies as st

from judges.fitting.formality import fit_embedded_scale, fit_scale, pavlick, squinky, squinky_alone
from judges.fitting.formality_ratings import read_ratings
from judges.formality import MIN_TURNS, FormalityJudge, formality_scores, register_of
from judges.formality_features import CASE, FEATURES, SMOOTHING_WORDS, canonical, measure
from judges.formality_scale import embedded_scale, formality_scale, measure_text, shipped_figures
from judges.measuring.figures import auc, spearman
from judges.measuring.formality import split_half

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside the checkout")

CASUAL = (
    "hey, did you get my message about the trip?",
    "i think we can just take the bus to town.",
    "my sister said she might come with us too.",
    "let's meet at the station, i'll bring some food.",
    "it's gonna be fun, we can walk by the river.",
)
STIFF = (
    "I would respectfully request that the aforementioned correspondence be considered in accordance with regulations."
)
OFFICIAL = (
    "The documentation was submitted in accordance with the applicable regulations.",
    "Further clarification regarding the contract will be provided upon request.",
    "The department has considered the application and reached its determination.",
    "Additional verification of the account is required prior to any reimbursement.",
    "The committee will therefore consider the matter during its following session.",
)
SLANGY = "lol nah dude im gonna chill w u guys tonite, idk wtf is goin on!!"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I do n't know .", "I don't know."),
        ("I DON'T know.", "i do not know."),
        ("It ’ s late , I ' m off !", "it's late, I'm off!"),
        ("You ca n't , you can not .", "You cannot, you can't."),
        ("`` Yes , '' he said ( twice ) .", '"yes," he said (twice).'),
        ("We are gon na go\n\n  now", "we're gonna go now"),
    ],
)
def test_canonical_neutralises_preparation(one: str, other: str) -> None:
    """Case, quotes, spacing, tokenisation and contractions change neither canonical form nor length-free score."""
    assert canonical(one) == canonical(other)
    first, second = formality_scores(one), formality_scores(other)
    assert first is not None
    assert second is not None
    assert (first.length_free, first.drivers) == (second.length_free, second.drivers)


@pytest.mark.parametrize("kept", ["dont", "lol", "soooo", "the dog's bone", "ain't"])
def test_canonical_keeps_what_the_writer_chose(kept: str) -> None:
    """Slang, lost apostrophes, drawn-out spellings and possessives stay as they are."""
    assert canonical(kept) == kept


@given(st.text())
def test_any_text_has_a_bounded_score_or_none(text: str) -> None:
    """A score of any text lies in [-3, 3] or is None, and depends on nothing but the text."""
    score = formality_scores(text)
    assert score is None or (-3 <= score.full <= 3 and -3 <= score.length_free <= 3)
    assert score == formality_scores(text)


def test_measure_counts_by_hand() -> None:
    """ "please send the form." has 4 words, 1 courtesy, 1 article, 17 letters; each over 4 + 5 words."""
    measured = measure("please send the form.")
    by_name = dict(zip(FEATURES, measured.values, strict=True))
    assert measured.words == 4
    assert by_name["courtesy"] == pytest.approx(1 / (4 + SMOOTHING_WORDS))
    assert by_name["article"] == pytest.approx(1 / 9)
    assert by_name["letters"] == pytest.approx(17 / 9)
    assert (by_name["end_mark"], by_name["exclamation"]) == (1, 0)
    assert measured.count("courtesy", "article") == 2


def test_codes_are_numbers_and_not_slang() -> None:
    """A reservation code such as "1N99U6" or "#W5490111" holds no words."""
    measured = measure(canonical("1N99U6 #W5490111"))
    assert measured.words == 0
    assert formality_scores("1N99U6") is None


@pytest.mark.parametrize(
    ("formal", "informal"),
    [
        ("We regret the inconvenience caused.", "sorry bout that lol"),
        ("Could you please provide further information?", "what do u mean??"),
        ("The reservation was cancelled in accordance with the policy.", "ok so they just dropped my booking haha"),
        ("However, the results do not support this conclusion.", "but nah, thats just not right tho"),
        ("The committee has approved the proposal.", "they said its cool, woohoo!!"),
        ("I am unable to attend the meeting.", "cant make it, gotta bounce :("),
        ("Please accept my sincere apologies for the delay.", "oops, my bad, soooo late haha"),
        ("What is the purpose of your visit?", "whatcha doin here?"),
    ],
)
def test_formal_twin_scores_higher(formal: str, informal: str) -> None:
    """Of two ways to say the same thing the formal one has the higher score, with length counted and without."""
    high, low = formality_scores(formal), formality_scores(informal)
    assert high is not None
    assert low is not None
    assert high.full > low.full
    assert high.length_free > low.length_free


def test_the_sentence_is_the_unit() -> None:
    """A long sentence is rated more formal than its parts, and only in full; the same sentence again changes little."""
    joined = "the train leaves at nine and we walk from there and the town is old and the hill is high."
    parts = "the train leaves at nine. we walk from there. the town is old. the hill is high."
    long, short = formality_scores(joined), formality_scores(parts)
    again = formality_scores(" ".join([parts] * 4))
    assert long is not None
    assert short is not None
    assert again is not None
    assert long.full - short.full > abs(long.length_free - short.length_free)
    assert abs(again.full - short.full) < 0.5


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("I cannot come.", "i cannot come."),
        ("It is late.", "It's late."),
        ("Give it back to me.", "GIVE IT BACK TO ME."),
    ],
)
def test_capitals_and_contractions_move_the_full_score_only(plain: str, other: str) -> None:
    """People rate contractions and capitals amiss as informal; the score to compare with does not move."""
    high, low = formality_scores(plain), formality_scores(other)
    assert high is not None
    assert low is not None
    assert high.full > low.full
    assert high.length_free == low.length_free


def test_abbreviations_end_no_sentence() -> None:
    """ "mr. w. smith met dr. jones." is one sentence of 6 words."""
    length = dict(zip(FEATURES, measure("mr. w. smith met dr. jones.").values, strict=True))["length"]
    assert length == pytest.approx(np.log1p(6))


def test_lower_cased_conversations_are_not_informal_for_it() -> None:
    """Where no turn holds a capital letter somebody lower-cased them all; where others hold some, it is the writer."""
    lines = [("a", "we leave at nine tomorrow."), ("b", "the weather will be good.")]
    lowered = FormalityJudge().judge(transcript(*lines)).turn_scores
    mixed = FormalityJudge().judge(transcript(*lines, ("b", "The bus is late."))).turn_scores
    assert all(before > after for before, after in zip(lowered, mixed, strict=False) if before and after)
    assert measure("we leave.", is_cased=False).values == measure("we leave.").values
    unsure = measure("we leave.", is_cased=False)
    assert formality_scale().effects(unsure)[-len(CASE) :] == [0.0] * len(CASE)


def test_effects_add_up() -> None:
    """The full score is the usual score plus the effect of every feature."""
    measured = measure_text("Thanks, see you there tomorrow.")
    assert measured is not None
    scale = formality_scale()
    effects = scale.effects(measured)
    assert scale.scores(effects)[0] == pytest.approx(scale.usual + sum(effects))


def test_drivers_explain_in_words() -> None:
    """What drove the score of a slangy text is said in plain words, strongest first."""
    score = formality_scores(SLANGY)
    assert score is not None
    assert "more slang words" in map(str, score.drivers)
    assert [abs(driver.effect) for driver in score.drivers] == sorted(
        (abs(driver.effect) for driver in score.drivers), reverse=True
    )


@pytest.mark.parametrize("text", ["", "...", "42", "\U0001f600", "Привет, как дела?", "你好，请问多少钱？"])
def test_nothing_to_rate_is_none(text: str) -> None:
    """A text without words or in another script has no score."""
    assert formality_scores(text) is None


def test_register_by_hand() -> None:
    """0, 0, 1, 1: median .5, deviations .5, own spread .7413; (8 x .36 + 4 x .5495) / 12 = .4232 = .6505 squared."""
    register = register_of([0.0, 0.0, 1.0, 1.0])
    assert register is not None
    assert register.level == 0.5
    assert register.spread == pytest.approx(0.6505, abs=1e-3)
    assert register.distance(1.8010) == pytest.approx(2.0, abs=1e-2)
    assert register_of([0.0] * (MIN_TURNS - 1)) is None


def _spoken(lines: tuple[str, ...], extra: str) -> list[tuple[str, str]]:
    return [(who, text) for line in lines for who, text in (("a", line), ("b", "ok"))] + [("a", extra)]


def test_raised_turn_is_a_hit() -> None:
    """One stiff turn by somebody who chats is flagged as raised, with quote and reason."""
    lines = _spoken(CASUAL, f"Right. {STIFF}")
    verdict = FormalityJudge().judge(transcript(*lines))
    assert [(hit.turn, hit.kind, hit.quote) for hit in verdict.hits] == [(len(lines) - 1, "raised", STIFF)]
    assert "more formal words" in verdict.hits[0].reason


def test_lowered_turn_is_a_hit() -> None:
    """One slangy turn by somebody who writes officially is flagged as lowered."""
    lines = _spoken(OFFICIAL, SLANGY)
    assert [(hit.turn, hit.kind) for hit in FormalityJudge().judge(transcript(*lines)).hits] == [(10, "lowered")]


@pytest.mark.parametrize(("lines", "twin"), [(OFFICIAL, STIFF), (CASUAL, SLANGY)])
def test_same_turn_in_its_own_register_is_no_hit(lines: tuple[str, ...], twin: str) -> None:
    """The same turns are innocent in the mouth of somebody who always speaks so."""
    assert FormalityJudge().judge(transcript(*_spoken(lines, twin))).hits == ()


def test_other_speakers_do_not_set_the_register() -> None:
    """A formal clerk and a casual customer alternate: neither breaks a register."""
    lines = [line for pair in zip(CASUAL, OFFICIAL, strict=True) for line in zip("ab", pair, strict=True)]
    assert FormalityJudge().judge(transcript(*lines)).hits == ()


def test_scores_align_and_missing_is_none() -> None:
    """A turn without a word has None, not 0; a protocol marker is not a word."""
    verdict = FormalityJudge().judge(transcript(("a", "Good morning."), ("b", "..."), ("a", "###STOP###")))
    assert [score is None for score in verdict.turn_scores] == [False, True, True]
    assert verdict.judged_turns == 1


def test_each_turn_has_a_length_free_score_beside_the_full_one() -> None:
    """`meta["length_free"]` has what `formality_scores` gives, None where the turn has no score."""
    verdict = FormalityJudge().judge(transcript(("a", "Good morning, everybody."), ("b", "...")))
    score = formality_scores("Good morning, everybody.")
    assert score is not None
    assert verdict.meta["length_free"] == [round(score.length_free, 3), None]


@pytest.mark.parametrize(
    "text",
    ["Yes, please proceed with the cancellation of it.", "The refund will be processed within five business days."],
)
def test_service_talk_is_no_raised_turn(text: str) -> None:
    """One formal word in a plain business sentence is no break, whoever says it."""
    assert FormalityJudge().judge(transcript(*_spoken(CASUAL, text))).hits == ()


class _Lookup:
    """An encoder of one made-up direction: how many letters of a text are "e"."""

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, texts: Sequence[str]) -> Any:
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        vectors[:, 0] = [text.count("e") / (len(text) + 1) for text in texts]
        return vectors

    def token_states(self, text: str) -> Any:
        raise NotImplementedError


def test_an_encoder_with_weights_sharpens_the_full_scores() -> None:
    """The version says so; length-free scores and hits stay as they are."""
    one = transcript(*_spoken(CASUAL, f"Right. {STIFF}"))
    plain, sharper = FormalityJudge(), FormalityJudge(_Lookup("all-MiniLM-L6-v2"))
    assert sharper.version == f"{plain.version}+all-MiniLM-L6-v2"
    before, after = plain.judge(one), sharper.judge(one)
    assert before.turn_scores != after.turn_scores
    assert (before.hits, before.meta) == (after.hits, after.meta)


def test_an_encoder_without_weights_is_left_aside() -> None:
    """No weights were fitted for it, so the judge is the built-in one and says so."""
    assert FormalityJudge(_Lookup("some/other")).version == FormalityJudge().version
    assert embedded_scale("some/other") is None


def test_embeddings_are_fitted_beside_the_features() -> None:
    """Of two sentences with the same features the one whose vector went with high ratings scores higher."""
    texts = ["the cat sat.", "the dog sat."] * 30
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]] * 30)
    fitted = fit_embedded_scale(texts, [1.0, -1.0] * 30, vectors=vectors)
    assert fitted.vector[0] > 0 > fitted.vector[1]


def test_split_half_of_equal_raters_is_one() -> None:
    """Raters who agree on everything have reliability 1: 2 x 1 / (1 + 1)."""
    assert split_half([[score] * 5 for score in (1.0, 2.0, 3.0, 4.0)]) == pytest.approx(1)


@pytest.mark.parametrize(("text", "reason"), [("...", "empty"), ("Привет, как дела?", "language")])
def test_unjudged_says_why(text: str, reason: str) -> None:
    """A transcript without a word is "empty", one in another script "language"."""
    verdict = FormalityJudge().judge(transcript(("a", text)))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == reason


def test_shipped_figures_name_their_source() -> None:
    """The weights say what they were fitted on, and have one row a feature."""
    figures = shipped_figures()
    assert "Pavlick" in figures["sources"]["fitted on"]
    assert tuple(figures["features"]) == FEATURES


@needs_data
def test_shipped_scale_is_what_the_fit_gives() -> None:
    """Fitting again on the same ratings gives the shipped coefficients."""
    rated = [*pavlick(DATA), *squinky_alone(DATA)]
    fitted = fit_scale([one.text for one in rated], [one.score for one in rated])
    assert fitted.coefficients == pytest.approx(formality_scale().coefficients, rel=1e-2, abs=1e-3)


@needs_data
def test_no_sentence_is_rated_twice() -> None:
    """A third of Pavlick's, 651 of 1,905, stand in SQUINKY! too; transfer fits leave them out."""
    assert len(squinky(DATA)) > len(squinky_alone(DATA))
    of = read_ratings(DATA, None)
    assert len(of.unlike(of.pavlick, of.squinky)) == 1905 - 651


@needs_data
def test_agrees_with_people_on_another_corpus() -> None:
    """Fitted on Pavlick alone: Spearman with SQUINKY's ratings at least .70, the length-free score .63."""
    of = read_ratings(DATA, None)
    scores = of.predicted(of.unlike(of.pavlick, of.squinky), of.squinky)
    full, length_free = (spearman(scores[:, column], of.scores[of.squinky]) for column in (0, 1))
    assert full >= 0.70
    assert length_free >= 0.63


@needs_data
def test_agrees_with_people_on_sentences_left_out() -> None:
    """By five folds the balanced set's formal sentences score above its informal ones, AUC at least .87."""
    of = read_ratings(DATA, None)
    is_formal = np.array([float(row["label"] == "formal") for row in of.rows])
    assert auc(of.cross_fitted(of.pavlick)[:, 0], is_formal) >= 0.87
