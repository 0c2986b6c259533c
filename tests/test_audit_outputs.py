"""What every audit ends with: the folder, the terminal, the page, and its part in a run's report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.datatypes.summary import audit_summary, plain_data, read_told
from analysis.datatypes.told import Chart, PlotRow, Section, Told, columns, points_words, share_words, signed_words
from analysis.page.audit_page import render_audit
from analysis.statistics.clusters import Estimate
from sims.errors import OutputError, UsageError
from simstress.cli.app import run_app
from simstress.cli.audit_outputs import begin, finish

HOSTILE = "<script>alert(1)</script>\x1b[31m"
TOLD = Told(
    title="Task labels: x.jsonl",
    headline="The LLM agrees with itself.",
    facts=(("items", "12"),),
    sections=(
        Section(
            title="Drift",
            answer="It gives 0 more often.",
            columns=columns("Label", "People", "LLM"),
            rows=((HOSTILE, "40.0% (30.0% to 50.0%)", "60.0%"),),
            note="Each item weighs the same.",
            chart=Chart("Shares", "share", (PlotRow("0", "people", 0.4, 0.3, 0.5), PlotRow("0", "LLM", 0.6))),
            quotes=((f"x.jsonl:1 {HOSTILE}", HOSTILE),),
        ),
    ),
    warnings=("Rows have different numbers of votes.",),
)
RESULT = {"share": Estimate(1 / 3, 0.1, 0.6, 12, 12)}


def test_an_audit_leaves_its_summary_page_and_extra_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder holds what was asked for, figures with six digits; the page's path is told on stderr."""
    extra = {"suspects.jsonl": iter(["one\n", "two\n"])}
    code = finish("labels", RESULT, told=TOLD, sources={"n": 1}, out=tmp_path, as_json=False, extra_files=extra)
    record = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert code == 0
    assert (record["schema"], record["kind"], record["figures"]["share"]["value"]) == (
        "simstress/audit@1",
        "labels",
        0.333333,
    )
    assert (tmp_path / "suspects.jsonl").read_text(encoding="utf-8") == "one\ntwo\n"
    shown = capsys.readouterr()
    assert "It gives 0 more often." in shown.out
    assert "\x1b[31m" not in shown.out
    assert str(tmp_path / "report.html") in shown.err


def test_json_is_the_summary_as_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints the same record that the file holds, on one line, and no prose on stdout."""
    finish("labels", RESULT, told=TOLD, sources={}, out=tmp_path, as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))


def test_what_was_told_is_read_again(tmp_path: Path) -> None:
    """The told part of summary.json is the value that was written."""
    (tmp_path / "summary.json").write_text(audit_summary("labels", result=RESULT, told=TOLD, sources={}))
    assert read_told(tmp_path) == TOLD


@pytest.mark.parametrize("content", [None, "{", '{"schema": "simstress/summary@1"}', '{"schema": "simstress/audit@1"}'])
def test_what_is_no_audit_is_one_line(tmp_path: Path, content: str | None) -> None:
    """A folder without an audit, with a broken or a foreign summary, is named in one line."""
    if content is not None:
        (tmp_path / "summary.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_told(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "summary.json"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["run.json", "judged.json", "summary.json", "report.html", "clean.jsonl"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    """A run, a judged folder, or files that no audit wrote are never written over; said before the work and after."""
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=name):
        begin("labels", tmp_path, extra_files=["clean.jsonl"])
    extra = {"clean.jsonl": iter(["ours"])}
    with pytest.raises(OutputError, match=name):
        finish("labels", RESULT, told=TOLD, sources={}, out=tmp_path, as_json=False, extra_files=extra)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_audit_writes_over_an_audit(tmp_path: Path) -> None:
    """The same folder can be used again, and the same audit gives the same bytes."""
    pages = []
    for _ in range(2):
        finish("labels", RESULT, told=TOLD, sources={}, out=tmp_path, as_json=True)
        pages.append((tmp_path / "report.html").read_bytes())
    assert pages[0] == pages[1]


def test_an_audit_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    """Files of two audits never mix in one folder."""
    finish("instructions", RESULT, told=TOLD, sources={}, out=tmp_path, as_json=True)
    with pytest.raises(OutputError, match=r"summary\.json"):
        begin("labels", tmp_path)
    begin("instructions", tmp_path)


def test_texts_from_data_are_no_markup() -> None:
    """Neither a cell nor a quote reaches the page unescaped, and control characters are made visible."""
    page = render_audit(TOLD)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") == 3
    assert "\x1b" not in page


def test_a_report_shows_audits_as_a_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`report --audit` puts the audit's sections and plots into the page of a run."""
    line = {
        "id": "a",
        "source": "s",
        "kind": "human",
        "participants": [{"name": "x", "role": "customer"}, {"name": "y", "role": "agent"}],
        "turns": [{"speaker": "x", "text": "Hello."}, {"speaker": "y", "text": "Hi."}],
        "meta": {},
    }
    (tmp_path / "talk.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    audit, judged = tmp_path / "audit", tmp_path / "judged"
    finish("labels", RESULT, told=TOLD, sources={}, out=audit, as_json=True)
    assert run_app(["judge", str(tmp_path / "talk.jsonl"), "--judges", "formality", "--out", str(judged)]) == 0
    assert run_app(["report", str(judged), "--audit", str(audit), "--out", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'id="audit-1"' in page
    assert 'id="data-audit-1-1"' in page
    assert run_app(["report", str(judged), "--audit", str(judged)]) == 2
    assert "not the summary of an audit" in capsys.readouterr().err


def test_figures_in_words() -> None:
    """Shares as per cent, differences in points, others with a sign; what is unknown is a dash."""
    known, bare, unknown = (
        Estimate(0.478, 0.464, 0.492, 9, 9),
        Estimate(0.5, None, None, 1, 1),
        Estimate(None, None, None, 0, 0),
    )
    assert share_words(known) == "47.8% [46.4, 49.2]"
    assert points_words(known) == "+47.8 points [+46.4, +49.2]"
    assert signed_words(known) == "+0.48 [+0.46, +0.49]"
    assert [share_words(bare), points_words(bare), signed_words(unknown)] == ["50.0%", "+50.0 points", "–"]


def test_plain_data_holds_no_surprise() -> None:
    """Sets are sorted, keys are texts, tuples are lists."""
    assert plain_data({1: (frozenset({"b", "a"}), 0.1234567)}) == {"1": [["a", "b"], 0.123457]}
