"""What a stress test found: values only. Rates are in [0, 1], turns are counted from 1, None means "cannot be told"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.statistics.clusters import Estimate

CONTROL_DOSE = 0.0
RETURN_TURNS = 3
"""Within how many flagged turns of their own speakers are said to come back."""

Response = Literal["EXCEEDS", "NO_RISE_FOUND", "CANNOT_TELL"]
"""Of a judge's rate under a kind of stress: above the control at some dose; at none, and a rise by the margin is ruled
out at every dose, whatever missing conversations would have shown; neither.
"""


@dataclass(frozen=True, slots=True)
class Arm:
    """What was held side by side: one choice of models under one kind of stressor at one dose.

    Dose 0 is the control: the same undisturbed conversations for every kind, of which the turns count that this kind
    would reach. `dose` is None where the stressor was given without one.
    """

    model: str
    kind: str
    dose: float | None

    @property
    def is_control(self) -> bool:
        """Whether nothing disturbed these conversations."""
        return self.dose == CONTROL_DOSE

    @property
    def rank(self) -> tuple[bool, float]:
        """Orders the arms of one kind: the control, rising doses, then the one without a dose."""
        return self.dose is None, self.dose or CONTROL_DOSE


@dataclass(frozen=True, slots=True)
class DosePoint:
    """A judge's rate in the turns that the stressor can reach, at one dose; of the control, over the same turns.

    `missing` counts conversations that failed, have no verdict, or were planned and never held; `worst_*` are the rates
    had those been clean, or flagged throughout. The difference is the arm's rate less the control's, over the `pairs`
    that both completed; None for the control itself. `p` is two-sided, `p_adjusted` corrected after Holm over all of
    the stress test. `shared_turns` of the flagged turns are flagged by the judge `shared_with` as well, the one that
    shares most; "" where none does.
    """

    arm: Arm
    conversations: int
    missing: int
    judged_turns: int
    flagged_turns: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    worst_low: float | None
    worst_high: float | None
    pairs: int = 0
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    shared_with: str = ""
    shared_turns: int = 0

    @property
    def exceeds(self) -> bool:
        """Whether the rate is above the control's beyond chance: corrected p and interval agree."""
        is_above = self.difference_low is not None and self.difference_low > 0
        return is_above and self.p_adjusted is not None and self.p_adjusted < 0.05


@dataclass(frozen=True, slots=True)
class DoseResponse:
    """How a judge's rate follows the dose of one kind of stress, for one choice of models.

    `points` rise in dose; the first is the control, where there is one. `first_exceeding` is the least dose tested
    whose rate is shown to exceed the control's, None where none is (or only a stressor without a dose): at a lower dose
    it may do so as well. `slope` is the change of the rate along the best line, in [-1, 1], over the doses `slope_from`
    to `slope_to`, the least and the highest that were judged; its unit is the conversation (or scenario), its p is not
    corrected. `p_of_rise` is that of a rise by the margin or more at some dose, had the missing conversations been
    flagged throughout, and those of the control clean; corrected after Holm over all responses. `but_for_missing`
    says that without them such a rise would be ruled out. `needed` is about how many conversations an arm would take,
    where it cannot be told.
    """

    model: str
    kind: str
    judge: str
    points: tuple[DosePoint, ...]
    response: Response
    first_exceeding: float | None
    slope: Estimate
    slope_from: float | None = None
    slope_to: float | None = None
    p_of_rise: float | None = None
    but_for_missing: bool = False
    needed: int | None = None

    @property
    def control(self) -> DosePoint | None:
        """The point of the undisturbed conversations; None where there are none."""
        first = self.points[0]
        return first if first.arm.is_control else None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Whether a judge's rate rises more steeply with a kind of stress under one model than under another.

    `difference` is the slope of `model` less that of `other` over the same doses, paired by place, in [-2, 2];
    `p_adjusted` is corrected after Holm over all such comparisons. `more` names a model only where its own rate is
    shown to exceed its control's.
    """

    judge: str
    kind: str
    model: str
    other: str
    difference: Estimate
    p_adjusted: float | None
    more: Literal["model", "other", "cannot tell"]


@dataclass(frozen=True, slots=True)
class OnsetStep:
    """The share of conversations still without a flag after a turn, with its 95 % interval; `at_risk` before it."""

    turn: int
    clean: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class Onset:
    """At which turn a judge's first flag comes in the conversations of an arm (Kaplan-Meier).

    Turns count as in `DosePoint`. A conversation that ended clean is censored at its last judged turn; one that failed,
    at its last too, and counted in `broken_off`; one without a judged turn is left out of `conversations`. `steps` are
    the turns at which flags begin, and the last one. `median_turn` is the turn by which half would have a flag, None
    where fewer do.
    """

    arm: Arm
    judge: str
    conversations: int
    onsets: int
    broken_off: int
    steps: tuple[OnsetStep, ...]
    median_turn: int | None


@dataclass(frozen=True, slots=True)
class OnsetContrast:
    """Whether flags come earlier in one arm than in another (log-rank, paired by place).

    `other` is the control of `arm`, or the same arm of another model (not of the controls, which `simstress providers`
    compares). `pairs` counts the places that both have.
    `p_adjusted` is corrected after Holm over all onset contrasts.
    """

    judge: str
    arm: Arm
    other: Arm
    earlier: Literal["arm", "other", "cannot tell"]
    p: float | None
    p_adjusted: float | None
    pairs: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """Whether speakers come back after a judge flagged them, and how soon.

    An episode is a run of a speaker's own turns that are flagged, one after another, turns that were not judged left
    out; it is `repaired` by a later turn of that speaker that is judged and clean. One that runs up to the speaker's
    last judged turn, whether the conversation ended there or broke off, is `open`: the turn that would tell was never
    said. `share` is the chance that an episode is over after at most `within` own turns (Kaplan-Meier, the open ones
    censored), its `n` the episodes with a next turn, its `clusters` the units they are from; None where there is none.
    `within` is at most `RETURN_TURNS`, fewer where no episode was watched that long. `median_turns` is how many own
    turns an episode lasts, None where fewer than half end.
    """

    arm: Arm
    judge: str
    episodes: int
    repaired: int
    open: int
    share: Estimate
    within: int
    median_turns: float | None


@dataclass(frozen=True, slots=True)
class StressFindings:
    """All that a stress test found; `margin` is the rise that counts as none.

    `unheld` counts the conversations that were planned and never held.
    """

    models: tuple[str, ...]
    kinds: tuple[str, ...]
    unit: Literal["conversation", "scenario"]
    margin: float
    responses: tuple[DoseResponse, ...]
    onsets: tuple[Onset, ...]
    contrasts: tuple[OnsetContrast, ...]
    repairs: tuple[Repair, ...]
    sensitivities: tuple[Sensitivity, ...] = ()
    unheld: int = 0
    notes: tuple[str, ...] = ()
