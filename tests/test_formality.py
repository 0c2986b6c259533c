"""The formality judge: canonical forms, the scale, register breaks, and agreement with human ratings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import transcript
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from judges.fitting.formality import fit_scale
from judges.formality import MIN_TURNS, FormalityJudge, formality_scores, register_of
from judges.formality_features import FEATURES, SMOOTHING_WORDS, canonical, measure
from judges.formality_scale import formality_scale, measure_text, shipped_figures

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
    """Case, quotes, spacing, tokenisation and contractions make no difference to the canonical form or the score."""
    assert canonical(one) == canonical(other)
    assert formality_scores(one) == formality_scores(other)


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
    ],
)
def test_formal_twin_scores_higher(formal: str, informal: str) -> None:
    """Of two ways to say the same thing the formal one has the higher score, with length counted and without."""
    high, low = formality_scores(formal), formality_scores(informal)
    assert high is not None
    assert low is not None
    assert high.full > low.full
    assert high.length_free > low.length_free


def test_length_free_ignores_length() -> None:
    """Saying the same sentence four times moves the full score by length, the length-free one by what it is sure of."""
    once = "the train leaves at nine and we walk from there."
    short, long = formality_scores(once), formality_scores(" ".join([once] * 4))
    assert short is not None
    assert long is not None
    assert abs(long.length_free - short.length_free) < abs(long.full - short.full)


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


def _rows(name: str) -> list[Any]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@needs_data
def test_shipped_scale_is_what_the_fit_gives() -> None:
    """Fitting again on the same ratings gives the shipped coefficients."""
    rows = _rows("labels_formality_pavlick.jsonl")
    fitted = fit_scale([row["text"] for row in rows], [row["score"] for row in rows])
    assert fitted.coefficients == pytest.approx(formality_scale().coefficients, rel=1e-2, abs=1e-3)


@needs_data
def test_agrees_with_people_on_another_corpus() -> None:
    """On SQUINKY, never fitted on, Spearman with the mean rating is at least .72, and AUC above 4 of 7 at least .85."""
    rows = _rows("labels_formality_squinky.jsonl")
    pairs = [(row["formality"], score.full) for row in rows if (score := formality_scores(row["text"]))]
    ratings, scores = zip(*pairs, strict=True)
    assert spearmanr(ratings, scores).statistic >= 0.72
    assert roc_auc_score([rating > 4 for rating in ratings], scores) >= 0.85
