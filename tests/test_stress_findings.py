"""The statistics of a stress test: known answers, and its errors by simulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from stress_folders import conversation, flagged, stress_folder

from analysis.proof.stress import Plan, errors, simulated
from analysis.stress.findings import findings_of, stress_findings
from analysis.stress.ladders import swaps_for
from analysis.stress.onset import logrank_scores
from analysis.stress.survival import median_time, survival_steps
from analysis.stress.values import Arm, Onset, OnsetContrast, StressFindings
from judges.verdict_file import VERDICTS


def found(tmp_path: Path, *arms: tuple[float | None, list[str]], model: str = "m") -> StressFindings:
    """The findings of conversations given as flags, by dose."""
    pairs = [
        conversation(flags, dose=dose, repeat=repeat, model=model)
        for dose, all_flags in arms
        for repeat, flags in enumerate(all_flags)
    ]
    return stress_findings(stress_folder(tmp_path, pairs))


def test_rates_and_differences_are_those_of_the_turns_that_count(tmp_path: Path) -> None:
    """Two repeats, 3 turns each: 0 of 6 in the control, 1 of 6 at .5, 5 of 6 at 1; slope over 0, .5, 1: 5/6 * 1."""
    (response,) = found(
        tmp_path,
        (0.0, ["........", "........"]),
        (0.5, ["...x....", "........"]),
        (1.0, ["...x.x.x", "...x.x.."]),
    ).responses
    assert [point.rate for point in response.points] == pytest.approx([0, 1 / 6, 5 / 6])
    assert [point.difference for point in response.points] == [None, pytest.approx(1 / 6), pytest.approx(5 / 6)]
    assert response.slope.value == pytest.approx(5 / 6)
    assert (response.response, response.first_exceeding) == ("CANNOT_TELL", None)
    assert response.needed is not None
    assert response.needed > 2


def test_a_rise_in_every_pair_exceeds_and_the_least_such_dose_is_told(tmp_path: Path) -> None:
    """Twelve repeats: nothing at .25 but one flag, every second turn at .5 and 1: p = 2 / 2^12, three tests."""
    (response,) = found(
        tmp_path,
        (0.0, ["........"] * 12),
        (0.25, ["...x...."] + ["........"] * 11),
        (0.5, ["...x.x.."] * 12),
        (1.0, ["...x.x.x"] * 12),
    ).responses
    assert (response.response, response.first_exceeding) == ("EXCEEDS", 0.5)
    assert [point.exceeds for point in response.points] == [False, False, True, True]
    assert response.points[2].p == pytest.approx(2 / 2**12)
    assert response.points[2].p_adjusted == pytest.approx(3 * 2 / 2**12)
    assert response.needed is None


def test_a_rise_is_ruled_out_only_by_enough_clean_conversations(tmp_path: Path) -> None:
    """300 repeats of 6 clean turns of support on both sides bound the rise below 2 points; 20 do not."""
    (many,) = found(tmp_path / "many", (0.0, ["." * 14] * 300), (1.0, ["." * 14] * 300)).responses
    (few,) = found(tmp_path / "few", (0.0, ["." * 14] * 20), (1.0, ["." * 14] * 20)).responses
    assert (many.response, few.response) == ("NO_RISE_FOUND", "CANNOT_TELL")
    assert few.needed is not None
    assert 300 < few.needed <= 400  # with some caution: 20 clean pairs do not show that the rate is none
    assert (many.needed, many.but_for_missing) == (None, False)


def test_an_arm_of_which_every_conversation_failed_is_missing_and_not_clean(tmp_path: Path) -> None:
    """No rate, from 0 to 1 at worst, no difference; with it no rise can be ruled out, and nothing is said to begin."""
    pairs = [conversation("." * 14, repeat=repeat) for repeat in range(300)]
    pairs += [conversation("." * 14, repeat=repeat, dose=0.5) for repeat in range(300)]
    pairs += [conversation("", repeat=repeat, dose=1.0, stop_reason="backend_error") for repeat in range(300)]
    test = stress_findings(stress_folder(tmp_path, pairs))
    (response,) = test.responses
    last = response.points[-1]
    assert (last.conversations, last.missing, last.rate, last.difference, last.p) == (300, 300, None, None, None)
    assert (last.worst_low, last.worst_high) == (0.0, 1.0)
    assert response.response == "CANNOT_TELL"
    onset = next(one for one in test.onsets if one.arm.dose == 1.0)
    assert (onset.conversations, onset.steps, onset.median_turn) == (0, (), None)


def test_pairs_are_the_places_that_both_completed(tmp_path: Path) -> None:
    """Of three places one failed under stress: two pairs, and the failed one stays in the rate that was seen."""
    pairs = [conversation("........", repeat=repeat) for repeat in range(3)]
    pairs += [conversation("...x.x.x", repeat=repeat, dose=1.0) for repeat in range(2)]
    pairs += [conversation("...x", repeat=2, dose=1.0, stop_reason="refused")]
    (response,) = stress_findings(stress_folder(tmp_path, pairs)).responses
    point = response.points[1]
    assert (point.conversations, point.missing, point.pairs) == (3, 1, 2)
    assert (point.judged_turns, point.flagged_turns) == (7, 7)
    assert point.difference == 1.0


def test_the_slope_is_over_the_doses_that_were_judged_and_never_more_than_the_whole(tmp_path: Path) -> None:
    """1/3 of the turns at dose .05 are .33 over doses 0 to .05, not 6.7; a dose that failed wholly is no end of it."""
    twelve = ["...x...."] * 12
    (small,) = found(tmp_path / "small", (0.0, ["........"] * 12), (0.05, twelve)).responses
    assert (small.slope.value, small.slope_from, small.slope_to) == (pytest.approx(1 / 3), 0.0, 0.05)
    pairs = [conversation("........", repeat=n) for n in range(12)]
    pairs += [conversation(line, repeat=n, dose=0.5) for n, line in enumerate(twelve)]
    pairs += [conversation("", repeat=n, dose=1.0, stop_reason="refused") for n in range(12)]
    (cut,) = stress_findings(stress_folder(tmp_path / "cut", pairs)).responses
    assert (cut.slope.value, cut.slope_to) == (pytest.approx(1 / 3), 0.5)
    steep = [(0.0, ["........"] * 12), (0.9, ["...x.x.x"] * 12), (1.0, ["...x.x.x"] * 12)]
    (whole,) = found(tmp_path / "steep", *steep).responses
    assert whole.slope.value == 1.0  # the line itself rises by 1.06 from 0 to 1


def test_flags_that_another_judge_raises_as_well_are_counted(tmp_path: Path) -> None:
    """digression flags all three of role_flip's turns at dose 1 (and one of the customer's); nothing in the control."""
    pairs = [conversation("........", repeat=n) for n in range(2)]
    pairs += [conversation("...x.x..", repeat=0, dose=1.0), conversation("...x....", repeat=1, dose=1.0)]
    others = [(one, flagged(one, "...x.xx." if one.stressors else "........", judge="digression")) for one, _ in pairs]
    folder = stress_folder(tmp_path, pairs)
    lines = [VERDICTS.dump(verdict) + "\n" for both in zip(pairs, others, strict=True) for _, verdict in both]
    folder.verdict_file.write_text("".join(lines), encoding="utf-8")
    points = {(one.judge, point.arm.dose): point for one in stress_findings(folder).responses for point in one.points}
    assert (points["role_flip", 1.0].shared_with, points["role_flip", 1.0].shared_turns) == ("digression", 3)
    assert (points["role_flip", 0.0].shared_with, points["role_flip", 0.0].shared_turns) == ("", 0)
    assert points["digression", 1.0].shared_turns == 3


def test_a_stressor_without_a_dose_is_compared_and_has_no_slope(tmp_path: Path) -> None:
    """One arm beside the control, dose None: EXCEEDS without a first dose."""
    (response,) = found(tmp_path, (0.0, ["........"] * 12), (None, ["...x.x.x"] * 12)).responses
    assert (response.response, response.first_exceeding, response.slope.value) == ("EXCEEDS", None, None)


def test_without_a_control_nothing_is_compared_and_it_is_said(tmp_path: Path) -> None:
    """No difference, no decision, a note."""
    test = found(tmp_path, (0.5, ["........"] * 3), (1.0, ["...x...."] * 3))
    assert {response.response for response in test.responses} == {"CANNOT_TELL"}
    assert not [contrast for contrast in test.contrasts if contrast.p is not None]
    assert any("no undisturbed conversation" in note for note in test.notes)


def test_one_repeat_tells_nothing(tmp_path: Path) -> None:
    """One pair: a difference, and no interval, no p, no decision."""
    test = found(tmp_path, (0.0, ["........"]), (1.0, ["...x.x.x"]))
    (response,) = test.responses
    assert (response.points[1].p, response.slope.low, response.response) == (None, None, "CANNOT_TELL")
    assert test.contrasts[0].p is None


def test_two_models_are_held_against_each_other_by_place(tmp_path: Path) -> None:
    """a flags every turn at dose 1, b none, in 12 places; slopes differ by 1 but for two places of .67: about .94."""
    pairs = [conversation("........", repeat=n, model=model) for n in range(12) for model in "ab"]
    pairs += [conversation("...x.x.x" if n > 1 else "...x.x..", repeat=n, model="a", dose=1.0) for n in range(12)]
    pairs += [conversation("........", repeat=n, model="b", dose=1.0) for n in range(12)]
    test = stress_findings(stress_folder(tmp_path, pairs))
    (sensitivity,) = test.sensitivities
    assert (sensitivity.model, sensitivity.other, sensitivity.more) == ("a", "b", "model")
    assert sensitivity.difference.value == pytest.approx(34 / 36)
    between = {(one.arm.dose, one.earlier) for one in test.contrasts if one.arm.model != one.other.model}
    assert between == {(1.0, "arm")}
    assert test.models == ("a", "b")


def test_a_model_whose_rate_falls_less_does_not_rise_more(tmp_path: Path) -> None:
    """a is flagged never, b always without stress and never at dose 1: a's slope is 1 steeper, and rises nowhere."""
    pairs = [conversation("........", repeat=n, model="a", dose=dose) for n in range(12) for dose in (0.0, 1.0)]
    pairs += [conversation("...x.x.x" if n > 1 else "...x.x..", repeat=n, model="b") for n in range(12)]
    pairs += [conversation("........", repeat=n, model="b", dose=1.0) for n in range(12)]
    (sensitivity,) = stress_findings(stress_folder(tmp_path, pairs)).sensitivities
    assert sensitivity.difference.value == pytest.approx(34 / 36)
    assert sensitivity.p_adjusted is not None
    assert sensitivity.p_adjusted < 0.05
    assert sensitivity.more == "cannot tell"


def test_repair_is_counted_by_episode_and_what_the_end_cuts_off_tells_nothing(tmp_path: Path) -> None:
    """Of support's turns 3, 5, 7, 9: "x.x." twice back after 1; ".xx." after 2; "..xx" and "...x" cut off.

    A next turn was seen after the first flagged one of four: 2/4 back; after the second of one: 1/1. So all within 2.
    """
    lines = ["...x...x..", ".....x.x..", ".......x.x", ".........x"]
    test = found(tmp_path, (0.0, ["." * 10] * 4), (1.0, lines))
    repair = next(one for one in test.repairs if one.arm.dose == 1.0)
    assert (repair.episodes, repair.repaired, repair.open, repair.within) == (5, 3, 2, 2)
    assert (repair.share.value, repair.share.n, repair.share.clusters) == (1.0, 4, 3)
    assert repair.median_turns == 1  # 2/4 are over after 1
    control = next(one for one in test.repairs if one.arm.is_control)
    assert (control.episodes, control.share.value, control.median_turns) == (0, None, None)


def test_conversations_that_break_off_inside_an_episode_do_not_change_whether_speakers_come_back(
    tmp_path: Path,
) -> None:
    """40 conversations, every second one back after 1 flagged turn, the others after 2: 50 % within 1, all within 2.

    Ten of the latter break off after their second flagged turn: 20 of 40 back after 1, 10 of 10 after 2 as before.
    """
    short, long = "...x......", "...x.x...."
    whole = [short, long] * 20
    broken = [(line if line == short or n >= 20 else long[:6]) for n, line in enumerate(whole)]
    pairs = [conversation("." * 10, repeat=n) for n in range(40)]
    pairs += [
        conversation(line, repeat=n, dose=1.0, stop_reason="max_turns" if len(line) == 10 else "backend_error")
        for n, line in enumerate(broken)
    ]
    all_told = found(tmp_path / "whole", (0.0, ["." * 10] * 40), (1.0, whole))
    cut = stress_findings(stress_folder(tmp_path / "cut", pairs))
    for test, is_open in ((all_told, 0), (cut, 10)):
        repair = next(one for one in test.repairs if one.arm.dose == 1.0)
        assert (repair.share.value, repair.within, repair.open, repair.median_turns) == (1.0, 2, is_open, 1)


def test_onset_is_kaplan_meiers_with_clean_conversations_censored(tmp_path: Path) -> None:
    """Flags at turns 4 and 6 of three, one clean up to turn 8: 2/3, 1/3, and 1/3 at the last turn; median turn 6."""
    test = found(tmp_path, (0.0, ["........"] * 3), (1.0, ["...x....", ".....x..", "........"]))
    onset: Onset = next(one for one in test.onsets if one.arm.dose == 1.0)
    assert [(step.turn, step.at_risk) for step in onset.steps] == [(4, 3), (6, 2), (8, 1)]
    assert [step.clean for step in onset.steps] == pytest.approx([2 / 3, 1 / 3, 1 / 3])
    assert (onset.conversations, onset.onsets, onset.broken_off, onset.median_turn) == (3, 2, 0, 6)


def test_a_conversation_that_broke_off_clean_is_censored_and_counted(tmp_path: Path) -> None:
    """It was clean up to turn 4: at risk for the flag at 4, not for that at 6."""
    pairs = [conversation("........", repeat=n) for n in range(3)]
    pairs += [conversation(line, repeat=n, dose=1.0) for n, line in enumerate(["...x....", ".....x.."])]
    pairs += [conversation("....", repeat=2, dose=1.0, stop_reason="backend_error")]
    test = stress_findings(stress_folder(tmp_path, pairs))
    onset = next(one for one in test.onsets if one.arm.dose == 1.0)
    assert (onset.broken_off, [step.clean for step in onset.steps]) == (1, pytest.approx([2 / 3, 0]))


def test_an_aborted_conversation_is_an_onset_and_is_told(tmp_path: Path) -> None:
    """It ends with its flag: an onset like any other, an open episode, and a note."""
    pairs = [conversation("........"), conversation("...x", dose=1.0, stop_reason="aborted")]
    test = stress_findings(stress_folder(tmp_path, pairs))
    assert [(one.onsets, one.broken_off) for one in test.onsets if not one.arm.is_control] == [(1, 0)]
    assert any(note.startswith("1 conversation was stopped at a flagged turn") for note in test.notes)


def test_findings_do_not_depend_on_the_order_of_the_file(tmp_path: Path) -> None:
    """Conversations in reverse: the same figures to the last digit."""
    pairs = [conversation("...x....", repeat=n, dose=dose) for n in range(15) for dose in (0.0, 0.5, 1.0)]
    pairs[4] = conversation(".....x.x", repeat=1, dose=0.5)
    one, other = (
        stress_findings(stress_folder(tmp_path / name, given))
        for name, given in (("one", pairs), ("other", list(reversed(pairs))))
    )
    assert one == other


# Survival


def test_the_curve_and_its_interval_are_scipys() -> None:
    """Against `scipy.stats.ecdf` of right-censored data, log-log interval, to the last digits."""
    rng = np.random.default_rng(1)
    times, is_end = rng.integers(1, 12, 60), rng.random(60) < 0.5
    curve = stats.ecdf(stats.CensoredData.right_censored(times.astype(float), ~is_end)).sf
    interval: tuple[object, object] = curve.confidence_interval(method="log-log")
    for step in survival_steps(times, is_end):
        expected = [float(one.evaluate(step.time)) for one in (curve, *interval)]  # type: ignore[attr-defined]
        assert [step.share, step.low, step.high] == pytest.approx(expected, rel=1e-12)


def test_entries_of_one_unit_each_have_greenwoods_variance_but_for_n_over_n_minus_one() -> None:
    """log(-log) half-widths: t(39) / z * sqrt(40 / 39) times those of independent entries."""
    rng = np.random.default_rng(2)
    times, is_end = rng.integers(1, 9, 40), rng.random(40) < 0.6
    wider = stats.t.isf(0.025, 39) / stats.norm.isf(0.025) * np.sqrt(40 / 39)
    plain, by_unit = survival_steps(times, is_end), survival_steps(times, is_end, units=np.arange(40))
    for one, other in zip(plain, by_unit, strict=True):
        if 0 < one.share < 1:
            reach = [np.log(np.log(step.low) / np.log(step.share)) for step in (one, other)]
            assert reach[1] == pytest.approx(wider * reach[0], rel=1e-9)


def test_entries_that_are_all_alike_within_a_unit_count_once() -> None:
    """Ten units of five equal entries: about the interval of ten entries, far from that of fifty."""
    times = np.array([2, 3, 4, 5, 6, 7, 8, 9, 9, 9])
    is_end = np.array([True] * 7 + [False] * 3)
    by_unit = survival_steps(np.repeat(times, 5), np.repeat(is_end, 5), units=np.repeat(np.arange(10), 5))[3]
    alone, many = survival_steps(times, is_end)[3], survival_steps(np.repeat(times, 5), np.repeat(is_end, 5))[3]
    widths = [step.high - step.low for step in (alone, by_unit, many)]
    assert 0.95 * widths[0] < widths[1] < 1.3 * widths[0]
    assert widths[2] < 0.6 * widths[1]


def test_where_none_or_all_have_ended_the_interval_is_clopper_pearsons() -> None:
    """None of 10: down to .025^(1/10) = .692; all of 10 at once: up to 1 - .692 = .308; one unit alone: anything."""
    none = survival_steps(np.full(10, 4), np.zeros(10, dtype=bool))
    every = survival_steps(np.full(10, 4), np.ones(10, dtype=bool))
    assert [(step.share, step.low, step.high) for step in (*none, *every)] == [
        (1.0, pytest.approx(0.6915, abs=1e-4), 1.0),
        (0.0, 0.0, pytest.approx(0.3085, abs=1e-4)),
    ]
    half = survival_steps(np.array([1, 2]), np.array([True, False]), units=np.zeros(2, dtype=np.int64))
    assert [(step.low, step.high) for step in half] == [(0.0, 1.0)] * 2


def test_a_curve_of_nothing_has_no_step_and_no_median() -> None:
    """No entries; and where more than half go on there is no median."""
    assert survival_steps(np.array([], dtype=np.int64), np.array([], dtype=bool)) == ()
    assert median_time(survival_steps(np.array([1, 2, 3]), np.array([True, False, False]))) is None


@pytest.mark.parametrize("n", range(2, 201, 2))
def test_half_is_half_whatever_rounding_makes_of_it(n: int) -> None:
    """One end at each of the turns 1 to n, n even: half have ended by n / 2."""
    assert median_time(survival_steps(np.arange(1, n + 1), np.ones(n, dtype=bool))) == n // 2


def test_logrank_scores_sum_to_the_numerator_of_the_logrank_test() -> None:
    """Observed less expected onsets of one group: scipy's statistic times the root of its variance.

    x ends at 1, 3 and is watched to 4; y ends at 2, 4 and is watched to 4. By hand, expected in x at 1, 2, 3, 4:
    3/6, 2/5, 2/4, 1/3 = 1.7333; observed 2; difference .2667.
    """
    times, is_end = np.array([1, 3, 4, 2, 4, 4]), np.array([True, True, False, True, True, False])
    scores = logrank_scores(times, is_end)
    assert scores.sum() == pytest.approx(0, abs=1e-12)
    assert scores[:3].sum() == pytest.approx(2 - (3 / 6 + 2 / 5 + 2 / 4 + 1 / 3))
    groups = [
        stats.CensoredData.right_censored(times[part].astype(float), ~is_end[part]) for part in ([0, 1, 2], [3, 4, 5])
    ]
    assert np.sign(stats.logrank(*groups).statistic) == np.sign(scores[:3].sum())


def test_the_swap_p_of_onsets_is_near_that_of_the_logrank_test_where_pairs_have_nothing_in_common() -> None:
    """200 independent pairs, hazards .1 and .14: both p about the same, within a factor of 1.5."""
    rows = simulated(Plan(200, 0.1, (0.04,)), seed=3)
    contrasts = findings_of(rows).contrasts
    contrast: OnsetContrast = next(one for one in contrasts if one.arm.dose == 1.0)
    samples = []
    for arm in (contrast.arm, contrast.other):
        column = rows.columns["judge 0", arm]
        onset, last = np.array(column.onset), np.array(column.last)
        samples.append(stats.CensoredData.right_censored(np.where(onset, onset, last).astype(float), onset == 0))
    assert contrast.p == pytest.approx(stats.logrank(*samples).pvalue, rel=0.5)


# Errors, by simulation; docs/stress-statistics.md has the whole tables


def test_swaps_are_more_only_where_many_tests_need_a_small_p() -> None:
    """9,999 do for 99 tests; 800 with a small first p get 80,000 (.01 is within reach), with a large one no more."""
    assert [swaps_for(0.0001, tests=tests) for tests in (1, 99, 800)] == [9_999, 9_999, 80_000]
    assert swaps_for(0.3, tests=800) == 9_999


def test_intervals_hold_the_truth_and_a_clear_rise_is_found() -> None:
    """60 tests of 50 places, 5 % rising by 20 points: coverage about 95 %, three standard errors are 3 to 8 points."""
    found = errors(Plan(50, 0.05, (0.2,)), samples=60)
    assert min(found.rates, found.differences, found.curves) >= 0.92
    assert found.slopes >= 0.87
    assert found.exceeding >= 0.95


def test_nothing_is_found_where_nothing_rises() -> None:
    """30 tests of 12 comparisons each: at most 5 % may find something, so 5 of 30 at most (99.9 %)."""
    found = errors(Plan(30, 0.05, (0.0,), judges=2, kinds=2), samples=30)
    assert found.exceeding <= 5 / 30
    assert found.contrasted <= 5 / 30
    assert found.onset_p <= 0.08


@pytest.mark.campaign
@pytest.mark.parametrize("base", [0.01, 0.05, 0.2])
def test_few_stress_tests_find_anything_where_nothing_rises(base: float) -> None:
    """36 comparisons a test, 200 tests: family-wise 5 % at most, plus two standard errors of 1.5 points."""
    found = errors(Plan(50, base, judges=4, kinds=3), samples=200)
    assert found.exceeding <= 0.08
    assert found.contrasted <= 0.08


@pytest.mark.campaign
@pytest.mark.parametrize("slope", [0.05, 0.2])
@pytest.mark.parametrize("places", [20, 50, 200])
def test_intervals_cover_at_all_sizes(places: int, slope: float) -> None:
    """200 tests: rates, differences and curves 93 % and more, slopes 91 % and more."""
    found = errors(Plan(places, 0.05, (slope,)), samples=200)
    assert min(found.rates, found.differences, found.curves) >= 0.93
    assert found.slopes >= 0.91


def test_the_control_is_an_arm_of_every_kind() -> None:
    """Dose 0 is the control whatever the kind; doses rise, the arm without one comes last."""
    assert Arm("m", "typos", 0.0).is_control
    assert not Arm("m", "typos", None).is_control
    ranks = [Arm("m", "typos", dose).rank for dose in (0.0, 0.5, 1.0, None)]
    assert ranks == sorted(ranks)


def test_with_ten_repeated_scenarios_the_scenario_is_the_unit_and_intervals_count_scenarios() -> None:
    """10 scenarios of 5 repeats: slopes over 10 clusters, and a note of whom the results speak."""
    test = findings_of(simulated(Plan(50, 0.1, (0.2,), repeats=5), seed=1))
    assert (test.unit, test.responses[0].slope.clusters) == ("scenario", 10)
    assert test.notes[0] == "The unit is the scenario (10 of them): results speak of scenarios like these."
