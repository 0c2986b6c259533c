"""The gate's decisions, with the arithmetic they follow from."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from gate_sides import JUDGE, conversation, flags, found, side
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.gate.gate import run_gate
from analysis.gate.values import DEFAULT_MARGIN, Check, GateResult
from sims.errors import UsageError
from sims.scenario import Expectation


def only(result: GateResult) -> Check:
    """The single check."""
    (check,) = result.checks
    return check


def test_nothing_flagged_in_many_pairs_passes() -> None:
    """400 clean pairs: even as one turn each, 1 - .05**(1/400) = .0075 bounds the rates, well below 2 points."""
    result = run_gate(flags([0] * 400), flags([0] * 400))
    assert (result.decision, result.exit_code, only(result).bound) == ("PASS", 0, DEFAULT_MARGIN)
    assert only(result).difference == 0


def test_nothing_flagged_in_few_pairs_cannot_tell() -> None:
    """Five clean pairs: a rate of 1 - .05**(1/5) = .45 is not ruled out. Not significant is not the same."""
    result = run_gate(flags([0] * 5), flags([0] * 5))
    assert (result.decision, result.exit_code) == ("INCONCLUSIVE", 3)
    assert "no rise is shown" in only(result).reason


def test_five_worse_pairs_are_enough_for_one_check_and_not_for_two() -> None:
    """All five pairs worse: of 2**5 swaps one is as extreme, p = 1/32 = .031; Holm doubles it over two checks."""
    one = run_gate(flags([0] * 5), flags([5] * 5))
    assert (one.decision, one.exit_code, only(one).p) == ("REGRESSED", 1, pytest.approx(1 / 32))
    before, after = (
        side(
            *(conversation(n, found={"a": found(count), "b": found(0)}) for n in range(5)), judges={"a": "1", "b": "1"}
        )
        for count in (0, 5)
    )
    two = run_gate(before, after).checks
    assert [check.p_adjusted for check in two] == [pytest.approx(2 / 32), 1.0]
    assert {check.decision for check in two} == {"INCONCLUSIVE"}


def test_all_flagged_against_none_is_a_rise_of_all() -> None:
    """The difference is 1, and stays within [-1, 1]."""
    check = only(run_gate(flags([0] * 30), flags([10] * 30)))
    assert (check.difference, check.decision) == (1.0, "REGRESSED")
    assert check.ci_high is not None
    assert check.ci_high <= 1


def test_all_flagged_on_both_sides_is_no_rise() -> None:
    """A candidate as bad as its baseline has not got worse."""
    check = only(run_gate(flags([10] * 400), flags([10] * 400)))
    assert (check.decision, check.difference) == ("PASS", 0.0)


def test_one_pair_says_nothing() -> None:
    """A single unit cannot be permuted; every figure is None, and the reason says why."""
    check = only(run_gate(flags([0]), flags([3])))
    assert (check.decision, check.p, check.upper, check.pairs) == ("INCONCLUSIVE", None, None, 1)
    assert check.reason == "Only 1 conversation to compare; at least two are needed."


def test_scenarios_are_permuted_whole() -> None:
    """Ten scenarios of three repeats are ten units and thirty pairs."""
    before, after = (
        side(*(conversation(n, count, scenario=f"s{k}") for k in range(10) for n in range(3))) for count in (0, 2)
    )
    check = only(run_gate(before, after))
    assert (check.units, check.pairs, check.unit) == (10, 30, "scenario")
    assert check.p == pytest.approx(1 / 2**10)


class TestMissing:
    """What lacks an outcome is left out, counted, bounded, and too much of it never passes."""

    def gate(self, missing: int, pairs: int = 400, **more: Any) -> GateResult:
        """A clean gate in which the first conversations of the candidate are missing."""
        lost = [conversation(n, missing="backend_error" if n < missing else None) for n in range(pairs)]
        return run_gate(flags([0] * pairs), side(*lost), **more)

    def test_within_the_limit_it_passes_and_is_bounded(self) -> None:
        """Ten of 400 missing: 390 pairs; had they been flagged throughout the rate were 100/4000 = 2.5 points up."""
        result = self.gate(10)
        check = only(result)
        assert (result.decision, check.pairs, check.missing) == ("PASS", 390, 10)
        assert (check.worst_low, check.worst_high) == (0.0, pytest.approx(0.025))
        assert result.missing_share == pytest.approx(0.025)

    def test_a_judge_of_one_turn_a_conversation_misses_no_more_than_that(self) -> None:
        """One of four lacks its one judged turn: had that been flagged the rate were 1/4, not 10/13."""
        rows = [conversation(n, judged=1, missing="crashed" if n == 3 else None) for n in range(4)]
        check = only(run_gate(side(*(conversation(n, judged=1) for n in range(4))), side(*rows)))
        assert check.worst_high == pytest.approx(0.25)

    def test_above_the_limit_it_never_passes(self) -> None:
        """21 of 400 are more than 5 %: exit code 4, whatever the others say."""
        result = self.gate(21)
        assert (result.decision, result.exit_code, result.is_missing_too_much) == ("INCONCLUSIVE", 4, True)
        assert "21 of 400 pairs lack an outcome: too many to pass on" in only(result).reason
        assert self.gate(21, max_missing=0.1).exit_code == 0

    def test_conversations_without_a_partner_are_missing_too(self) -> None:
        """380 of 400 baseline conversations paired: 5 % absent is allowed; 379 are not, unless it is on purpose."""
        before = flags([0] * 400)
        assert run_gate(before, flags([0] * 380)).exit_code == 0
        result = run_gate(before, flags([0] * 379))
        assert (result.decision, result.exit_code, result.missing_share) == ("INCONCLUSIVE", 4, 21 / 400)
        subset = run_gate(before, flags([0] * 379), allow_unpaired=True)
        assert (subset.decision, subset.exit_code, subset.missing_share) == ("PASS", 0, 0.0)

    def test_more_conversations_than_the_baseline_has_lack_nothing(self) -> None:
        """A candidate with further repeats is complete."""
        assert run_gate(flags([0] * 400), flags([0] * 500)).exit_code == 0

    def test_all_missing_compares_nothing(self) -> None:
        """No pair is left; the reason says so and nothing is 0 or NaN."""
        result = self.gate(3, pairs=3)
        check = only(result)
        assert (result.exit_code, check.p, check.difference, check.missing) == (4, None, None, 3)
        assert check.reason == "Nothing to compare: all 3 pairs lack an outcome."
        assert (check.worst_low, check.worst_high) == (0.0, 1.0)

    def test_a_regression_shows_all_the_same(self) -> None:
        """Half missing and the rest all flagged: REGRESSED, exit code 1."""
        lost = [conversation(n, 10, missing="refused" if n < 20 else None) for n in range(40)]
        result = run_gate(flags([0] * 40), side(*lost))
        assert (result.decision, result.exit_code, result.is_missing_too_much) == ("REGRESSED", 1, True)

    def test_what_holds_nothing_of_a_judges_kind_is_not_missing(self) -> None:
        """Left out on both sides it is nothing; on one side it is noted."""
        bare = replace(conversation(0), found={})
        both = run_gate(side(bare, conversation(1)), side(bare, conversation(1)))
        assert (only(both).missing, only(both).pairs) == (0, 1)
        one = run_gate(side(conversation(0), conversation(1)), side(bare, conversation(1)))
        assert any("role_flip: left out 1 pair" in note for note in one.notes)

    def test_a_judge_with_nothing_of_its_kind_anywhere_is_left_out(self) -> None:
        """Scenarios without private facts must not make every gate inconclusive; no judge at all is refused."""
        one = flags([0] * 400)
        result = run_gate(*(replace(one, judges={JUDGE: "1", "private_facts": "1"}),) * 2)
        assert (result.decision, [check.judge for check in result.checks]) == ("PASS", [JUDGE])
        assert "Left out, since no pair holds anything of its kind: private_facts." in result.notes
        with pytest.raises(UsageError, match="nothing to compare"):
            run_gate(*(replace(one, judges={"private_facts": "1"}),) * 2)


class TestLimits:
    """A scenario's max_rate, held by the candidate alone."""

    def gate(self, counts: list[int], max_rate: float, **more: Any) -> GateResult:
        """The candidate held to the limit; the baseline is the same run."""
        one = flags(counts, expect={"refund": {JUDGE: Expectation(max_rate=max_rate)}})
        return run_gate(one, one, **more)

    def test_as_many_clean_conversations_as_are_said_to_be_needed_keep_a_limit(self) -> None:
        """Asked after 8 clean ones: so many keep a limit of 5 %, one fewer does not."""
        needed = self.gate([0] * 8, 0.05).checks[1].needed
        assert needed is not None
        fewer, enough = (self.gate([0] * count, 0.05).checks[1] for count in (needed - 1, needed))
        assert (fewer.kind, fewer.scenario, fewer.decision, fewer.needed) == ("limit", "refund", "INCONCLUSIVE", needed)
        assert (enough.decision, enough.needed) == ("PASS", None)

    def test_a_rate_far_above_the_limit_is_found(self) -> None:
        """Half of all turns against 2 %, with no baseline figure."""
        check = self.gate([5] * 30, 0.02).checks[1]
        assert (check.decision, check.baseline_rate, check.candidate_rate) == ("REGRESSED", None, 0.5)

    def test_a_limit_of_nothing_says_that_it_cannot_be_shown(self) -> None:
        """No sample shows a rate of 0; one flagged turn shows that it is not."""
        clean, flagged = (self.gate([count] * 30, 0.0).checks[1] for count in (0, 1))
        assert (clean.decision, clean.needed) == ("INCONCLUSIVE", None)
        assert "no number of conversations can show" in clean.reason
        assert flagged.decision == "REGRESSED"

    def test_limits_can_be_left_out(self) -> None:
        """What few conversations can never decide need not fail a build."""
        assert [check.kind for check in self.gate([0] * 400, 0.001, has_limits=False).checks] == ["change"]

    def test_a_judge_without_a_baseline_is_held_to_its_limit(self) -> None:
        """The extra judge is not compared, and its limit counts."""
        extra = {JUDGE: found(0), "ending": found(9)}
        after = side(
            *(conversation(n, found=extra) for n in range(20)),
            judges={JUDGE: "1", "ending": "1"},
            expect={"refund": {"ending": Expectation(max_rate=0.1)}},
        )
        result = run_gate(flags([0] * 20), after)
        assert [(check.judge, check.kind) for check in result.checks] == [(JUDGE, "change"), ("ending", "limit")]
        assert any("not compared with it: ending" in note for note in result.notes)


class TestBounds:
    """Which margin counts, and what is refused."""

    def test_the_strictest_margin_of_the_scenarios_counts(self) -> None:
        """Unless the command line says otherwise, for one judge before all."""
        expect = {"a": {JUDGE: Expectation(margin=0.05)}, "b": {JUDGE: Expectation(margin=0.01)}}
        one = side(*(conversation(n, scenario=name) for name in "ab" for n in range(2)), expect=expect)
        assert only(run_gate(one, one)).bound == 0.01
        assert only(run_gate(one, one, margin=0.1)).bound == 0.1
        assert only(run_gate(one, one, margin=0.1, margins={JUDGE: 0.2})).bound == 0.2

    def test_expectations_that_differ_are_told_and_the_candidates_count(self) -> None:
        """A limit raised and a margin taken away by the change itself must not go unseen."""
        before, after = (
            flags([0] * 400, expect={"refund": {JUDGE: expected}})
            for expected in (Expectation(max_rate=0.02, margin=0.01), Expectation(max_rate=0.5))
        )
        changed = replace(after, scenarios={"refund": replace(after.scenarios["refund"], hash="changed")})
        result = run_gate(before, changed)
        assert [check.bound for check in result.checks] == [DEFAULT_MARGIN, 0.5]
        assert (
            "refund expects something else of role_flip than in the baseline: at most 2.0% and a margin of 1.0% there,"
            " at most 50.0% and no margin here. The candidate's counts."
        ) in result.notes
        assert not [note for note in run_gate(changed, changed).notes if "expects" in note]

    @pytest.mark.parametrize("margin", [-0.1, 1.5, float("nan")])
    def test_a_margin_outside_0_to_1_is_refused(self, margin: float) -> None:
        """A margin is a share of turns."""
        with pytest.raises(UsageError, match="expected a share of turns from 0 to 1"):
            run_gate(flags([0]), flags([0]), margin=margin)

    def test_judges_must_match_in_name_and_version(self) -> None:
        """Another version measures something else; a judge that is gone must not pass in silence."""
        one = flags([0, 0])
        with pytest.raises(UsageError, match="judge both again"):
            run_gate(one, replace(one, judges={JUDGE: "2"}))
        with pytest.raises(UsageError, match="not judged by ending"):
            run_gate(replace(one, judges={JUDGE: "1", "ending": "1"}), one)
        assert run_gate(replace(one, judges={JUDGE: "1", "ending": "1"}), one, judges=[JUDGE]).checks
        with pytest.raises(UsageError, match=r"unknown judge in here 'role_flop'.*role_flip"):
            run_gate(one, one, judges=["role_flop"])
        with pytest.raises(UsageError, match="unknown judge in --margin"):
            run_gate(one, one, margins={"ending": 0.1})


def test_what_changed_is_by_direction_and_the_largest_first() -> None:
    """Broken, worse, fixed, better; as many turns on both sides are no change; each conversation counts once."""
    result = run_gate(flags([0, 2, 0, 1, 5, 2, 0]), flags([1, 0, 0, 3, 1, 2, 4]))
    assert [(one.direction, one.repeat, one.size) for one in result.changes] == [
        ("broken", 6, 4),
        ("broken", 0, 1),
        ("worse", 3, 2),
        ("fixed", 1, 2),
        ("better", 4, 4),
    ]
    before, after = (
        side(
            *(conversation(n, found={"a": found(count), "b": found(count)}) for n in range(3)),
            judges=dict.fromkeys("ab", "1"),
        )
        for count in (0, 1)
    )
    both = run_gate(before, after)
    assert (len(both.changes), both.changed("broken"), both.changed("worse")) == (6, 3, 0)


def test_a_rise_beyond_chance_within_the_margin_is_open() -> None:
    """Each of 12 pairs one turn in ten worse: p = 2**-12, and 10 points are within a margin of 15, though 15 are not
    ruled out. The same against a margin of 5 is REGRESSED, against one of 60 PASS."""
    before, after = flags([0] * 12), flags([1] * 12)
    within = only(run_gate(before, after, margin=0.15))
    assert (within.decision, within.p_adjusted) == ("INCONCLUSIVE", pytest.approx(2**-12))
    assert "it rose, by an estimate within the margin of 15.0 points" in within.reason
    assert only(run_gate(before, after, margin=0.05)).decision == "REGRESSED"
    assert only(run_gate(before, after, margin=0.6)).decision == "PASS"


def test_the_smallest_rise_found_is_above_the_margin() -> None:
    """A rise within the margin is never REGRESSED, so that none is promised to be found there."""
    check = only(run_gate(flags([0, 1] * 50), flags([1, 0] * 50), margin=0.1))
    assert check.minimum_detectable is not None
    assert check.minimum_detectable > 0.1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10), st.integers(0, 10), st.sampled_from([None, None, "refused", "crashed"])),
        min_size=1,
        max_size=25,
    ),
    st.floats(0, 1),
)
def test_whatever_was_found_no_figure_is_nan_and_the_decision_follows_the_rule(
    rows: list[tuple[int, int, str | None]], margin: float
) -> None:
    """The rule of `Check`, recomputed from its own figures, on anything."""
    before = flags([row[0] for row in rows])
    after = side(*(conversation(n, row[1], missing=row[2]) for n, row in enumerate(rows)))
    result = run_gate(before, after, margin=margin)
    check = only(result)
    assert not [key for key, value in asdict(check).items() if isinstance(value, float) and not np.isfinite(value)]
    if check.decision == "PASS":
        assert check.upper is not None
        assert check.upper < margin
        assert result.missing_share <= 0.05
    if check.decision == "REGRESSED":
        assert check.p_adjusted is not None
        assert check.p_adjusted < 0.05
        assert check.difference is not None
        assert check.difference > margin
    assert (result.exit_code == 0) == (result.decision == "PASS")


def test_a_judge_that_learns_from_the_run_is_told_on() -> None:
    """The same text flagged on one side only is the judge's doing, not the candidate's."""
    before, after = side(conversation(0, text="same")), side(conversation(0, 1, text="same"))
    assert any("judges 1 pair of the same text differently" in note for note in run_gate(before, after).notes)
