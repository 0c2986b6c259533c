"""Several runs in one baseline: each in its place, nothing lost, conflicts told."""

from __future__ import annotations

import pytest
from gate_sides import JUDGE, conversation, found, side
from hypothesis import given
from hypothesis import strategies as st

from analysis.gate.merging import merged, missing_share, part_for, places_of
from analysis.gate.side import Side
from sims.errors import UsageError

OTHER = {"digression": "3"}


def run(scenario: str, *flags: int, model: str = "m", name: str = "here") -> Side:
    """A run of one scenario, a repeat for each count of flagged turns."""
    return side(*(conversation(n, count, scenario=scenario, model=model) for n, count in enumerate(flags)), name=name)


def test_runs_of_different_places_stand_side_by_side() -> None:
    """Two scenarios, one of them under two models: five conversations, sorted by key, whatever the order of parts."""
    parts = {"t1": run("refund", 0, 1), "t2": run("coffee", 2), "t3": run("refund", 0, 0, model="n")}
    whole = merged(parts, into=None, name="all")
    keys = [(one.key.scenario, one.key.model, one.key.repeat) for one in whole.conversations]
    assert keys == [("coffee", "m", 0), ("refund", "m", 0), ("refund", "m", 1), ("refund", "n", 0), ("refund", "n", 1)]
    assert list(whole.scenarios) == ["coffee", "refund"]
    assert whole == merged(dict(reversed(parts.items())), into=None, name="all")


def test_a_new_run_takes_the_place_of_the_old_one_whole() -> None:
    """Three old repeats of refund give way to two new ones; coffee, which no test made anew, stays."""
    old = merged({"t1": run("refund", 1, 1, 1), "t2": run("coffee", 2)}, into=None, name="all")
    new = merged({"t1": run("refund", 0, 0)}, into=old, name="all")
    assert [len(one.found[JUDGE].flagged) for one in new.conversations] == [2, 0, 0]


def test_two_tests_with_one_place_are_told() -> None:
    """Neither wins in silence; both are named, in the same order always."""
    parts = {"test_b": run("refund", 0), "test_a": run("refund", 1)}
    with pytest.raises(UsageError, match="test_a and test_b both make a baseline of refund under m"):
        merged(parts, into=None, name="all")


def test_one_scenario_in_two_versions_or_one_judge_in_two_is_told() -> None:
    """What is kept from before must be of the same scenario and the same judge."""
    other = side(conversation(0, model="n"), judges={JUDGE: "2"})
    with pytest.raises(UsageError, match="version 1 and version 2 in one baseline"):
        merged({"t": other}, into=run("refund", 0), name="all")
    twin = side(conversation(0, model="n"))
    facts = {"refund": type(twin.scenarios["refund"])("refund", "another hash")}
    with pytest.raises(UsageError, match="two scenarios called 'refund'"):
        merged({"t": Side("twin", twin.judges, facts, twin.conversations)}, into=run("refund", 0), name="all")


def test_a_candidate_is_held_to_its_own_part() -> None:
    """Of a baseline of three places it gets its own; judges that judged only others' conversations stay out."""
    coffee = side(conversation(0, scenario="coffee", found={"digression": found(1)}), judges=OTHER)
    whole = merged({"t1": run("refund", 0), "t2": run("refund", 1, model="n"), "t3": coffee}, into=None, name="all")
    part = part_for(run("refund", 0), whole)
    assert places_of(part) == {("refund", "m")}
    assert dict(part.judges) == {JUDGE: "1"}
    assert list(part.scenarios) == ["refund"]


def test_another_model_is_held_to_the_same_scenario() -> None:
    """A model the baseline does not have is compared with those it has there."""
    whole = merged({"t1": run("refund", 0), "t3": run("coffee", 1)}, into=None, name="all")
    assert places_of(part_for(run("refund", 0, model="new"), whole)) == {("refund", "m")}


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_missing_share_counts_conversations_without_an_outcome(is_missing: list[bool]) -> None:
    """2 of 8 missing is 0.25."""
    one = side(*(conversation(n, missing="refused" if lost else None) for n, lost in enumerate(is_missing)))
    assert missing_share(one) == sum(is_missing) / len(is_missing)
