"""The audit of free-form texts as its user has it: files in, words out, one line for bad input."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.datatypes.summary import plain_data
from analysis.datatypes.texts.audit import TextsAudit, audit_text_files, audit_texts
from analysis.datatypes.texts.columns import TextsColumns
from analysis.datatypes.texts.task import texts_task
from analysis.datatypes.texts.telling import tell_texts
from sims.errors import UsageError
from simstress.cli.app import run_app

DATA = Path(__file__).parents[2] / "shared" / "data"
ESSAYS = DATA / "freeform_essays.jsonl"

HUMAN = "I think it's fun, but I dunno why. We went there a lot! Maybe you would like it because it is so cheap."
LLM = "Furthermore, the establishment provides considerable enjoyment. In conclusion, affordability is an advantage."


def _file(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _pairs(path: Path, *, count: int = 12, **more: object) -> Path:
    return _file(path, [{"human": f"{HUMAN} {'So ' * n}", "llm": f"{LLM} {'Thus ' * n}"} | more for n in range(count)])


def test_pairs_are_audited_from_a_file(tmp_path: Path) -> None:
    """Twenty pairs whose LLM texts are plainly more formal: the audit says so, in figures and in words."""
    found = audit_texts([_pairs(tmp_path / "pairs.jsonl", count=20)], TextsColumns())
    formality = next(one for one in found.contrasts if one.feature == "formality")
    assert (found.human_texts, found.clusters, formality.effect.value) == (20, 20, 1.0)
    assert formality.stays_at_equal_length
    told = tell_texts(found)
    assert "features differ" in told.headline
    assert any("one feature alone" in warning for warning in told.warnings)
    assert all(len(row) == len(section.columns) for section in told.sections for row in section.rows)


def test_the_figures_are_plain_data_and_the_same_twice(tmp_path: Path) -> None:
    """What goes into summary.json holds no NaN, and two audits give the same bytes."""
    path = _pairs(tmp_path / "pairs.jsonl", count=25)
    first, second = (json.dumps(plain_data(audit_texts([path], TextsColumns())), allow_nan=False) for _ in range(2))
    assert first == second


def test_left_out_texts_are_counted_and_told(tmp_path: Path) -> None:
    """One pair lacks a text and one is in German: both leave with their partners, and the reader is told."""
    german = "Das ist ein Text, der nicht auf Englisch ist, und ich weiß es auch nicht."
    rows = [{"human": HUMAN, "llm": LLM}] * 3 + [{"human": None, "llm": LLM}, {"human": HUMAN, "llm": german}]
    found = audit_texts([_file(tmp_path / "pairs.jsonl", rows)], TextsColumns())
    assert (found.human_texts, found.left_human.empty, found.left_llm.foreign) == (3, 1, 1)
    assert (found.left_human.partner, found.left_llm.partner) == (1, 1)
    warnings = " ".join(tell_texts(found).warnings)
    assert "1 of 5 human texts left out: without a word" in warnings
    assert "1 of 5 LLM texts left out: not in English" in warnings


def test_copied_texts_are_told(tmp_path: Path) -> None:
    """Pairs that hold the same text twice show no difference, and that they are copies is said."""
    rows = [{"human": HUMAN, "llm": HUMAN.upper()}] * 4
    found = audit_texts([_file(tmp_path / "pairs.jsonl", rows)], TextsColumns())
    assert not any(one.differs for one in found.contrasts)
    assert any("one text twice" in warning for warning in tell_texts(found).warnings)


def test_two_files_are_audited_unpaired(tmp_path: Path) -> None:
    """Texts of two files are cut to the length that all but a tenth have; flips need pairs, so there are none."""
    human = _file(tmp_path / "human.jsonl", [{"text": f"{HUMAN} {HUMAN} {'so ' * n}"} for n in range(10)])
    llm = _file(tmp_path / "llm.jsonl", [{"text": f"{LLM} {LLM} {'thus ' * n}"} for n in range(8)])
    found = audit_text_files([human], [llm], TextsColumns(human="text", llm="text"))
    assert (found.human_texts, found.llm_texts, found.clusters, found.flips) == (10, 8, 18, ())
    assert found.words_cut == 24  # the shortest LLM text: at the tenth percentile of eight, the lowest
    assert "human texts" in dict(tell_texts(found).facts)


def test_texts_of_three_words_and_of_one_author_are_no_fault(tmp_path: Path) -> None:
    """What cannot be cut has no flips, one cluster has no test, and the words for it are "cannot tell"."""
    rows = [{"human": "It is good.", "llm": "That was excellent.", "author": "A"}] * 4
    found = audit_texts([_file(tmp_path / "pairs.jsonl", rows)], TextsColumns(cluster="author"))
    assert {flip.gained.value for flip in found.flips} == {None}
    assert tell_texts(found).headline.startswith("Cannot tell: 4 pairs in 1 cluster; 11 clusters are needed")


def test_the_command_writes_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Summary and report are there, the tables name the features; pairs and heaps cannot be mixed."""
    path, out = _pairs(tmp_path / "pairs.jsonl"), tmp_path / "out"
    command = ["audit", "texts", str(path), "--human-column", "human", "--llm-column", "llm", "--out", str(out)]
    assert run_app(command) == 0
    assert "Formality" in capsys.readouterr().out
    assert {file.name for file in out.iterdir()} == {"summary.json", "report.html"}
    assert run_app([*command, "--retrain"]) == 2
    assert "--retrain needs --label-column" in capsys.readouterr().err
    assert run_app([*command, "--text-column", "human"]) == 2
    assert "give either pairs" in capsys.readouterr().err
    heaps = ["audit", "texts", "--human", str(path), "--llm", str(path), "--text-column", "human"]
    assert run_app(heaps) == 2
    assert "name the same file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "columns", "words"),
    [
        ([{"human": HUMAN, "llm": LLM}], TextsColumns(), "1 of 1 can be measured"),
        ([{"human": "", "llm": LLM}] * 3, TextsColumns(), "0 of 3 can be measured (3 texts have no word"),
        ([{"human": HUMAN, "llm": LLM}] * 3, TextsColumns(human="humn"), "did you mean 'human'"),
        ([{"human": HUMAN, "llm": LLM}, {"human": 3, "llm": LLM}], TextsColumns(), "holds a number (3)"),
        ([{"human": HUMAN, "llm": LLM}] * 3, TextsColumns(cluster="author"), "there is no column 'author'"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, rows: Sequence[object], columns: TextsColumns, words: str) -> None:
    """It names the file and says what is wrong."""
    path = _file(tmp_path / "pairs.jsonl", rows)
    with pytest.raises(UsageError) as caught:
        audit_texts([path], columns)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_task_needs_a_label_two_classes_and_enough_texts(tmp_path: Path) -> None:
    """Each lack is told by itself; with all of them the texts of a pair share their cluster."""
    few, one_class = _pairs(tmp_path / "few.jsonl", kind="a"), _pairs(tmp_path / "one.jsonl", count=30, kind="a")
    for path, label, words in (
        (few, None, "--retrain needs --label-column"),
        (few, "kind", "12 human texts have a label"),
        (one_class, "kind", "all human texts are of one class"),
    ):
        with pytest.raises(UsageError, match=words):
            texts_task([path], TextsColumns(label=label))
    rows = [{"human": HUMAN, "llm": LLM, "kind": "ab"[n % 2], "prompt": n} for n in range(30)]
    task = texts_task([_file(tmp_path / "good.jsonl", rows)], TextsColumns(label="kind", cluster="prompt"))
    assert (task.shape, len(task.human), len(task.llm)) == ("one", 30, 30)
    assert [one.cluster for one in task.human] == [one.cluster for one in task.llm]


@pytest.fixture(scope="module")
def essays() -> TextsAudit:
    """The audit of 76 essays by people and by ChatGPT."""
    if not ESSAYS.exists():
        pytest.skip("needs ../shared/data/freeform_essays.jsonl")
    return audit_texts([ESSAYS], TextsColumns(cluster="prompt"))


def test_essays_differ_as_reading_them_shows(essays: TextsAudit) -> None:
    """ChatGPT's essays: sentences more alike in length, longer words, more formal; and that not by their length."""
    effects = {one.feature: one for one in essays.contrasts}
    assert essays.human_texts == 76
    for feature, low, high in (("sentence_variation", -0.85, -0.55), ("lix", 0.55, 0.85), ("formality", 0.45, 0.75)):
        assert low < (effects[feature].effect.value or 0) < high
        assert effects[feature].stays_at_equal_length
    assert not effects["commas"].differs


def test_essays_become_formal_and_never_informal(essays: TextsAudit) -> None:
    """25 of 76 pairs flip from informal to formal, none back."""
    formality = next(one for one in essays.flips if one.attribute == "formality")
    assert formality.gained.value == pytest.approx(25 / 76)
    assert formality.lost.value == 0
    assert formality.is_one_sided


def test_essays_are_told_apart(essays: TextsAudit) -> None:
    """A linear classifier on the features picks the LLM's of two essays nearly always, at equal length, too."""
    assert (essays.told_apart.auc or 0) > 0.95
    assert (essays.told_apart_at_equal_length.low or 0) > 0.8
