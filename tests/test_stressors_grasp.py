"""Doses that change nothing, or the same as another: left out, or told, before anything is paid for."""

from __future__ import annotations

import pytest
from builders import scenario
from stressed_talks import PERSONAS, held, stressed

from sims.errors import UsageError
from sims.grid import Grid
from sims.scenario import Scenario, Stressor
from sims.stressors.choosing import KINDS, choose
from sims.stressors.grasp import grasp_of
from sims.stressors.stress import Stress

SCRIPT = {
    "policy": "script",
    "lines": [{"speaker": "Ana", "text": "How are you?"}, {"speaker": "Ben"}, {"speaker": "Ana", "text": "Bye."}],
}


def cast(**more: object) -> Scenario:
    """Ana has a persona of three sentences, Ben of two."""
    return scenario(agents=PERSONAS, stop={"max_turns": 12}, **more)


def test_a_share_of_a_persona_is_whole_sentences() -> None:
    """Of three sentences dose .25 takes one (.75 rounds up), of one sentence none; 1 takes them all."""
    ana, _ = cast().agents
    one = ana.model_copy(update={"persona": "Calm."})
    bare = ana.model_copy(update={"persona": ""})
    doses = (0.1, 0.25, 0.5, 1.0)

    def taken(agent: object) -> list[object]:
        return [grasp_of(Stressor(kind="persona_strip", dose=dose), agent, max_turns=12) for dose in doses]  # type: ignore[arg-type]

    assert taken(ana) == [None, 1, 2, 3]
    assert taken(one) == [None, None, 1, 1]
    assert taken(bare) == [None] * 4


@pytest.mark.parametrize(
    ("kind", "dose", "temperatures", "changes"),
    [
        ("temperature", 0.5, (2.0,), False),
        ("temperature", 0.5, (2.0, 1.0), True),
        ("temperature", 0.5, (), True),
        ("paraphrase", 0.06, (), False),
        ("paraphrase", 0.07, (), True),
        ("context_truncation", 0.09, (), False),
        ("context_truncation", 0.1, (), True),
        ("typos", 0.01, (), True),
        ("typos", 0.0, (), False),
    ],
)
def test_when_a_dose_changes_anything(kind: str, dose: float, temperatures: tuple[float, ...], changes: bool) -> None:
    """2 cannot rise; .0625 of eight sentences is half a one; of 11 turns before the last .1 is one in 12 turns."""
    stressor = Stressor.model_validate({"kind": kind, "dose": dose})
    found = grasp_of(stressor, cast().agents[0], max_turns=12, temperatures=temperatures)
    assert (found is not None) is changes


def test_a_dose_that_changes_nothing_presses_on_nobody() -> None:
    """Under persona_strip .25 with one sentence the actor plants nothing, whatever its sensitivity; at .5 it does."""
    people = [dict(person) | {"persona": "Calm."} for person in PERSONAS]
    for dose, presses in ((0.25, False), (0.5, True)):
        of = stressed("persona_strip", dose).model_copy(update={"agents": scenario(agents=people).agents})
        stress = Stress(of, seed=1)
        assert bool(stress.pressure_on(stress.scenario.agents[0], ())) is presses
        assert any(turn.meta.get("planted") for turn in held(of, sensitivity=1.0).turns) is presses


def test_a_temperature_that_cannot_rise_presses_on_nobody() -> None:
    """At 2 the arm is the control and nothing is planted, at 1 something is; the choice says so of a grid of both."""
    of = stressed("temperature", 1.0)
    for temperature, presses in ((2.0, False), (1.0, True), (None, True)):
        stress = Stress(of, seed=1, temperature=temperature)
        assert bool(stress.pressure_on(stress.scenario.agents[0], ())) is presses
        done = held(of, temperature=temperature, sensitivity=1.0)
        assert any(turn.meta.get("planted") for turn in done.turns) is presses
    assert choose([cast()], ["temperature"], temperatures=[1.0, 2.0]).notes == ("temperature changes nothing at 2",)
    assert choose([cast()], ["typos"], temperatures=[1.0, 2.0]).notes == ()


def test_what_is_declared_to_act_once_is_left_out_and_told() -> None:
    """Role pressure at turn 4 has no dose; that of a share is all of it, which dose 1 is."""
    once = cast(stressors=[{"kind": "role_pressure", "at": 4}, {"kind": "persona_strip"}])
    words = "role_pressure as declared (once) by refund is left out: it has no dose"
    assert [words in choose([once], kinds).notes for kinds in ([], ["role_pressure"], ["typos"])] == [True, True, False]
    assert sum("declared" in note for note in choose([once]).notes) == 1


def test_doses_without_effect_are_left_out_and_told() -> None:
    """A temperature of 2 leaves no arm; a persona of few sentences loses its lowest dose; alike doses are named."""
    with pytest.raises(UsageError, match=r"no stressor is left: left out: temperature at doses 0.25, 0.5, 1 changes"):
        choose([cast()], ["temperature"], temperatures=[2.0])
    chosen = choose([cast()], ["persona_strip"], [0.1, 0.5, 0.6])
    assert [one.dose for one in chosen.stressors] == [0.5, 0.6]
    assert chosen.notes == (
        "left out: persona_strip at dose 0.1 changes nothing in these scenarios",
        "persona_strip changes the same at doses 0.5 and 0.6 for Ana (refund), Ben (refund)",
    )


def test_a_dose_without_effect_for_some_is_told() -> None:
    """A quarter of one sentence is nothing, of Ben's two it is half a one, which counts; `onto` Ben leaves Ana out."""
    people = [dict(PERSONAS[0]) | {"persona": "Curt."}, PERSONAS[1]]
    chosen = choose([scenario(agents=people)], ["persona_strip"], [0.25])
    assert chosen.notes == ("persona_strip at dose 0.25 changes nothing for Ana (refund)",)
    onto = scenario(agents=people, stressors=[{"kind": "persona_strip", "onto": "Ben"}])
    assert choose([onto], ["persona_strip"], [0.25]).notes == ()


def test_of_all_kinds_those_are_left_out_that_do_not_fit() -> None:
    """In a script with one free speaker no partner can act, and it has its own end: 4 of the 12 kinds are left."""
    script = scenario(agents=PERSONAS, turns=SCRIPT)
    chosen = choose([cast(), script], ["all"])
    kinds = {one.kind for one in chosen.stressors}
    assert kinds == {"persona_strip", "paraphrase", "temperature", "context_truncation"}
    assert sum(note.startswith("left out: scenario") for note in chosen.notes) == len(KINDS) - 4
    Grid((cast(), script), models=("m",), stress=chosen.stressors)


def test_named_kinds_that_do_not_fit_are_all_told_at_once() -> None:
    """Two kinds, two lines of reason in one message, each once whatever the doses."""
    script = scenario(agents=PERSONAS, turns=SCRIPT)
    with pytest.raises(UsageError) as told:
        Grid((script,), models=("m",), stress=choose([script], ["typos", "long_horizon"]).stressors)
    assert str(told.value).count("the stressor typos does not fit") == 1
    assert str(told.value).count("the stressor long_horizon does not fit") == 1


def test_declared_doses_are_held_beside_the_usual_ones() -> None:
    """A scenario that declares .3 is held at .3 too; doses that are named are all there are."""
    declaring = cast(stressors=[{"kind": "typos", "dose": 0.3}, {"kind": "silence"}])
    doses = [(one.kind, one.dose) for one in choose([declaring]).stressors]
    assert doses == [("typos", dose) for dose in (0.25, 0.3, 0.5, 1.0)] + [("silence", dose) for dose in (0.25, 0.5, 1)]
    assert [one.dose for one in choose([declaring], ["typos"], [0.5]).stressors] == [0.5]
