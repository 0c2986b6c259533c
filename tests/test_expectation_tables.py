"""How expectations are put before a reader."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from analysis.sequential.expectation import ExpectationStanding, RunExpectation, TurnCount, standing
from analysis.sequential.run import Sequel
from simstress.cli.expectation_tables import print_sequel

CLEAN: TurnCount = (0, 6)


def found(*counts: TurnCount, model: str = "a/x", max_rate: float = 0.1) -> ExpectationStanding:
    """How an expectation stands after these conversations of six turns."""
    return standing(RunExpectation("refund", model, None, "role_flip", max_rate, 6), counts, tests=1)


def shown(*standings: ExpectationStanding, saved_usd: float | None = None) -> str:
    """The terminal's text, 60 columns wide."""
    console = Console(file=io.StringIO(), width=60, color_system=None)
    print_sequel(Sequel(standings, held=40, most=400, saved_usd=saved_usd), Path("r"), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def flat(text: str) -> str:
    """The same on one line."""
    return " ".join(text.split())


def test_a_settled_expectation_says_after_how_many() -> None:
    """32 clean conversations meet 10 %; what was saved is told with its price, and no advice is given."""
    text = shown(found(*[CLEAN] * 40), saved_usd=12.346)
    assert "MET" in text
    assert " 32 " in text
    assert "Saved 360 of at most 400 conversations, about 12.35 USD." in flat(text)
    assert "--resume" not in text
    assert max(map(len, text.splitlines())) <= 60


def test_an_open_one_says_how_to_go_on() -> None:
    """Twice what was held, or what clean conversations take: 166 for 2 %."""
    assert "simstress run --resume r --max 80" in flat(shown(found(*[CLEAN] * 20, *[(2, 6)] * 20)))
    assert "simstress run --resume r --max 166" in flat(shown(found(*[CLEAN] * 20, max_rate=0.02)))


def test_a_limit_of_nothing_is_not_said_to_be_settled_by_more() -> None:
    """Twenty clean ones: more can only make it fail, so no --max is named; with another open beside it one is."""
    never = found(*[CLEAN] * 20, max_rate=0.0)
    assert "more conversations can only make it fail, none can meet a limit of 0" in flat(shown(never))
    assert "--max" not in shown(never)
    assert "--resume r --max 166" in flat(shown(never, found(*[CLEAN] * 20, max_rate=0.02)))


def test_a_decision_that_fell_is_explained() -> None:
    """Where judges that have learnt from all no longer come to it, a sentence says so beside UNDECIDED."""
    fallen = replace(found(CLEAN), is_overruled=True)
    assert "the judge says otherwise once it has learnt from all conversations" in flat(shown(fallen))
    assert "otherwise" not in shown(found(CLEAN))


def test_what_is_missing_is_told_with_its_worst_case() -> None:
    """One of four has no verdict, 6 of 18 turns are flagged: 25 % to 50 %; ten in a row: retry."""
    assert "1 of 4 conversations have no verdict" in flat(shown(found((6, 6), CLEAN, None, CLEAN)))
    assert "between 25.0% and 50.0%" in flat(shown(found((6, 6), CLEAN, None, CLEAN)))
    assert "simstress run --resume r --retry-errors" in flat(shown(found(*[None] * 10)))


def test_names_are_text() -> None:
    """Where models differ they are named whole; no name colours the screen or is read as markup."""
    text = shown(found(CLEAN, model="offline/actor?role_flip=0.25"), found(CLEAN, model="[red]\x1b[31m/x"))
    assert "role_flip=0.25" in "".join(line[:24].strip() for line in text.splitlines())
    assert "\x1b" not in text
    assert "[red]" in text
