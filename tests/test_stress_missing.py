"""What is missing from a stress test: conversations that failed, were never held, or have no control beside them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from stress_folders import conversation, stress_folder

from analysis.judged_folder import JudgedFolder
from analysis.proof.stress import Plan
from analysis.proof.stress_decisions import decided_with_needed, ruled_out
from analysis.statistics.rates import TurnCounts, p_of_rise, paired_difference
from analysis.stress import telling
from analysis.stress.findings import stress_findings
from analysis.stress.values import DoseResponse
from sims.transcript import StopReason
from simstress.cli.app import run_app
from simstress.cli.stress_tables import print_stress

CLEAN = "." * 14


def held(tmp_path: Path, *, missing: int, reason: StopReason) -> DoseResponse:
    """The response of 400 clean repeats, of which so many are missing from the arm."""
    pairs = [conversation(CLEAN, repeat=n) for n in range(400)]
    pairs += [conversation(CLEAN, repeat=n, dose=1.0) for n in range(missing, 400)]
    pairs += [conversation("", repeat=n, dose=1.0, stop_reason=reason) for n in range(missing)]
    (response,) = stress_findings(stress_folder(tmp_path, pairs)).responses
    return response


@pytest.mark.parametrize("reason", ["refused", "backend_error"])
def test_a_rise_that_the_missing_could_carry_is_not_ruled_out(tmp_path: Path, reason: StopReason) -> None:
    """Half of 400 refused, the rest clean: had they been flagged, the rate were 50 %. One of 400 hides no 2 points."""
    many, one = (held(tmp_path / str(n), missing=n, reason=reason) for n in (200, 1))
    assert (many.response, many.but_for_missing, many.needed) == ("CANNOT_TELL", True, None)
    assert many.points[1].worst_high == 0.5
    assert telling.response_words(many, 0.02) == ("cannot tell: the 200 missing of 800 conversations may hide a rise")
    assert (one.response, one.but_for_missing) == ("NO_RISE_FOUND", False)


def test_what_is_missing_of_the_control_could_have_been_clean(tmp_path: Path) -> None:
    """1 of 24 turns flagged in both arms of 600 places; half of the control missing: its rate could be half of that."""
    lines = ["...x.........." if n % 4 == 0 else CLEAN for n in range(600)]
    pairs = [conversation(line, repeat=n, dose=1.0) for n, line in enumerate(lines)]
    pairs += [conversation(line, repeat=n) for n, line in enumerate(lines[:300])]
    pairs += [conversation("", repeat=n, stop_reason="backend_error") for n in range(300, 600)]
    (response,) = stress_findings(stress_folder(tmp_path, pairs)).responses
    assert response.points[0].worst_low == pytest.approx(1 / 48)
    assert (response.response, response.but_for_missing) == ("CANNOT_TELL", True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A judged stress test under two kinds at .5 and 1, four places: 20 conversations."""
    place = tmp_path_factory.mktemp("planned")
    options = ["--model", "offline/actor", "--judges", "role_flip", "--repeats", "4", "--kinds", "role_pressure,typos"]
    with contextlib.chdir(place):
        assert run_app(["stress", "refund-dispute", *options, "--doses", "0.5,1", "--out", "s"]) == 0
    return place / "s"


def without(whole: Path, place: Path, *parts: str) -> JudgedFolder:
    """A copy of a run without the conversations whose ids hold one of the parts, as if never held."""
    place.mkdir()
    (place / "run.json").write_bytes((whole / "run.json").read_bytes())
    for name in ("transcripts.jsonl", "verdicts.jsonl"):
        lines = (whole / name).read_text().splitlines(keepends=True)
        kept = [line for line in lines if not any(part in line for part in parts)]
        (place / name).write_text("".join(kept))
    return JudgedFolder(place)


def test_a_whole_stress_test_has_nothing_unheld(whole: Path) -> None:
    """20 conversations planned, 20 held: none is missing, no note."""
    found = stress_findings(JudgedFolder(whole))
    assert {point.missing for one in found.responses for point in one.points} == {0}
    assert not any("never held" in note for note in found.notes)


def test_planned_arms_that_were_never_held_are_missing(whole: Path, tmp_path: Path) -> None:
    """All of role pressure at dose 1 (4), and one conversation of typos at .5: in the points, and in a note."""
    found = stress_findings(without(whole, tmp_path / "cut", '+role_pressure=1"', ':r2+typos=0.5"'))
    pressed, typos = found.responses
    assert [(one.arm.dose, one.conversations, one.missing) for one in pressed.points] == [
        (0, 4, 0),
        (0.5, 4, 0),
        (1, 4, 4),
    ]
    assert [(one.arm.dose, one.conversations, one.missing) for one in typos.points] == [
        (0, 4, 0),
        (0.5, 4, 1),
        (1, 4, 0),
    ]
    assert (pressed.points[2].rate, pressed.response, pressed.needed) == (None, "CANNOT_TELL", None)
    assert telling.response_words(pressed, 0.02) == "cannot tell: nothing to compare at dose 1"
    assert pressed.slope_to == 0.5
    assert found.notes[2].startswith("5 planned conversations were never held: they count as missing")


def test_a_kind_of_which_nothing_was_held_is_told(whole: Path, tmp_path: Path) -> None:
    """Without any conversation under typos the kind is there, with its control and two empty arms."""
    found = stress_findings(without(whole, tmp_path / "cut", "+typos="))
    assert found.kinds == ("role_pressure", "typos")
    assert [(one.conversations, one.missing) for one in found.responses[1].points] == [(4, 0), (4, 4), (4, 4)]


def test_without_a_control_no_dose_is_called_one(tmp_path: Path) -> None:
    """Doses .5 and 1 alone: a dash stands for the control on the terminal, and no sentence names it."""
    pairs = [conversation(CLEAN, repeat=n, dose=dose) for n in range(3) for dose in (0.5, 1.0)]
    found = stress_findings(stress_folder(tmp_path, pairs))
    (response,) = found.responses
    assert (response.control, telling.control_rate(response)) == (None, "–")
    out = io.StringIO()
    print_stress(found, Console(file=out, width=120))
    (row,) = (line for line in out.getvalue().splitlines() if line.strip().startswith("role flip"))
    assert row.split()[-2:] == ["–", "0.0%"]


def test_p_of_a_rise_is_the_error_at_which_the_upper_bound_reaches_it() -> None:
    """With `upper` for the margin p is .05; with a wider margin less, by either 1e-9 at least; 1 for none at all."""
    rng = np.random.default_rng(3)
    judged = np.full(60, 7)
    ours, theirs = (TurnCounts(rng.binomial(7, 0.05, 60), judged) for _ in range(2))
    found = paired_difference(ours, theirs, seed=0)
    assert found is not None
    assert p_of_rise(ours, theirs, margin=found.upper) == pytest.approx(0.05, rel=1e-6)
    p_values = [p_of_rise(ours, theirs, margin=margin) or 0.0 for margin in (-0.9, 0.01, 0.05, 0.1, 0.9)]
    assert p_values == sorted(p_values, reverse=True)
    assert (p_values[0], p_values[-1]) == (1.0, 1e-9)
    clean = TurnCounts(np.zeros(60, dtype=np.int64), judged)
    bound = 1 - 0.001 ** (1 / (420 / 2.8))  # no flag at all: 420 turns are worth 150 at a correlation of .3
    assert p_of_rise(clean, clean, margin=bound) == pytest.approx(0.001, rel=1e-6)


def test_a_rise_of_the_margin_is_hardly_ever_ruled_out_among_twelve_cases() -> None:
    """Rate .3 % rising by 2 points, 200 repeats: in at most 5 % of stress tests, so 2 of 10 at most (98.8 %)."""
    _, any_of_them = ruled_out(Plan(200, 0.003, (0.02,), judges=4, kinds=3), samples=10)
    assert any_of_them <= 0.2


@pytest.mark.campaign
def test_the_number_needed_is_enough_mostly() -> None:
    """15 pilots of 20 repeats, no rise: new ones of the size named tell in 80 %, so in 9 of 15 at least (98 %)."""
    sizes, share = decided_with_needed(Plan(20, 0.01), samples=15)
    assert len(sizes) == 15
    assert share >= 9 / 15
