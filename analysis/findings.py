"""The values that the analysis hands to whoever shows them: rates of flags, shifts from human."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.statistics.units import LEAST_EFFECTIVE, Unit

Decision = Literal["EQUIVALENT", "SHIFTED", "UNDECIDED"]

LEAST_DISTANCE = 0.1
"""A tenth of people's standard deviation is no distance worth a word, however many conversations show it."""


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
    human-human noise floor. Counts are of conversations, `unit` is what was resampled. None where it cannot be said.
    `share_here` is what the conversations here add to the variance of the effect. `scenarios` is their effective number
    where the scenario is the unit; where it is not, `of_these_scenarios` says whether scenarios repeat, so that nothing
    is known of others.

    `distance` is the Wasserstein distance in standard deviations of the people, at least 0, and sees shape as
    well as size; `distance_floor` is what two human groups of these sizes stay below 19 times of 20.

    SHIFTED: the interval excludes zero and `p_adjusted` is below .05. EQUIVALENT: `p_alike_adjusted`, that of the
    equivalence test (|delta| is not as large as the margin), is below .025, so that the interval lies within the
    margin, and the distance is not above its floor (or a tenth of a standard deviation). Both p are corrected after
    Holm over all features and roles, so that of all that are called SHIFTED, and of all that are called
    EQUIVALENT, it holds with 95 % confidence that none is wrong. UNDECIDED otherwise, and where a few scenarios make up
    most of the conversations.
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
    distance: float | None = None
    distance_floor: float | None = None
    p_alike: float | None = None
    p_alike_adjusted: float | None = None
    unit: Unit = "conversation"
    share_here: float | None = None
    scenarios: float | None = None
    of_these_scenarios: bool = False

    @property
    def has_few_scenarios(self) -> bool:
        """Whether the scenarios, as unequal as they are, say no more than seven would."""
        return self.scenarios is not None and self.scenarios < LEAST_EFFECTIVE

    @property
    def is_apart(self) -> bool:
        """Whether the distance is above its floor, and above a tenth of a standard deviation."""
        if self.distance is None or self.distance_floor is None:
            return False
        return self.distance > max(self.distance_floor, LEAST_DISTANCE)
