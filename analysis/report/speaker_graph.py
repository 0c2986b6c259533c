"""Who answers whom over several conversations: the sum of their speaker projections, ready to be drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sims.transcript import Transcript
from sims.turn_graph import build_turn_graph

SPEAKERS = 8
"""How many speakers are drawn by name; the others, the quietest, are drawn as one."""

RARE = 0.04
"""Answers below this share of the most frequent have no arrow; they are counted."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker, or all those beyond the limit together; `share` is of the turns, in [0, 1]."""

    name: str
    turns: int
    share: float


@dataclass(frozen=True, slots=True)
class Answer:
    """How many turns of `speaker` answer turns of `to`; both are places in the list of speakers."""

    speaker: int
    to: int
    turns: int


@dataclass(frozen=True, slots=True)
class SpeakerGraph:
    """The speakers of a group of conversations, the most talkative first, and who answers whom.

    `merged` counts the speakers drawn as one; `conversations` those the figures come from.
    """

    group: str
    conversations: int
    speakers: tuple[Speaker, ...]
    answers: tuple[Answer, ...]
    merged: int

    @property
    def drawn(self) -> tuple[Answer, ...]:
        """The answers worth an arrow: to somebody else, and at least `RARE` of the most frequent."""
        answers = [answer for answer in self.answers if answer.speaker != answer.to]
        least = RARE * max((answer.turns for answer in answers), default=0)
        return tuple(answer for answer in answers if answer.turns >= least)

    @property
    def rare_turns(self) -> int:
        """How many turns are answers that have no arrow."""
        return sum(answer.turns for answer in self.answers) - sum(answer.turns for answer in self.drawn)


class SpeakerSum:
    """Adds up speaker projections by the speakers' names, one conversation at a time."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.conversations = 0
        self._turns: Counter[str] = Counter()
        self._answers: Counter[tuple[str, str]] = Counter()

    def add(self, transcript: Transcript) -> None:
        """Add one conversation."""
        self.conversations += 1
        self._turns.update(turn.speaker for turn in transcript.turns)
        for speaker, to, answers in build_turn_graph(transcript).speakers.edges(data=True):
            self._answers[speaker, to] += answers["weight"]

    def graph(self) -> SpeakerGraph:
        """The sum so far, ready to be drawn."""
        ranked = sorted(self._turns, key=lambda name: (-self._turns[name], name))
        named = ranked if len(ranked) <= SPEAKERS else ranked[: SPEAKERS - 1]
        others = ranked[len(named) :]
        labels = [(name, self._turns[name]) for name in named]
        if others:
            labels.append((f"{len(others)} others", sum(self._turns[name] for name in others)))
        total = self._turns.total()
        return SpeakerGraph(
            group=self.group,
            conversations=self.conversations,
            speakers=tuple(Speaker(name, count, count / total) for name, count in labels),
            answers=self._drawn_answers({name: min(index, len(named)) for index, name in enumerate(ranked)}),
            merged=len(others),
        )

    def _drawn_answers(self, place: Mapping[str, int]) -> tuple[Answer, ...]:
        summed: Counter[tuple[int, int]] = Counter()
        for (speaker, to), weight in self._answers.items():
            summed[place[speaker], place[to]] += weight
        return tuple(Answer(speaker, to, count) for (speaker, to), count in sorted(summed.items()))
