"""What conversations can teach: whose turn it is by role, and who speaks next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from analysis.datatypes.simulations.conversations import Conversation
from analysis.second_order.retraining import prepared
from analysis.second_order.task import Example, Task
from analysis.wording import one_line
from sims.errors import UsageError
from sims.seeds import stable_hash

MOST_TURNS = 30
LEAST_CONVERSATIONS = 20
LEAST_SPEAKERS = 3
BACK, ANOTHER = "the one who spoke before", "somebody else"

ROLES, NEXT_SPEAKER = "whose turn it is, by role", "who speaks next"


@dataclass(frozen=True, slots=True)
class Untaught:
    """A question that these conversations cannot be asked, and why."""

    name: str
    reason: str


def simulation_tasks(llm: Sequence[Conversation], human: Sequence[Conversation]) -> tuple[Task | Untaught, ...]:
    """The two tasks, or why there is none: a turn's role by its text; who speaks next by the last two turns.

    At most 30 turns of a conversation are taken, chosen by a stable hash.
    """
    return _role_task(llm, human), _next_speaker_task(llm, human)


def _role_task(llm: Sequence[Conversation], human: Sequence[Conversation]) -> Task | Untaught:
    ours, theirs = _enough(llm), _enough(human)
    shared = ours & theirs
    if len(shared) < 2:
        return Untaught(
            ROLES,
            f"it takes two roles that {LEAST_CONVERSATIONS} conversations of either side have and that differ in more"
            f" than the name (LLM: {_listed(ours)}; people: {_listed(theirs)}); peers have none",
        )
    return _task(ROLES, llm, human, lambda one: (found for found in _role_turns(one) if found.label in shared))


def _next_speaker_task(llm: Sequence[Conversation], human: Sequence[Conversation]) -> Task | Untaught:
    for side, conversations in (("the LLM", llm), ("people", human)):
        if not any(one.speakers >= LEAST_SPEAKERS for one in conversations):
            return Untaught(
                NEXT_SPEAKER,
                f"no conversation of {side} has {LEAST_SPEAKERS} speakers; between two it is always the other's turn,"
                " so that there is nothing to learn",
            )
    return _task(NEXT_SPEAKER, llm, human, _next_turns)


def _task(
    name: str,
    llm: Sequence[Conversation],
    human: Sequence[Conversation],
    examples: Callable[[Conversation], Iterator[Example]],
) -> Task | Untaught:
    ours, theirs = (tuple(found for one in side for found in _chosen(examples(one))) for side in (llm, human))
    task = Task(name, "one", theirs, ours)
    try:
        prepared(task)
    except UsageError as error:
        return Untaught(name, str(error).removeprefix(f"{name}: "))
    return task


def _role_turns(conversation: Conversation) -> Iterator[Example]:
    for turn in conversation.turns:
        role = conversation.roles[turn.speaker]
        if role is not None:
            yield Example((turn.plain,), role, conversation.cluster)


def _next_turns(conversation: Conversation) -> Iterator[Example]:
    """From the third turn on: whether it is spoken by the one who spoke before the last, given the last two."""
    turns = conversation.turns
    if conversation.speakers < LEAST_SPEAKERS:
        return
    for before, last, following in zip(turns, turns[1:], turns[2:], strict=False):
        label = BACK if following.speaker == before.speaker else ANOTHER
        yield Example((f"{before.plain}\n{last.plain}",), label, conversation.cluster)


def _chosen(examples: Iterator[Example]) -> list[Example]:
    """At most 30 of the examples of a conversation."""
    placed = list(enumerate(examples))
    order = sorted(placed, key=lambda one: stable_hash("turns", one[1].cluster, one[0]))
    return [example for _, example in sorted(order[:MOST_TURNS], key=lambda one: one[0])]


def _enough(conversations: Sequence[Conversation]) -> set[str]:
    """The roles that speak in enough conversations."""
    counts = Counter(role for one in conversations for role in {found.label for found in _role_turns(one)})
    return {role for role, count in counts.items() if count >= LEAST_CONVERSATIONS}


def _listed(roles: set[str], *, most: int = 3) -> str:
    shown = ", ".join(repr(one_line(role, limit=40)) for role in sorted(roles)[:most])
    return f"{shown} and {len(roles) - most} more" if len(roles) > most else shown or "none"
