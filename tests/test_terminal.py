"""The terminal: figures with what belongs to them, at any width, whatever the texts."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from builders import transcript
from report_parts import hit, not_judged, rate, report, shift, verdict
from rich.console import Console

from analysis.page.html import render_html
from analysis.report.build import Report
from judges.verdict import unjudged
from sims.estimate import PlanRow
from sims.transcript import Turn
from simstress.cli.terminal import print_plan, print_summary


def printed(made: Report, *, width: int = 100) -> str:
    """What the terminal shows, not being a terminal."""
    out = io.StringIO()
    print_summary(made, Console(file=out, width=width))
    return out.getvalue()


def sample(word: str = "word") -> Report:
    """A failed conversation with a flag, and every kind of comparison."""
    made = transcript(("A", f"How can {word} help?"), ("B", "Hi."), id=f"t{word}", stop_reason="refused", error=word)
    return report(
        made,
        title=f"title {word}",
        verdicts={made.id: [verdict(made, hit(made, 0, "help")), not_judged(made)]},
        rates=[rate(), rate("digression", rate=None, judged_turns=0, flagged_turns=0, ci_low=None, ci_high=None)],
        shifts=[
            shift(),
            shift("hedges", "EQUIVALENT", effect=0.02, ci_low=-0.05, ci_high=0.09),
            shift("questions", "UNDECIDED", effect=-0.2, ci_low=-0.5, ci_high=0.1, needed_n=140),
            shift(f"f{word}", "UNDECIDED", n_reference=0, effect=None, ci_low=None, ci_high=None),
        ],
        calibrated={"role_flip": True},
    )


def test_summary_says_rate_interval_missing_and_decision() -> None:
    """Every rate stands with its interval and what is missing, every comparison with its decision in words."""
    out = " ".join(printed(sample()).split())
    for expected in (
        "3/100 3.0% [1.0%, 6.0%] 1 of 10; with them 2.7% to 12.0%",
        "no turn was judged",
        "Compared with service: seeker, n there 500",
        "words per turn ◆ SHIFTED, more +0.60 [+0.40, +0.80]",
        "hedges ● EQUIVALENT +0.02 [−0.05, +0.09]",
        "questions ○ UNDECIDED −0.20 [−0.50, +0.10]",
        "not in the reference 10",
        "about 140 conversations would decide 1 of 2",
        "Failed: tword, the model refused: word",
        "Not judged: digression, 1: too little text",
    ):
        assert expected in out


def test_what_was_not_judged_says_why_once() -> None:
    """Of three calls of a judge that failed the first is told, as data and not as markup; of short texts none is."""
    made = [replace(transcript(("A", "x"), ("B", "y")), id=name) for name in "abc"]
    lost = {
        one.id: [
            not_judged(one),
            unjudged(one, judge="safety", version="1", reason="backend_error", detail=f"m: [bold]bad key {one.id}"),
        ]
        for one in made
    }
    out = " ".join(printed(report(*made, verdicts=lost)).split())
    assert "Not judged: digression, 3: too little text Not judged: safety, 3" in out
    assert out.endswith(", the first: m: [bold]bad key a")


def test_planted_faults_are_counted_with_those_found() -> None:
    """Two turns carry a planted digression, one of them is flagged for it."""
    turns = (
        Turn("A", "Tomatoes!", meta={"planted": ["digression"]}),
        Turn("B", "Roses!", meta={"planted": ["digression"]}),
    )
    made = replace(transcript(("A", "x"), ("B", "y")), turns=turns)
    flagged = verdict(made, hit(made, 0, "Tomatoes"), judge="digression")
    out = printed(report(made, verdicts={made.id: [flagged]}))
    assert "Turns with a planted fault that the judges found: digression 1 of 2" in out


def test_several_profiles_are_told_in_a_row_each() -> None:
    """Two profiles: counts of decisions a profile and role, the furthest feature, and no table of every feature."""
    made = report(shifts=[shift(), shift("hedges", "UNDECIDED", effect=0.1), replace(shift(), profile="meeting")])
    out = " ".join(printed(made).split())
    assert "service seeker 1 0 1 words per turn: more" in out
    assert "meeting seeker 1 0 0 words per turn: more" in out
    assert "of others like them" not in out
    few, many = shift(of_these_scenarios=True), shift(unit="scenario", scenarios=12.0, profile="meeting")
    mixed = " ".join(printed(report(shifts=[few, many])).split())
    assert "Where fewer than 10 scenarios repeat, this speaks of these only" in mixed


def test_uncalibrated_stands_with_the_judge_that_has_no_card() -> None:
    """digression has no card and says so in the table; role_flip has one."""
    table = printed(sample()).split("Flagged turns")[1].split("Compared with")[0]
    assert table.count("uncalibrated") == 1
    assert table.index("role flip") < table.index("digression") < table.index("uncalibrated")


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost(width: int) -> None:
    """Lines wrap, and decisions stay readable down to 40 columns."""
    out = printed(sample(), width=width)
    assert max(len(line) for line in out.splitlines()) <= width
    assert "…" not in out or width < 60
    assert "Judges flagged 1 of 2 turns" in " ".join(out.split())


@pytest.mark.parametrize(
    "attack", ["[red]x[/red]", "\x1b[31mred\x1b[2J", "\x07\x9b31m", "[/]", "\r\nFAKE: all clean", "\ud800"]
)
def test_texts_from_files_neither_colour_nor_move(attack: str) -> None:
    """Markup of rich is shown as it stands; no control character gets through; no line begins with foreign text."""
    out = printed(sample(attack), width=200)
    assert not [character for character in out if ord(character) < 32 and character != "\n"]
    assert not [character for character in out if 0x7F <= ord(character) < 0xA0]
    assert not [line for line in out.splitlines() if line.startswith("FAKE")]
    if attack.startswith("["):
        assert f"title {attack}" in out


def test_empty_run_is_a_sentence() -> None:
    """Nothing to tell is told in a sentence, without tables."""
    out = printed(report())
    assert "There are no conversations here." in out
    assert "Flagged turns" not in out


def test_plan_has_a_table_and_records() -> None:
    """Calls and money add up; an unknown price is a dash and is named; JSON has one record a row."""
    rows = (PlanRow("a", "openai/x", 10, 160, 1000, 200, 0.5), PlanRow("b", "ollama/y", 10, 40, 1000, 200, None))
    out = io.StringIO()
    print_plan(rows, console=Console(file=out, width=80))
    assert "200 calls, 0.5000 USD, and 1 row whose price is not known" in out.getvalue()
    assert "–" in out.getvalue()
    out = io.StringIO()
    print_plan(rows, as_json=True, console=Console(file=out, width=20))
    assert [json.loads(line)["cost_usd"] for line in out.getvalue().splitlines()] == [0.5, None]


def test_another_shape_and_the_unit_are_told_below_the_table() -> None:
    """A distribution unlike the reference's that is not SHIFTED is named with its distance; so is the unit."""
    other = shift("hedges", "UNDECIDED", effect=0.0, distance=0.4, distance_floor=0.15, unit="scenario")
    near = shift("questions", "UNDECIDED", effect=0.0, distance=0.1, distance_floor=0.15, unit="scenario")
    out = " ".join(printed(report(shifts=[other, near, shift(distance=1.2, distance_floor=0.2)])).split())
    assert "unlike service, whatever the effect (by luck 1 in 20): hedges 0.40 sd (by luck 0.15)." in out
    assert "this speaks of scenarios like these" in out


def test_the_tables_say_how_many_and_end_with_how_to_read_them() -> None:
    """n stands in each row, the reference's in the title; the legend comes once, after the last table."""
    out = " ".join(printed(report(shifts=[shift(n=73), shift(role="helper", n=80)]), width=64).split())
    assert "[+0.40, +0.80] 73" in out
    assert "helper, n there 500" in out
    assert out.count("standard deviations of those there") == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"unit": "scenario", "scenarios": 12.0}, "this speaks of scenarios like these"),
        ({"unit": "scenario", "scenarios": 1.75}, "no more than 1.8 scenarios of equal size, and it takes 8"),
        ({"of_these_scenarios": True}, "Fewer than 10 scenarios, repeated: this speaks of these only"),
    ],
)
def test_what_a_comparison_speaks_of_stands_below_the_table(more: dict[str, Any], words: str) -> None:
    """Scenarios like these, these scenarios only, or too unequal to say anything of others."""
    assert words in " ".join(printed(report(shifts=[shift(**more)])).split())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"n_reference": 0}, "not in the reference"),
        ({"n": 0}, "nobody here has it"),
        ({"n": 1}, "n < 2"),
        ({}, "one scenario only"),
    ],
)
def test_why_there_is_no_effect_stands_in_its_place(more: dict[str, Any], words: str) -> None:
    """Each reason in words that fit the column, on the terminal and on the page."""
    gap = shift("hedges", "UNDECIDED", **({"effect": None, "ci_low": None, "ci_high": None, "p": None} | more))
    made = report(shifts=[shift(), gap])
    assert f"UNDECIDED {words} {gap.n}" in " ".join(printed(made, width=60).split())
    assert words.replace("<", "&lt;") in render_html(made)
