"""The offline actor under stress: how often it gives way is known; without sensitivity it says what it always says."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest
from stressed_talks import KINDS, control, held, stressed

from sims.backends.actor.faults import PROVOKED
from sims.backends.catalogue import open_backend
from sims.backends.offline_actor import Dials, OfflineActor
from sims.errors import UsageError
from sims.scenario_file import find_scenario, load_scenario, shipped_scenarios
from sims.stressors.kinds import LONG_HORIZON, PARTNER
from sims.stressors.reach import is_reached
from sims.transcript import Transcript


def reached_turns(talk: Transcript) -> list[tuple[str, ...]]:
    """What the actor planted in each turn that the stressor reaches; a long horizon beyond the usual end."""
    [record] = talk.stressors
    return [
        tuple(turn.meta.get("planted", ()))
        for place, turn in enumerate(talk.turns)
        if is_reached(record, talk.speakers, speaker=turn.speaker, turn=place)
        and (record["kind"] != LONG_HORIZON or place >= 12)
    ]


def counted(kind: str, dose: float, **dials: float) -> tuple[int, int]:
    """How many reached turns carry the fault that this kind provokes, and how many there are."""
    of, conversations = stressed(kind, dose), 80 if kind in PARTNER else 30
    faults = [planted for repeat in range(conversations) for planted in reached_turns(held(of, repeat=repeat, **dials))]
    return sum(PROVOKED[kind] in planted for planted in faults), len(faults)


@pytest.mark.parametrize("kind", KINDS)
def test_the_rate_under_stress_is_sensitivity_times_dose(kind: str) -> None:
    """With sensitivity .6 at dose .5 three turns in ten carry the provoked fault: binomial, p > .001 for each kind."""
    hits, turns = counted(kind, 0.5, sensitivity=0.6)
    assert turns >= 250
    assert binomtest(hits, turns, 0.6 * 0.5).pvalue > 0.001


def test_the_rate_adds_to_that_of_the_dial() -> None:
    """base + (1 - base) * sensitivity * dose = .2 + .8 * .5 * .5 = .4, and at dose 0 the dial alone, .2."""
    for dose, rate in ((0.0, 0.2), (0.5, 0.4)):
        hits, turns = counted("distractor", dose, sensitivity=0.5, digression=0.2)
        assert binomtest(hits, turns, rate).pvalue > 0.001


@pytest.mark.parametrize("kind", ["role_pressure", "typos", "paraphrase"])
def test_whoever_gives_way_to_a_dose_gives_way_to_a_higher_one(kind: str) -> None:
    """In the first turn that is reached, before conversations part: the arms are paired."""
    for repeat in range(30):
        first = [
            bool(reached_turns(held(stressed(kind, dose), repeat=repeat, sensitivity=0.7))[0])
            for dose in (0.25, 0.5, 1.0)
        ]
        assert first == sorted(first)


@pytest.mark.parametrize("kind", sorted({*KINDS} - {LONG_HORIZON}))
def test_without_sensitivity_it_says_what_it_always_says(kind: str) -> None:
    """Moves, words and end are those of the control but for the partner's disturbed turns."""
    of = stressed(kind, 1.0)
    for repeat in range(10):
        plain, talk = held(control(of), repeat=repeat), held(of, repeat=repeat)
        own = [str(turn.meta.get("own_text", turn.text)) for turn in talk.turns]
        assert own == [turn.text for turn in plain.turns]
        assert [turn.meta["act"] for turn in talk.turns] == [turn.meta["act"] for turn in plain.turns]
        assert talk.stop_reason == plain.stop_reason


def test_a_long_horizon_outlasts_its_control() -> None:
    """1 + 3 * dose times the turns, nobody ends it, and the participants are not told so."""
    for dose, turns in ((0.25, 21), (0.5, 30), (1.0, 48)):
        talk = held(stressed("long_horizon", dose))
        assert (len(talk.turns), talk.stop_reason) == (turns, "max_turns")
        assert not any("[DONE]" in turn.text for turn in talk.turns)


@pytest.mark.parametrize("name", sorted(set(shipped_scenarios()) - {"bus-survey"}))
def test_every_story_can_go_on_beyond_its_end(name: str) -> None:
    """No shipped scenario, whatever its last words are, leaves the actor without a word before the last turn."""
    of = load_scenario(find_scenario(name)).model_copy(update={"stressors": stressed("long_horizon", 1.0).stressors})
    for repeat in range(2):
        assert held(of, repeat=repeat).stop_reason == "max_turns"


def test_a_long_horizon_begins_like_its_control() -> None:
    """Where the story fits either limit, all but the last three turns of the control are the same."""
    of = load_scenario(find_scenario("refund-dispute"))
    longer = of.model_copy(update={"stressors": stressed("long_horizon", 1.0).stressors})
    for repeat in range(10):
        plain, talk = held(of, repeat=repeat), held(longer, repeat=repeat)
        kept = len(plain.turns) - 3
        assert [turn.text for turn in talk.turns[:kept]] == [turn.text for turn in plain.turns[:kept]]


@pytest.mark.parametrize("name", ["product-meeting", "camel-trading-bot", "persona-smalltalk"])
@pytest.mark.parametrize("kind", ["role_pressure", "silence", "typos", "register_shift"])
def test_other_casts_come_to_their_end_too(name: str, kind: str) -> None:
    """Groups, moderators and protocols: conversations under stress come to an end, and some turn was stressed."""
    of = load_scenario(find_scenario(name)).model_copy(update={"stressors": stressed(kind, 1.0).stressors})
    talk = held(of)
    assert talk.stop_reason in ("agent_done", "max_turns")
    assert any(turn.meta.get("stressed") == [kind] for turn in talk.turns)


def test_sensitivity_is_a_dial_like_the_others() -> None:
    """It stands in the model's name, lies in [0, 1], and is no fault of its own."""
    actor = open_backend("offline/actor?sensitivity=0.4")
    assert isinstance(actor, OfflineActor)
    assert actor.dials == Dials(sensitivity=0.4)
    assert str(Dials(metaphor=0.1, sensitivity=0.5)) == "metaphor=0.1&sensitivity=0.5"
    assert set(Dials().faults) == set(PROVOKED.values())
    with pytest.raises(UsageError, match=r"sensitivity=2 is outside \[0, 1\]"):
        Dials(sensitivity=2)


def test_every_kind_provokes_one_fault() -> None:
    """The table is whole, so that no kind of stress is without a truth to recover."""
    assert set(PROVOKED) == set(KINDS)
    assert set(PROVOKED.values()) == {"role_flip", "digression", "formality", "metaphor"}
