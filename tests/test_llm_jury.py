"""Several models and votes: what they make of one turn together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from llm_parts import CHAT, FLIP, Finding, flagged, llm_judge

from judges.llm.jury import Jury
from sims.backends.backend import Request
from sims.errors import ConnectionLost, ReplyRefused


def by_vote(flagging: set[int]) -> Finding:
    """A model that finds the flip in the votes named."""

    def finds(request: Request) -> Mapping[int, Mapping[str, Any]]:
        assert request.scene is not None
        return FLIP if request.scene.repeat in flagging else {}

    return Finding(finds)


@pytest.mark.parametrize(
    ("flagging", "score", "is_hit", "disagreement"),
    [({0, 1, 2}, 0.9, True, 0), ({0, 2}, 0.6, True, 1 / 3), ({1}, 0.3, False, 1 / 3), (set(), 0, False, 0)],
)
def test_votes_are_counted(flagging: set[int], score: float, is_hit: bool, disagreement: float) -> None:
    """Three votes: the mean of scores 0.9 and 0, a hit from two on, one of three judged turns disputed or none."""
    verdict = llm_judge(by_vote(flagging), votes=3).judge(CHAT)
    assert verdict.turn_scores[2] == pytest.approx(score)
    assert verdict.flagged_turns == ((2,) if is_hit else ())
    assert verdict.meta["disagreement"] == pytest.approx(disagreement, abs=1e-6)
    assert verdict.version == "2.1/test/finding,votes=3"


def test_a_tie_is_none() -> None:
    """One of two votes flags turn 2: neither flagged nor clean, and the turn is named."""
    verdict = llm_judge(by_vote({0}), votes=2).judge(CHAT)
    assert (verdict.hits, verdict.turn_scores) == ((), (0, 0, None, None))
    assert verdict.meta["tied_turns"] == [2]
    assert llm_judge(Finding(FLIP, model="a"), Finding(model="b")).judge(CHAT).turn_scores[2] is None


def test_of_kinds_equally_common_the_first_is_taken() -> None:
    """A flip and a leak, one vote each: the first vote's kind."""

    def finds(request: Request) -> Mapping[int, Mapping[str, Any]]:
        assert request.scene is not None
        return {2: flagged("How can I help", kind=("leak", "flip")[request.scene.repeat])}

    assert [hit.kind for hit in llm_judge(Finding(finds), votes=2).judge(CHAT).hits] == ["leak"]


def test_votes_differ_in_seed_and_temperature() -> None:
    """The first vote at temperature 0, the others at 0.7, each with its own seed: more votes repeat the first."""
    one, three = Finding(), Finding()
    llm_judge(one).judge(CHAT)
    llm_judge(three, votes=3).judge(CHAT)
    assert [request.temperature for request in three.requests] == [0.0, 0.7, 0.7]
    assert len({request.seed for request in three.requests}) == 3
    assert three.requests[0] == one.requests[0]


@pytest.mark.parametrize(("inventing", "votes"), [({0, 1}, 3), ({1}, 2)])
def test_where_most_votes_do_not_count_nothing_is_said(inventing: set[int], votes: int) -> None:
    """Two of three flags rest on invented quotes, one vote says clean: None, not clean. One of two is not most."""

    def finds(request: Request) -> Mapping[int, Mapping[str, Any]]:
        assert request.scene is not None
        return {2: flagged("made up words")} if request.scene.repeat in inventing else {}

    verdict = llm_judge(Finding(finds), votes=votes).judge(CHAT)
    assert (verdict.hits, verdict.turn_scores) == ((), (0, 0, None, None))
    assert verdict.meta["disagreement"] == 0.333333


def test_a_model_that_fails_leaves_the_others() -> None:
    """Two of three ballots count: a verdict, with the third's reason in its meta. One of two is not more than half."""
    lost = Finding(replies=[ConnectionLost("gone")], model="test/lost")
    verdict = llm_judge(Finding(FLIP, model="a"), Finding(FLIP, model="b"), lost).judge(CHAT)
    assert verdict.flagged_turns == (2,)
    assert verdict.meta["failed_ballots"] == [
        {"model": "test/lost", "vote": 0, "reason": "backend_error", "detail": "gone"}
    ]
    assert verdict.meta["flags_by_model"]["test/lost"] == [None] * 4
    refusing = Finding(replies=[ReplyRefused("no")], model="test/lost")
    half = llm_judge(Finding(FLIP, model="a"), refusing).judge(CHAT)
    assert half.unjudged is not None
    assert half.unjudged.reason == "refused"


@pytest.mark.parametrize("arguments", [{"votes": 0}, {"max_connections": 0}])
def test_a_jury_without_votes_is_none(arguments: dict[str, int]) -> None:
    """Nor one without models or connections."""
    with pytest.raises(ValueError, match="a jury needs"):
        Jury([Finding()], **arguments)
    with pytest.raises(ValueError, match="a jury needs"):
        Jury([])
