"""`simstress audit labels`: reading, groups, faults, words, and the published figures on real data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from label_parts import write

from analysis.datatypes.labels.audit import LabelAudit, audit_labels
from analysis.datatypes.labels.columns import LabelColumns
from analysis.datatypes.labels.task import labels_task
from analysis.datatypes.labels.telling import tell_labels
from analysis.datatypes.summary import plain_data
from sims.errors import UsageError
from simstress.cli.audit_labels import labels

BOTH = LabelColumns(human=("human",), llm=("llm",), text="text")


def item(human: Any, llm: Any, text: str = "t", **more: Any) -> dict[str, Any]:
    """A row."""
    return {"human": human, "llm": llm, "text": text, **more}


def audit(path: Path, *rows: Any, **columns: Any) -> LabelAudit:
    """The audit of the rows, as the columns of `BOTH` unless told otherwise."""
    chosen = {"human": ("human",), "llm": ("llm",)} | columns
    return audit_labels([write(path / "rows.jsonl", *rows)], LabelColumns(**chosen))


def test_lists_and_single_columns_are_the_same(tmp_path: Path) -> None:
    """A column a person or a list of all, JSON or CSV: the same audit."""
    lists = audit(tmp_path, item([0, 1, 1], [1, 1]), item([0, 0, 2], [0, 2]))
    table = tmp_path / "rows.csv"
    table.write_text('one,two,three,llm\n0,1,1,"[1, 1]"\n0,0,2,"[0, 2]"\n', encoding="utf-8")
    apart = audit_labels([table], LabelColumns(human=("one", "two", "three"), llm=("llm",)))
    assert plain_data(apart) == plain_data(lists)


def test_missing_labels_are_counted_and_told(tmp_path: Path) -> None:
    """Null, NaN and empty lists are no labels; rows without a side are left out and told."""
    rows = [item([0, None, 1], [1]), item([], [1]), item([0, 1], None), item([1, 1], [0])]
    found = audit(tmp_path, *rows)
    assert (found.rows, found.rows_without_human, found.rows_without_llm, found.all_items.items) == (4, 1, 1, 2)
    assert found.all_items.human_votes == (2, 2)
    warnings = tell_labels(found).warnings
    assert any("1 row without a human label" in one for one in warnings)
    assert any("1 row without an LLM label" in one for one in warnings)


def test_people_only(tmp_path: Path) -> None:
    """Without an LLM column variation is told, and nothing else."""
    found = audit(tmp_path, item([0, 1], None), item([1, 1], None), llm=())
    assert (found.all_items.drift, found.all_items.vanishing, found.all_items.llm_votes) == (None, None, None)
    told = tell_labels(found)
    assert [section.title for section in told.sections] == ["Variation between annotators"]
    assert len(told.sections[0].columns) == 2


def test_a_cluster_column_makes_the_clusters(tmp_path: Path) -> None:
    """Four items of two questions are two clusters; one without a question is one of its own."""
    rows = [item([0, 1], [0], q="x"), item([1, 1], [1], q="x"), item([0, 0], [1], q="y"), item([1, 0], [1], q="y")]
    assert audit(tmp_path, *rows, cluster="q").all_items.clusters == 2
    assert audit(tmp_path, *rows, item([1, 0], [1], q=None), cluster="q").all_items.clusters == 3
    assert audit(tmp_path, *rows).all_items.clusters == 4


def test_groups_are_audited_apart(tmp_path: Path) -> None:
    """Each group has its classes; all items together have no drift, no flips and no alpha."""
    rows = [item([0, 0, 1], [0], set="x"), item([0, 1, 1], [1], set="x"), item([5, 6], [5], set="y")] * 2
    found = audit(tmp_path, *rows, group="set")
    assert [(part.name, part.labels) for part in found.groups] == [("x", ("0", "1")), ("y", ("5", "6"))]
    every = found.all_items
    assert (every.drift, every.flips, every.matching, every.variation.alpha.human.value) == (None, None, None, None)
    assert all(part.drift is not None for part in found.groups)
    told = tell_labels(found)
    assert all(len(row) == len(section.columns) for section in told.sections for row in section.rows)


def test_mixed_scales_are_warned_of(tmp_path: Path) -> None:
    """Items with other numbers of labels and other classes look like several sets; grouping by votes parts them."""
    few = [item([0, 1, 1], [1]), item([0, 0, 1], [0]), item([3, 4, 4, 3], [3]), item([4, 4, 4, 3], [4])]
    rows = few * 6
    assert not audit(tmp_path, *few).has_scales_mixed  # so few could lack a class by chance
    mixed = audit(tmp_path, *rows)
    assert mixed.has_scales_mixed
    assert "--group-by-votes" in tell_labels(mixed).warnings[0]
    apart = audit(tmp_path, *rows, by_votes=True)
    assert not apart.has_scales_mixed
    assert [part.name for part in apart.groups] == ["3 human labels", "4 human labels"]


FAULTS = [
    ([item([0], [1])], {}, "only one row"),
    ([item([0, 0], [0]), item([0], [0])], {}, "every label is '0'"),
    ([item([], []), item([], [])], {}, "no row can be used"),
    ([item([0, 1], [0]), item(["a"], [0])], {}, "but a number in earlier rows"),
    ([item([{"a": 1}], [0])], {}, "expected labels"),
    ([item([0], [0]), {"llm": [0]}], {}, "no column 'human'"),
    ([item([0], [0])], {"human": ("humans",)}, "did you mean 'human'"),
    ([item(["low"], ["high"])] * 2, {"scale": "ordinal"}, "needs numbers"),
    ([item([number], [0]) for number in range(102)], {}, "more than 100 different labels"),
    ([item([0], [0], set=number) for number in range(51)], {"group": "set"}, "more than 50 groups"),
    ([item([0], [0])], {"human": ()}, "no column of human labels"),
    ([item([0], [0])], {"llm": ("human",)}, "named twice"),
    ([item([0], [0])], {"group": "set", "by_votes": True}, "exclude each other"),
]


@pytest.mark.parametrize(("rows", "columns", "message"), FAULTS)
def test_bad_input_is_one_clear_line(tmp_path: Path, rows: list[Any], columns: dict[str, Any], message: str) -> None:
    """Each fault says what is wrong, in one line."""
    with pytest.raises(UsageError, match=message) as caught:
        audit(tmp_path, *rows, **columns)
    assert "\n" not in str(caught.value)


def test_the_task_is_the_two_majorities_of_the_same_texts(tmp_path: Path) -> None:
    """A side's items without a text or without one majority are left out of it; both sides carry the same clusters."""
    rows = [item([0, 0, 1], [1, 1], "one"), item([0, 1], [1], "two"), item([1, 1], [0], " "), item([1], [0], "three")]
    task = labels_task([write(tmp_path / "rows.jsonl", *rows)], BOTH)
    assert [(one.texts, one.label, one.cluster) for one in task.human] == [
        (("one",), "0", "one"),
        (("three",), "1", "three"),
    ]
    assert [(one.texts, one.label, one.cluster) for one in task.llm] == [
        (("one",), "1", "one"),
        (("two",), "1", "two"),
        (("three",), "0", "three"),
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (LabelColumns(human=("human",), llm=("llm",)), "--text-column"),
        (LabelColumns(human=("human",), text="text"), "--llm-column"),
        (BOTH, "of people is '0'"),
    ],
)
def test_what_cannot_be_learnt_from(tmp_path: Path, columns: LabelColumns, message: str) -> None:
    """No texts, no LLM labels, one class only: a fault before anything is trained."""
    path = write(tmp_path / "rows.jsonl", item([0], [0], "one"), item([0], [1], "two"))
    with pytest.raises(UsageError, match=message):
        labels_task([path], columns)


def test_all_ties_leave_nothing_to_learn(tmp_path: Path) -> None:
    """Told as such, and before anything is trained."""
    path = write(tmp_path / "rows.jsonl", item([0, 1], [0], "one"), item([1, 0], [1], "two"))
    with pytest.raises(UsageError, match="one majority label on each side"):
        labels_task([path], BOTH)


def test_the_verb_writes_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """summary.json holds the figures under their fields, the terminal the tables; labels are no markup."""
    rows = [item(["[red]x", "y"], ["y"]), item(["y", "y", "[red]x"], ["y", "[red]x"]), item(["y"], ["y"])] * 4
    path = write(tmp_path / "rows.jsonl", *rows)
    assert labels([path], human_column=["human"], llm_column=["llm"], out=tmp_path / "out") == 0
    assert "[red]x" in capsys.readouterr().out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["kind"], summary["figures"]["all_items"]["items"]) == ("labels", 12)
    assert summary["sources"]["columns"]["human"] == ["human"]


@pytest.fixture(scope="module")
def published(data: Path) -> LabelAudit:
    """The paper's task labels, the data sets told apart by how many people labelled an item."""
    columns = LabelColumns(human=("human",), llm=("llm",), by_votes=True)
    return audit_labels([data / "tasklabels_human_vs_gpt3.jsonl"], columns)


def test_published_variation(published: LabelAudit) -> None:
    """Some disagreement in 47.8 % (people) and 4.3 % (GPT-3) of all 8,028 texts: this part's intervals hold both."""
    found = published.all_items.variation.disagreement
    assert (found.human.low or 1) < 0.478 < (found.human.high or 0)
    assert (found.llm.low or 1) < 0.043 < (found.llm.high or 0)


def test_published_matches(published: LabelAudit) -> None:
    """The paper finds 50.5 % majority matches for Sentiment and 63.3 % for SChem (ChatGPT): GPT-3 here is near."""
    shares = [part.matching.majority.share.value for part in published.groups if part.matching]
    assert shares[1:] == [pytest.approx(0.505, abs=0.03), pytest.approx(0.633, abs=0.03)]


def test_the_standard_deviations_are_the_sources_own(published: LabelAudit, data: Path) -> None:
    """The mean of the file's own `human_sd` and `llm_sd`, of the groups by their items."""
    lines = (data / "tasklabels_human_vs_gpt3.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    found = [part.variation.sd for part in published.groups if part.variation.sd]
    sides = ([one.human for one in found], [one.llm for one in found])
    for side, column in zip(sides, ("human_sd", "llm_sd"), strict=True):
        total = sum(one.n * (one.value or 0) for one in side)
        assert total / len(rows) == pytest.approx(sum(row[column] for row in rows) / len(rows), abs=1e-6)


def test_published_alpha_of_dices(data: Path) -> None:
    """Krippendorff's alpha of all 990 is .143; that of this part's ratings has it in its interval."""
    found = audit_labels([data / "tasklabels_dices990.jsonl"], LabelColumns(human=("ratings",)))
    alpha = found.all_items.variation.alpha.human
    assert (alpha.low or 1) < 0.143 < (alpha.high or 0)
