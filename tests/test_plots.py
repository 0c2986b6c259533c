"""Plots: what stands in plotly's figures."""

import doctest

import pytest
from report_parts import rate, shift

from analysis.page import plots
from analysis.page.plots import rate_plot, shift_plots


def test_examples_in_the_docstrings_hold() -> None:
    """What the docstrings show is what comes out."""
    assert doctest.testmod(plots).failed == 0


def test_rate_plot_shows_rate_interval_and_bounds() -> None:
    """3% with 1% to 6% reaches 0.02 down and 0.03 up; the pale bar spans the worst-case bounds."""
    plot = rate_plot([rate()])
    assert plot is not None
    bounds, points = plot.figure["data"]
    assert list(bounds["x"]) == [0.027, 0.12, None]
    assert list(points["x"]) == [0.03]
    assert [round(gap, 6) for gap in points["error_x"]["array"]] == [0.03]
    assert [round(gap, 6) for gap in points["error_x"]["arrayminus"]] == [0.02]
    assert plot.figure["layout"]["yaxis"]["ticktext"] == ["role flip"]


def test_bounds_that_run_far_out_do_not_squeeze_the_intervals() -> None:
    """With bounds up to 90% and an interval up to 6% the axis ends at 2.5 x 6% x 1.05, and the legend says so."""
    plot = rate_plot([rate(worst_high=0.9)])
    assert plot is not None
    assert plot.figure["layout"]["xaxis"]["range"][1] == pytest.approx(0.1575)
    assert "runs on beyond the edge" in plot.legend[1].meaning


def test_nothing_missing_needs_no_bounds_in_the_legend() -> None:
    """Without missing conversations the legend explains the interval alone."""
    plot = rate_plot([rate(unjudged_conversations=0, worst_low=0.03, worst_high=0.03)])
    assert plot is not None
    assert [entry.mark for entry in plot.legend] == ["rate"]


def test_nothing_known_is_no_plot() -> None:
    """A rate or an effect that cannot be said is not drawn at 0."""
    assert rate_plot([rate(rate=None, ci_low=None, ci_high=None)]) is None
    assert rate_plot([]) is None
    assert shift_plots([shift(effect=None)], labels={}) == ()


def test_shifts_are_sorted_within_profile_and_role() -> None:
    """Each profile and role is a figure of its own; in it the largest effect stands first."""
    shifts = [
        shift("low", "EQUIVALENT", effect=-0.1),
        shift("high", effect=0.9),
        shift("other", "UNDECIDED", role="helper", effect=0.2),
    ]
    helper, seeker = shift_plots(shifts, labels={"high": "High one"})
    assert seeker.figure["layout"]["yaxis"]["ticktext"] == ["High one", "low"]
    assert [entry.meaning for entry in seeker.legend[1:]] == ["SHIFTED", "EQUIVALENT"]
    assert [entry.mark for entry in helper.legend] == ["band", "undecided"]


def test_band_is_the_margin_of_each_row() -> None:
    """A margin of 0.15 is a band from -0.15 to +0.15; a row without margin has none."""
    (plot,) = shift_plots([shift("a", effect=0.9), shift("b", effect=0.1, margin=None)], labels={})
    assert list(plot.figure["data"][0]["x"]) == [-0.15, 0.15, None, None, None, None]


def test_decisions_differ_in_shape_not_only_in_colour() -> None:
    """Three decisions, three symbols."""
    symbols = {symbol for symbol, _ in plots.MARKS.values()}
    assert symbols == {"diamond", "circle", "circle-open"}
