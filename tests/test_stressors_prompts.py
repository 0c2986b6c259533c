"""Stress by prompt: what is told in other words, left out, or cut."""

from __future__ import annotations

import re
import string
from dataclasses import fields

import pytest
from builders import Saying, cell, scenario
from stressed_talks import PERSONAS, stressed

from sims.conversation import hold_conversation
from sims.prompt import PLAIN_WORDING, Wording, system_prompt
from sims.stressors.prompts import cut_short, heated, reworded
from sims.stressors.stress import Stress
from sims.stressors.tables import table
from sims.transcript import Turn

FACTS = {
    "who": r"\{role\}",
    "persona": r"\bare\b|\bcharacter\b|\bperson\b",
    "task": r"about|going on|setting",
    "others": r"conversation is with|speak with|talk to",
    "goal": r"\baim\b|achieve|after",
    "private": r"nobody but you|you alone|others do not",
    "manner": r"(?s)(?=.*\bnext\b)(?=.*\bname)(?=.*stage directions)(?=.*simulation)(?=.*(?:begin|never|whole time))",
    "ending": r"(?=.*\bend\b)(?=.*last message)|(?=.*\bover\b)(?=.*last message)",
}
"""What each sentence of the prompt says, whatever its words."""


def places(template: str) -> list[str]:
    """The places of a template for what the scenario says, in their order, each once."""
    return list(dict.fromkeys(name for _, name, _, _ in string.Formatter().parse(template) if name))


@pytest.mark.parametrize("sentence", [field.name for field in fields(Wording)])
def test_every_paraphrase_says_what_the_plain_sentence_says(sentence: str) -> None:
    """Three other wordings each, all different, with the same places for the scenario's words and the same facts."""
    plain, others = getattr(PLAIN_WORDING, sentence), table("wordings")[sentence]
    assert len({plain, *others}) == 4
    for other in others:
        assert sorted(places(other)) == sorted(places(plain))
        assert re.search(FACTS[sentence], other)


def test_every_fact_of_a_prompt_is_in_every_paraphrase() -> None:
    """Persona, task, others, goal, private facts, name, role and marker, for thirty seeds at the full dose."""
    of = scenario(stressors=[{"kind": "paraphrase"}])
    customer = of.agent("customer")
    prompts = set()
    for seed in range(30):
        prompt = system_prompt(of, customer, wording=Stress(of, seed=seed).wording_for(customer))
        prompts.add(prompt)
        said = (of.task, customer.goal, customer.private, customer.role, "support (support agent)", "[DONE]")
        assert all(fact in prompt for fact in said)
        assert not set(prompt.splitlines()) & set(system_prompt(of, customer).splitlines())
    assert len(prompts) > 20


def test_a_dose_of_paraphrase_is_the_share_of_sentences() -> None:
    """2, 4 and 8 of the eight sentences, each dose with those of the one below, for each agent another choice."""
    for seed in range(20):
        changed = [
            {field.name: getattr(reworded(dose, seed, "Ana"), field.name) for field in fields(Wording)}.items()
            - {field.name: getattr(PLAIN_WORDING, field.name) for field in fields(Wording)}.items()
            for dose in (0.0, 0.25, 0.5, 1.0)
        ]
        assert [len(each) for each in changed] == [0, 2, 4, 8]
        assert changed[1] < changed[2] < changed[3]
    assert len({reworded(0.5, 1, name) for name in "abcdef"}) > 1


def test_personas_lose_their_last_sentences_first() -> None:
    """Of three sentences a dose of .25 takes one (.75, rounded), .5 two (1.5), 1 all; only `onto`'s, where named."""
    kept = {dose: Stress(stressed("persona_strip", dose), seed=1).scenario.agents for dose in (0.25, 0.5, 1.0)}
    assert [kept[dose][0].persona for dose in kept] == ["Short-tempered. Curt.", "Short-tempered.", ""]
    one = Stress(stressed("persona_strip", onto="Ben"), seed=1).scenario.agents
    assert [agent.persona for agent in one] == [PERSONAS[0]["persona"], ""]


def test_temperature_rises_towards_2() -> None:
    """own + dose * (2 - own): .6 + .5 * 1.4 = 1.3; 1 stands in where nobody set one; two stressors at 1 stay at 2."""
    assert heated(0.6, 0.5) == 1.3
    assert heated(None, 0.5) == 1.5
    assert heated(2.0, 1.0) == heated(0.0, 1.0) == 2.0
    stress = Stress(stressed("temperature", 0.25, onto="Ben"), seed=1, temperature=1.0)
    assert [stress.temperature_of(agent) for agent in stress.scenario.agents] == [1.0, 1.25]


def test_the_oldest_turns_go_first() -> None:
    """Of nine turns dose .5 hides four (half of the eight before the newest); an own turn at the cut goes as well."""
    said = tuple(Turn(("Ana", "Ben")[place % 2], str(place)) for place in range(9))
    assert [turn.text for turn in cut_short(said, 0.5, agent="Ben")] == ["4", "5", "6", "7", "8"]
    assert [turn.text for turn in cut_short(said, 0.4, agent="Ben")] == ["4", "5", "6", "7", "8"]
    assert [turn.text for turn in cut_short(said, 1.0, agent="Ben")] == ["8"]
    assert cut_short(said, 0.0, agent="Ana") == said
    for agent in ("Ana", "Ben"):
        shown = [len(cut_short(said, dose / 20, agent=agent)) for dose in range(21)]
        assert shown == sorted(shown, reverse=True)


async def test_what_the_model_is_asked_is_stressed() -> None:
    """Temperature, wording, persona and history reach the backend changed; the transcript keeps the persona."""
    kinds = [{"kind": kind} for kind in ("temperature", "paraphrase", "persona_strip", "context_truncation")]
    backend = Saying("One more thing.")
    done = await hold_conversation(
        cell(agents=PERSONAS, stressors=[{**kind, "onto": "Ben"} for kind in kinds]), {"test/saying": backend}
    )
    ana, ben = backend.requests[4], backend.requests[5]
    assert (ana.temperature, ben.temperature) == (None, 2.0)
    assert (len(ana.messages), len(ben.messages)) == (6, 2)
    assert "Curt." in ana.messages[0].content
    assert "courteous" not in ben.messages[0].content
    assert "You are Ben" not in ben.messages[0].content
    assert done.participants[1].persona == PERSONAS[1]["persona"]


def test_a_long_horizon_raises_every_limit_and_names_no_end() -> None:
    """max_turns and max_tokens by 1 + 3 * dose, rounded up, up to what a file may say; no marker in the prompt."""
    stop = {"max_turns": 5, "max_tokens": 100, "done": "[DONE]"}
    longer = Stress(scenario(stop=stop, stressors=[{"kind": "long_horizon", "dose": 0.5}]), seed=1).scenario
    assert (longer.stop.max_turns, longer.stop.max_tokens, longer.stop.markers) == (13, 250, ())
    assert "[DONE]" not in system_prompt(longer, longer.agents[0])
    huge = Stress(scenario(stop={"max_turns": 90_000}, stressors=[{"kind": "long_horizon"}]), seed=1).scenario
    assert huge.stop.max_turns == 100_000
