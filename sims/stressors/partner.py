"""What stressors do to a partner's turn: words added, replaced or changed.

Every turn has its own draw, and is changed where that draw is below the dose: what a dose changes, a higher one changes
too, and in the same way.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from sims.scenario import Stressor
from sims.seeds import generator
from sims.stressors.kinds import WORDING
from sims.stressors.placing import dose_of
from sims.stressors.registers import frames, in_register
from sims.stressors.tables import table
from sims.stressors.texture import code_switched, languages, mistyped
from sims.transcript import Turn

ORDER = ("silence", "role_pressure", "distractor", "contradiction", "register_shift", "code_switching", "typos")
"""Several in one turn act in this order; a silent partner says nothing else."""

Option = TypeVar("Option")
_ENDS = (".", "?", "!", "…", '"', "”", ")", ":")


@dataclass(frozen=True, slots=True)
class Occasion:
    """A turn that is about to be said: by whom, after which turns; `spared` words are names and stay."""

    speaker: str
    turns: Sequence[Turn]
    seed: int
    spared: frozenset[str]

    def draws(self, kind: str) -> random.Random:
        """The draws of this turn, the same at every dose."""
        return generator("stress", kind, self.seed, len(self.turns), self.speaker)

    def pick(self, kind: str, options: Sequence[Option]) -> Option:
        """One of the options, none of them twice in a conversation as long as there are others."""
        order = generator("stress", kind, "order", self.seed).sample(range(len(options)), k=len(options))
        own = sum(turn.speaker == self.speaker for turn in self.turns)
        return options[order[own % len(options)]]


def disturbed(stressor: Stressor, text: str, occasion: Occasion) -> str:
    """The words of a turn as the stressor leaves them; unchanged where it does not act."""
    turns, at = occasion.turns, stressor.at or 0
    if occasion.speaker != stressor.from_ or len(turns) < at:
        return text
    if stressor.kind in WORDING and not _is_hit(stressor, occasion):
        return text
    return _CHANGES[stressor.kind](stressor, text, occasion)


def _is_hit(stressor: Stressor, occasion: Occasion) -> bool:
    """Whether the turn is one of those that are changed; without a dose only the first that can be is."""
    if stressor.dose is None:
        before = occasion.turns[stressor.at or 0 :]
        return not any(turn.speaker == stressor.from_ and not turn.meta.get("fixed") for turn in before)
    return occasion.draws(stressor.kind).random() < stressor.dose


def _words_of(stressor: Stressor, occasion: Occasion) -> str:
    return stressor.text or occasion.pick(stressor.kind, table("phrases")[stressor.kind])


def _added(stressor: Stressor, text: str, occasion: Occasion) -> str:
    return f"{text}{'' if text.endswith(_ENDS) else '.'} {_words_of(stressor, occasion)}"


def _replaced(stressor: Stressor, _text: str, occasion: Occasion) -> str:
    return _words_of(stressor, occasion)


def _shifted(stressor: Stressor, text: str, occasion: Occasion) -> str:
    register = stressor.register_ or "formal"
    return in_register(text, register, occasion.pick(stressor.kind, frames(register)), spared=occasion.spared)


def _switched(stressor: Stressor, text: str, occasion: Occasion) -> str:
    language = generator("stress", "language", occasion.seed).choice(languages())
    rng = occasion.draws(stressor.kind)
    return code_switched(text, dose_of(stressor), rng, language=language, spared=occasion.spared)


def _mistyped(stressor: Stressor, text: str, occasion: Occasion) -> str:
    return mistyped(text, dose_of(stressor), occasion.draws(stressor.kind), spared=occasion.spared)


_CHANGES: Mapping[str, Callable[[Stressor, str, Occasion], str]] = MappingProxyType(
    {
        "role_pressure": _added,
        "distractor": _added,
        "contradiction": _added,
        "silence": _replaced,
        "register_shift": _shifted,
        "code_switching": _switched,
        "typos": _mistyped,
    }
)
