"""The conversation as one agent sees it: own turns as `assistant`, the others' as `user` under their names.

What another agent knows privately, wants or is like never enters; the test of it reads every message.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from sims.backends.backend import Message, Other, Scene
from sims.scenario import Agent, Scenario
from sims.transcript import Turn

PROMPT_VERSION = "1"
_MANNER = (
    "Stay {name} throughout. Write only the words {name} says next: no name in front, no stage directions,"
    " no comment on being a simulation."
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of a system prompt, with places for what the scenario says. A paraphrase is another wording."""

    who: str = "You are {name}: {role}."
    persona: str = "What you are like: {persona}"
    task: str = "The situation: {task}"
    others: str = "You are talking with {others}."
    goal: str = "What you want: {goal}"
    private: str = "What only you know: {private}"
    manner: str = _MANNER
    ending: str = "When the conversation is over for you, end your last message with {marker}"


PLAIN_WORDING = Wording()
_BEGIN = "(The conversation begins now, and you speak first.)"
_GO_ON = "(Nobody else has spoken. Go on.)"


def messages_for(
    scenario: Scenario, agent: Agent, turns: Sequence[Turn], *, wording: Wording = PLAIN_WORDING
) -> tuple[Message, ...]:
    """The chat messages that ask `agent` for its next turn.

    After the system prompt `user` and `assistant` alternate, from a `user` to a `user`: some providers and the chat
    templates of many local models insist on it. What several others say in a row is one message.
    """
    said = [_as_seen(turn, agent) for turn in turns]
    if not said or said[0].role == "assistant":
        said.insert(0, Message("user", _BEGIN))
    if said[-1].role == "assistant":
        said.append(Message("user", _GO_ON))
    return (Message("system", system_prompt(scenario, agent, wording=wording)), *_joined(said))


def _joined(said: Sequence[Message]) -> Iterator[Message]:
    for role, group in itertools.groupby(said, key=attrgetter("role")):
        yield Message(role, "\n".join(message.content for message in group))


def _as_seen(turn: Turn, agent: Agent) -> Message:
    if turn.speaker == agent.name:
        return Message("assistant", turn.text)
    return Message("user", f"{turn.speaker}: {turn.text}")


def system_prompt(scenario: Scenario, agent: Agent, *, wording: Wording = PLAIN_WORDING) -> str:
    """Who the agent is, what it wants and knows, who the others are, and how to speak."""
    others = "; ".join(f"{other.name} ({other.role})" for other in scenario.agents if other.name != agent.name)
    markers = scenario.stop.markers
    lines = [
        wording.who.format(name=agent.name, role=agent.role),
        agent.persona and wording.persona.format(persona=agent.persona),
        scenario.task and wording.task.format(task=scenario.task),
        wording.others.format(others=others),
        agent.goal and wording.goal.format(goal=agent.goal),
        agent.private and wording.private.format(private=agent.private),
        wording.manner.format(name=agent.name),
        markers and wording.ending.format(marker=markers[0]),
    ]
    return "\n".join(line for line in lines if line)


def scene_for(
    scenario: Scenario,
    agent: Agent,
    turns: Sequence[Turn],
    *,
    conversation: str,
    repeat: int,
    stress: tuple[tuple[str, float], ...] = (),
) -> Scene:
    """The same view as values, for backends that read no prompts."""
    return Scene(
        scenario_id=scenario.id,
        conversation=conversation,
        repeat=repeat,
        task=scenario.task,
        me=agent,
        others=tuple(Other(other.name, other.role) for other in scenario.agents if other.name != agent.name),
        turns=tuple(turns),
        max_turns=scenario.stop.max_turns,
        done_marker=scenario.stop.markers[0] if scenario.stop.markers else None,
        stress=stress,
    )


def without_own_label(text: str, name: str) -> str:
    """The reply without the speaker's own name in front, which models copy from the history."""
    label = re.escape(name)
    return re.sub(
        rf"^\s*(?:\*\*{label}(?:\*\*\s*:|\s*:\s*\*\*)|{label}\s*:)\s*", "", text, count=1, flags=re.IGNORECASE
    )
