"""The repetition judge: what a speaker says again, and what only looks like it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from builders import transcript

from judges.fitting.corpora import read_corpus
from judges.repetition import RepetitionJudge, stuck_sentence

DATA = Path(__file__).parents[2] / "shared" / "data"
FARE = "The fare is not refundable, but I can offer you a voucher for the full amount."
JUDGE = RepetitionJudge()


def kinds(*lines: tuple[str, str]) -> list[tuple[int, str]]:
    """The flagged turns and what for."""
    return [(hit.turn, hit.kind) for hit in JUDGE.judge(transcript(*lines)).hits]


def test_a_turn_said_again_is_flagged_and_tells_where_it_was_said() -> None:
    """Word for word: every trigram stands in turn 0."""
    verdict = JUDGE.judge(transcript(("A", FARE), ("B", "And if I insist?"), ("A", FARE)))
    (hit,) = verdict.hits
    assert (hit.turn, hit.kind, hit.score) == (2, "repeat", 1.0)
    assert "turn 0" in hit.reason
    assert verdict.turn_scores[0] == 0


def test_the_same_by_another_speaker_is_no_repetition() -> None:
    """An echo is the role judge's business."""
    assert kinds(("A", FARE), ("B", FARE)) == []


def test_a_short_or_courteous_turn_has_no_score() -> None:
    """People say "Yes, please." and "Thank you very much" again all the time."""
    courtesies = ("Yes, please.", "Thank you very much, have a great day.")
    lines = [("AB"[place % 2], courtesies[place // 2 % 2]) for place in range(8)]
    verdict = JUDGE.judge(transcript(*lines[:6]))
    assert set(verdict.turn_scores) == {None}
    assert verdict.hits == ()


def test_the_score_is_the_share_of_trigrams_in_one_earlier_turn() -> None:
    """Eight words have six trigrams; changing the last word spoils one of them: 5/6."""
    verdict = JUDGE.judge(
        transcript(
            ("A", "The blue train leaves the station at nine."),
            ("B", "Which one?"),
            ("A", "The blue train leaves the station at ten."),
        )
    )
    assert verdict.turn_scores[2] == pytest.approx(5 / 6, abs=1e-6)


def test_the_same_frame_with_another_content_is_progress() -> None:
    """Its twin of the test above: half of the words are new."""
    assert (
        kinds(
            ("A", "Your table at Nino's in Oakland is booked for Friday at eight."),
            ("B", "And the taxi?"),
            ("A", "Your taxi to the airport hotel is ordered for Sunday at noon."),
        )
        == []
    )


def test_an_exchange_that_comes_back_is_a_loop() -> None:
    """Two turns of two speakers, said twice more: turns 2 to 5 are returns."""
    pair = (("A", "Please tell me your order number first."), ("B", "I told you, I do not have it here."))
    assert [turn for turn, kind in kinds(*pair * 3) if kind == "loop"] == [2, 3, 4, 5]


def test_a_sentence_said_three_times_in_a_turn_is_flagged() -> None:
    """Three of the same make up all of the turn; two do not count."""
    again = "I will check that for you."
    assert kinds(("A", " ".join([again] * 3)), ("B", "Good.")) == [(0, "repeat")]
    assert kinds(("A", " ".join([again] * 2)), ("B", "Good.")) == []
    assert stuck_sentence(again) is None


def test_ten_thousand_turns_a_second() -> None:
    """Time grows with the words; a generous tenth of the wanted speed is asked for here."""
    long = transcript(*[(name, f"{FARE} It is number {n}.") for n in range(1000) for name in "AB"])
    start = time.perf_counter()
    JUDGE.judge(long)
    assert time.perf_counter() - start < 2


def test_people_are_seldom_flagged() -> None:
    """At most five turns in a thousand of PersonaChat."""
    if not DATA.exists():
        pytest.skip("the corpora are not here")
    corpus = read_corpus(DATA, "human_personachat")[:150]
    flagged = sum(len(JUDGE.judge(one).flagged_turns) for one in corpus)
    assert flagged <= 0.005 * sum(len(one.turns) for one in corpus)
