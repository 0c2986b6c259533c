"""A verdict fits its transcript, or is not made."""

from __future__ import annotations

from typing import get_args

import pytest
from builders import transcript

from analysis.tables import NO_VERDICT
from analysis.wording import UNJUDGED_WORDS
from judges.verdict import Hit, UnjudgedReason, verdict_on

SAID = transcript(("A", "How can I help you?"), ("B", "Fine."))


def test_a_quote_stands_where_the_hit_says() -> None:
    """Characters 4 to 9 of turn 0 are "can I"."""
    hit = Hit(0, 0.9, "flip", "can I", 4, 9, "why")
    verdict = verdict_on(SAID, judge="j", version="1", turn_scores=[0.9, None], hits=[hit])
    assert (verdict.hits, verdict.judged_turns, verdict.flagged_turns) == ((hit,), 1, (0,))


@pytest.mark.parametrize(
    "hit",
    [
        Hit(0, 0.9, "flip", "Can I", 4, 9, "other case"),
        Hit(0, 0.9, "flip", "can I", 5, 10, "other place"),
        Hit(0, 0.9, "flip", "", 4, 4, "nothing quoted"),
        Hit(2, 0.9, "flip", "can I", 4, 9, "no such turn"),
    ],
)
def test_a_quote_that_does_not_occur_is_refused(hit: Hit) -> None:
    """Character for character, or not at all."""
    with pytest.raises(ValueError, match="t1"):
        verdict_on(SAID, judge="j", version="1", turn_scores=[0.9, None], hits=[hit])


def test_scores_are_one_a_turn() -> None:
    """A list of another length is refused."""
    with pytest.raises(ValueError, match="1 scores for 2 turns"):
        verdict_on(SAID, judge="j", version="1", turn_scores=[0.1])


def test_every_reason_has_words() -> None:
    """Whatever keeps a judge from judging is told in words, on the page and on the terminal."""
    assert set(UNJUDGED_WORDS) == {*get_args(UnjudgedReason), NO_VERDICT}
