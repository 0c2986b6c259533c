"""The scan of instruction files, its two output files, its figures, and the verb."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analysis.datatypes.instructions.audit import audit_instructions, audit_of
from analysis.datatypes.instructions.catalogue import check_names
from analysis.datatypes.instructions.columns import InstructionColumns
from analysis.datatypes.instructions.scan import scan_instructions
from analysis.datatypes.instructions.source_rows import as_json, row_lines
from analysis.datatypes.instructions.task import BELONGS, instructions_task
from analysis.datatypes.instructions.telling import tell_instructions
from sims.errors import UnknownNameError, UsageError
from simstress.cli.app import run_app

Triple = dict[str, Any]
GOOD = [
    {"instruction": f"Say something about the number {n}.", "input": "", "output": f"{n} is followed by {n + 1}."}
    for n in range(30)
]
BAD = {"instruction": "Summarize the following article.", "input": "", "output": ""}


def written(path: Path, rows: Sequence[Triple]) -> Path:
    """A file of these rows."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_clean_and_suspects_are_all_rows_with_their_own_values(tmp_path: Path) -> None:
    """Nothing is lost, added or reordered: extra columns, numbers, nulls and foreign letters come back as they were."""
    odd = [GOOD[0] | {"n": 1.5, "none": None, "list": [1, "é"]}, BAD | {"id": "x"}, *GOOD[1:4]]
    scan = scan_instructions([written(tmp_path / "rows.jsonl", odd)])
    clean, suspects = ([json.loads(line) for line in lines] for lines in (scan.clean_lines(), scan.suspect_lines()))
    assert clean == [odd[0], *odd[2:]]
    assert [one["values"] for one in suspects] == [odd[1]]
    assert suspects[0]["checks"] == ["empty_output", "missing_input"]
    assert (suspects[0]["row"], suspects[0]["place"]) == (2, f"{tmp_path / 'rows.jsonl'}:2")


def test_lines_of_json_are_copied_as_they_stand(tmp_path: Path) -> None:
    """No number is read and written anew, in either file: 1E5, a long fraction, an integer of 23 digits."""
    odd = '"n": 1E5, "f": 0.1000000000000000055511, "k": 12345678901234567890123, "u": "\\u00e9é"'
    lines = [
        f'{{"instruction": "Say it.", "output": "Dogs bark.", {odd}}}',
        f'{{"instruction": "", "output": "", {odd}}}',
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    scan = scan_instructions([path])
    assert list(scan.clean_lines()) == [lines[0] + "\n"]
    (suspect,) = scan.suspect_lines()
    assert suspect.endswith(f'"values":{lines[1]}}}\n')
    assert json.loads(suspect)["place"] == f"{path}:3"


def test_half_a_character_is_scanned_and_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lone surrogate, as a text cut inside an emoji leaves it, is JSON, and stops nothing."""
    path = tmp_path / "rows.jsonl"
    row = '{"instruction": "Say \\ud83d it.", "output": "Dogs \\ud83d bark loudly,"}\n'
    path.write_text(row * 2, encoding="utf-8")
    assert run_app(["audit", "instructions", str(path), "--out", str(tmp_path / "out")]) == 0
    assert "\\ud83d bark loudly," in (tmp_path / "out" / "suspects.jsonl").read_text(encoding="utf-8")


def test_a_bare_nan_of_the_source_is_not_copied(tmp_path: Path) -> None:
    """Only where it stands outside a text; such a row is written anew."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "NaN", "n": 1E5}\n{"text": "NaN", "n": NaN, "m": -Infinity}\n', encoding="utf-8")
    lines = [line for _, line in row_lines(path)]
    assert lines == ['{"text": "NaN", "n": 1E5}', '{"text":"NaN","n":null,"m":null}']


def test_what_json_lacks_is_written_as_null_base64_or_text() -> None:
    """NaN and infinities, bytes (ff 00 is /wA=), dates, within lists and objects too; no bare NaN is ever written."""
    values = {"nan": float("nan"), "b": b"\xff\x00", "d": date(2020, 1, 2), "in": [{"x": float("inf")}, 1.5]}
    assert json.loads(as_json(values)) == {"nan": None, "b": "/wA=", "d": "2020-01-02", "in": [{"x": None}, 1.5]}


def test_people_are_not_compared_with_themselves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--human that is one of the files is refused, by the verb and from Python."""
    path = written(tmp_path / "rows.jsonl", GOOD)
    assert run_app(["audit", "instructions", str(path), "--human", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "compared with themselves" in capsys.readouterr().err
    with pytest.raises(UsageError, match="which is audited"):
        audit_instructions([path], human=path)


def test_a_file_cut_at_first_lines_and_one_in_german_are_warned_of(tmp_path: Path) -> None:
    """No output of a second line where 20 ask for recipes; one such output, and there is no warning."""
    rows = [row | {"instruction": f"Write a recipe for {n} loaves."} for n, row in enumerate(GOOD[:20])]
    told = tell_instructions(audit_instructions([written(tmp_path / "cut.jsonl", rows)]))
    assert any("no output has a second line, though 20 instructions" in one for one in told.warnings)
    whole = [*rows, GOOD[0] | {"output": "One.\nTwo."}]
    told = tell_instructions(audit_instructions([written(tmp_path / "whole.jsonl", whole)]))
    assert not any("second line" in one or "not in English" in one for one in told.warnings)
    german = [row | {"instruction": f"Was ist die Zahl {n} und wie heißt sie?"} for n, row in enumerate(GOOD)]
    told = tell_instructions(audit_instructions([written(tmp_path / "german.jsonl", german)]))
    assert any("not in English" in one for one in told.warnings)


def test_tables_are_read_and_the_input_column_may_be_missing(tmp_path: Path) -> None:
    """A CSV without a column "input" has rows without input; one that is named must be there."""
    path = tmp_path / "rows.csv"
    path.write_text("ask,answer\nSummarize the following article.,Trains.\nName a city.,Rome.\n", encoding="utf-8")
    columns = InstructionColumns(instruction="ask", output="answer")
    assert list(scan_instructions([path], columns).suspicions) == [1]
    with pytest.raises(UsageError, match="no column 'context'"):
        scan_instructions([path], InstructionColumns("ask", "context", "answer"))


@pytest.mark.parametrize("mark", ["<noinput>", "Noinput.", '"<No input>"', "N/A", " "])
def test_marks_for_no_input_count_as_none(mark: str, tmp_path: Path) -> None:
    """Generators write "<noinput>"; an instruction that needs an input then lacks it."""
    path = written(tmp_path / "rows.jsonl", [BAD | {"input": mark, "output": "It is about trains."}])
    assert [one.check for one in scan_instructions([path]).suspicions[1]] == ["missing_input"]


def test_ignored_checks_are_left_out_and_misspelt_ones_refused(tmp_path: Path) -> None:
    """Only the other check remains; the message offers the nearest name."""
    path = written(tmp_path / "rows.jsonl", [*GOOD, BAD])
    assert [one.check for one in scan_instructions([path], ignore=["empty_output"]).suspicions[31]] == ["missing_input"]
    with pytest.raises(UnknownNameError, match="did you mean 'empty_output'"):
        scan_instructions([path], ignore=["empty_outputs"])


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """The copy would not be what was scanned."""
    path = written(tmp_path / "rows.jsonl", GOOD)
    scan = scan_instructions([path])
    written(path, GOOD[:10])
    with pytest.raises(UsageError, match="was changed while it was read"):
        list(scan.clean_lines())


def test_copies_of_the_seeds_are_found_where_the_seeds_are_read_first(tmp_path: Path) -> None:
    """The seeds' file before the other: a row that repeats a seed is the later of the two."""
    seeds, made = written(tmp_path / "seeds.jsonl", GOOD), written(tmp_path / "made.jsonl", [GOOD[3]])
    assert {number: found[0].reason for number, found in scan_instructions([seeds, made]).suspicions.items()} == {
        31: "row 4 is the same to 100%"
    }


def test_counts_and_shares_are_of_rows_and_intervals_of_clusters(tmp_path: Path) -> None:
    """10 of 40 rows; all suspects in one of four clusters makes the interval wider than rows alone would have it."""
    rows = [row | {"c": n % 4} for n, row in enumerate([*GOOD, *GOOD[:10]])]
    for row in rows:
        row["output"] = "" if row["c"] == 0 else row["output"] + f" So says {id(row)}."
    path = written(tmp_path / "rows.jsonl", rows)
    alone = audit_instructions([path], ignore=["near_duplicate"])
    grouped = audit_instructions([path], InstructionColumns(cluster="c"), ignore=["near_duplicate"])
    assert (alone.rows, alone.suspects, alone.clean, alone.any.value) == (40, 10, 30, 0.25)
    assert (alone.clusters, grouped.clusters) == (40, 4)
    assert grouped.any.high is not None
    assert alone.any.high is not None
    assert grouped.any.high > alone.any.high
    by_name = {one.check: one for one in alone.checks}
    assert (by_name["empty_output"].rows, by_name["empty_output"].only) == (10, 10)


def test_the_difference_from_people_has_newcombes_interval_and_holms_p(tmp_path: Path) -> None:
    """15 of 45 rows against 0 of 30, by Clopper-Pearson and MOVER.

    33.3 % (low 20.0 %, high 49.0 %) less 0 % (0 to 11.6 %): low = .333 - sqrt(.133² + .116²) = .157,
    high = .333 + .157 = .490. Exchanged, the 15 are as far apart where none or 12 and more of them fall on the 30 rows:
    C(45, 15) / C(75, 15) = .00015, and .00059 for the other tail. Holm multiplies by 18 checks.
    """
    empty = [row | {"output": ""} for row in GOOD[:15]]
    ours = scan_instructions([written(tmp_path / "ours.jsonl", [*GOOD, *empty])])
    people = scan_instructions([written(tmp_path / "people.jsonl", GOOD)])
    found = {one.check: one for one in audit_of(ours, people=people).differences}
    difference = found["empty_output"].difference
    assert difference.value == pytest.approx(1 / 3)
    assert difference.low == pytest.approx(0.157, abs=0.006)
    assert difference.high == pytest.approx(0.490, abs=0.006)
    assert difference.p == pytest.approx(0.00074, abs=0.002)
    assert found["empty_output"].p_adjusted == pytest.approx((difference.p or 0) * 18)
    assert found["echo"].difference.value == 0
    assert found["echo"].p_adjusted == 1


def test_the_audit_is_told_with_counts_and_false_alarms(tmp_path: Path) -> None:
    """The headline names the share and the commonest check; people's own suspects are a warning."""
    path, human = written(tmp_path / "a.jsonl", [*GOOD, BAD]), written(tmp_path / "h.jsonl", [*GOOD, BAD])
    told = tell_instructions(audit_instructions([path], human=human))
    assert told.headline.startswith("1 of 31 rows are suspect: 3.2%")
    assert "empty output (1)" in told.headline
    assert any("People's own rows are suspect in 3.2% of cases" in one for one in told.warnings)
    assert all(len(row) == len(section.columns) for section in told.sections for row in section.rows)


def test_no_row_suspect_is_said_so(tmp_path: Path) -> None:
    """And that so few rows say little."""
    told = tell_instructions(audit_instructions([written(tmp_path / "rows.jsonl", GOOD)]))
    assert told.headline == "None of 30 rows is suspect to any of 18 checks."
    assert any("Only 30 rows" in one for one in told.warnings)


def test_the_task_gives_every_output_once_to_its_own_and_once_to_another_prompt(tmp_path: Path) -> None:
    """31 rows make 62 examples in 15 clusters, the last of three rows: no output is in two clusters."""
    rows = [*GOOD, {"instruction": "Name a city.", "output": "Rome"}]
    path = written(tmp_path / "rows.jsonl", rows)
    task = instructions_task([path], human=path)
    own = {one.texts[0]: one for one in task.llm if one.label == BELONGS}
    strange = [one for one in task.llm if one.label != BELONGS]
    assert (task.shape, len(own), len(strange)) == ("match", 31, 31)
    assert sorted(one.texts[1] for one in strange) == sorted(row["output"] for row in rows)
    assert all(one.texts[1] != own[one.texts[0]].texts[1] for one in strange)
    assert len({one.cluster for one in task.llm}) == 15
    assert len({(one.texts[1], one.cluster) for one in task.llm}) == 31


def test_rows_with_the_same_output_are_not_each_others_strangers(tmp_path: Path) -> None:
    """Where all say yes nobody can be paired, and the file is refused."""
    path = written(tmp_path / "rows.jsonl", [row | {"output": "yes"} for row in GOOD])
    with pytest.raises(UsageError, match="0 rows can be paired"):
        instructions_task([path], human=path)


def test_the_verb_writes_its_files_and_the_same_bytes_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """summary.json, report.html, suspects.jsonl and clean.jsonl; --json prints the summary as one record."""
    path = written(tmp_path / "rows.jsonl", [*GOOD, BAD])
    for out in ("one", "two"):
        assert run_app(["audit", "instructions", str(path), "--out", str(tmp_path / out), "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (record["kind"], record["figures"]["rows"], record["figures"]["suspects"]) == ("instructions", 31, 1)
    names = ["clean.jsonl", "report.html", "summary.json", "suspects.jsonl"]
    assert sorted(one.name for one in (tmp_path / "one").iterdir()) == names
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        ('{"instruction": "a", "output": "b"}\n', ["--output-column", "outptu"], "did you mean 'output'?"),
        ('{"instruction": "a", "output": "b"}\n', ["--ignore", "nothing"], "unknown check 'nothing'"),
        ('{"instruction": "a", "output": "b"}\n', [], "one row is no data set"),
        ('{"instruction": "a", "output": "b"}\n' * 2, ["--retrain"], "--human FILE"),
        (
            '{"instruction": "a", "output": "b"}\n',
            [part for name in check_names() for part in ("--ignore", name)],
            "every check is to be ignored",
        ),
        ('{"instruction": "a", "output": ["b"]}\n', [], "holds a list"),
        ('{"instruction": "a", "output": " "}\n', [], "every row is empty in column 'output'"),
        ("", [], "the file is empty"),
        ("instruction: a\n", [], "not JSON"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    content: str, more: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt column or check, --retrain without people's data, lists, nothing but blanks, no rows, no JSON."""
    path = tmp_path / "rows.jsonl"
    path.write_text(content, encoding="utf-8")
    assert run_app(["audit", "instructions", str(path), "--out", str(tmp_path / "out"), *more]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error
    assert not (tmp_path / "out").exists()


def test_too_few_rows_to_retrain_are_refused(tmp_path: Path) -> None:
    """One row has no other row's output to be paired with."""
    path = written(tmp_path / "rows.jsonl", GOOD[:1])
    with pytest.raises(UsageError, match="0 rows can be paired with an output of another cluster"):
        instructions_task([path], human=path)


def test_the_file_that_is_read_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scanning clean.jsonl of an earlier audit into the same folder is refused."""
    path = written(tmp_path / "clean.jsonl", GOOD)
    assert run_app(["audit", "instructions", str(path), "--out", str(tmp_path)]) == 2
    assert "choose another --out" in capsys.readouterr().err
    assert len(path.read_text(encoding="utf-8").splitlines()) == 30
