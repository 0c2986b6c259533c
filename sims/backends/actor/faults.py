"""The faults that the offline actor plants: what a judge is to find, in words that do not say so."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from sims.backends.actor.pack import Lines, Pack, load_phrases
from sims.backends.actor.templates import say
from sims.backends.actor.words import scene_words
from sims.backends.backend import Scene
from sims.seeds import generator
from sims.stressors.registers import is_formal

PROVOKED: Mapping[str, str] = MappingProxyType(
    {
        "role_pressure": "role_flip",
        "persona_strip": "role_flip",
        "long_horizon": "role_flip",
        "distractor": "digression",
        "contradiction": "digression",
        "silence": "digression",
        "context_truncation": "digression",
        "register_shift": "formality",
        "typos": "formality",
        "code_switching": "formality",
        "paraphrase": "formality",
        "temperature": "metaphor",
    }
)
"""The fault that a sensitive actor commits under each kind of stress: a choice, so that there is a truth to recover."""


def fault_texts(
    kinds: Sequence[str], pack: Pack, scene: Scene, *, part: str, facts: Mapping[str, str], seed: int
) -> Iterator[str]:
    """The words of each kind of fault, as this agent would utter it here."""
    slots = {**scene_words(scene, seed), **facts}
    for kind in kinds:
        frame = "" if kind == "role_flip" else pack.frame.get(part, "")
        yield frame + _FAULTS[kind](pack, scene, part, slots, generator("fault words", kind, seed))


def _role_flip(pack: Pack, scene: Scene, part: str, slots: Mapping[str, str], rng: random.Random) -> str:
    """A line of another part: from the pack's own beats, or a phrase that only that side uses."""
    others = sorted(pack.parts - {part}) or [part]
    victim = rng.choice(others)
    own = pack.phrases["flip"].get(victim) or load_phrases("faults")["flip"].get(victim, ())
    beats = [line for beat in pack.beats.values() for line in beat.lines_of(victim)] if victim != part else []
    usable: Lines = tuple(beats) if beats and (not own or rng.random() < 0.6) else tuple(own)
    return say(usable or load_phrases("faults")["flip"]["peer"], rng, slots)


def _digression(pack: Pack, scene: Scene, part: str, slots: Mapping[str, str], rng: random.Random) -> str:
    """Talk about something that neither the task nor the thread has to do with."""
    faults = load_phrases("faults")
    subjects = [subject for subject in sorted(faults["digression"]) if subject not in pack.near]
    start = say(faults["digression_start"]["any"], rng, slots)
    text = start + say(faults["digression"][rng.choice(subjects)], rng, slots)
    return text[:1].upper() + text[1:]


def _formality(pack: Pack, scene: Scene, part: str, slots: Mapping[str, str], rng: random.Random) -> str:
    """A turn far above the speaker's own register; far below it for one who is formal."""
    register = "casual" if is_formal(scene.me.persona) else "formal"
    return say(load_phrases("faults")[register]["any"], rng, slots)


def _metaphor(pack: Pack, scene: Scene, part: str, slots: Mapping[str, str], rng: random.Random) -> str:
    """A turn dense in conventional metaphor."""
    return say(load_phrases("faults")["metaphor"]["any"], rng, slots)


_FAULTS: Mapping[str, Callable[[Pack, Scene, str, Mapping[str, str], random.Random], str]] = MappingProxyType(
    {"role_flip": _role_flip, "digression": _digression, "formality": _formality, "metaphor": _metaphor}
)
