"""`simstress judges`: the list, and a card that a stranger understands."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from card_parts import card, measurement
from rich.console import Console

from judges.card import dump_card, load_card
from judges.catalogue import all_judge_names, judge_names, paper_judge_names
from simstress.cli.app import run_app
from simstress.cli.card_tables import card_parts

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `simstress judges` on a terminal of 100 columns: exit code, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "100")

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run_app(["judges", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def shown(width: int, **more: object) -> str:
    """A card on a terminal so wide."""
    console = Console(file=io.StringIO(), width=width)
    for part in card_parts(card(**more)):
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_list_has_every_judge(run: Run) -> None:
    """Offline judges and those that ask a model, each with what it finds."""
    code, out, _ = run("list")
    assert code == 0
    for name in all_judge_names():
        assert name in out
    assert "with a model" in out


def test_the_list_as_records(run: Run) -> None:
    """One record a judge; a judge without a card has no figure rather than a zero."""
    _, out, _ = run("list", "--json")
    rows = {row["judge"]: row for row in map(json.loads, out.splitlines())}
    assert list(rows) == list(all_judge_names())
    for name, row in rows.items():
        assert row["calibrated"] is (load_card(name) is not None)
        assert (row["value"] is None) is not row["calibrated"]
        assert row["needs_model"] is name.endswith(":llm")
        assert len(row["finds"]) > 10, name


@pytest.mark.parametrize("name", [*judge_names(), *paper_judge_names()])
def test_every_shipped_card_is_shown(run: Run, name: str) -> None:
    """In words, and as the JSON of its file; without one, "uncalibrated" and what to do."""
    shipped = load_card(name)
    code, out, _ = run("show", name)
    assert code == 0
    assert ("uncalibrated" in out) is (shipped is None)
    _, out, _ = run("show", name, "--json")
    if shipped is not None:
        assert json.loads(out) == json.loads(dump_card(shipped))


def test_a_judge_that_asks_a_model_is_uncalibrated(run: Run) -> None:
    """It says why, and how to measure it."""
    _, out, _ = run("show", "role_flip:llm")
    words = " ".join(out.split())
    assert "role_flip:llm: uncalibrated. How well it does depends on the model" in words
    assert "simstress calibrate" in words
    _, out, _ = run("show", "role_flip:llm", "--json")
    assert json.loads(out) == {"judge": "role_flip:llm", "calibrated": False}


def test_an_unknown_judge_offers_the_nearest(run: Run) -> None:
    """Exit 2 and one line."""
    code, out, err = run("show", "role_flp")
    assert (code, out) == (2, "")
    assert "unknown judge 'role_flp': did you mean 'role_flip'?" in err
    assert err.count("\n") == 1


def test_a_card_of_ones_own_is_shown_from_its_file(run: Run, tmp_path: Path) -> None:
    """As `simstress calibrate` writes it; a file that is none is one line and exit 2."""
    path = tmp_path / "mine.json"
    path.write_text(dump_card(card(finds="whatever I label")), encoding="utf-8")
    code, out, _ = run("show", str(path))
    assert code == 0
    assert "whatever I label" in out
    path.write_text("{}", encoding="utf-8")
    code, out, err = run("show", str(path))
    assert (code, out) == (2, "")
    assert "not a judge card" in err


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_card_fits_the_terminal_and_loses_nothing(width: int) -> None:
    """Every figure, interval, ceiling, target, blind spot and licence is there, within the width."""
    rows = (
        measurement(value=0.987, ci_low=0.981, ci_high=0.993, people=0.94, target=0.98, note="a remark"),
        measurement(value=0.994, ci_low=0.99, ci_high=0.996, with_embeddings=True),
        measurement(metric="flagged per 1,000 turns", value=3.4, ci_low=1.2, ci_high=6.8, target=10),
    )
    out = shown(width, measurements=rows)
    assert max(len(line) for line in out.splitlines()) <= width
    for figure in ("0.987", "0.981", "0.993", "0.94", "0.98", "0.994", "3.4", "6.8", "met", "English only", "CC0"):
        assert figure in out
    assert "False alarms" in out
    assert "Embeddings" in out


def test_columns_that_nothing_stands_in_are_left_out() -> None:
    """No embeddings, no ceiling, no target: no such column."""
    out = shown(100)
    for column in ("Embeddings", "People", "Target", "False alarms"):
        assert column not in out


def test_a_card_from_a_file_cannot_move_the_terminal() -> None:
    """Control characters of a foreign card are made visible."""
    attack = "\x1b[2J\x1b[31m"
    out = shown(100, finds=attack, measurements=(measurement(what=attack, metric=attack, note=attack),))
    assert not [character for character in out if ord(character) < 32 and character != "\n"]
