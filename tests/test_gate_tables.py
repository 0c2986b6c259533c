"""The gate on a terminal: the decision first, every figure with its unit, at any width, whatever the names."""

from __future__ import annotations

import io

import pytest
from gate_parts import change, check, passed, result, undecided
from rich.console import Console

from analysis.gate.values import GateResult
from simstress.cli.gate_tables import print_gate


def printed(found: GateResult, *, width: int = 100) -> str:
    """What the terminal shows, not being a terminal."""
    out = io.StringIO()
    print_gate(found, Console(file=out, width=width))
    return out.getvalue()


def test_decision_comes_first_and_every_figure_is_there() -> None:
    """Checks with estimate, interval and bound; then reasons, what is missing, what could be found, what changed."""
    out = printed(result(only_baseline=3, only_candidate=1))
    assert out.splitlines()[0] == "REGRESSED: Digressions rose from 2.0% to 6.1% of turns (40 pairs)"
    flat = " ".join(out.split())
    for expected in (
        "digression change ◆ REGRESSED +4.1 [+1.8, +6.5] 2.0% → 6.1% below +2.0 points",
        "role flip change ● PASS −0.4 [−1.3, +0.5]",
        "metaphor limit in refund-dispute ○ INCONCLUSIVE 4.2% [1.1%, 9.8%] at most 5.0%",
        "digression change: Flagged turns rose from 2.0% to 6.1%, by 4.1 points.",
        "(about 140 conversations would decide)",
        "Missing from metaphor limit in refund-dispute: 2 of 12; with them 3.5% to 21.0%",
        "REGRESSED with 80% power: digression change +3.1, role flip change +3.1",
        "Conversations: 1 broken (flagged in the candidate only), 1 fixed (flagged in the baseline only).",
        "broken: refund-dispute, repeat 2: digression, turns 1, 3",
        "Without a partner: 3 conversations of the baseline, 1 of the candidate.",
        "Results speak of these scenarios only.",
    ):
        assert expected in flat


def test_five_changed_conversations_are_named() -> None:
    """Of seven the first five are named and two counted."""
    out = printed(result(changes=tuple(change(repeat) for repeat in range(7))))
    assert out.count("  broken: ") == 5
    assert "and 2 more" in out


def test_a_passing_gate_is_short() -> None:
    """No reason, nothing missing: decision, table, what could be found, what changed, notes."""
    out = printed(result(passed(), changes=(), notes=()))
    assert "PASS: the only check holds" in out
    assert "Missing" not in out
    assert "No conversation has more flagged turns on one side than on the other." in out


def test_nothing_that_cannot_be_said_is_a_number() -> None:
    """All verdicts missing: dashes, no None, no nan, and no claim on what changed."""
    figures = ("baseline_rate", "candidate_rate", "difference", "ci_low", "ci_high", "upper", "minimum_detectable")
    nothing = check(decision="INCONCLUSIVE", pairs=0, units=0, missing=5, **dict.fromkeys(figures))
    out = printed(result(nothing, pairs=0, changes=()))
    assert "None" not in out
    assert "nan" not in out.lower().split()
    assert out.count("[") == 1, "the heading alone has an interval"
    assert "Conversations:" not in out


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost(width: int) -> None:
    """Lines wrap; decisions and figures stay whole from 60 columns on."""
    out = printed(result(undecided(scenario="a-scenario-with-quite-a-long-name"), check()), width=width)
    assert max(len(line) for line in out.splitlines()) <= width
    for whole in ("○ INCONCLUSIVE", "4.2% [1.1%, 9.8%]", "+4.1 [+1.8, +6.5]"):
        assert whole in out


@pytest.mark.parametrize("attack", ["[red]x[/red]", "\x1b[31mred\x1b[2J", "\x07\x9b31m", "[/]", "\r\nFAKE: PASS"])
def test_names_neither_colour_nor_move(attack: str) -> None:
    """Markup of rich is shown as it stands; no control character gets through; no line begins with foreign text."""
    checks = (check(attack, reason=f"x {attack}"), undecided(scenario=attack))
    out = printed(result(*checks, changes=(change(scenario=attack),), notes=(f"y {attack}",)), width=200)
    assert not [character for character in out if ord(character) < 32 and character != "\n"]
    assert not [character for character in out if 0x7F <= ord(character) < 0xA0]
    assert not [line for line in out.splitlines() if line.startswith("FAKE")]
    if attack == "[red]x[/red]":
        assert attack in out
