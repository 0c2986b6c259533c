"""Preferences: rankings, the pairs they hold, and how alike two orders are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.datatypes.preferences.audit import audit_preferences
from analysis.datatypes.preferences.rankings import (
    RankedPairs,
    Ranking,
    RankingColumns,
    RankingFiles,
    rank_agreement,
)
from sims.errors import UnknownNameError, UsageError


def ranking(human: dict[str, float], llm: dict[str, float], *, question: str = "q") -> Ranking:
    """A ranking in which larger is better; each answer's text is its name."""
    return Ranking(question, {name: f"answer {name}" for name in human}, human, llm)


def rows_file(folder: Path, *rows: dict[str, Any]) -> Path:
    """A file of these rows."""
    path = folder / "rankings.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(human: dict[str, float], llm: dict[str, float], **more: Any) -> dict[str, Any]:
    """A row in the form of CoBBLEr."""
    outputs = {name: f"answer {name}" for name in human}
    return {"ranks": {"human": human, "gpt4": llm}, "outputs": outputs, **more}


def test_rank_one_is_the_best(tmp_path: Path) -> None:
    """The lower number wins, equal numbers tie, whichever answer the seed puts first."""
    path = rows_file(tmp_path, row({"x": 1, "y": 2, "z": 2}, {"x": 3, "y": 1, "z": 2}))
    for seed in range(4):
        found = {
            frozenset((pair.a, pair.b)): (pair.a if pair.human == "a" else pair.b, pair.human, pair.llm)
            for pair in RankedPairs(RankingFiles((path,), RankingColumns()), seed)
        }
        assert found[frozenset(("answer x", "answer y"))][0] == "answer x"
        assert found[frozenset(("answer y", "answer z"))][1] == "tie"
        assert all(len(one) == 3 for one in found.values())


def test_of_points_the_highest_is_the_best(tmp_path: Path) -> None:
    """With best="highest" the same numbers say the opposite."""
    path = rows_file(tmp_path, row({"x": 0, "y": 2}, {"x": 5, "y": 1}))
    (pair,) = RankedPairs(RankingFiles((path,), RankingColumns(best="highest")))
    winner = pair.a if pair.human == "a" else pair.b
    assert winner == "answer y"


def test_points_are_not_taken_for_ranks(tmp_path: Path) -> None:
    """A number that no rank of so many answers can be is an error that names the option."""
    path = rows_file(tmp_path, row({"x": 0, "y": 2}, {"x": 1, "y": 2}))
    with pytest.raises(UsageError, match=r"rankings.jsonl:1: .*outside 1 to 2.*--best highest"):
        list(RankingFiles((path,), RankingColumns()))


def test_a_rater_that_is_not_there_offers_those_that_are(tmp_path: Path) -> None:
    """The nearest name is offered."""
    path = rows_file(tmp_path, row({"x": 1, "y": 2}, {"x": 1, "y": 2}))
    with pytest.raises(UnknownNameError, match="did you mean 'gpt4'"):
        list(RankingFiles((path,), RankingColumns(llm_rater="gpt3")))


def test_tau_by_hand() -> None:
    """3 pairs, 2 in the same order and 1 not: tau = (2 - 1) / 3; the same winner in one question of two."""
    first = ranking({"x": 3, "y": 2, "z": 1}, {"x": 3, "y": 1, "z": 2}, question="1")
    second = ranking({"x": 3, "y": 2, "z": 1}, {"x": 2, "y": 3, "z": 1}, question="2")
    found = rank_agreement([first, second])
    assert found.tau.value == pytest.approx(1 / 3)
    assert found.winner.value == 0.5
    assert found.winner_by_chance == pytest.approx(1 / 3)


def test_a_question_without_an_order_has_no_tau_and_is_counted() -> None:
    """All answers level says nothing of order; the best is then any of them, right by chance."""
    found = rank_agreement([ranking({"x": 2, "y": 1}, {"x": 1, "y": 1}), ranking({"x": 2, "y": 1}, {"x": 2, "y": 1})])
    assert (found.tau.n, found.without_order) == (1, 1)
    assert found.winner.value == 0.75


def test_only_answers_that_both_put_in_order_count() -> None:
    """An answer that one rater left out makes no pair."""
    one = ranking({"x": 2, "y": 1, "z": 3}, {"x": 2, "y": 1})
    assert len(list(RankedPairs([one]))) == 1


def test_no_figure_rests_on_the_seed_that_puts_answers_first(tmp_path: Path) -> None:
    """Agreement, correlations and orders are the same under every seed, and there is no position to speak of."""
    rows = [
        row({"x": 1, "long one": 2, "z": 3}, dict(zip(("x", "long one", "z"), order, strict=True)), id=str(place))
        for place, order in enumerate([(1, 2, 3), (2, 1, 3), (3, 1, 2), (1, 3, 2), (2, 3, 1)])
    ]
    path = rows_file(tmp_path, *rows)
    one, other = (audit_preferences([path], RankingColumns(cluster="id"), seed=seed) for seed in (0, 5))
    assert one.biases.position is None
    assert one.agreement.kappa.value == pytest.approx(other.agreement.kappa.value)
    assert one.agreement.decided == other.agreement.decided
    assert [cue.sides.llm.value for cue in one.locality.cues] == pytest.approx(
        [cue.sides.llm.value for cue in other.locality.cues]
    )


def test_a_table_may_spell_its_rankings(tmp_path: Path) -> None:
    """Cells of a table hold the objects as JSON or as Python writes them."""
    path = tmp_path / "rankings.csv"
    path.write_text(
        """ranks,outputs\n"{'human': {'x': 1, 'y': 2}, 'gpt4': {'x': 2, 'y': 1}}","{'x': 'one', 'y': 'two'}"\n"""
    )
    (one,) = RankingFiles((path,), RankingColumns())
    assert one.human == {"x": -1, "y": -2}
