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

    `found` has an entry for each judge that had something of its kind to look at. Turns before `start` count for nobody
    (`judged_conversations`); `branched_of` is the id of the recording it goes on from, None where it is no branch.
    """

    key: ConversationKey
    transcript: str
    seed: int | None
    turns: int
    text_hash: str
    found: Mapping[str, Found]
    start: int = 0
    branched_of: str | None = None

    @property
    def counted_turns(self) -> int:
        """How many turns count."""
        return max(self.turns - self.start, 0)


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
    def start(self) -> int:
        """The latest turn from which on turns count; 0 but for branched runs."""
        return max((one.start for one in self.conversations), default=0)

    def counts_from(self, start: int) -> bool:
        """Whether turns count from that one on in all conversations."""
        return all(one.start == start for one in self.conversations)

    @property
    def models(self) -> tuple[str, ...]:
        """The labels of the models, each once, in order of appearance."""
        return tuple(dict.fromkeys(one.key.model for one in self.conversations if one.key.model))
