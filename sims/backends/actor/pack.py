"""The phrase packs of the offline actor: what there is to talk about in a kind of situation.

A pack is a JSON file in `phrases/`. It holds *beats* (a move and its answer: ask for the booking, give it),
*stories* (beats in order; "?" marks those that half of the conversations leave out) and *cases* (facts that
hold through a conversation). A beat is opened `by` one part and answered by another (`to`); parts are agents'
names or sides (seeker, helper, peer). `flip` says which lines are unmistakably their own part's, so that they
can be put into the wrong mouth; `near` names the subjects that would be no digression here, and `frame` the word
with which a protocol makes a part begin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from sims.backends.actor.templates import Template, compile_template
from sims.seeds import Part, generator

PACKS = (
    "service",
    "retail",
    "negotiation",
    "medical",
    "tutoring",
    "task",
    "smalltalk",
    "meeting",
    "survey",
    "any_service",
    "any_pair",
    "any_group",
)
Lines = tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """A move and its answer, said by the parts `by` and `to`; `again` is how the move is repeated."""

    name: str
    by: str
    to: str
    open: Lines
    reply: Lines
    again: Lines
    flip: str = ""

    def lines_of(self, part: str) -> Lines:
        """The lines that only this part would say here."""
        own: Lines = ()
        if self.by == part and self.flip in ("open", "both"):
            own += self.open
        if self.to == part and self.flip in ("reply", "both"):
            own += self.reply
        return own


@dataclass(frozen=True, slots=True)
class Pack:
    """What there is to talk about in a kind of situation."""

    genre: str
    scenarios: tuple[str, ...]
    parts: frozenset[str]
    beats: Mapping[str, Beat]
    stories: tuple[tuple[str, ...], ...]
    cases: tuple[Mapping[str, str], ...]
    slots: Mapping[str, tuple[str, ...]]
    near: frozenset[str]
    frame: Mapping[str, str]
    phrases: Mapping[str, Mapping[str, Lines]]

    def story(self, *seed: Part, max_turns: int) -> tuple[Beat, ...]:
        """The beats of one conversation, in order: no more than fit into `max_turns`, but first and last always."""
        rng = generator("story", self.genre, *seed)
        chosen = rng.choice(self.stories)
        kept = [name for name in chosen if not name.endswith("?") or rng.random() < 0.5]
        while len(kept) > 2 and self._turns_needed(kept) > max_turns:
            spare = [name for name in kept[1:-1] if name.endswith("?")] or kept[-2:-1]
            kept.remove(spare[-1])
        return tuple(self._beat(name) for name in kept)

    def _beat(self, name: str) -> Beat:
        return self.beats[name.rstrip("?")]

    def _turns_needed(self, names: Sequence[str]) -> int:
        """How many turns these beats take when whoever answers also opens the next one of its own."""
        speakers: list[str] = []
        for beat in map(self._beat, names):
            said = [(beat.by, beat.open), (beat.to, beat.reply)]
            speakers += [f"{part} {i}" if beat.by == beat.to else part for i, (part, lines) in enumerate(said) if lines]
        return sum(1 for i, speaker in enumerate(speakers) if i == 0 or speakers[i - 1] != speaker)

    def facts(self, *seed: Part) -> dict[str, str]:
        """The facts of one conversation, by slot."""
        rng = generator("facts", self.genre, *seed)
        case = rng.choice(self.cases) if self.cases else {}
        return {**{slot: rng.choice(values) for slot, values in self.slots.items()}, **case}


@cache
def load_pack(name: str) -> Pack:
    """The pack of that name, compiled."""
    data = _read(name)
    beats = {key: _beat(key, entry) for key, entry in data["beats"].items()}
    return Pack(
        genre=name,
        scenarios=tuple(data.get("scenarios", ())),
        parts=frozenset(part for beat in beats.values() for part in (beat.by, beat.to)),
        beats=beats,
        stories=tuple(tuple(story) for story in data["stories"]),
        cases=tuple(data.get("cases", ())),
        slots={slot: tuple(values) for slot, values in data.get("slots", {}).items()},
        near=frozenset(data.get("near", ())),
        frame=data.get("frame", {}),
        phrases=_merged(load_phrases("common"), _phrases(data.get("phrases", {}))),
    )


@cache
def load_phrases(name: str) -> dict[str, Mapping[str, Lines]]:
    """Phrases by purpose, then by part, side or register."""
    return _phrases(_read(name))


@cache
def pack_for(scenario_id: str, names: frozenset[str]) -> str | None:
    """The name of the pack made for a scenario with this cast, or None."""
    for name in PACKS:
        pack = load_pack(name)
        if scenario_id in pack.scenarios and names == pack.parts:
            return name
    return None


def _read(name: str) -> dict[str, Any]:
    source = resources.files("sims.backends.actor").joinpath("phrases", f"{name}.json")
    data: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return data


def _beat(name: str, entry: Mapping[str, Any]) -> Beat:
    return Beat(
        name=name,
        by=entry["by"],
        to=entry["to"],
        open=_lines(entry["open"]),
        reply=_lines(entry["reply"]),
        again=_lines(entry.get("again", entry["open"])),
        flip=entry.get("flip", ""),
    )


def _phrases(data: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, Mapping[str, Lines]]:
    return {purpose: {key: _lines(texts) for key, texts in by_key.items()} for purpose, by_key in data.items()}


def _merged(
    general: Mapping[str, Mapping[str, Lines]], own: Mapping[str, Mapping[str, Lines]]
) -> dict[str, Mapping[str, Lines]]:
    """The general phrases with a pack's own in front; own ones for "any" replace all the general ones."""
    merged = dict(general)
    for purpose, by_key in own.items():
        merged[purpose] = by_key if "any" in by_key else {**general.get(purpose, {}), **by_key}
    return merged


def _lines(texts: Sequence[str]) -> Lines:
    return tuple(compile_template(text) for text in texts)
