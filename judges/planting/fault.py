"""What a plantable fault is, and the ground it is planted in."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from judges.courtesy import is_courtesy
from judges.injections import Planted
from judges.planting.donors import Donors
from sims.transcript import Transcript
from sims.words import words

MIN_WORDS = 4
"""Shorter turns, and those that only greet or thank, carry no planted text: nobody could see a fault there."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a fault is planted with: how much of it, in (0, 1], the choices, and foreign sentences."""

    dose: float
    chance: random.Random
    donors: Donors

    def count(self, most: int, *, least: int = 1) -> int:
        """How many of at most `most` the dose stands for, never fewer than `least`."""
        return max(least, math.ceil(self.dose * most - 1e-9))


Plant = Callable[[Transcript, Ground], Planted | None]
"""Plants a fault in a conversation; None where it offers no place for it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault.

    A dose of 1 is the most that is planted: `most` says how much that is, `unit` what `Planted.size` counts. A fault
    that is not graded has the dose 1 only. `judges` are those that should find it. `lowers_score` is true where the
    judge's score of the planted turn should fall, not rise (formality of a lowered register). `is_stretch` is true
    where the fault is one stretch of turns with a beginning and an end. `is_sure` is false where what is planted may by
    chance be no fault (a sentence on the same subject may fit): a gate looks at it only when asked to by name.
    """

    name: str
    what: str
    most: str
    unit: str
    judges: tuple[str, ...]
    plant: Plant
    is_graded: bool = True
    lowers_score: bool = False
    is_stretch: bool = False
    is_sure: bool = True


def has_content(text: str) -> bool:
    """Whether a turn says something of its own: four words or more, and not only courtesy."""
    said = words(text)
    return len(said) >= MIN_WORDS and not is_courtesy(said)


def contentful_turns(transcript: Transcript) -> list[int]:
    """The indices of turns that say something of their own."""
    return [index for index, turn in enumerate(transcript.turns) if has_content(turn.text)]
