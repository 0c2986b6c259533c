"""Preferences: rankings, the pairs they hold, and how alike two orders are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis.datatypes.preferences.audit import audit_preferences
from analysis.datatypes.preferences.places import is_ranking
from analysis.datatypes.preferences.rankings import (
    RankedPairs,
    Ranking,
    RankingColumns,
    RankingFiles,
    rank_agreement,
)
from analysis.datatypes.preferences.telling import tell_preferences
from sims.errors import UnknownNameError, UsageError


def ranking(human: dict[str, float], llm: dict[str, float], *, question: str = "q") -> Ranking:
    """A ranking in which larger is better; each answer's text is its name."""
    return Ranking(question, {name: f"answer {name}" for name in human}, human, llm)


def rows_file(folder: Path, *rows: dict[str, Any]) -> Path:
    """A file of these rows."""
    path = folder / "rankings.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(human: Mapping[str, float | None], llm: Mapping[str, float | None], **more: Any) -> dict[str, Any]:
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


@pytest.mark.parametrize("points", [{"x": 0, "y": 2, "z": 1}, {"x": 2, "y": 2, "z": 4}, {"x": 1, "y": 3, "z": 4}])
def test_points_are_not_taken_for_ranks(tmp_path: Path, points: dict[str, float]) -> None:
    """Numbers that no ranking of so many answers has are an error that names the option."""
    path = rows_file(tmp_path, row(points, {"x": 1, "y": 2, "z": 3}))
    with pytest.raises(UsageError, match=r"rankings.jsonl:1: .*no ranking of 3 answers.*--best highest"):
        list(RankingFiles((path,), RankingColumns()))


@pytest.mark.parametrize(
    ("places", "is_one"),
    [
        ((1, 2, 3, 4), True),
        ((1, 1, 3, 4), True),  # the first of the shared places, as in sports
        ((2, 2, 3, 4), True),  # the last of them
        ((1.5, 1.5, 3, 4), True),  # their mean: the sum stays 10
        ((1, 1, 2, 3), True),  # dense
        ((1, 3, 4), True),  # one of four was not placed
        ((1, 1, 4), False),
        ((1, 3, 4, 5), False),
        ((2, 3, 4, 5), False),
    ],
)
def test_the_usual_ways_to_write_ties_are_rankings(places: tuple[float, ...], *, is_one: bool) -> None:
    """Of four answers; what else there is, is no ranking."""
    assert is_ranking(places, answers=4) is is_one


def test_places_that_may_be_points_are_warned_of(tmp_path: Path) -> None:
    """1, 1, 2 is a dense ranking and may be points: the reader is told which way it was read."""
    orders = [{"x": 1, "long one": 1, "z": 2}, {"x": 2, "long one": 1, "z": 3}, {"x": 1, "long one": 2, "z": 3}]
    path = rows_file(tmp_path, *(row(human, orders[2]) for human in orders))
    told = tell_preferences(audit_preferences([path], RankingColumns()))
    assert ("better", "the lower number (1 = best)") in told.facts
    assert any("In 1 question answers share a place" in warning for warning in told.warnings)


def test_a_rater_that_is_nowhere_offers_those_that_are(tmp_path: Path) -> None:
    """The nearest name is offered."""
    path = rows_file(tmp_path, row({"x": 1, "y": 2}, {"x": 1, "y": 2}))
    with pytest.raises(UnknownNameError, match="did you mean 'gpt4'"):
        audit_preferences([path], RankingColumns(llm_rater="gpt3"))


def test_what_was_not_placed_is_counted(tmp_path: Path) -> None:
    """A row without the rater and one with an empty order are questions left out; a null place is an answer."""
    full = [row({"x": 1, "y": 2, "z": 3}, dict(zip("xyz", order, strict=True))) for order in [(1, 2, 3), (2, 1, 3)]]
    absent = row({"x": 1, "y": 2}, {})
    del absent["ranks"]["gpt4"]
    empty, null = row({"x": 1, "y": 2}, {}), row({"x": 1, "y": 2, "z": 3}, {"x": 2, "y": None, "z": 1})
    found = audit_preferences([rows_file(tmp_path, *full, absent, empty, null)], RankingColumns())
    assert (found.left_out.questions, found.left_out.answers, found.rows) == (2, 1, 7)
    told = tell_preferences(found)
    assert any("2 questions without two answers that both placed, 1 answer " in one for one in told.warnings)


def test_answers_of_one_length_are_told_as_such(tmp_path: Path) -> None:
    """That no length can be measured is not said to be for want of decided votes."""
    path = rows_file(tmp_path, row({"x": 1, "y": 2}, {"x": 2, "y": 1}), row({"x": 2, "y": 1}, {"x": 2, "y": 1}))
    told = tell_preferences(audit_preferences([path], RankingColumns()))
    (section,) = (one for one in told.sections if one.title.startswith("Position"))
    assert section.answer.startswith("No two answers of a decided vote differ in length")
    assert not section.rows


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
