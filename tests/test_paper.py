"""The paper's figures over a folder: which files are found, what verdicts follow, how it is told."""

from __future__ import annotations

import json
from pathlib import Path

import paper_files as made
import pytest

from analysis.datatypes.told import Told
from analysis.paper.brief import brief
from analysis.paper.catalogue import figures
from analysis.paper.records import paper_records
from analysis.paper.reproduce import _READERS, PaperAudit, audit_paper, paper_figures
from analysis.paper.sources import SOURCES, find_sources
from analysis.paper.telling import tell_paper
from analysis.paper.values import Reproduction
from sims.errors import UsageError
from simstress.cli.app import run_app
from simstress.cli.papering import paper

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the development data are not here")


@pytest.fixture(scope="module")
def real() -> PaperAudit:
    """The audit of the development data."""
    return audit_paper(DATA)


def by_key(audit: PaperAudit) -> dict[str, Reproduction]:
    """The figures by key."""
    return {one.figure.key: one for one in audit.figures}


def test_the_catalogue_names_each_figure_once() -> None:
    """Keys differ, sources are known, known forms have a reader, references say whose they are."""
    keys = [one.key for one in figures()]
    assert len(keys) == len(set(keys))
    assert {source for one in figures() for source in one.sources} <= set(SOURCES)
    assert {key for key, source in SOURCES.items() if source.is_read} == {*_READERS, "spp_verdicts"}
    assert all(0 <= one.reference <= 1 for one in figures() if one.is_share and one.reference is not None)
    assert all((one.origin is None) is (one.reference is None) or not one.reference_text for one in figures())


def test_references_and_roundings_are_as_they_stand() -> None:
    """ "66.0%" is .66, rounded to .0005; ".06545" to .000005; "-.04" to .005."""
    printed = {one.key: (one.reference, one.rounding) for one in figures()}
    assert printed["spp-accuracy"] == (pytest.approx(0.66), pytest.approx(0.0005))
    assert printed["cobbler-gpt4"] == (0.06545, pytest.approx(0.000005))
    assert printed["p2c-kappa"] == (-0.04, pytest.approx(0.005))
    assert printed["labels-majority-ghc-koala"][0] == pytest.approx(0.872)
    assert printed["labels-minority-schem-vicuna"][0] == pytest.approx(0.315)


def test_no_other_papers_figure_stands_under_the_papers_sections() -> None:
    """MT-bench, DICES, ABC-Eval, mirrorbench, tau-bench, metaphor: a section that says so, none the paper's."""
    others = [one for one in figures() if one.section.startswith("other data sets")]
    assert {one.key.split("-")[0] for one in others} == {
        *("mtbench", "dices", "abceval", "humanlike", "tau", "metaphor")
    }
    assert all(one.origin != "paper" for one in others)


def test_files_are_found_three_folders_deep(tmp_path: Path) -> None:
    """Capitals and .gz do not matter, the least deep of a name counts, parts lie beside, a fourth folder is not."""
    deep = tmp_path / "a" / "b" / "c"
    (deep / "d").mkdir(parents=True)
    for path in (
        deep / "CAMEL_Annotated.CSV",
        deep / "mtbench-gpt4-human-pref.csv.gz",
        tmp_path / "a" / "pref_p2c.jsonl",
        tmp_path / "pref_p2c.jsonl",
        deep / "p2c_subjective_pref_preferences.csv",
        tmp_path / "p2c_generative_pref_preferences.csv",
        deep / "d" / "mismatch_gpt3.csv",
    ):
        path.touch()
    sources = find_sources(tmp_path)
    assert set(sources.found) == {"camel", "mtbench", "p2c_part"}
    assert sources.found["p2c_part"].path == tmp_path / "pref_p2c.jsonl"
    assert "but not p2c_generative_pref_preferences.csv in its folder" in sources.incomplete["p2c"]


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    """The table of entailment alone, with an unrelated gpt4.json above it: the line says which files it lacks."""
    (tmp_path / "deep" / "cobbler").mkdir(parents=True)
    (tmp_path / "deep" / "cobbler_sentences_df_roberta_entailment.csv").touch()
    (tmp_path / "gpt4.json").touch()
    with pytest.raises(
        UsageError, match=r"is here, but not human\.json and gpt4\.json and chatgpt\.json in its folder"
    ):
        find_sources(tmp_path)
    for rater in ("human", "gpt4", "chatgpt"):
        (tmp_path / "deep" / "cobbler" / f"{rater}.json").touch()
    found = find_sources(tmp_path).found["cobbler"]
    assert found.parts["gpt4.json"] == tmp_path / "deep" / "cobbler" / "gpt4.json"


def test_a_folder_without_known_files_is_an_error(tmp_path: Path) -> None:
    """So is one that is not there; both are one line that ends with exit code 2."""
    with pytest.raises(UsageError, match="none of the known files is here") as empty:
        paper_figures(tmp_path)
    with pytest.raises(UsageError, match="there is no such folder"):
        paper_figures(tmp_path / "nowhere")
    assert (empty.value.exit_code, "\n" in str(empty.value)) == (2, False)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "pref_p2c.jsonl",
            '{"a": "x", "b": "y", "human": 0}\n',
            r":1: field 'llm': is not there; there is: a, b, human",
        ),
        ("pref_p2c.jsonl", "", "the file is empty"),
        ("pref_p2c.jsonl", "[1]\n", "expected an object"),
        ("pref_p2c.jsonl", '{"a": "x", "b": 3, "human": 0, "llm": 0}\n', "'b': expected a text, found 3"),
        ("mismatch_gpt3.csv", "text,human_annots,model_annots\nx,[1],three\n", "'model_annots': expected JSON"),
        (
            "mismatch_gpt3.csv",
            'text,human_annots,model_annots\nx,"[1, ""a""]","[1, 1]"\n',
            "expected a number, found 'a'",
        ),
        ("labels_metaphor_mohx.jsonl", '{"verb": "run", "label": null}\n', "'label': expected a number, found None"),
    ],
)
def test_malformed_files_are_one_line(name: str, content: str, message: str, tmp_path: Path) -> None:
    """The line says file, row, field, what was found."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message) as error:
        audit_paper(tmp_path)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


def test_files_whose_form_is_not_known_are_named_and_not_opened(tmp_path: Path) -> None:
    """A digression file is told as found; its figures still need a judge, and say why the file does not help."""
    (tmp_path / "spp_digression_fin.csv").write_bytes(b"\xff not even text")
    (tmp_path / "first_order_annotations.csv").touch()
    audit = audit_paper(tmp_path)
    assert audit.files_not_read == ("first_order_annotations.csv", "spp_digression_fin.csv")
    assert by_key(audit)["instruction-errors"].verdict == "no reader"
    needed = by_key(audit)["spp-accuracy-digression"]
    assert needed.verdict == "needs judge"
    assert "spp_digression_fin.csv is here, but its columns are not known here" in needed.why
    assert "simstress judge DIR/llm_spp_logic.jsonl --judges spp_digression:llm --judge-model M" in needed.why
    assert ("found but not read:", ", ".join(audit.files_not_read)) in tell_paper(audit).facts


TEXT = {"text": "x", "human": [1, 1, 1], "llm": [1, 1]}


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("pref_p2c.jsonl", [{"a": "x", "b": "y", "human": 0, "llm": 0}], "1 complete rows of 1"),
        (
            "pref_p2c.jsonl",
            [{"a": "x", "b": str(n), "human": 2, "llm": 2} for n in range(9)],
            "people's votes are all ties",
        ),
        ("pref_p2c.jsonl", [{"a": " ", "b": str(n), "human": 0, "llm": 1} for n in range(9)], "9 without text"),
        ("tasklabels_human_vs_gpt3.jsonl", [{**TEXT, "text": str(n)} for n in range(9)], "all labels are the same"),
        ("tasklabels_human_vs_gpt3.jsonl", [{**TEXT, "text": "", "llm": [0, 1]}] * 9, "no row has a text"),
        ("tasklabels_human_vs_gpt3.jsonl", [{**TEXT, "llm": [0, 1]}], "no more than one row"),
        ("tasklabels_dices990.jsonl", [{"ratings": ["Yes", "No"]}], "no more than one row"),
        ("tasklabels_dices990.jsonl", [{"ratings": ["Yes", "Yes"]}] * 9, "all ratings are"),
        ("labels_metaphor_mohx.jsonl", [{"verb": "run", "label": 1}] * 9, "all labels are the same"),
        ("labels_humanlike_gteval.jsonl", [{"human": 1, "llm_judge": 0.5}], "no more than one row"),
        (
            "pref_cobbler_rankings.jsonl",
            [{"points": {rater: {"m": 1, "n": "x"} for rater in ("human", "gpt4", "chatgpt")}}],
            r"points\.human: field 'n': expected a number, found 'x'",
        ),
        (
            "pref_cobbler_rankings.jsonl",
            [{"points": {rater: {"m": None, "n": 1} for rater in ("human", "gpt4", "chatgpt")}}],
            r"points\.human: field 'm': expected a number, found None",
        ),
    ],
)
def test_data_that_tell_nothing_end_with_2(name: str, rows: list[object], message: str, tmp_path: Path) -> None:
    """One row, all ties, no text, one label, scores that are no numbers: one line with the file's name, exit code 2."""
    made.write_lines(tmp_path / name, rows)
    with pytest.raises(UsageError, match=message) as error:
        audit_paper(tmp_path)
    assert (error.value.exit_code, "\n" in str(error.value), name in str(error.value)) == (2, False, True)


def test_the_command_prints_a_record_a_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json: the 130 or so figures, then the readings, each on a line of its own; files are written beside."""
    made.write_lines(tmp_path / "CAMEL_annotated.jsonl", made.annotated())
    assert paper(data=tmp_path, out=tmp_path / "out", as_json=True) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["record"] for one in records] == ["figure"] * len(figures()) + ["reading"] * 10
    same = next(one for one in records if one["key"] == "camel-indices")
    assert (same["ours"], same["n"], same["verdict"], same["origin"]) == (1.0, 3, "no reference", None)
    assert {one["origin"] for one in records if one["record"] == "figure" and one["held_against"] is not None} == {
        *("paper", "computed before", "other paper")
    }
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"summary.json", "report.html"}


def test_the_command_prints_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --json: the headline, the figures, the readings, what is needed; the same bytes each time."""
    monkeypatch.setenv("COLUMNS", "160")
    made.write_lines(tmp_path / "CAMEL_annotated.jsonl", made.annotated())
    assert paper(data=tmp_path, out=tmp_path / "out") == 0
    said = capsys.readouterr().out
    for words in ("figure by figure", "CAMEL: chats with a role flip", "Changed?", "Needs FILE: ", ".06545 paper"):
        assert words in " ".join(said.split())
    first = (tmp_path / "out" / "report.html").read_bytes()
    assert b".06545" in first
    assert b"Solo Performance Prompting" in first
    assert paper(data=tmp_path, out=tmp_path / "out") == 0
    assert (tmp_path / "out" / "report.html").read_bytes() == first


def test_a_broken_file_ends_the_command_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stderr, nothing on stdout, nothing written."""
    (tmp_path / "CAMEL_annotated.csv").write_text("a,b\n1,2,3\n", encoding="utf-8")
    assert run_app(["paper", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "CAMEL_annotated.csv, row 1: field 'message_1': there is no message" in said.err
    assert not (tmp_path / "out").exists()


@needs_data
def test_spp_accuracy_is_reproduced(real: PaperAudit) -> None:
    """132 of 200, one puzzle without answer: 66.0 %."""
    spp = by_key(real)["spp-accuracy"]
    assert spp.ours is not None
    assert (spp.ours.estimate.value, spp.ours.estimate.n, spp.verdict) == (0.66, 200, "reproduced")


@needs_data
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("labels-some-disagreement-human", 0.484),
        ("labels-some-disagreement-llm", 0.044),
        ("labels-mean-sd-human", 0.364),
        ("labels-mean-sd-llm", 0.024),
        ("p2c-agreement", 0.311),
        ("p2c-kappa", -0.052),
        ("mtbench-agreement-no-ties", 0.868),
        ("mtbench-agreement-ties", 0.683),
        ("mtbench-longer-human", 0.645),
        ("mtbench-longer-llm", 0.719),
        ("dices-alpha", 0.139),
        ("abceval-f1-gpt", 0.382),
        ("humanlike-score", 0.660),
        ("tau-pass-4", 0.200),
        ("metaphor-vua", 0.281),
    ],
)
def test_parts_of_the_data_are_consistent(real: PaperAudit, key: str, value: float) -> None:
    """The printed value lies within the interval of the 60 % that are here; our value is pinned."""
    found = by_key(real)[key]
    assert found.ours is not None
    assert found.ours.estimate.value == pytest.approx(value, abs=5e-4)
    assert found.verdict == "consistent"


@needs_data
def test_what_differs_is_told_with_its_reason(real: PaperAudit) -> None:
    """Only the share of MOH-X lies outside: 52.7 % of 60 % of its verbs, where 48.7 % of all is 2.5 errors away."""
    (apart,) = [one for one in real.figures if one.verdict == "differs"]
    assert apart.figure.key == "metaphor-mohx"
    assert any(apart.why in section.answer for section in tell_paper(real).sections)


@needs_data
def test_labels_of_another_model_have_no_verdict(real: PaperAudit) -> None:
    """GPT-3's labels are not held to ChatGPT's cells, whether they are near or not; every such row says why."""
    rows = [one for one in real.figures if one.figure.key.startswith(("labels-m", "labels-sd")) and one.ours]
    others = [one for one in rows if one.figure.key.endswith("-chatgpt") and one.figure.reference is not None]
    assert len(others) == 6
    assert {(one.verdict, one.why) for one in others} == {
        ("not comparable", "the labels here are GPT-3's, the figure is of ChatGPT")
    }


@needs_data
def test_codes_that_may_be_swapped_are_told(real: PaperAudit) -> None:
    """P2C's two sides choose the same in 39.8 % of 1,819 decided pairs, surely below one half."""
    ours = by_key(real)["p2c-agreement-no-ties"].ours
    assert ours is not None
    assert (ours.estimate.value, ours.estimate.n) == (pytest.approx(0.398, abs=5e-4), 1819)
    assert any("may be swapped" in warning for warning in tell_paper(real).warnings)


@needs_data
def test_told_and_recorded_alike(real: PaperAudit) -> None:
    """Rows fit their columns, every figure stands in a table with its reference, every record can be written."""
    told: Told = tell_paper(real)
    for section in (*told.sections, *brief(told).sections):
        assert {len(row) for row in section.rows} == {len(section.columns)}
    shown = {(row[0], row[1]) for section in told.sections for row in section.rows}
    assert {(one.words, one.reference_text.replace("-", "−") or "–") for one in figures()} <= shown
    lines = [json.dumps(record, allow_nan=False) for record in paper_records(real)]
    assert len(lines) == len(real.figures) + len(real.readings)
    assert told.headline.startswith(
        "Of 136 figures: with the paper's own values 1 reproduced; with values computed before from the whole file"
        " 20 consistent, 1 differing; with other papers' 12 consistent. Not compared: 6 of another model or judge"
    )
