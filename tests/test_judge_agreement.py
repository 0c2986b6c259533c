"""Agreement between judge models, and between a judge that asks models and the offline one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from analysis.judge_agreement import agreement_among, alpha_of
from judges.verdict import Hit, Unjudged, Verdict


def verdict(judge: str, flags: Sequence[int | None], *, id: str = "t", **meta: object) -> Verdict:  # noqa: A002
    """A verdict that flags the turns of 1, judges those of 0, and leaves those of None."""
    hits = tuple(Hit(turn, 1.0, "flip", "x", 0, 1, "r") for turn, flag in enumerate(flags) if flag)
    scores = tuple(None if flag is None else float(flag) for flag in flags)
    return Verdict(id, judge, "1", scores, hits, sum(flag is not None for flag in flags), meta=meta)


@pytest.mark.parametrize(
    ("ratings", "alpha"),
    [
        ({(2, 0): 3, (0, 2): 5}, 1.0),
        # 10 turns, 20 ratings, 4 of them flags. Do = 4/10; De = 2 * 4 * 16 / (20 * 19) = 0.336842; 1 - 0.4/0.336842
        ({(1, 1): 4, (0, 2): 6}, -0.1875),
        # 5 flags in 16 ratings of 8 turns; 1 differs. Do = 1/8; De = 2 * 5 * 11 / (16 * 15) = 0.458333
        ({(2, 0): 2, (1, 1): 1, (0, 2): 5}, 0.727273),
        ({(0, 2): 5}, None),
        ({(2, 0): 5}, None),
        ({(1, 0): 5, (0, 1): 5}, None),
        ({}, None),
    ],
)
def test_alpha_is_that_of_the_book(ratings: dict[tuple[int, int], int], alpha: float | None) -> None:
    """1 - observed / expected disagreement; undefined without two ratings of a turn or two different ones."""
    assert alpha_of(ratings) == (None if alpha is None else pytest.approx(alpha, abs=1e-6))


def test_models_of_a_jury_are_compared_by_turn() -> None:
    """Over two conversations: of five turns that both judged, two differ; turns judged by one do not count."""
    flags = [{"a": [1, 0, None], "b": [1, 1, 0]}, {"a": [0, 0, 1], "b": [0, 0, 0]}]
    verdicts = [verdict("x:llm", [1, 0, 0], id=f"t{n}", flags_by_model=one) for n, one in enumerate(flags)]
    (found,) = agreement_among(verdicts).models
    assert (found.models, found.turns, found.differing_turns) == (("a", "b"), 5, 2)


def test_the_offline_judge_is_the_second_opinion() -> None:
    """Counted on turns that both judged: one by both, one by each alone; the conversation that hides one is named."""
    verdicts = [
        verdict("role_flip", [1, 0, 1, 0, None], id="t1"),
        verdict("role_flip:llm", [1, 1, 0, 0, 1], id="t1"),
        verdict("role_flip", [0], id="t2"),
        verdict("role_flip:llm", [0], id="t2"),
        verdict("digression:llm", [1], id="t2"),
    ]
    agreement = agreement_among(verdicts)
    (found,) = agreement.second_opinions
    assert (found.turns, found.both, found.only_llm, found.only_offline) == (5, 1, 1, 1)
    assert found.only_offline_in == ("t1",)
    assert agreement.lines == (
        "role_flip:llm beside role_flip, 5 turns: both flag 1, only role_flip:llm 1, only role_flip 1; alpha 0.25",
    )


def test_what_was_not_judged_agrees_with_nobody() -> None:
    """An unjudged conversation is no agreement, and no data where there is none."""
    failed = Verdict("t", "role_flip:llm", "1", (None,), unjudged=Unjudged("refused", "no"))
    agreement = agreement_among([verdict("role_flip", [1]), failed])
    assert agreement.as_data() == {}
