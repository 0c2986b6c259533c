"""Every kind of stress: nothing at dose 0, nested in dose, the same every time, and always still a conversation."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from builders import Saying, cell, scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from stressed_talks import KINDS, control, held, stressed

from sims.conversation import hold_conversation
from sims.prompt import PLAIN_WORDING, messages_for, system_prompt
from sims.scenario import Scenario, Stressor
from sims.stressors.kinds import ADDING, PARTNER, TEXTURE, WORDING
from sims.stressors.reach import is_reached
from sims.stressors.stress import Stress
from sims.stressors.tables import table
from sims.transcript import Turn

OWN = "Well, I think I need help with my booking because the flight was cancelled yesterday. What can you do?"
DOSES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)


def turns(count: int, **meta: Any) -> tuple[Turn, ...]:
    """So many turns of Ana and Ben by turns."""
    return tuple(Turn(("Ana", "Ben")[place % 2], f"Turn {place}.", meta=meta) for place in range(count))


def said(of: Scenario, place: int, *, seed: int = 1, text: str = OWN) -> str:
    """What reaches the others when the speaker of that place says the text."""
    return Stress(of, seed=seed).said(("Ana", "Ben")[place % 2], text, turns(place)).text


@pytest.mark.parametrize("kind", KINDS)
def test_dose_0_is_the_control(kind: str) -> None:
    """At dose 0 nobody says, is told, is shown or is set to anything else; only the record differs."""
    of = stressed(kind, 0.0)
    stress, plain = Stress(of, seed=1, temperature=0.3), control(of)
    for agent in of.agents:
        assert stress.wording_for(agent) == PLAIN_WORDING
        assert stress.temperature_of(agent) == 0.3
        assert Stress(of, seed=1).temperature_of(agent) is None
        assert stress.seen_by(agent, turns(9)) == turns(9)
        assert stress.pressure_on(agent, turns(30)) == ()
    assert stress.scenario.agents == of.agents
    assert stress.scenario.stop == of.stop
    assert held(of, sensitivity=1).turns == held(plain, sensitivity=1).turns


@pytest.mark.parametrize("kind", sorted(WORDING))
def test_whole_turns_are_nested_in_dose(kind: str) -> None:
    """What a dose changes a higher one changes too, into the same words; at 1 all is changed, from `at` on."""
    for seed in range(5):
        by_dose = [[said(stressed(kind, dose), place, seed=seed) for place in range(0, 40, 2)] for dose in DOSES]
        for lower, higher in itertools.pairwise(by_dose):
            assert all(low in (OWN, high) for low, high in zip(lower, higher, strict=True))
        assert set(by_dose[0]) == {OWN}
        assert [text != OWN for text in by_dose[-1]] == [False] + [True] * 19


@pytest.mark.parametrize("kind", sorted(WORDING))
def test_the_dose_is_the_share_of_turns(kind: str) -> None:
    """Over 400 turns the changed share lies within four standard errors of the dose: 4 * sqrt(.25 * .75 / 400)."""
    of = stressed(kind, 0.25, at=0)
    changed = sum(said(of, place, seed=seed) != OWN for seed in range(20) for place in range(0, 40, 2))
    assert abs(changed / 400 - 0.25) < 0.087


@pytest.mark.parametrize("kind", sorted(TEXTURE))
def test_words_are_nested_in_dose(kind: str) -> None:
    """A word that a dose changes is the same under a higher one, and the share of changed words rises with it."""
    for seed in range(5):
        by_dose = [said(stressed(kind, dose), 2, seed=seed) for dose in DOSES]
        assert by_dose[0] == OWN
        for lower, higher in itertools.pairwise(by_dose):
            assert _changes(lower) <= _changes(higher)
        assert len(_changes(by_dose[-1])) > len(_changes(by_dose[2]))


def _changes(text: str) -> set[str]:
    """The words that the speaker did not choose."""
    return set(text.replace(",", "").replace(".", "").split()) - set(OWN.replace(",", "").replace(".", "").split())


@pytest.mark.parametrize("kind", sorted(WORDING))
def test_without_a_dose_one_turn_is_changed(kind: str) -> None:
    """It is the speaker's first at or after `at`; fixed words before it do not use it up."""
    of = stressed(kind, at=3)
    assert [place for place in range(20) if said(of, place) != OWN] == [4]
    assert Stress(of, seed=1).said("Ana", OWN, turns(6, fixed=True)).kinds == (kind,)


@pytest.mark.parametrize("kind", sorted(PARTNER))
def test_only_the_partner_speaks_otherwise_and_the_same_every_time(kind: str) -> None:
    """Who `from` is left out is the first speaker; the other agent's turns stay, and a repetition is the same."""
    of = stressed(kind, 1.0)
    assert all(said(of, place) == OWN for place in range(1, 20, 2))
    assert said(of, 4) == said(of, 4) != OWN
    assert said(stressed(kind, 1.0, onto="Ana"), 5) != OWN
    assert len({said(of, 4, seed=seed) for seed in range(40)}) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_record_tells_what_was_chosen(kind: str) -> None:
    """A partner's stressor names from, onto and at; of the others the file says all there is."""
    [record] = held(stressed(kind, 0.5)).stressors
    chosen = {"from": "Ana", "onto": "Ben", "at": 2} if kind in PARTNER else {}
    register = {"register": "formal"} if kind == "register_shift" else {}
    assert record == {"kind": kind, "dose": 0.5, **chosen, **register}


def test_a_register_shifts_away_from_the_speakers_own() -> None:
    """Ben, whose persona is courteous, turns casual; Ana, who is curt, formal; `register` overrules both."""
    casual = said(stressed("register_shift", 1.0, **{"from": "Ben"}), 3, text="I do not know, Ana. Thank you.")
    formal = said(stressed("register_shift", 1.0), 2, text="dunno ben, can't say!! i've no idea")
    assert "dont know, Ana. thx" in casual
    assert "Dunno ben, cannot say. I have no idea." in formal
    assert "dont know" in said(stressed("register_shift", 1.0, register="casual"), 2, text="I do not know.")


@pytest.mark.parametrize("kind", sorted(PARTNER))
@settings(max_examples=60, deadline=None)
@given(
    text=st.text(min_size=1).filter(str.strip),
    marker=st.sampled_from(["[DONE]", "ok", "e", ".", "TASK_DONE", "I see"]),
    seed=st.integers(0, 50),
)
def test_a_turn_neither_gains_nor_loses_the_end(kind: str, text: str, marker: str, seed: int) -> None:
    """Whatever the words and the marker: a turn holds the marker after the stressor if and only if it did before."""
    of = scenario(stop={"max_turns": 9, "done": marker}, stressors=[{"kind": kind, "dose": 1.0}])
    for words in (text, f"{text} {marker}"):
        heard = Stress(of, seed=seed).said("customer", words, (Turn("customer", "a"), Turn("support", "b")))
        assert (marker in heard.text) == (marker in words)
        assert heard.text.strip()
        assert (heard.text != words) == bool(heard.kinds)


@pytest.mark.parametrize("kind", sorted(TEXTURE | {"register_shift"}))
def test_names_stay_names(kind: str) -> None:
    """Agents are still called by their names, so that whoever is addressed answers."""
    agents = [{"name": name, "role": "member"} for name in ("Thanks", "Because Always", "Yesterday")]
    of = scenario(agents=agents, turns={"policy": "addressed"}, stressors=[{"kind": kind, "dose": 1.0}])
    text = "Thanks, you are late. Yesterday, it was because always of you, please, Because Always."
    heard = Stress(of, seed=1).said("Thanks", text, (Turn("Thanks", "a"), Turn("Yesterday", "b")))
    assert heard.kinds == (kind,)
    for name in ("Thanks,", "Yesterday,", "Because Always"):
        assert name in heard.text


def test_own_words_of_a_stressor_are_said_as_they_stand() -> None:
    """`text` replaces the shipped list, and braces in it are no template."""
    for kind in sorted(ADDING):
        assert said(stressed(kind, 1.0, text="{name} %s {{x}}"), 2) == f"{OWN} {{name}} %s {{{{x}}}}"
    assert said(stressed("silence", 1.0, text="{}"), 2) == "{}"


def test_no_phrase_comes_twice_while_there_are_others() -> None:
    """Twelve distractors last for twelve turns of a speaker."""
    heard = [said(stressed("distractor", 1.0, at=0), place).removeprefix(OWN) for place in range(0, 24, 2)]
    assert len(set(heard)) == 12 == len(table("phrases")["distractor"])


def test_several_stressors_act_together_and_silence_alone() -> None:
    """A distractor is mistyped as well; who is silent says nothing else; kinds are told in the order they acted."""
    both = [{"kind": "typos", "dose": 1.0}, {"kind": "distractor", "dose": 1.0}]
    talk = Stress(scenario(stressors=both), seed=1)
    before = (Turn("customer", "a"), Turn("support", "b"))
    assert talk.said("customer", OWN, before).kinds == ("distractor", "typos")
    quiet = Stress(scenario(stressors=[*both, {"kind": "silence", "dose": 1.0}]), seed=1)
    heard = quiet.said("customer", OWN, before)
    assert heard.kinds == ("silence",)
    assert heard.text in table("phrases")["silence"]


async def test_the_turn_keeps_what_its_speaker_said() -> None:
    """The words that the model wrote stand in the turn's meta beside the kinds, and all read the stressed ones."""
    backend = Saying("I want my money.")
    done = await hold_conversation(
        cell(stressors=[{"kind": "distractor", "dose": 1.0, "at": 2}]), {"test/saying": backend}
    )
    hit = ["distractor"]
    assert [turn.meta.get("stressed") for turn in done.turns] == [None, None, hit, None, hit, None]
    assert done.turns[2].meta["own_text"] == "I want my money."
    assert done.turns[2].text.startswith("I want my money. ")
    assert done.turns[2].text in backend.requests[3].messages[-1].content


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dose", [0.25, 1.0])
def test_messages_stay_valid(kind: str, dose: float) -> None:
    """After the system prompt user and assistant alternate, from a user to a user, whatever is cut, whoever speaks."""
    of = stressed(kind, dose)
    stress = Stress(of, seed=1)
    for agent, count in itertools.product(stress.scenario.agents, range(12)):
        seen = messages_for(
            stress.scenario, agent, stress.seen_by(agent, turns(count)), wording=stress.wording_for(agent)
        )
        roles = [message.role for message in seen]
        assert roles[0] == "system"
        assert roles[1] == roles[-1] == "user"
        assert all(left != right for left, right in itertools.pairwise(roles[1:]))


def test_the_register_words_hold_together() -> None:
    """Every phrase that is replaced is written as it is looked up: lower case, straight apostrophes, single spaces."""
    lists = [table("registers")[name]["words"] for name in ("formal", "casual")] + list(table("languages").values())
    for words in lists:
        assert all(phrase == " ".join(phrase.lower().replace("’", "'").split()) for phrase in words)
        assert all(instead.strip() == instead != "" for instead in words.values())
    assert set(table("languages")["spanish"]) == set(table("languages")["german"])


def test_where_a_stressor_reaches() -> None:
    """A partner's words reach `onto` after `at`, or everybody else; prompts their agent, always; a long one all."""
    cast = ["Ana", "Ben", "Cem"]

    def reached(record: dict[str, Any]) -> list[tuple[str, int]]:
        return [(who, turn) for who in cast for turn in (0, 2, 3) if is_reached(record, cast, speaker=who, turn=turn)]

    assert reached({"kind": "silence", "from": "Ben", "at": 2}) == [("Ana", 3), ("Cem", 3)]
    assert reached({"kind": "typos", "from": "Ana", "onto": "Cem", "at": 0}) == [("Cem", 2), ("Cem", 3)]
    assert reached({"kind": "distractor"}) == [("Ben", 3), ("Cem", 3)]
    assert reached({"kind": "paraphrase", "onto": "Ben"}) == [("Ben", 0), ("Ben", 2), ("Ben", 3)]
    assert len(reached({"kind": "long_horizon"})) == len(reached({"kind": "temperature"})) == 9


def test_pressure_is_felt_where_the_stressor_reaches() -> None:
    """Every turn under pressure is a reached one, in every kind; whole turns press with 1, the others with the dose."""
    for kind in KINDS:
        of = stressed(kind, 0.5)
        done = held(of)
        [record] = done.stressors
        stress, felt = Stress(of, seed=done.seed or 0), set()
        for place, turn in enumerate(done.turns):
            for _, pressure in stress.pressure_on(of.agent(turn.speaker), done.turns[:place]):
                assert is_reached(record, done.speakers, speaker=turn.speaker, turn=place)
                felt.add(pressure)
        assert felt == ({1.0} if kind in WORDING else {0.5})


def test_a_stressor_of_nobody_changes_no_prompt() -> None:
    """The plain prompt is what it was without any stressor, for both agents."""
    of = scenario()
    stress = Stress(of, seed=1)
    for agent in of.agents:
        assert system_prompt(stress.scenario, agent, wording=stress.wording_for(agent)) == system_prompt(of, agent)
    assert stress.records == ()
    assert Stressor(kind="typos").record == {"kind": "typos"}
