"""Scenario files that attack: code in tags, bombs, templates in texts, paths in ids; each ends in one clear line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sims.prompt import messages_for, system_prompt
from sims.scenario_file import check_scenario, load_scenario
from sims.yaml_document import MAX_BYTES, MAX_FAULTS
from simstress.cli.app import run_app

HEAD = """\
schema: simstress/scenario@1
id: hostile
agents:
  - {name: Ana, role: customer}
  - {name: Ben, role: clerk}
"""
TEMPLATES = (
    "{{7*7}}",
    "{% raw %}",
    "${HOME}",
    "%s %(name)s",
    "{0.__class__}",
    "{name.__init__.__globals__}",
    "{",
    "}",
    "{{",
    "$(id)",
    "`id`",
    "{persona}",
)
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{','.join(['*' + chr(97 + level)] * 10)}]\n" for level in range(9)
)


def complaints(folder: Path, content: str | bytes) -> list[str]:
    """What is wrong with a file of that content; each line short and printable, told within seconds."""
    file = folder / "hostile.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    began = time.process_time()
    scenario, faults = check_scenario(file, judges=("role_flip",), references=("service",))
    assert time.process_time() - began < 60, "not in bounded time"
    assert scenario is None
    lines = [str(fault) for fault in faults]
    assert all(line.isprintable() and len(line) < 2_000 for line in lines), lines
    return lines


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("task: !!python/object/apply:os.system ['touch pwned']\n", "tag"),
        ("task: !!python/name:os.system\n", "tag"),
        ("task: !own text\n", "tag"),
        ("task: !!binary aGVsbG8=\n", "tag"),
        (LAUGHS, "aliases repeat"),
        (f"x: &a '{'y' * 5_000}'\nz: [{','.join(['*a'] * 3_000)}]\n", "aliases repeat"),
        ("x: &a [*a]\n", "inside the very part it repeats"),
        ("<<: {id: other}\n", "merge keys are not read"),
        ("id: other\n", "occurs twice"),
        ("task: " + "[" * 100_000, "levels deep"),
        ("task: " + "[" * 100_000 + "]" * 100_000, "levels deep"),
        ("task: " + "{a: " * 10_000, "levels deep"),
        ("".join(" " * depth + "a:\n" for depth in range(500)), "levels deep"),
        ("task: 'a\0b'\n", "U+0000"),
        ("task: \x1b[31mred\n", "U+001B"),
        ('task: "\\ud800"\n', "lone surrogate"),
        (f"repeats: {'9' * 100_000}\n", "whole number"),
        (f"repeats: 0x{'f' * 100_000}\n", "whole number"),
        ("temperature: 1e999999\n", "temperature"),
        ("temperature: .nan\n", "temperature"),
        ("".join(f"key{index}: 1\n" for index in range(3_000)), "unknown key"),
        (f"judges: [{','.join(f'j{index}' for index in range(3_000))}]\n", "no judge is called"),
        ("\u202etask: x\n", "\\u202e"),
        ("reference: ../../../../etc/passwd\n", "no reference profile is called"),
        ("reference: /etc/passwd\n", "no reference profile is called"),
        ('reference: "a\\0.json"\n', "there is no file"),
        ("---\n" + HEAD, "a second document"),
    ],
)
def test_a_hostile_part_is_told_and_never_obeyed(content: str, words: str, tmp_path: Path) -> None:
    """The line says what is not allowed; nothing is run, nothing multiplies, nothing hangs."""
    lines = complaints(tmp_path, HEAD + content)
    assert any(words in line for line in lines), lines[:5]
    assert len(lines) <= 300
    assert os.listdir(tmp_path) == ["hostile.yaml"]  # noqa: PTH208


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD.encode("utf-16"), "not UTF-8"),
        (HEAD.encode("utf-16-le"), "U+0000"),
        (HEAD.encode() + "task: é\n".encode("latin-1"), "not UTF-8"),
        (HEAD.encode() + b"#" * 50_000_000, "larger than"),
        (b"\0" * 100_000, "U+0000"),
        (b"", "empty"),
        (b"\x1f\x8b\x08\0\xff", "not UTF-8"),
    ],
)
def test_bytes_that_are_no_yaml(content: bytes, words: str, tmp_path: Path) -> None:
    """Other encodings, 50 MB, NUL bytes and archives: one line each."""
    (line,) = complaints(tmp_path, content)
    assert words in line


@pytest.mark.parametrize(
    "name",
    ["../../x", "/etc/passwd", ".", "..", ".git", "~", "a/b", "a\\\\b", "%2e%2e/", "ａｂ", "раураl", "a b", "a\\nb"],
)
def test_an_id_is_no_path(name: str, tmp_path: Path) -> None:
    """Traversal, absolute paths, lookalike letters and line breaks are refused, with what is allowed."""
    lines = complaints(tmp_path, HEAD.replace("id: hostile", f'id: "{name}"'))
    assert any("id: " in line and "is not allowed here; allowed: 1 to 64 of a-z" in line for line in lines)


def test_an_id_may_not_be_long(tmp_path: Path) -> None:
    """65 characters are one too many."""
    assert any(
        "allowed: 1 to 64" in line for line in complaints(tmp_path, HEAD.replace("id: hostile", f"id: {'a' * 65}"))
    )


@pytest.mark.parametrize("word", TEMPLATES)
def test_texts_are_never_templates(word: str, tmp_path: Path) -> None:
    """Every text field may hold template syntax; the prompt has it letter by letter."""
    quoted = f"'{word}'"
    file = tmp_path / "templates.yaml"
    file.write_text(
        "schema: simstress/scenario@1\nid: templates\n"
        f"description: {quoted}\ntask: {quoted}\nopening: {quoted}\nstop: {{done: {quoted}}}\n"
        f"agents:\n  - {{name: {quoted}, role: {quoted}, persona: {quoted}, goal: {quoted}, private: {quoted}}}\n"
        "  - {name: Ben, role: clerk}\n"
    )
    scenario = load_scenario(file)
    prompt = system_prompt(scenario, scenario.agents[0])
    assert prompt.count(word) >= 8  # name three times, role, persona, task, goal, private, ending
    assert word in "".join(message.content for message in messages_for(scenario, scenario.agents[1], ()))


def test_a_run_of_templates_writes_only_where_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run whose every text is template syntax: its folder and nothing else, no text expanded on the page."""
    monkeypatch.chdir(tmp_path)
    word = "{{7*7}}{name.__class__}%s"
    told = HEAD.replace("role: customer", f"role: '{word}', goal: '{word}'")
    Path("t.yaml").write_text(f"{told}task: '{word}'\nstop: {{max_turns: 4}}\n")
    run_app(["run", "t.yaml", "--model", "offline/actor", "--out", "out", "--judges", "truncation"])
    assert "Traceback" not in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "t.yaml"]
    page = Path("out", "report.html").read_text()
    assert "49" + "{name.__class__}" not in page
    assert word in page


def _a_file(folder: Path) -> Path:
    (folder / "mine").write_text("mine")
    return folder / "mine"


def _a_link_to_a_file(folder: Path) -> Path:
    (folder / "link").symlink_to(_a_file(folder))
    return folder / "link"


def _a_folder_of_mine(folder: Path) -> Path:
    (folder / "full").mkdir()
    (folder / "full" / "report.html").write_text("mine")
    return folder / "full"


@pytest.mark.parametrize("make", [_a_file, _a_link_to_a_file, _a_folder_of_mine])
def test_out_never_writes_over_what_is_there(
    make: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--out that is a file, a link to one, or a folder of somebody's: refused with 2, every byte as before."""
    out = make(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert run_app(["run", "coffee-order", "--model", "offline/actor", "--no-judge", "--out", str(out)]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "model",
    [
        "offline/script?file=/etc/passwd",
        "offline/replay?run=/etc",
        "offline/script?file=../../../x",
        "offline/script?file=/dev/null",
    ],
)
def test_a_model_that_names_a_foreign_file(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script or recording that is none: a usage error that repeats no line of the file."""
    out = tmp_path / "out"
    code = run_app(["run", "coffee-order", "--model", model, "--no-judge", "--out", str(out)])
    said = "".join(capsys.readouterr())
    assert code == 2
    assert "root:" not in said
    assert "Traceback" not in said


def test_a_profile_elsewhere_tells_nothing_of_what_it_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`reference:` with a .json that is no profile: refused, and no value of it is repeated."""
    (tmp_path / "secret.json").write_text('{"password": "hunter2"}')
    (tmp_path / "s.yaml").write_text(HEAD + "reference: ../" + tmp_path.name + "/secret.json\n")
    assert run_app(["validate", str(tmp_path / "s.yaml")]) == 2
    assert "hunter2" not in "".join(capsys.readouterr())


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("before", "unit", "after"),
    [
        ("x: " + "[" * 20, "1,", "]" * 20 + "\n"),
        ("judges: [", "a,", "]\n"),
        ("", "k: 1\n", ""),
        ("stressors:\n", "- {kind: a, at: 1}\n", ""),
    ],
    ids=["nested", "names", "one key again", "stressors"],
)
def test_the_largest_file_is_checked_in_time(before: str, unit: str, after: str, tmp_path: Path) -> None:
    """A file just under the limit: below 10 s of work, and at most about a hundred faults of a kind."""
    room = MAX_BYTES - len(HEAD + "task: t\n" + before + after)
    began = time.process_time()
    found = complaints(tmp_path, HEAD + "task: t\n" + before + unit * (room // len(unit)) + after)
    assert time.process_time() - began < 10
    assert len(found) <= 3 * MAX_FAULTS
