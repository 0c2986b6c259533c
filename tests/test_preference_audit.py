"""Preferences: the command, what it tells, what it refuses, and the figures of published data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from analysis.datatypes.preferences.agreement import agreement
from analysis.datatypes.preferences.audit import PreferenceAudit, audit_preferences
from analysis.datatypes.preferences.biases import biases
from analysis.datatypes.preferences.columns import PreferenceColumns, pair_files
from analysis.datatypes.preferences.cues import cue_table
from analysis.datatypes.preferences.pairs import Pair, votes_of
from analysis.datatypes.preferences.rankings import RankingColumns
from analysis.datatypes.preferences.task import task_of
from analysis.datatypes.preferences.telling import tell_preferences
from sims.errors import UsageError
from simstress.cli.audit_preferences import preferences

DATA = Path(__file__).parents[2] / "shared" / "data"
MTBENCH, P2C = DATA / "pref_mtbench.jsonl", DATA / "pref_p2c.jsonl"
COBBLER = DATA / "pref_cobbler_rankings.jsonl"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here")


def invoke(*arguments: str | Path) -> Result:
    """The command, as the command line calls it."""
    app = typer.Typer()
    app.command()(preferences)
    return CliRunner().invoke(app, [str(one) for one in arguments])


def rows_file(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """A file of these rows."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rows(count: int = 24) -> list[dict[str, Any]]:
    """Votes of both sides in every combination."""
    return [
        {"q": n % 6, "a": f"first {n}", "b": f"second one {n}", "human": "ab"[n % 2], "llm": "ab"[n // 2 % 2]}
        for n in range(count)
    ]


def test_the_command_writes_a_summary_and_a_page(tmp_path: Path) -> None:
    """Exit code 0; summary.json holds the figures by the fields of the result, --json prints the same."""
    found = invoke(rows_file(tmp_path, rows()), "--cluster-column", "q", "--out", tmp_path / "out", "--json")
    assert found.exit_code == 0, found.output
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["figures"]["agreement"]["decided"]["value"] == 0.5
    assert summary["sources"]["columns"]["cluster"] == "q"
    assert json.loads(found.stdout) == summary
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000


def test_the_same_votes_give_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write the same summary."""
    path = rows_file(tmp_path, rows())
    for name in ("one", "two"):
        assert invoke(path, "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / "one" / "summary.json").read_bytes() == (tmp_path / "two" / "summary.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({}, ["--human-column", "humn"], "did you mean 'human'"),
        ({"human": "a"}, [], "are all 'a'"),
        ({"llm": "tie"}, [], "all ties"),
        ({"a": "  "}, [], "24 without text"),
        ({"human": 3}, [], "'3' is no choice that is known"),
        ({"human": 0, "llm": 1}, [], "column 'human' holds 0, column 'llm' 1: they count from different numbers"),
        ({"b": ["x"]}, [], "holds a list"),
        ({}, ["--ranks-column", "ranks"], "no column 'ranks'"),
        ({}, ["--retrain"], "24 pairs of 24 questions are decided by people; at least 50"),
        ({}, ["--estimator", "mine"], "is for --retrain"),
    ],
)
def test_what_cannot_be_audited_is_one_clear_line(
    tmp_path: Path, change: dict[str, Any], arguments: list[str], message: str
) -> None:
    """A usage error, which ends the command with exit code 2, and nothing is written."""
    path = rows_file(tmp_path, [row | change for row in rows()])
    found = invoke(path, *arguments, "--out", tmp_path / "out")
    assert isinstance(found.exception, UsageError)
    assert found.exception.exit_code == 2
    assert message in str(found.exception)
    assert "\n" not in str(found.exception)
    assert not (tmp_path / "out").exists()


def test_a_single_row_cannot_be_audited(tmp_path: Path) -> None:
    """One vote is nothing to compare."""
    with pytest.raises(UsageError, match="1 complete rows of 1"):
        audit_preferences([rows_file(tmp_path, rows(1))], PreferenceColumns())


def test_choices_can_be_said_on_the_command_line(tmp_path: Path) -> None:
    """--choice-a and its sisters settle what no rule can guess."""
    codes = {"a": "links", "b": "rechts"}
    path = rows_file(tmp_path, [row | {"human": codes[row["human"]]} for row in rows()])
    found = invoke(path, "--choice-a", "links", "--choice-b", "Rechts", "--out", tmp_path / "out")
    assert found.exit_code == 0, found.output


def test_one_side_s_code_can_be_said(tmp_path: Path) -> None:
    """--human-choice-a and its sisters turn people's numbers round and leave the model's: 1/2 stays 1/2."""
    path = rows_file(tmp_path, [row | {side: "ba".index(row[side]) for side in ("human", "llm")} for row in rows()])
    turned = ["--human-choice-a", "1", "--human-choice-b", "0", "--llm-choice-a", "0", "--llm-choice-b", "1"]
    tables = []
    for name, said in (("as it is", []), ("turned", turned)):
        assert invoke(path, *said, "--out", tmp_path / name).exit_code == 0
        tables.append(json.loads((tmp_path / name / "summary.json").read_text())["figures"]["agreement"]["table"])
    assert [tables[0]["a"], tables[0]["b"]] == [tables[1]["b"], tables[1]["a"]]


def test_votes_the_other_way_round_are_warned_of(tmp_path: Path) -> None:
    """Where a side's votes are swapped, agreement lies below a coin's and the reader is told to look."""
    opposite = [row | {"llm": "b" if row["human"] == "a" else "a"} for row in rows(60)]
    told = tell_preferences(audit_preferences([rows_file(tmp_path, opposite)], PreferenceColumns()))
    assert any("written the other way round" in warning for warning in told.warnings)


def test_texts_that_english_lexicons_do_not_fit_are_warned_of(tmp_path: Path) -> None:
    """German is told as not English; Chinese as counted by the character; English without a word."""
    texts = {
        "do not look English": "Guten Tag, ich möchte mein Geld zurück, das ist nicht gut und die Ware auch nicht.",
        "counted in characters": "我你他是的在有人",
        "": "Good day, I would like to have my money back, as this is not what I had in mind.",
    }
    for warning, text in texts.items():
        made = [row | {"a": text + str(place), "b": text * 2} for place, row in enumerate(rows())]
        told = tell_preferences(audit_preferences([rows_file(tmp_path, made)], PreferenceColumns()))
        found = [one for one in told.warnings if "made for English" in one]
        assert [warning in one for one in found] == ([True] if warning else [])


def test_texts_are_shown_as_they_stand(tmp_path: Path) -> None:
    """Nothing of an answer reaches the page: the audit tells figures only."""
    path = rows_file(tmp_path, [row | {"a": f"<script>alert({place})</script>"} for place, row in enumerate(rows())])
    assert invoke(path, "--out", tmp_path / "out").exit_code == 0
    assert "alert(" not in (tmp_path / "out" / "report.html").read_text()


def test_the_task_holds_what_each_side_decided() -> None:
    """Each side's ties are left out of its own examples: two thirds of people's votes, all of the model's."""
    made = [Pair(f"one {n}", f"two {n}", ("a", "b", "tie")[n % 3], ("b", "a")[n % 2], str(n % 20)) for n in range(120)]
    task = task_of(made)
    assert (task.shape, len(task.human), len(task.llm)) == ("pair", 80, 120)
    assert [one.texts for one in task.llm] == [(pair.a, pair.b) for pair in made]
    assert {one.label for one in task.human} == {"a", "b"}


def test_the_task_lacks_what_the_audit_leaves_out() -> None:
    """A pair without a text is in neither side's examples; who did not vote lacks the pair, the other side has it."""
    made = [Pair(f"one {n}", f"two {n}", ("a", "b")[n % 2], ("b", "a")[n % 3 % 2], str(n % 20)) for n in range(60)]
    blank = [Pair(" ", "two", "a", "b", "1"), Pair("one", "", "a", "b", "2")]
    task = task_of([*made, *blank, Pair("one", "two", "a", None, "3")])
    assert (len(task.human), len(task.llm)) == (61, 60)


@pytest.fixture(scope="module")
def mtbench() -> PreferenceAudit:
    """The audit of MT-bench, questions as clusters."""
    return audit_preferences([MTBENCH], PreferenceColumns(cluster="question_id", rater="human_rater"))


@needs_data
def test_mtbench_agreement_is_the_published_one(mtbench: PreferenceAudit) -> None:
    """Published: 85 % without ties (S2), 66 % with an inconsistent tie as a tie (S1); both lie in the intervals.

    258 + 32 of 334 decided, 258 + 32 + 77 of 537, and 38 less where an inconsistent tie agrees with nothing.
    """
    found = mtbench.agreement
    assert found.decided.value == pytest.approx(290 / 334)
    assert found.ties_apart.value == pytest.approx(367 / 537)
    assert found.inconsistent_apart.value == pytest.approx(329 / 537)
    assert (found.decided.low or 1) < 0.85 < (found.decided.high or 0)
    assert (found.ties_apart.low or 1) < 0.66 < (found.ties_apart.high or 0)


@needs_data
def test_mtbench_people_agree_no_better_among_themselves(mtbench: PreferenceAudit) -> None:
    """Votes on a pair that several judged are another's in 65.9 % with ties, 89.8 % without; the model's alike."""
    assert mtbench.ceiling is not None
    assert mtbench.ceiling.decided is not None
    assert mtbench.ceiling.ties_apart.human.value == pytest.approx(0.659, abs=0.001)
    assert mtbench.ceiling.decided.human.value == pytest.approx(0.898, abs=0.001)
    assert not mtbench.ceiling.decided.difference.excludes_zero


@needs_data
def test_clusters_change_how_mtbench_reads(mtbench: PreferenceAudit) -> None:
    """Votes as the unit say that people go by length and GPT-4 more; questions as the unit say neither."""
    votes = pair_files([MTBENCH], PreferenceColumns(cluster="id"))
    by_row = biases(votes_of(votes), cue_table(votes)).length_slope
    by_question = mtbench.biases.length_slope
    assert by_row is not None
    assert by_question is not None
    assert by_row.human.excludes_zero
    assert by_row.difference.excludes_zero
    assert not by_question.human.excludes_zero
    assert not by_question.difference.excludes_zero
    assert by_row.human.value == by_question.human.value


@needs_data
def test_p2c_agrees_less_than_a_coin() -> None:
    """Published raw agreement .318 (all 5,000); here 932 of 3,000, and 724 of 1,819 decided."""
    pairs = pair_files([P2C], PreferenceColumns(cluster="b"))
    found = agreement(votes_of(pairs))
    assert found.ties_apart.value == pytest.approx(932 / 3000)
    assert (found.ties_apart.low or 1) < 0.318 < (found.ties_apart.high or 0)
    assert found.decided.value == pytest.approx(724 / 1819)
    assert (found.decided.high or 1) < 0.5
    assert pairs.codings.guess


@needs_data
def test_cobbler_rankings_are_read_with_one_as_the_best() -> None:
    """Ranks and points of the data name the same winner; of 30 questions 105 pairs each are made."""
    first = json.loads(COBBLER.read_text(encoding="utf-8").splitlines()[0])
    ranks, points = first["ranks"]["human"], first["points"]["human"]
    assert min(ranks, key=ranks.get) == max(points, key=points.get)
    found = audit_preferences([COBBLER], RankingColumns(reference="reference"))
    assert (found.rows, found.clusters) == (30 * 105, 30)
    assert found.ranks is not None
    assert found.ranks.tau.value == pytest.approx(0.423, abs=0.001)
    assert found.locality.predicted is not None
    assert not found.locality.predicted.difference.excludes_zero
