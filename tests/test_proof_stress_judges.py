"""What judges find of the faults planted under stress; all kinds with `make campaign`."""

from __future__ import annotations

import pytest

from analysis.proof import stress_judges
from analysis.proof.stress_judges import MOST_FALSE, Counted, Found, falls, measured, total, why_not
from sims.backends.actor.faults import PROVOKED
from sims.stressors.choosing import DOSES, KINDS

UNTRUSTED = {
    (kind, "digression")
    for kind in (
        *("distractor", "contradiction", "silence", "context_truncation"),  # flatter than the truth
        *("typos", "code_switching", "temperature"),  # false flags
    )
}
"""Kind and judge that docs/stress-judges.md names as no instrument."""


def counted(*found: int, false: int = 0, planted: int = 5) -> dict[str, Counted]:
    """Conversations of ten turns each, by place."""
    return {str(place): Counted(10, planted, one, false) for place, one in enumerate(found)}


def test_sums() -> None:
    """Flagged are found and false; missed is planted and not found."""
    one = total(counted(3, 4) | {"other": Counted(10, 5, 0, 2)})
    assert (one.turns, one.planted, one.found, one.false) == (30, 15, 7, 2)
    assert (one.flagged, one.missed) == (9, 8)


def test_a_fall_is_one_beyond_the_interval() -> None:
    """Five of ten against none in 20 conversations fall; five against five do not, nor does a rise.

    Places of one dose alone do not count.
    """
    assert falls(counted(*[5] * 20), counted(*[0] * 20))
    assert not falls(counted(*[5, 4] * 10), counted(*[4, 5] * 10))
    assert not falls(counted(*[0] * 20), counted(*[5] * 20))
    assert falls(counted(*[5] * 30), counted(*[0] * 20))


@pytest.mark.parametrize(
    ("full", "said"),
    [
        (counted(*[5] * 20), ""),
        (counted(*[0] * 20), "finds less at dose 1 than at 0.5; finds 40.0 % at dose 0.25, 0.0 % at 1"),
        (counted(*[5] * 20, false=1), "20.0 % false at dose 1"),
    ],
)
def test_why_a_judge_is_no_instrument(full: Found, said: str) -> None:
    """One false flag in the five turns of ten that carry no fault is 20 %."""
    calm = counted(*[0] * 20, planted=0)
    assert why_not({0.0: calm, 0.25: counted(*[2] * 20), 0.5: counted(*[3] * 20), 1.0: full}) == said


def test_lasting_faults_of_register_are_found() -> None:
    """What is planted from turn to turn is no register: at least four in five are found at the dose .5 and at 1."""
    found = measured(("register_shift", "code_switching"), ("formality",), scenarios=["refund-dispute"], repeats=6)
    for kind in ("register_shift", "code_switching"):
        sums = [total(found[kind, "formality", dose]) for dose in (0.0, *DOSES)]
        assert sums[0].flagged == 0
        assert sums[-1].planted > sums[-2].planted > 10
        for one in sums[-2:]:
            assert one.found >= 0.8 * one.planted
            assert one.false <= MOST_FALSE * one.turns


def test_strange_turns_confirm_no_swap_of_roles() -> None:
    """Under the full register shift and without a persona hardly a turn is taken for a flip that is none.

    Learnt from eight conversations only, the judge still finds two in five of those planted.
    """
    found = measured(("register_shift", "persona_strip"), ("role_flip",), scenarios=["refund-dispute"], repeats=8)
    for kind in ("register_shift", "persona_strip"):
        one = total(found[kind, "role_flip", 1.0])
        assert one.false <= MOST_FALSE * (one.turns - one.planted)
    assert one.found >= 0.4 * one.planted > 0


def test_the_tables_have_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """12 kinds at 4 doses of their own judge, 12 x 3 others, and 12 rows of what is an instrument."""
    cells = {
        (kind, judge, dose): counted(0, planted=0)
        for kind in KINDS
        for judge in stress_judges.JUDGES
        for dose in (0.0, *DOSES)
    }
    monkeypatch.setattr(stress_judges, "measured", lambda repeats: cells)
    lines = list(stress_judges.tables(repeats=1))
    rows = [line for line in lines if line.startswith("| ") and line.split("|")[1].strip() in KINDS]
    assert len(rows) == 12 * 4 + 12 * 3 + 12


@pytest.mark.campaign
def test_no_judge_finds_less_where_more_is_planted() -> None:
    """Of every kind's own fault more is found at a higher dose, or as much; and cells serve that the docs say serve."""
    found = measured()
    for kind in KINDS:
        doses = {dose: found[kind, PROVOKED[kind], dose] for dose in DOSES}
        assert total(doses[0.25]).planted < total(doses[0.5]).planted < total(doses[1.0]).planted
        assert not falls(doses[0.25], doses[0.5]), kind
        assert not falls(doses[0.5], doses[1.0]), kind
        for judge in stress_judges.JUDGES:
            if (kind, judge) not in UNTRUSTED:
                assert not why_not({dose: found[kind, judge, dose] for dose in (0.0, *DOSES)}), (kind, judge)
