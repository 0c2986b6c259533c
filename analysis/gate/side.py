"""One side of a gate: what is kept of a judged run, wherever it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analysis.outcomes import ConversationKey
from sims.errors import UsageError
from sims.scenario import Expectation


@dataclass(frozen=True, slots=True)
class Found:
    """What one judge found in one conversation: turn indices flagged, turns judged, and why an outcome is missing."""

    flagged: tuple[int, ...]
    judged_turns: int
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is kept of a conversation: no text, but a hash by which an unchanged one is known.

    `found` has an entry for each judge that had something of its kind to look at.
    """

    key: ConversationKey
    transcript: str
    seed: int | None
    turns: int
    text_hash: str
    found: Mapping[str, Found]


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """What the gate knows of a scenario: the hash of its content, and what it expects of judges."""

    id: str
    hash: str
    expect: Mapping[str, Expectation] = field(default_factory=dict)


def doubled(conversations: Iterable[Conversation]) -> str | None:
    """Which conversation stands among them twice, in words; None where none does."""
    ids: set[str] = set()
    places: dict[ConversationKey, str] = {}
    for one in conversations:
        if one.transcript in ids:
            return f"conversation {one.transcript!r} stands there twice"
        ids.add(one.transcript)
        other = places.setdefault(one.key, one.transcript)
        if other != one.transcript:
            key = one.key
            return (
                f"{other!r} and {one.transcript!r} are both repeat {key.repeat} of scenario {key.scenario!r} under"
                f" {key.model or 'no model'}"
            )
    return None


@dataclass(frozen=True, slots=True)
class Side:
    """A judged run as the gate sees it. `judges` maps names to versions; `conversations` stand in the run's order.

    Raises:
        UsageError: two conversations have one id or one key.
    """

    name: str
    judges: Mapping[str, str]
    scenarios: Mapping[str, ScenarioFacts]
    conversations: tuple[Conversation, ...]

    def __post_init__(self) -> None:
        if fault := doubled(self.conversations):
            raise UsageError(f"{self.name}: {fault}; gate one run at a time")

    @property
    def models(self) -> tuple[str, ...]:
        """The labels of the models, each once, in order of appearance."""
        return tuple(dict.fromkeys(one.key.model for one in self.conversations if one.key.model))
