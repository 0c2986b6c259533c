"""What an agent is told, and what never reaches it."""

from __future__ import annotations

import itertools

from builders import scenario
from hypothesis import given
from hypothesis import strategies as st

from sims.prompt import messages_for, scene_for, system_prompt, without_own_label
from sims.transcript import Turn

SAID = (Turn("customer", "I want my money."), Turn("support", "Let me see."), Turn("customer", "Please hurry."))


def test_own_turns_are_assistant_and_the_others_user_under_their_names() -> None:
    """The support agent sees itself as assistant, the customer as user with the name in front."""
    of = scenario()
    seen = messages_for(of, of.agent("support"), SAID)
    assert [message.role for message in seen] == ["system", "user", "assistant", "user"]
    assert [message.content for message in seen[1:]] == [
        "customer: I want my money.",
        "Let me see.",
        "customer: Please hurry.",
    ]


def test_the_last_message_is_always_from_a_user() -> None:
    """Providers refuse a chat that begins or ends with the assistant."""
    of = scenario()
    for turns in ((), SAID[:1], SAID):
        assert messages_for(of, of.agent("customer"), turns)[-1].role == "user"


def test_roles_alternate_from_user_to_user() -> None:
    """Whoever began and however many speak in a row: strict chat templates take it, and no word is lost."""
    agents = [{"name": name, "role": "member"} for name in ("Ana", "Ben", "Cem")]
    of = scenario(agents=agents, turns={"policy": "round_robin"})
    said = tuple(Turn(name, f"words of {name}") for name in ("Ana", "Ben", "Cem", "Ana", "Ana", "Ben", "Cem"))
    for count in range(len(said) + 1):
        for agent in of.agents:
            seen = messages_for(of, agent, said[:count])
            roles = [message.role for message in seen[1:]]
            assert roles[0] == roles[-1] == "user"
            assert all(left != right for left, right in itertools.pairwise(roles))
            text = "\n".join(message.content for message in seen[1:])
            assert all(text.count(turn.text) >= 1 for turn in said[:count])


def test_each_agent_is_told_its_own_secret_and_nobody_elses() -> None:
    """Persona, goal and private facts stand in the own prompt; private facts and goals of others nowhere."""
    agents = [
        {
            "name": name,
            "role": "member",
            "persona": f"persona-{name}",
            "goal": f"goal-{name}",
            "private": f"secret-{name}",
        }
        for name in ("Ana", "Ben", "Cem")
    ]
    of = scenario(agents=agents, turns={"policy": "round_robin"})
    for agent in of.agents:
        everything = "\n".join(message.content for message in messages_for(of, agent, SAID[:0]))
        view = repr(scene_for(of, agent, (), conversation="c", repeat=0))
        assert f"secret-{agent.name}" in everything
        for other in of.agents:
            for kind in ("persona", "goal", "secret"):
                is_own = other.name == agent.name
                assert (f"{kind}-{other.name}" in everything) == is_own
                assert (f"{kind}-{other.name}" in view) == is_own


def test_the_prompt_names_task_role_others_and_the_end_marker() -> None:
    """Everything an agent needs to act is said."""
    of = scenario()
    prompt = system_prompt(of, of.agent("customer"))
    for part in ("customer", of.task, "support (support agent)", "Get the money back.", "[DONE]"):
        assert part in prompt


def test_a_copied_label_is_taken_off_once() -> None:
    """Models copy "name:" from the history; only the own name at the very start goes."""
    assert without_own_label("support: Hello.", "support") == "Hello."
    assert without_own_label("**Support:** Hello.", "support") == "Hello."
    assert without_own_label("customer: Hello.", "support") == "customer: Hello."
    assert without_own_label("customer: **Important** note", "customer") == "**Important** note"
    assert without_own_label("I said support: no.", "support") == "I said support: no."


@given(st.text(max_size=40))
def test_any_name_is_a_plain_string_to_the_label_pattern(name: str) -> None:
    """Names with regex signs neither crash nor match anything else."""
    assert without_own_label("Hello there", name or "x") == "Hello there"
