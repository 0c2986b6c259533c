"""The verbosity judge: bursts and drifts of length, and lengths that vary as people's do."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest
from builders import transcript

from judges.fitting.corpora import read_corpus
from judges.verbosity import Length, VerbosityJudge, drift_of, habit_of

DATA = Path(__file__).parents[2] / "shared" / "data"
JUDGE = VerbosityJudge()


def of_lengths(*lengths: int) -> list[tuple[int, str]]:
    """The flagged turns of a speaker with turns of so many words, and a partner who says ten each time."""
    lines = [line for length in lengths for line in (("A", "word " * length), ("B", "so " * 10))]
    return [(hit.turn, hit.kind) for hit in JUDGE.judge(transcript(*lines)).hits]


def test_a_turn_many_times_the_usual_is_a_burst() -> None:
    """400 words among turns of about ten."""
    assert of_lengths(10, 12, 9, 400, 11, 10, 12, 9) == [(6, "burst")]


def test_a_longer_turn_is_none() -> None:
    """Its twin: thirty words among turns of about ten; people tell a story now and then."""
    assert of_lengths(10, 12, 9, 30, 11, 10, 12, 9) == []


def test_turns_that_grow_are_a_drift() -> None:
    """From eight words to about eighty, in steps: the hit is the last turn."""
    assert of_lengths(8, 11, 14, 20, 28, 40, 56, 80) == [(14, "drift_up")]


def test_turns_that_shrink_are_a_drift() -> None:
    """The same backwards."""
    assert of_lengths(80, 56, 40, 28, 20, 14, 11, 8) == [(14, "drift_down")]


def test_turns_that_go_up_and_down_are_none() -> None:
    """The twin of both: the same lengths in another order."""
    assert of_lengths(28, 80, 8, 40, 11, 56, 14, 20) == []


def test_a_small_growth_is_none() -> None:
    """A steady trend from ten words to seventeen changes by less than the factor of two and a half."""
    assert of_lengths(10, 11, 12, 13, 14, 15, 16, 17) == []


def test_the_line_is_the_least_squares_line() -> None:
    """1 + words doubles each turn, so the line is exact: factor 2 ** 7, t without bound."""
    drift = drift_of([Length(place, 4 * 2**place - 1 + (place == 0)) for place in range(8)])
    assert drift is not None
    assert drift.factor == pytest.approx(2**7, rel=0.2)
    exact = drift_of([Length(place, 8 * 2**place - 1) for place in range(8)])
    assert exact is not None
    assert exact.factor == pytest.approx(2**7)
    assert exact.t == inf or exact.t > 1e6


def test_a_habit_needs_four_turns_of_four_words() -> None:
    """Three, or four of "Yes.", are none."""
    assert habit_of([Length(place, 10) for place in range(3)]) is None
    assert habit_of([Length(place, 1) for place in range(9)]) is None
    assert habit_of([Length(place, 10) for place in range(4)]) is not None


def test_too_few_turns_are_unjudged() -> None:
    """A conversation of four turns says nothing of length."""
    verdict = JUDGE.judge(transcript(*[("A", "Could I have a coffee, please?"), ("B", "Of course, here you are.")] * 2))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "too_short"


def test_people_are_seldom_flagged() -> None:
    """At most five turns in a thousand of meetings, where some give a talk."""
    if not DATA.exists():
        pytest.skip("the corpora are not here")
    corpus = read_corpus(DATA, "human_meetings_qmsum")[:15]
    flagged = sum(len(JUDGE.judge(one).flagged_turns) for one in corpus)
    assert flagged <= 0.005 * sum(len(one.turns) for one in corpus)
