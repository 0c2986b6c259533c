"""What an audit of task labels says: answers by group, warnings, and reasons why something cannot be told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from label_parts import write
from rich.table import Table

from analysis.datatypes.labels.audit import audit_labels
from analysis.datatypes.labels.columns import LabelColumns
from analysis.datatypes.labels.spelling import nearly_same
from analysis.datatypes.labels.telling import tell_labels
from analysis.datatypes.summary import audit_summary
from analysis.datatypes.told import Section, Told
from simstress.cli.audit_tables import audit_tables


def item(human: str, llm: str, group: str = "") -> dict[str, Any]:
    """A row, each letter a label."""
    return {"human": list(human), "llm": list(llm), "set": group}


def told(path: Path, *rows: dict[str, Any], group: str | None = None) -> Told:
    """What the audit of the rows says."""
    columns = LabelColumns(human=("human",), llm=("llm",), group=group)
    return tell_labels(audit_labels([write(path / "rows.jsonl", *rows)], columns))


def section(found: Told, title: str) -> Section:
    """The section of that title."""
    return next(one for one in found.sections if one.title == title)


def test_a_group_of_one_class_is_audited_and_told(tmp_path: Path) -> None:
    """Entropy 0, a summary that can be written (it refuses NaN), a warning that names the group, no word of drift."""
    rows = [item("aab", "ab", "x"), item("aaa", "aa", "y")] * 10
    columns = LabelColumns(human=("human",), llm=("llm",), group="set")
    found = audit_labels([write(tmp_path / "rows.jsonl", *rows)], columns)
    entropy = found.groups[1].variation.entropy
    assert (entropy.human.value, entropy.difference.value) == (0.0, 0.0)
    words = tell_labels(found)
    assert json.loads(audit_summary("labels", result=found, told=words, sources={}))["kind"] == "labels"
    assert "y: every label is 'a': with one class there is nothing to compare" in words.warnings
    assert "y: There is one class only" in section(words, "Drift by class").answer


def test_answers_are_by_group(tmp_path: Path) -> None:
    """A model that leans to the majority in x and away from it in y: both are said, the pooled figure is not.

    Entropy, deviation and alpha of all items would mix the scales: they are not shown.
    """
    rows = [item("aaab", "aaaa", "x"), item("dddc", "cccc", "y")] * 30
    found = told(tmp_path, *rows, group="set")
    answer = section(found, "Majority and minority labels of the item").answer
    assert "x: An item's own majority labels are over-represented" in answer
    assert "y: An item's own majority labels are under-represented" in answer
    assert section(found, "Vanished views").answer.startswith("x: In ")
    assert re.search(
        r"Jensen-Shannon distance \d\.\d\d, by chance up to \d\.\d\d\.", section(found, "Drift by class").answer
    )
    figures = [row[1] for row in section(found, "Variation between annotators").rows if row[0] == "all items"]
    assert figures == ["items with some disagreement", "same, equal numbers"]
    assert "0.0% to 25.0%, by group," not in found.headline
    assert "by group" in found.headline


def test_many_groups_are_not_all_spelled_out(tmp_path: Path) -> None:
    """As many in words as fit on a terminal, all in the table; one warning for all that it is true of."""
    rows = [item("aab", "a", f"g{number}") for number in range(8)] * 10
    found = told(tmp_path, *rows, group="set")
    drift = section(found, "Drift by class")
    assert "g2: " in drift.answer
    assert drift.answer.endswith("more groups in the table.")
    assert all(len(one.answer) < 1_000 for one in found.sections)
    assert {row[0] for row in drift.rows} == {f"g{number}" for number in range(8)}
    (alike,) = [one for one in found.warnings if "one LLM label an item" in one]
    assert alike.startswith("in 8 groups (g0, g1, g2, g3, and 4 more): one LLM label an item: ")


def test_an_untested_class_is_not_one_that_does_not_differ(tmp_path: Path) -> None:
    """One cluster says nothing of chance."""
    columns = LabelColumns(human=("human",), llm=("llm",), cluster="set")
    path = write(tmp_path / "rows.jsonl", item("aab", "abb", "q"), item("abb", "aab", "q"))
    answer = section(tell_labels(audit_labels([path], columns)), "Drift by class").answer
    assert answer.startswith("Whether classes differ beyond chance cannot be told from one cluster")


def test_labels_that_repeat_one_another_are_told(tmp_path: Path) -> None:
    """Three labels a copy of one: chance deals one of them."""
    rows = [item("aab", "aaa"), item("abb", "bbb")] * 10
    assert "up to 3 count as 1.0" in section(told(tmp_path, *rows), "Drift by class").note


def test_why_majorities_cannot_be_told(tmp_path: Path) -> None:
    """Three people who never agree leave two who differ; that is not a lack of people. One person is."""
    agree = section(told(tmp_path, *[item("abc", "a")] * 5), "Majority and minority labels of the item").answer
    assert agree.startswith("Of majority labels nothing can be told: with one person left out, the others have none")
    assert agree.endswith("Of minority labels nothing can be told: too few people an item.")
    alone = section(told(tmp_path, item("a", "a"), item("b", "a")), "Majority and minority labels of the item").answer
    assert alone == "No item has two human labels: this cannot be told."


def test_other_spellings_are_warned_of(tmp_path: Path) -> None:
    """No class in common; or some, and one that only capitals part from another, which each side uses alone."""
    apart = told(tmp_path, item("AB", "a"), item("BB", "b"))
    assert any("no class in common" in one for one in apart.warnings)
    partly = told(tmp_path, *[item("TTf", "ttf"), item("Tff", "tff")] * 5)
    assert "'T', 't' are counted as different classes: spell them alike if they are one" in partly.warnings
    assert any(one.startswith("one side often gives 'T', 't', the other never") for one in partly.warnings)
    assert not any("spell" in one for one in told(tmp_path, *[item("aab", "abb")] * 5).warnings)


def test_nearly_the_same() -> None:
    """Capitals, blanks, hyphens and underscores do not make a class; a sign, or a number's minus, does."""
    assert nearly_same(["Not toxic", "not_toxic", "not-toxic", "toxic"]) == (("Not toxic", "not_toxic", "not-toxic"),)
    assert not nearly_same(["-", "_", "-1", "1", "1.0", "c++", "c#"])


def test_long_tables_are_cut_on_a_terminal(tmp_path: Path) -> None:
    """60 rows, and how many more the report has."""
    rows = [item("aabc", "aabb", f"g{number}") for number in range(30)] * 2
    found = told(tmp_path, *rows, group="set")
    drift = section(found, "Drift by class")
    assert len(drift.rows) == 90
    shown = list(audit_tables(replace(found, sections=(drift,))))
    assert [part.row_count for part in shown if isinstance(part, Table)] == [60]
    assert str(shown[-1]) == "30 more rows: see the report"
