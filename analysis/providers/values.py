"""What a comparison of providers finds: where each arm stands, which differ, what each costs and how it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.statistics.units import Unit

MeasureKind = Literal["judge", "feature", "service"]
ArmDecision = Literal["LESS", "MORE", "ALIKE", "UNDECIDED"]

ANY_JUDGE = "any_judge"
"""The measure of turns that at least one judge flags, over the conversations that no judge misses.

A judge that judged nothing at all is left out. A turn that a judge has no score for, since it is none of its kind, is
not flagged by it.
"""


@dataclass(frozen=True, slots=True, order=True)
class Measure:
    """What arms are compared on.

    A judge's rate of flagged turns, a feature of one side (`role`) of a conversation, or what a conversation takes
    ("cost_usd", "tokens"). Of a judge and of a service less is better; of a feature it is
    just less.
    """

    kind: MeasureKind
    name: str
    role: str = ""


COST = Measure("service", "cost_usd")
TOKENS = Measure("service", "tokens")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one arm stands on one measure.

    `estimate` is a share of judged turns, or a mean over conversations, None where nothing could be measured, with its
    95 % interval. `missing` of `conversations` lack a value; `worst_low` and `worst_high` bound a judge's rate had
    the missing ones been clean, or flagged throughout. The arm's rank, 1 for the least, lies from `rank_low` to
    `rank_high`: the ranks that no corrected pairwise test excludes. Features have none: the correction of their tests
    lets some be wrong. Of a mean there is no interval where the values do not carry one (`mean_of_units`).
    """

    measure: Measure
    arm: str
    conversations: int
    missing: int
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    worst_low: float | None
    worst_high: float | None
    rank_low: int | None = None
    rank_high: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How far `arm` lies above `other` on one measure, over the conversations that both have.

    `decision` is of `arm`: LESS or MORE where `p_adjusted` is below .05 and the 95 % interval leaves out 0; ALIKE where
    it lies within the margin (of means there is none: ALIKE is no difference in any pair); else UNDECIDED, with
    `needed` the number of units that would decide, where the spread seen lets that be said. `units` counts what was
    swapped, conversations or scenarios. Figures are None where there are fewer than two units, bounds also where the
    values carry none.
    """

    measure: Measure
    arm: str
    other: str
    pairs: int
    units: int
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    p_adjusted: float | None
    decision: ArmDecision
    needed: int | None


@dataclass(frozen=True, slots=True)
class Service:
    """What one arm cost and how it served.

    Cost and tokens are means a conversation, over the conversations that did not fail and of which all turns report
    them; None where no conversation does. `unpriced_turns` and `uncounted_turns` say how many turns do not. `cut`
    conversations ended at a limit of tokens: they are in the means, and cheap because they are cut. `failed_usd` is
    what is known to have been paid for the failed ones, all together. Latencies are seconds a reply, None where none
    was measured. `retried_turns` took more than one call. `failures` counts conversations by stop reason, the
    commonest first.
    """

    arm: str
    conversations: int
    turns: int
    cost_usd: float | None
    cost_low_usd: float | None
    cost_high_usd: float | None
    unpriced_turns: int
    prompt_tokens: float | None
    completion_tokens: float | None
    uncounted_turns: int
    latency_p50_s: float | None
    latency_p95_s: float | None
    timed_turns: int
    cut: int
    failed_usd: float
    refused: int
    failed: int
    failures: Mapping[str, int]
    truncated_turns: int
    retried_turns: int


@dataclass(frozen=True, slots=True)
class ProviderComparison:
    """Arms side by side. `artifact` is the measure that stands for all judges, None where nothing was judged.

    Standings are in the order of measures and arms, differences in that of measures and pairs. `unit` is what
    intervals resample and tests swap. `unpaired` are the arms no two conversations of which share scenario and repeat
    (or id). `notes` are sentences on what the comparison rests on.
    """

    arms: tuple[str, ...]
    unit: Unit
    margin: float
    standings: tuple[Standing, ...]
    differences: tuple[Difference, ...]
    services: tuple[Service, ...]
    artifact: Measure | None
    unpaired: frozenset[tuple[str, str]]
    notes: tuple[str, ...]

    def standings_on(self, measure: Measure) -> tuple[Standing, ...]:
        """Where the arms stand on one measure, in the order of arms."""
        return tuple(standing for standing in self.standings if standing.measure == measure)

    def differences_on(self, measure: Measure) -> tuple[Difference, ...]:
        """The pairwise differences on one measure."""
        return tuple(difference for difference in self.differences if difference.measure == measure)

    def measures(self, kind: MeasureKind) -> tuple[Measure, ...]:
        """The measures of one kind, in their order."""
        return tuple(dict.fromkeys(one.measure for one in self.standings if one.measure.kind == kind))


@dataclass(frozen=True, slots=True)
class Nearness:
    """How far one model is from people: the mean |Cliff's delta| over the features compared, in [0, 1].

    `further` names the models that are decidedly further off.
    """

    arm: str
    distance: float
    features: int
    further: tuple[str, ...]
