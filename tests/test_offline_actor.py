"""The offline actor: in role, varied, deterministic, faulty exactly as often as its dials say."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from builders import scenario
from hypothesis import given
from hypothesis import strategies as st

from sims.backends.actor import words
from sims.backends.actor.pack import PACKS, Pack, load_pack, load_phrases
from sims.backends.actor.templates import Template, compile_template, fill, join_said, say
from sims.backends.backend import Other, Request, Scene
from sims.backends.offline_actor import Dials, OfflineActor
from sims.cell import Cell
from sims.conversation import hold_conversation
from sims.errors import CallRejected, UsageError
from sims.scenario import Agent, Scenario
from sims.scenario_file import find_scenario, load_scenario
from sims.seeds import generator
from sims.transcript import Transcript, Turn

KINDS = ("role_flip", "digression", "formality", "metaphor")


def conversation(
    of: Scenario | None = None, *, dials: Dials | None = None, repeat: int = 0, seed: int = 1
) -> Transcript:
    """One conversation of the actor with itself."""
    of = of or scenario(stop={"max_turns": 20, "done": "[DONE]"})
    actor = OfflineActor(dials)
    cell = Cell(of, actor.model, {agent.name: actor.model for agent in of.agents}, None, repeat, seed)
    return asyncio.run(hold_conversation(cell, {actor.model: actor}))


def request(*turns: Turn, seed: int | None = 5, me: str = "support", **more: object) -> Request:
    """A request to the support agent (or the customer) after these turns."""
    cast = {
        "customer": Agent(name="customer", role="customer", goal="Get the money back."),
        "support": Agent(name="support", role="support agent"),
    }
    scene = Scene(
        scenario_id="refund",
        conversation="refund:actor:r0",
        repeat=0,
        task="Settle a refund request for a cancelled flight.",
        me=cast.pop(me),
        others=tuple(Other(other.name, other.role) for other in cast.values()),
        turns=turns,
        max_turns=20,
        done_marker="[DONE]",
    )
    return Request(messages=(), seed=seed, scene=scene, **more)  # type: ignore[arg-type]


def planted(transcript: Transcript) -> list[tuple[str, ...]]:
    """The kinds of fault of each turn."""
    return [tuple(turn.meta.get("planted", ())) for turn in transcript.turns]


def test_same_request_same_reply_in_any_process() -> None:
    """The text depends on the request alone: another process with another hash seed says the same."""
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from test_offline_actor import conversation\n"
        "from sims.backends.offline_actor import Dials\n"
        "print([turn.text for turn in conversation(dials=Dials(0.2, 0.2, 0.2, 0.2)).turns])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{[turn.text for turn in conversation(dials=Dials(0.2, 0.2, 0.2, 0.2)).turns]}\n"}


def test_clean_conversation_ends_with_the_marker_and_without_faults() -> None:
    """With all dials at 0 nothing is planted, both speakers get on with it, and the last turn carries the marker."""
    for repeat in range(30):
        done = conversation(repeat=repeat)
        assert done.stop_reason == "agent_done"
        assert done.turns[-1].text.endswith("[DONE]")
        assert not any(planted(done))
        assert [turn.speaker for turn in done.turns[:2]] == ["customer", "support"]
        assert sum("[DONE]" in turn.text for turn in done.turns) == 1


def test_short_conversations_are_planned_to_fit() -> None:
    """With 6 turns allowed, the story is cut to fit, so that nearly every conversation still ends by itself."""
    reasons = [conversation(scenario(), repeat=repeat).stop_reason for repeat in range(40)]
    assert reasons.count("agent_done") >= 36


def test_repeats_are_not_copies() -> None:
    """Fifty repeats of a scenario open in at least ten different ways, and no two are the same throughout."""
    talks = [tuple(turn.text for turn in conversation(repeat=repeat).turns) for repeat in range(50)]
    assert len(set(talks)) == 50
    assert len({talk[0] for talk in talks}) >= 10


def test_the_run_seed_changes_the_words_but_not_the_case() -> None:
    """Another run seed words the same story anew: the moves are the same, the texts are not."""
    first, second = conversation(seed=1), conversation(seed=2)
    assert [turn.meta["act"] for turn in first.turns] == [turn.meta["act"] for turn in second.turns]
    assert [turn.text for turn in first.turns] != [turn.text for turn in second.turns]


@pytest.mark.parametrize("kind", KINDS)
def test_dials_are_the_rate_of_faults(kind: str) -> None:
    """At 0.2, the share of planted turns among 2,000 lies within 4 standard errors: 4 * sqrt(.2 * .8 / 2000) = .036."""
    dials = Dials(**{kind: 0.2})
    turns = [faults for repeat in range(150) for faults in planted(conversation(dials=dials, repeat=repeat))]
    assert len(turns) >= 2000
    assert set(turns) == {(), (kind,)}
    assert abs(sum(map(bool, turns[:2000])) / 2000 - 0.2) < 0.036


def test_dials_are_independent_draws() -> None:
    """A turn can carry two faults, and which turns one dial hits does not depend on the others."""

    def drawn(dials: Dials, kind: str) -> list[bool]:
        actor = OfflineActor(dials)
        replies = [asyncio.run(actor.reply(request(seed=seed))) for seed in range(300)]
        return [kind in reply.meta.get("planted", ()) for reply in replies]

    both = Dials(role_flip=0.3, digression=0.3)
    assert drawn(both, "digression") == drawn(Dials(digression=0.3), "digression")
    assert drawn(both, "role_flip") == drawn(Dials(role_flip=0.3), "role_flip")
    assert any(a and b for a, b in zip(drawn(both, "digression"), drawn(both, "role_flip"), strict=True))


def test_a_fault_leaves_the_turns_before_it_alone() -> None:
    """Up to the first planted turn, a conversation with dials is the clean one, word for word."""
    clean = [turn.text for turn in conversation().turns]
    for seed in range(20):
        dials = Dials(role_flip=0.1, metaphor=0.1)
        clean = [turn.text for turn in conversation(seed=seed).turns]
        faulty = conversation(dials=dials, seed=seed)
        first = next((index for index, faults in enumerate(planted(faulty)) if faults), len(clean))
        assert [turn.text for turn in faulty.turns[:first]] == clean[:first]


def test_after_a_fault_the_partner_comes_back_to_the_matter() -> None:
    """Asked something and answered with nonsense, the agent asks again instead of going on."""
    asked = Turn("support", "Since when?", meta={"act": "facts.open"})
    nonsense = Turn("customer", "My cat can open the fridge.", meta={"planted": ["digression"]})
    reply = asyncio.run(OfflineActor().reply(request(asked, nonsense)))
    assert reply.meta["act"] == "again facts.again"


def test_a_planted_turn_does_not_say_that_it_is_one() -> None:
    """No planted text names its fault, the dial or the plan."""
    dials = Dials(role_flip=0.5, digression=0.5, formality=0.5, metaphor=0.5)
    telling = re.compile(r"plant(?!ed a)|role.?flip|digress|fault|register|metaphor|simulat|off.topic", re.IGNORECASE)
    for repeat in range(20):
        assert not [turn.text for turn in conversation(dials=dials, repeat=repeat).turns if telling.search(turn.text)]


def test_flips_are_in_the_mouth_of_the_wrong_side() -> None:
    """A flipped support turn asks for help and a flipped customer turn offers it."""
    actor = OfflineActor(Dials(role_flip=1))
    for seed in range(50):
        as_support = asyncio.run(actor.reply(request(seed=seed))).text
        as_customer = asyncio.run(actor.reply(request(seed=seed, me="customer"))).text
        assert as_support != as_customer
        assert not re.search(r"how can i (help|assist) you|assist you", as_support, re.IGNORECASE)


def test_fixed_texts_and_other_models_are_taken_as_the_story_expects() -> None:
    """A fixed opening counts as the customer's request: the agent answers it and goes on."""
    fixed = Turn("customer", "I want my money back.", meta={"fixed": True})
    reply = asyncio.run(OfflineActor().reply(request(fixed)))
    assert reply.meta["act"].startswith("need.reply")


def test_a_script_does_not_wait_for_an_answer_that_a_fault_swallowed() -> None:
    """A scripted interviewer asks on; after a planted turn the next clean one answers the newest question."""
    survey = load_scenario(find_scenario("bus-survey"))
    clean, faulty = conversation(survey), conversation(survey, dials=Dials(metaphor=0.3))
    assert any(turn.meta.get("planted") for turn in faulty.turns)
    for before, after in zip(clean.turns, faulty.turns, strict=True):
        assert after.meta.get("planted") or after.meta.get("act") == before.meta.get("act")


def test_conversations_without_a_marker_go_on_to_the_last_turn() -> None:
    """A long conversation without a marker is filled to max_turns and still closes at its end."""
    long = conversation(scenario(stop={"max_turns": 60}))
    assert long.stop_reason == "max_turns"
    assert len(long.turns) == 60
    assert any("close" in turn.meta["act"] for turn in long.turns[-4:])
    assert all(turn.text for turn in long.turns)


def test_groups_answer_when_called() -> None:
    """In a round of three, a turn that calls somebody is answered by the one called."""
    cast = [{"name": name, "role": "flatmate", "goal": "Agree on a cleaning plan."} for name in ("Kim", "Lou", "Max")]
    talk = conversation(scenario(agents=cast, turns={"policy": "round_robin"}, stop={"max_turns": 14}))
    called: tuple[str, ...] = ()
    for turn in talk.turns:
        if ".reply" in turn.meta["act"]:
            assert turn.speaker in called
        called = turn.to or called


def test_counts_money_and_time_are_true_for_an_offline_model() -> None:
    """Words are counted as tokens, nothing is charged, no time is measured, and temperature is not taken."""
    reply = asyncio.run(OfflineActor().reply(request(temperature=0.7)))
    assert reply.usage is not None
    assert reply.usage.completion_tokens == len(reply.text.split())
    assert (reply.cost_usd, reply.latency_s, reply.not_taken) == (0.0, None, ("temperature",))


def test_token_limit_cuts_the_reply() -> None:
    """With max_tokens 3 the reply has 3 words and the finish reason "length"."""
    reply = asyncio.run(OfflineActor().reply(request(max_tokens=3)))
    assert (len(reply.text.split()), reply.finish_reason) == (3, "length")


def test_prompts_outside_conversations_are_rejected() -> None:
    """Without a scene the actor says what it is for."""
    with pytest.raises(CallRejected, match="plays agents of a scenario"):
        asyncio.run(OfflineActor().reply(Request(messages=())))


@pytest.mark.parametrize("value", [-0.1, 1.01, float("nan"), float("inf")])
def test_dials_outside_zero_and_one_are_refused(value: float) -> None:
    """A dial is a probability; the message names the dial."""
    with pytest.raises(UsageError, match="metaphor"):
        Dials(metaphor=value)


def test_model_name_tells_the_dials() -> None:
    """The model string is what the user would write, dials at 0 left out."""
    assert OfflineActor().model == "offline/actor"
    assert OfflineActor(Dials(role_flip=0.1, metaphor=0.05)).model == "offline/actor?role_flip=0.1&metaphor=0.05"


def pack_templates(pack: Pack) -> Iterator[Template]:
    """Every template that an agent of this pack can use, faults included."""
    for beat in pack.beats.values():
        yield from (*beat.open, *beat.reply, *beat.again)
    for source in (pack.phrases, load_phrases("faults")):
        for by_key in source.values():
            for lines in by_key.values():
                yield from lines


@pytest.mark.parametrize("name", PACKS)
def test_packs_are_complete_and_read_as_text(name: str) -> None:
    """Stories name beats, slots are known, every part has a way to say everything, and no template leaves debris."""
    pack = load_pack(name)
    assert {beat.rstrip("?") for story in pack.stories for beat in story} == set(pack.beats)
    scene = {"me": "Kim", "other": "Lou", "other_role": "neighbour", "topic": "the fence", "last": "the old gate"}
    slots = {**scene, "goal": "repair the fence", "detail": "I broke it.", **pack.facts("any", 1)}
    rng = generator("test", 3)
    debris = re.compile(
        r"[\[\]{}|]|  |\s[,.?!]|(?<!\.)\.\.(?!\.)|,,|\b(\w+) \1\b|\b[Aa] [aeio]\w|\b[Aa]n [b-df-gj-np-tv-z]\w"
    )
    for template in pack_templates(pack):
        assert template.needs <= slots.keys()
        for _ in range(10):
            text = re.sub(r"`[^`]*`", "code", fill(template, rng, slots))
            assert not debris.search(text), text
    for beat in pack.beats.values():
        assert any(not template.needs - slots.keys() - {"goal", "detail"} for template in beat.open)


@pytest.mark.parametrize("name", PACKS)
def test_packs_have_dozens_of_wordings(name: str) -> None:
    """Each pack can word its conversations in at least 36 ways for each kind of move, summed over its beats."""

    def wordings(template: Template) -> int:
        count = 1
        for part in template.parts:
            options = getattr(part, "options", None)
            count *= sum(map(wordings, options)) if options else 1
        return count

    pack = load_pack(name)
    scripted = {"survey"}
    assert sum(wordings(line) for beat in pack.beats.values() for line in beat.reply) >= 36
    assert name in scripted or sum(wordings(line) for beat in pack.beats.values() for line in beat.open) >= 36


@pytest.mark.parametrize("text", ["[a|b", "a]", "a|b", "{", "x } y"])
def test_broken_templates_are_refused(text: str) -> None:
    """Unbalanced brackets and braces are found when the template is compiled."""
    with pytest.raises(ValueError, match="template"):
        compile_template(text)


def test_templates_choose_and_fill() -> None:
    """Choices nest, a capital slot begins with a capital, and templates with unknown slots are passed over."""
    rng = generator("test", 1)
    assert {fill(compile_template("[a|b[c|d]]"), rng, {}) for _ in range(50)} == {"a", "bc", "bd"}
    assert fill(compile_template("{Price} for {what}"), rng, {"price": "ten", "what": "it"}) == "Ten for it"
    lines = [compile_template("{unknown}"), compile_template("fine")]
    assert {say(lines, rng, {}) for _ in range(20)} == {"fine"}
    assert say(lines[:1], rng, {}) == ""
    assert join_said(["ok", "", "bye", "[DONE]"]) == "ok. bye [DONE]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Settle a refund request for a cancelled flight.", "the refund request for a cancelled flight"),
        ("Should school start later?", "this question"),
        ("", "this"),
        ("Plan your trip to the sea and book it.", "the trip to the sea"),
    ],
)
def test_topics_are_noun_phrases(text: str, expected: str) -> None:
    """The task gives the first noun phrase, made impersonal, or "this"."""
    assert words.topic(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Get your money back. Quickly.", "get my money back"),
        ("You want to leave early.", "leave early"),
        ("To leave early", "leave early"),
        ("Discuss his salary", "discuss my salary"),
        ("A new phone", ""),
        ("Convince the other to agree", ""),
        ("Win", ""),
        ("", ""),
    ],
)
def test_goals_follow_i_would_like_to(text: str, expected: str) -> None:
    """A goal that begins with a bare verb can be said; anything else is left out."""
    assert words.goal(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bought travel insurance; forgot it.", "I bought travel insurance."),
        ("You have two children.", "I have two children."),
        ("Has insurance.", "I have insurance."),
        ("The policy is in the email.", ""),
        ("", ""),
    ],
)
def test_private_facts_become_first_person(text: str, expected: str) -> None:
    """A private fact is told only where it can be turned into a sentence of one's own."""
    assert words.detail(text) == expected


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_scenario_text_can_be_played(task: str, goal: str, private: str) -> None:
    """Whatever the scenario says, the actor answers with text and never fails."""
    agent = Agent(name="A", role="anybody", goal=goal, private=private)
    base = request(Turn("customer", task)).scene
    assert base is not None
    scene = dataclasses.replace(base, task=task, me=agent, others=(Other("B", task),))
    for dials in (Dials(), Dials(1, 1, 1, 1)):
        assert asyncio.run(OfflineActor(dials).reply(Request(messages=(), seed=1, scene=scene))).text
