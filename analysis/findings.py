"""The values that the analysis hands to whoever shows them: rates of flags, shifts from human."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Decision = Literal["EQUIVALENT", "SHIFTED", "UNDECIDED"]


@dataclass(frozen=True, slots=True)
class FlagRate:
    """The share of judged turns that a judge flags, for one group of turns.

    `rate`, `ci_low`, `ci_high` are shares in [0, 1], or None where no turn was judged. The interval resamples
    whole conversations. `worst_low` and `worst_high` bound the rate if every turn that is missing (conversations
    that failed or could not be judged) had been clean, or flagged.
    """

    judge: str
    group: str
    conversations: int
    unjudged_conversations: int
    judged_turns: int
    flagged_turns: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    worst_low: float | None
    worst_high: float | None


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one feature of one role lies from people.

    `effect` is Cliff's delta in [-1, 1]: the chance that a simulated conversation has more of the feature than a
    human one, less the chance that it has less. `margin` is the largest delta that counts as alike, from the
    human-human noise floor. Counts are of conversations. None where it cannot be said.
    """

    feature: str
    role: str
    n: int
    n_reference: int
    effect: float | None
    effect_name: str
    ci_low: float | None
    ci_high: float | None
    p: float | None
    p_adjusted: float | None
    decision: Decision
    needed_n: int | None
    profile: str
    margin: float | None
    mean: float | None
    reference_mean: float | None
