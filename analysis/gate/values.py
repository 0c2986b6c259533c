"""What the gate finds: a decision, the checks behind it, and the conversations that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.statistics.units import Unit

GateDecision = Literal["PASS", "REGRESSED", "INCONCLUSIVE"]
CheckKind = Literal["change", "limit"]
Direction = Literal["broken", "worse", "fixed", "better"]

DEFAULT_MARGIN = 0.02
"""How far the rate of flagged turns may rise where neither the scenario nor the command line says: 2 points."""
ALL_SCENARIOS = "all"


@dataclass(frozen=True, slots=True)
class Check:
    """One judge held to one bound.

    A check of kind "change" compares the candidate's rate of flagged turns with the baseline's, over all pairs, and
    `bound` is the margin; one of kind "limit" holds the candidate's rate in one scenario to that scenario's
    `expect.max_rate`, which is `bound`, and has no baseline.

    PASS: the one-sided 95 % upper bound of the rise (or of the rate) lies below `bound`. REGRESSED: the rise (or the
    rate) as estimated lies above `bound`, and `p_adjusted` is below .05: the rate rose (or exceeds the bound) beyond
    chance, corrected after Holm over all checks. INCONCLUSIVE otherwise, also where the rate rose beyond chance by an
    estimate within the margin.

    Rates, differences and bounds are shares of turns in [-1, 1]; None where it cannot be said. `pairs` counts the
    conversations compared, `units` what was permuted, `missing` the conversations left out for lack of a verdict.
    `worst_low` and `worst_high` bound the difference (or the rate) had the missing ones been clean, or flagged
    throughout. `minimum_detectable` is the rise that would be REGRESSED with 80 % power, `needed` how many pairs would
    decide an INCONCLUSIVE check. `reason` is one sentence for people.
    """

    judge: str
    kind: CheckKind
    scenario: str
    decision: GateDecision
    reason: str
    bound: float
    pairs: int
    units: int
    unit: Unit
    missing: int
    baseline_rate: float | None = None
    candidate_rate: float | None = None
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    upper: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    worst_low: float | None = None
    worst_high: float | None = None
    minimum_detectable: float | None = None
    needed: int | None = None

    @property
    def missing_share(self) -> float:
        """The share of the conversations to be compared that lack an outcome, in [0, 1]."""
        total = self.pairs + self.missing
        return self.missing / total if total else 0.0


@dataclass(frozen=True, slots=True)
class ChangedConversation:
    """A pair of which a judge flags more turns on one side than on the other.

    "broken" is flagged in the candidate only, "fixed" in the baseline only; of those flagged on both sides "worse" has
    more turns flagged in the candidate, "better" fewer. `baseline` and `candidate` are transcript ids, the flagged
    turns are indices.
    """

    judge: str
    direction: Direction
    scenario: str
    repeat: int | None
    baseline: str
    candidate: str
    baseline_flagged: tuple[int, ...]
    candidate_flagged: tuple[int, ...]

    @property
    def size(self) -> int:
        """By how many flagged turns the sides differ."""
        return abs(len(self.candidate_flagged) - len(self.baseline_flagged))


@dataclass(frozen=True, slots=True)
class GateResult:
    """The whole of a gate. `checks` are in the order of judges; `changes` have the broken and the worse first.

    `only_baseline` and `only_candidate` count the conversations without a partner. `notes` are sentences on
    what the comparison rests on (pairing, seeds, scenarios that changed, what it speaks of). `missing_share` is the
    largest of the checks' missing shares and, where a wanted subset was not asked for, of the share of the baseline's
    conversations without a partner; `is_missing_too_much` says whether it is above the limit given.
    """

    decision: GateDecision
    checks: tuple[Check, ...]
    changes: tuple[ChangedConversation, ...]
    baseline: str
    candidate: str
    pairs: int
    only_baseline: int
    only_candidate: int
    missing_share: float
    is_missing_too_much: bool
    notes: tuple[str, ...]

    @property
    def unpaired_share(self) -> float:
        """The share of the baseline's conversations that have no partner, in [0, 1]."""
        return self.only_baseline / (self.pairs + self.only_baseline) if self.only_baseline else 0.0

    def changed(self, direction: Direction) -> int:
        """How many conversations some judge finds changed this way, each counted once."""
        return len({(one.baseline, one.candidate) for one in self.changes if one.direction == direction})

    @property
    def exit_code(self) -> int:
        """0 for PASS, 1 for REGRESSED, 4 when too much is missing to tell, 3 for INCONCLUSIVE."""
        if self.decision == "REGRESSED":
            return 1
        if self.is_missing_too_much:
            return 4
        return 0 if self.decision == "PASS" else 3
