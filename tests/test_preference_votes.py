"""Preferences: what votes say, how far they agree, with each other and among people; known answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.datatypes.preferences.agreement import agreement, credit, order_free_kappa
from analysis.datatypes.preferences.audit import audit_preferences
from analysis.datatypes.preferences.ceiling import ceiling
from analysis.datatypes.preferences.choices import Choice
from analysis.datatypes.preferences.columns import PreferenceColumns, pair_files
from analysis.datatypes.preferences.pairs import Pair, Votes, check_votes, votes_of
from analysis.statistics.common import Counts
from sims.errors import UsageError

SIDES: tuple[Choice, ...] = ("a", "b", "tie")


def pair(human: Choice | None, llm: Choice | None, *, question: str = "q", **more: Any) -> Pair:
    """A pair with the votes; its texts are two short answers unless given."""
    return Pair(more.pop("a", "yes it is"), more.pop("b", "no"), human, llm, question, **more)


def votes(*of: tuple[Choice, Choice]) -> Votes:
    """Votes on different questions, one each."""
    return votes_of(pair(human, llm, question=str(place)) for place, (human, llm) in enumerate(of))


def rows_file(folder: Path, *choices: tuple[Any, Any], **more: Any) -> Path:
    """A file of rows with these human and LLM votes, on texts of their own."""
    path = folder / "rows.jsonl"
    rows = [{"a": f"one {n}", "b": f"two {n} more", "human": h, "llm": m, **more} for n, (h, m) in enumerate(choices)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("model_a", "B", "Tie"), ("a", "b", "tie")),
        ((0, 1, 2), ("a", "b", "tie")),
        ((1, 2, 1), ("a", "b", "a")),
        (("tie (inconsistent)", "tie (bothbad)", "A"), ("tie", "tie", "a")),
    ],
)
def test_votes_are_read_in_the_usual_forms(tmp_path: Path, values: tuple[Any, ...], expected: tuple[str, ...]) -> None:
    """Words in any case, 0/1/2 and 1/2, and the ties of MT-bench and the arena mean what they say."""
    path = rows_file(tmp_path, *((value, value) for value in values))
    assert tuple(one.human for one in pair_files([path], PreferenceColumns())) == expected


def test_numbers_are_told_as_guessed_and_can_be_said(tmp_path: Path) -> None:
    """A reading of numbers is told; where --choice-* says otherwise nothing is guessed."""
    path = rows_file(tmp_path, (0, 1), (1, 2), (2, 0))
    assert pair_files([path], PreferenceColumns()).codings.guess == "0 = a, 1 = b, 2 = tie"
    said = PreferenceColumns(choices=(("0", "tie"), ("1", "a"), ("2", "b")))
    found = pair_files([path], said)
    assert found.codings.guess == ""
    assert [one.human for one in found] == ["tie", "a", "b"]


def test_whole_numbers_of_a_table_with_a_point_are_the_same_numbers(tmp_path: Path) -> None:
    """A table saved from a frame with gaps spells 1 as 1.0."""
    path = tmp_path / "rows.csv"
    path.write_text("a,b,human,llm\nx,y,0.0,1\nx z,y,2.0,\nx,y z,1.0,0\n")
    found = [(one.human, one.llm) for one in pair_files([path], PreferenceColumns())]
    assert found == [("a", "b"), ("tie", None), ("b", "a")]


def test_sides_that_count_from_different_numbers_are_refused(tmp_path: Path) -> None:
    """0/1 beside 1/2 is no guess to make: one line names both, and what it suggests settles it."""
    path = rows_file(tmp_path, (0, 1), (1, 2))
    with pytest.raises(UsageError, match=r"'human' holds 0, 1, column 'llm' 1, 2: .*--llm-choice-a 1 --llm-choice-b 2"):
        pair_files([path], PreferenceColumns())
    said = PreferenceColumns(llm_choices=(("1", "a"), ("2", "b")))
    found = pair_files([path], said)
    assert [(one.human, one.llm) for one in found] == [("a", "a"), ("b", "b")]
    assert found.codings.guess == "0 = a, 1 = b (people's)"


def test_only_numbers_that_occur_are_told(tmp_path: Path) -> None:
    """Where no 2 is in use there is no tie to speak of."""
    path = rows_file(tmp_path, (0, 1), (1, 0))
    assert pair_files([path], PreferenceColumns()).codings.guess == "0 = a, 1 = b"


def test_an_unknown_vote_names_its_place_and_what_to_do(tmp_path: Path) -> None:
    """A value that fits no rule is one error with file, line, column and the options that settle it."""
    path = rows_file(tmp_path, ("a", "b"), ("maybe", "b"))
    with pytest.raises(UsageError, match=r"rows.jsonl:2: column 'human': 'maybe' .*--choice-tie"):
        pair_files([path], PreferenceColumns())


def test_an_inconsistent_tie_is_a_tie_and_counted_apart(tmp_path: Path) -> None:
    """It agrees with a human tie, except in the figure that gives it no agreement."""
    path = rows_file(tmp_path, ("tie", "tie (inconsistent)"), ("a", "a"), ("b", "tie (inconsistent)"), ("a", "b"))
    found = agreement(votes_of(pair_files([path], PreferenceColumns())))
    assert (found.ties_apart.value, found.inconsistent_apart.value) == (0.5, 0.25)
    assert found.llm_inconsistent.value == 0.5


def test_agreement_by_hand() -> None:
    """aa, ab, tie-a, tie-tie: 2 of 4 the same, credits 1 + 0 + 1/2 + 1 of 4, 1 of the 2 that both decided."""
    found = agreement(votes(("a", "a"), ("a", "b"), ("tie", "a"), ("tie", "tie")))
    assert (found.ties_apart.value, found.half_credit.value, found.decided.value) == (0.5, 0.625, 0.5)
    assert (found.human_ties.value, found.llm_ties.value, found.decided.n) == (0.5, 0.25, 2)
    assert found.table["tie"] == {"a": 1, "tie": 1, "b": 0}


def signs(*values: int) -> Counts:
    """Votes as numbers."""
    return np.array(values, dtype=np.int64)


def test_credit_is_half_for_a_tie_against_a_choice() -> None:
    """1 for the same, 1/2 with one tie, 0 for opposite choices."""
    assert credit(signs(1, 0, 1, 0), signs(1, 1, -1, 0)).tolist() == [1, 0.5, 0, 1]


def test_kappa_does_not_depend_on_which_answer_stands_first() -> None:
    """Swapping the answers of some pairs changes neither agreement nor chance, as it would in Cohen's own."""
    first, second, swap = signs(1, 1, 1, 0, -1), signs(1, 1, -1, 0, -1), signs(1, -1, -1, 1, -1)
    assert order_free_kappa(first, second) == pytest.approx(order_free_kappa(first * swap, second * swap))


def test_kappa_is_missing_where_both_only_call_ties() -> None:
    """Agreement by chance is then certain."""
    assert order_free_kappa(signs(0, 0), signs(0, 0)) is None
    assert order_free_kappa(signs(), signs()) is None


def test_the_ceiling_pairs_each_vote_with_the_others_on_its_answers() -> None:
    """a, a, b on one pair agree with the others by 1/2, 1/2, 0, with the model's a by 1, 1, 0; a lone vote is out."""
    three = [pair("a", "a"), pair("a", "a"), pair("b", "a")]
    found = ceiling(votes_of([*three, pair("b", "b", question="other")]))
    assert found is not None
    assert (found.pairs, found.ties_apart.human.n) == (1, 3)
    assert found.ties_apart.human.value == pytest.approx(1 / 3)
    assert found.ties_apart.llm.value == pytest.approx(2 / 3)


def test_the_ceiling_knows_a_pair_the_other_way_round() -> None:
    """Choosing the same text from the other place is agreement."""
    found = ceiling(votes_of([pair("a", "a"), pair("b", "b", a="no", b="yes it is")]))
    assert found is not None
    assert found.ties_apart.human.value == 1


def test_two_votes_of_one_person_are_no_ceiling() -> None:
    """A rater's second vote on the same answers does not count as somebody else's."""
    assert ceiling(votes_of([pair("a", "a", rater="ann"), pair("a", "b", rater="ann")])) is None


def test_what_is_incomplete_is_counted_by_its_reason() -> None:
    """Rows without text or vote are left out of every figure and told."""
    found = votes_of([pair("a", "b"), pair(None, "b"), pair("a", None), pair("a", "b", a=" "), pair("b", "a")])
    assert len(found) == 2
    assert (found.left_out.no_human_vote, found.left_out.no_llm_vote, found.left_out.no_text) == (1, 1, 1)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "b")], "1 complete rows of 1"),
        ([("a", "b"), ("a", "a")], "people's votes are all 'a'"),
        ([("a", "tie"), ("b", "tie")], "the model's votes are all ties"),
    ],
)
def test_votes_that_tell_nothing_are_refused(rows: list[tuple[Choice, Choice]], message: str) -> None:
    """One row, one class and all ties end with one line that says so."""
    with pytest.raises(UsageError, match=message):
        check_votes(votes(*rows))


def test_votes_on_the_same_answers_form_a_cluster_where_no_question_is_named(tmp_path: Path) -> None:
    """Three votes on one pair are one cluster; the figures then say so."""
    path = tmp_path / "rows.jsonl"
    row = {"a": "x y", "b": "z", "llm": "a"}
    lines = [row | {"human": "a"}, row | {"human": "b"}, {"a": "z", "b": "x y", "human": "b", "llm": "b"}]
    path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, row | {"b": "other", "human": "a"}]))
    found = audit_preferences([path], PreferenceColumns())
    assert (found.rows, found.clusters, found.different_pairs) == (4, 2, 2)
