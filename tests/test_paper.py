"""The paper's figures over a folder: which files are found, what verdicts follow, how it is told."""

from __future__ import annotations

import json
from pathlib import Path

import paper_files as made
import pytest

from analysis.datatypes.told import Told
from analysis.paper.catalogue import figures
from analysis.paper.readings import _of_correlations, _of_counts, readings
from analysis.paper.records import paper_records
from analysis.paper.reproduce import _READERS, PaperAudit, _verdict, audit_paper, paper_figures
from analysis.paper.sources import SOURCES, find_sources
from analysis.paper.telling import tell_paper
from analysis.paper.values import Figure, Measured, Reproduction
from analysis.statistics.clusters import Estimate
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
    """Keys differ, every source is known, every known form has a reader, and values lie where shares can."""
    keys = [one.key for one in figures()]
    assert len(keys) == len(set(keys))
    assert {source for one in figures() for source in one.sources} <= set(SOURCES)
    assert {key for key, source in SOURCES.items() if source.is_known} == set(_READERS)
    assert all(0 <= one.published <= 1 for one in figures() if one.is_share and one.published is not None)


def test_values_and_roundings_are_as_printed() -> None:
    """ "66.0%" is .66, rounded to .0005; ".06545" to .000005; "-.04" to .005."""
    printed = {one.key: (one.published, one.rounding) for one in figures()}
    assert printed["spp-accuracy"] == (pytest.approx(0.66), pytest.approx(0.0005))
    assert printed["cobbler-gpt4"] == (0.06545, pytest.approx(0.000005))
    assert printed["p2c-kappa"] == (-0.04, pytest.approx(0.005))
    assert printed["labels-majority-ghc-koala"][0] == pytest.approx(0.872)
    assert printed["labels-minority-schem-vicuna"][0] == pytest.approx(0.315)


FIGURE = Figure("key", "section", "words", "66.0%", 0.66, 0.0005, True, "place", ("spp_log",))


@pytest.mark.parametrize(
    ("value", "low", "high", "is_whole", "verdict"),
    [
        (0.6604, 0.60, 0.72, True, "reproduced"),
        (0.6604, 0.60, 0.72, False, "consistent"),  # equal on a part is luck
        (0.6606, 0.60, 0.72, True, "consistent"),
        (0.70, 0.6606, 0.74, True, "differs"),
        (0.70, 0.6604, 0.74, False, "consistent"),  # the printed .66 may be .6604
        (0.70, None, None, False, "measured"),
    ],
)
def test_verdicts(value: float, low: float | None, high: float | None, is_whole: bool, verdict: str) -> None:
    """The printed .66 against our value and interval."""
    ours = Measured(Estimate(value, low, high, 200, 200), "puzzles")
    assert _verdict(FIGURE, ours, is_whole=is_whole)[0] == verdict


def test_newcombes_interval() -> None:
    """Newcombe (1998), table II, example (a), method 10: 56/70 - 48/80 = .20 (.0524 to .3339)."""
    found = _of_counts("key", "words", (56, 70), (48, 80), note="").difference
    assert found is not None
    bounds = (found.value, found.low, found.high)
    assert bounds == (pytest.approx(0.2), pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_difference_of_printed_correlations() -> None:
    """Fisher's scale: (atanh .5 - atanh .3) / sqrt(2 / 97) = .2398 / .1436 = 1.670, p = .095."""
    assert _of_correlations(0.5, 0.3, pairs=100).p == pytest.approx(0.095, abs=5e-4)


def test_readings_from_printed_counts_alone() -> None:
    """35/66 against 97/134: Fisher's p .011; Holm over the five that need no file leaves it; human-like alone does not
    tell; the locality of CoBBLEr waits for its file and says what pairs and instructions give."""
    found = {one.key: one for one in readings({})}
    spp = found["spp-digression"]
    assert spp.difference is not None
    assert spp.difference.p == pytest.approx(0.011, abs=5e-4)
    assert spp.p_adjusted == pytest.approx(4 * (spp.difference.p or 0))
    assert spp.decision == "holds"
    assert found["spp-digression-human"].decision == "cannot be told"
    assert found["cobbler-locality"].decision == "needs file"
    assert (
        "p = 0.099; by instruction, measured before on the whole file: −0.024 to +0.073"
        in found["cobbler-locality"].note
    )


def test_files_are_found_three_folders_deep(tmp_path: Path) -> None:
    """Capitals and .gz do not matter, the least deep of a name counts, parts must be there, a fourth folder is not."""
    deep = tmp_path / "a" / "b" / "c"
    (deep / "d").mkdir(parents=True)
    for path in (
        deep / "CAMEL_Annotated.CSV",
        deep / "mtbench-gpt4-human-pref.csv.gz",
        tmp_path / "a" / "pref_p2c.jsonl",
        tmp_path / "pref_p2c.jsonl",
        deep / "p2c_subjective_pref_preferences.csv",
        deep / "d" / "mismatch_gpt3.csv",
    ):
        path.touch()
    found = find_sources(tmp_path)
    assert set(found) == {"camel", "mtbench", "p2c_part"}
    assert found["p2c_part"].path == tmp_path / "pref_p2c.jsonl"


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
    audit = audit_paper(tmp_path)
    assert audit.files_not_read == ("spp_digression_fin.csv",)
    needed = by_key(audit)["spp-accuracy-digression"]
    assert needed.verdict == "needs judge"
    assert "run spp_digression:llm; or spp_digression_fin.csv is here, but" in needed.why
    assert ("found but not read, their form is not known:", "spp_digression_fin.csv") in tell_paper(audit).facts


def test_one_row_is_enough_for_a_share_and_too_little_for_the_rest(tmp_path: Path) -> None:
    """One pair: a share with a wide interval; kappa has no value, and the figure says so instead of a number."""
    made.write_lines(tmp_path / "pref_p2c.jsonl", [{"a": "x", "b": "y", "human": 0, "llm": 0}])
    found = by_key(audit_paper(tmp_path))
    agreed = found["p2c-agreement"].ours
    assert agreed is not None
    assert (agreed.estimate.value, agreed.estimate.n) == (1.0, 1)
    assert (found["p2c-kappa"].ours, found["p2c-kappa"].verdict) == (None, "needs file")


def test_the_command_prints_a_record_a_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json: the 130 or so figures, then the readings, each on a line of its own; files are written beside."""
    made.write_lines(tmp_path / "CAMEL_annotated.jsonl", made.annotated())
    assert paper(data=tmp_path, out=tmp_path / "out", as_json=True) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["record"] for one in records] == ["figure"] * len(figures()) + ["reading"] * 10
    same = next(one for one in records if one["key"] == "camel-indices")
    assert (same["ours"], same["n"], same["verdict"], same["of_all_data"]) == (1.0, 3, "reproduced", True)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"summary.json", "report.html"}


def test_the_command_prints_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --json: the headline, the figures, the readings, what is needed; the same bytes each time."""
    monkeypatch.setenv("COLUMNS", "160")
    made.write_lines(tmp_path / "CAMEL_annotated.jsonl", made.annotated())
    assert paper(data=tmp_path, out=tmp_path / "out") == 0
    said = capsys.readouterr().out
    for words in ("figure by figure", "CAMEL: chats with a role flip", "p (Holm)", "What cannot be computed"):
        assert words in " ".join(said.split())
    first = (tmp_path / "out" / "report.html").read_bytes()
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
    """Only the minority match of SChem5Labels lies outside: the labels here are GPT-3's, the cell is ChatGPT's."""
    (apart,) = [one for one in real.figures if one.verdict == "differs"]
    assert apart.figure.key == "labels-minority-schem-chatgpt"
    assert "the printed cell is of ChatGPT" in apart.why
    told = tell_paper(real)
    assert any(apart.why in section.answer for section in told.sections)


@needs_data
def test_readings_by_clusters(real: PaperAudit) -> None:
    """People vary more than GPT-3, GPT-4 takes the longer answer more often (by 48 questions), GPT-3.5 judges worse."""
    found = {one.key: one for one in real.readings}
    assert {found[key].decision for key in ("label-variation", "longer-answers", "abceval-judge")} == {"holds"}
    longer = found["longer-answers"]
    assert longer.difference is not None
    assert (longer.difference.clusters, longer.counted_by) == (48, "48 questions")
    assert longer.difference.value == pytest.approx(0.074, abs=5e-4)


@needs_data
def test_told_and_recorded_alike(real: PaperAudit) -> None:
    """Rows fit their columns, every record can be written, no text of the data is in either."""
    told: Told = tell_paper(real)
    for section in told.sections:
        assert {len(row) for row in section.rows} == {len(section.columns)}
    lines = [json.dumps(record, allow_nan=False) for record in paper_records(real)]
    assert len(lines) == len(real.figures) + len(real.readings)
    assert told.headline.startswith("Of 134 figures, 1 reproduced as printed, 38 consistent")
