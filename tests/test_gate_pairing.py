"""Pairing: which conversations stand against each other, and what the comparison rests on."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from gate_sides import conversation, flags, side

from analysis.gate.gate import run_gate
from analysis.gate.pairing import pair_up
from analysis.outcomes import ConversationKey
from sims.errors import UsageError


def test_conversations_pair_by_scenario_and_repeat() -> None:
    """Three repeats here and two there make two pairs; the third has no partner."""
    pairing = pair_up(flags([0, 0, 0]), flags([0, 1]))
    assert [pair.baseline.transcript == pair.candidate.transcript for pair in pairing.pairs] == [True, True]
    assert (pairing.only_baseline, pairing.only_candidate) == (1, 0)


def test_one_model_on_each_side_is_compared_across_models_and_said() -> None:
    """A change of provider is what the gate is asked about: the label does not keep partners apart."""
    pairing = pair_up(flags([0], model="openai/a"), flags([0], model="openai/b"))
    assert len(pairing.pairs) == 1
    assert "Compared across models: openai/a in the baseline, openai/b in the candidate." in pairing.notes


def test_several_models_pair_by_model() -> None:
    """Where a side holds a scenario with two models, each is paired with its own."""
    both = side(conversation(0, model="a"), conversation(0, model="b"))
    pairing = pair_up(both, side(conversation(0, model="b")))
    assert [(pair.baseline.key.model, pair.candidate.key.model) for pair in pairing.pairs] == [("b", "b")]
    assert (pairing.only_baseline, pairing.only_candidate) == (1, 0)


def test_temperatures_pair_as_models_do() -> None:
    """One a side is compared across, two are kept apart."""
    cold, warm = conversation(0, temperature=0.0), conversation(0, temperature=1.0)
    across = pair_up(side(cold), side(warm))
    assert "Compared across temperatures: 0 in the baseline, 1 in the candidate." in across.notes
    assert len(pair_up(side(cold, warm), side(warm)).pairs) == 1


def test_imported_conversations_pair_by_id() -> None:
    """Without scenario or repeat the id is all there is."""
    keys = [ConversationKey("", "", None, None, name) for name in ("x", "y")]
    imported = [replace(conversation(0), key=key, transcript=key.id) for key in keys]
    pairing = pair_up(side(*imported), side(imported[1]))
    assert [pair.candidate.key.id for pair in pairing.pairs] == ["y"]
    assert pairing.unit == "conversation"


def test_runs_of_other_scenarios_are_refused_and_both_are_named() -> None:
    """Without any pair there is nothing to gate."""
    with pytest.raises(UsageError, match=r"holds refund under m, the candidate coffee under m"):
        pair_up(flags([0]), flags([0], scenario="coffee"))


def test_a_scenario_that_one_side_dropped_is_named() -> None:
    """What is no longer run must not pass in silence."""
    pairing = pair_up(side(conversation(0), conversation(0, scenario="coffee")), flags([0]))
    assert "Only in the baseline, so not compared: coffee." in pairing.notes


def test_ten_repeated_scenarios_are_the_units_and_fewer_are_not() -> None:
    """The unit rule: at least ten scenarios, some repeated."""
    for scenarios, unit in ((10, "scenario"), (9, "conversation")):
        one = side(*(conversation(n, scenario=f"s{k}") for k in range(scenarios) for n in range(2)))
        assert pair_up(one, one).unit == unit


def test_other_seeds_changed_scenarios_and_unchanged_texts_are_said() -> None:
    """What the comparison rests on stands in the notes."""
    before = side(conversation(0, text="same"), conversation(1, text="old"))
    reseeded = tuple(
        replace(one, seed=99, text_hash=text) for one, text in zip(before.conversations, ("same", "new"), strict=True)
    )
    after = replace(before, conversations=reseeded, scenarios={"refund": replace(before.scenarios["refund"], hash="x")})
    notes = " ".join(pair_up(before, after).notes)
    assert "Changed since the baseline: refund." in notes
    assert "All 2 pairs have different seeds" in notes
    assert "1 of 2 pairs are word for word the same" in notes


def test_two_conversations_of_one_place_are_refused() -> None:
    """Two runs in one judged folder cannot be told apart."""
    doubled = replace(conversation(0), transcript="another")
    with pytest.raises(UsageError, match="are both repeat 0 of scenario 'refund'"):
        side(conversation(0), doubled)


def test_one_conversation_twice_is_refused_and_named() -> None:
    """Nor may the same conversation count double."""
    with pytest.raises(UsageError, match="conversation 'refund:m:r0' stands there twice"):
        side(conversation(0), conversation(1), conversation(0))


def test_the_order_of_rows_changes_nothing() -> None:
    """Both sides shuffled give the same checks, to the last digit."""
    draw = random.Random(1)  # noqa: S311
    before, after = (flags([draw.randrange(4) for _ in range(40)], name=name) for name in ("a", "b"))
    shuffled = [replace(one, conversations=tuple(draw.sample(one.conversations, 40))) for one in (before, after)]
    assert run_gate(before, after) == run_gate(*shuffled)
