"""What the docs say of the statistics, simulated again with fewer draws; the whole of it with `make campaign`."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from analysis.proof import power
from analysis.proof.__main__ import main
from analysis.proof.gate import Plan, ScenarioPlan, decision_counts, gates, pairs_to_pass, rise_found
from analysis.proof.markdown import markdown_table
from analysis.proof.populations import FewLong, Population, Scenarios, Unequal, paired_samples, samples
from analysis.proof.power import Curve, svg
from analysis.proof.rates import coverage, difference_errors, passed_in_spite
from analysis.statistics.common import random_numbers
from analysis.statistics.rates import TurnCounts, minimum_detectable


def test_simulated_flags_have_the_rate_and_the_correlation_asked_for() -> None:
    """Var(flagged of 16) = 16 p (1 - p) (1 + 15 rho): with p = .1 and rho = .3 it is 1.44 * 5.5 = 7.92."""
    drawn = samples(Population(0.1, 0.3, 16, 16), (40_000,), random_numbers("test", 1))
    assert drawn.rate == pytest.approx(0.1, abs=0.003)
    assert drawn.flagged.var() == pytest.approx(7.92, rel=0.04)


def test_simulated_scenarios_have_both_correlations() -> None:
    """Var(flagged of R * 16) = 16 R p (1 - p) (1 + 15 w + (16 R - 1 - 15 w) b): R = 5, p = w = .1, b = .02: 28.7."""
    drawn = samples(Scenarios(0.1, 0.02, 16, 16, 5, 0.1), (20_000,), random_numbers("test", 3))
    assert set(drawn.judged) == {80}
    assert drawn.rate == pytest.approx(0.1, abs=0.003)
    assert drawn.flagged.var() == pytest.approx(7.2 * (2.5 + 77.5 * 0.02), rel=0.05)


@pytest.mark.parametrize(("rate", "between", "units", "repeats"), [(0.03, 0.0, 12, 500), (0.1, 0.02, 20, 200)])
def test_the_interval_covers_over_scenarios(rate: float, between: float, units: int, repeats: int) -> None:
    """Between 93 and 98 % of 500 samples, within two standard errors (2.3 points below, 1.3 above)."""
    population = Scenarios(rate, between, 16, 16, repeats, 0.1)
    assert 0.907 <= coverage(population, units, draws=500) <= 0.993


@pytest.mark.parametrize(("population", "units"), [(Unequal(0.05, 0.3), 100), (FewLong(0.2, 0.4), 100)])
def test_the_interval_covers_where_lengths_are_unequal(population: Population, units: int) -> None:
    """94 to 96 % of 400 samples (docs/statistics.md), within two standard errors (2.4 points)."""
    assert coverage(population, units, draws=400) >= 0.916


def test_lengths_and_rates_are_those_asked_for() -> None:
    """Log-normal lengths have the mean 12 exp(1 / 2) = 19.8; the rate of all turns is the one asked for."""
    drawn = samples(Unequal(0.05, 0.1), (400_000,), random_numbers("test", 4))
    assert drawn.judged.mean() == pytest.approx(19.8, rel=0.02)
    assert drawn.rate == pytest.approx(0.05, rel=0.05)


def test_149_pairs_spare_faults_that_fill_whole_conversations() -> None:
    """4.8 % of 600 runs pass, plus two standard errors of .9 points; 50 pairs let a third of them pass."""
    assert passed_in_spite(149, draws=600) <= 0.067
    assert passed_in_spite(50, draws=300) == pytest.approx(0.345, abs=0.06)


def test_a_pass_takes_as_many_pairs_as_stated() -> None:
    """At a rate of 3 % and a margin of 5 points about 42 pairs (docs/statistics.md)."""
    assert 30 <= pairs_to_pass(0.03, 0.05, pairs=60) <= 56


def test_simulated_partners_agree() -> None:
    """Partners' counts are correlated where their places are, and lengths are at most three turns apart."""
    population = Population(0.3, 0.3)
    ours, theirs = paired_samples(population, population, (20_000,), agreement=0.5, rng=random_numbers("test", 2))
    assert np.abs(ours.judged - theirs.judged).max() == 3
    shares = np.corrcoef(ours.flagged / ours.judged, theirs.flagged / theirs.judged)
    assert 0.35 < shares[0, 1] < 0.5


@pytest.mark.parametrize(
    ("rate", "correlation", "units"), [(0.03, 0.0, 50), (0.03, 0.3, 100), (0.1, 0.1, 30), (0.3, 0.3, 30)]
)
def test_the_interval_of_a_rate_covers_as_stated(rate: float, correlation: float, units: int) -> None:
    """Between 95 and 98.5 % of 1,000 samples, within two standard errors (1.4 points below, .8 above)."""
    assert 0.936 <= coverage(Population(rate, correlation), units, draws=1000) <= 0.993


@pytest.mark.parametrize(("rate", "rise", "correlation"), [(0.03, 0.0, 0.1), (0.03, 0.02, 0.3), (0.1, 0.05, 0.1)])
def test_the_interval_of_a_difference_covers_as_stated(rate: float, rise: float, correlation: float) -> None:
    """50 pairs, 600 draws: coverage from 93 to 97 %, the one-sided bound too low in 5 %, each within two errors."""
    candidate, baseline = Population(rate + rise, correlation), Population(rate, correlation)
    found = difference_errors(candidate, baseline, 50, agreement=0.3, draws=600)
    assert 0.91 <= found.coverage <= 0.99
    assert found.below <= 0.068


def test_the_swap_test_rejects_one_in_twenty_without_a_change() -> None:
    """An exact test: 5 % of 1,000 pairs of samples, plus two standard errors of .7 points at most."""
    population = Population(0.1, 0.3)
    assert difference_errors(population, population, 30, agreement=0.5, draws=1000).rejected <= 0.064


@pytest.mark.parametrize("judges", [1, 4])
def test_gates_on_two_runs_alike_rarely_say_regressed(judges: int) -> None:
    """At most 5 % of 100 pairs of runs, plus two standard errors: 9; no gate lacks a decision."""
    found = decision_counts(Plan(50, 0.03, judges=judges), pairs=100)
    assert found["REGRESSED"] <= 9
    assert found.total() == 100


def test_gates_find_a_planted_rise() -> None:
    """50 conversations at 3 %: ten points more are found nearly always (docs/statistics.md), and never passed."""
    found = decision_counts(Plan(50, 0.03, rise=0.1), pairs=40)
    assert found["REGRESSED"] >= 38
    assert found["PASS"] == 0


@pytest.mark.parametrize("is_independent", [False, True])
def test_the_rise_printed_is_the_rise_found(is_independent: bool) -> None:
    """50 conversations at 10 %: the mean printed and the rise found in 80 % of 150 agree within 20 %."""
    plan = Plan(50, 0.1, is_independent=is_independent)
    rises = [one.checks[0].minimum_detectable for one in gates(plan, pairs=40)]
    printed = float(np.mean([rise for rise in rises if rise is not None]))
    assert rise_found(plan, near=printed, pairs=150) == pytest.approx(printed, rel=0.2)


def test_the_rise_printed_for_scenarios_is_the_rise_found() -> None:
    """20 scenarios with 5 repeats, whose own rates both runs share: printed and found of 150 agree within 20 %."""
    plan = ScenarioPlan(20, 0.03, correlation=0.1, repeats=5, agreement=1.0)
    drawn = plan.draw(random_numbers("test", 4), times=40)
    sides = [[TurnCounts(*row) for row in zip(side.flagged, side.judged, strict=True)] for side in drawn]
    rises = [minimum_detectable(*one, level=0.05) for one in zip(*sides, strict=True)]
    printed = float(np.mean([rise for rise in rises if rise is not None]))
    assert rise_found(plan, near=printed, pairs=150) == pytest.approx(printed, rel=0.2)


def test_a_rise_out_of_reach_is_not_found() -> None:
    """Where 80 % are not reached between half and one and a half of the guess there is no figure."""
    assert rise_found(Plan(20, 0.1), near=0.001, pairs=40) is None
    assert rise_found(ScenarioPlan(12, 0.1, repeats=20), near=0.001, pairs=40) is None
    assert rise_found(Plan(20, 0.1), near=0.9, pairs=40) is None


def test_tables_are_markdown() -> None:
    """A head, a rule and the rows."""
    assert list(markdown_table(("a", "b"), [("1", "2")])) == ["| a | b |", "| ---: | ---: |", "| 1 | 2 |"]


def test_the_drawing_is_well_formed_and_has_a_curve_for_each_size() -> None:
    """Each curve has its points, its diamond and its name."""
    curves = [Curve(size, ((0.0, 0.04), (0.1, 0.9)), 0.08) for size in (20, 50, 200)]
    drawing = ElementTree.fromstring("\n".join(svg(curves)))  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    assert len(drawing.findall(f"{space}polyline")) == 3
    assert len(drawing.findall(f"{space}circle")) == 6
    names = [one.text for one in drawing.findall(f"{space}text")][-3:]
    assert names == ["n = 20 conversations", "n = 50 conversations", "n = 200 conversations"]


def test_the_proof_of_power_is_a_table_and_its_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row for each size and number of judges, then the SVG of one judge."""
    drawn = Curve(20, ((0.0, 0.04), (0.1, 0.9)), 0.081)
    monkeypatch.setattr(power, "curve", lambda size, *, judges, pairs: drawn)
    lines = list(power.tables())
    assert "| 1 | 20 | 4.0 | 90.0 | 8.1 |" in lines
    assert "| 4 | 200 | 4.0 | 90.0 | 8.1 |" in lines
    assert lines[lines.index("") + 1].startswith("<svg")
    assert lines[-1] == "</svg>"


@pytest.mark.parametrize("arguments", [["nothing"], ["rates", "data"], ["shifts"]])
def test_a_proof_named_wrongly_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and a line that says what is wrong: no such proof, data for none, none for one that needs it."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "error" in capsys.readouterr().err


@pytest.mark.campaign
@pytest.mark.parametrize("judges", [1, 4])
@pytest.mark.parametrize("rate", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("conversations", [20, 50, 200])
def test_gates_on_two_runs_alike_keep_five_percent(judges: int, rate: float, conversations: int) -> None:
    """REGRESSED in at most 5 % of 500 pairs of runs, plus two standard errors (2 points): 35."""
    assert decision_counts(Plan(conversations, rate, judges=judges))["REGRESSED"] <= 35


@pytest.mark.campaign
@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("rate", [0.01, 0.03, 0.1, 0.3])
@pytest.mark.parametrize("units", [30, 50, 100, 200])
def test_the_interval_of_a_rate_covers_the_grid(correlation: float, rate: float, units: int) -> None:
    """At least 93 % of 1,000 samples everywhere; at most 98.5 % plus two errors where 30 flags are expected."""
    found = coverage(Population(rate, correlation), units)
    assert found >= 0.93
    if units * Population(rate).mean_turns * rate >= 30:
        assert found <= 0.985 + 0.008
