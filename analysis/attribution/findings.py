"""What replays say of the side that causes a flag: counts a conversation, and a decision a judge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from analysis.attribution.cases import ARMS, Arm, Case, Replay
from analysis.statistics.common import ALPHA, Interval, holm
from analysis.statistics.rates import RateDifference, TurnCounts, paired_difference, rate_interval
from analysis.statistics.units import unit_of
from sims.seeds import derive_seed

Cause: TypeAlias = Literal["speaker", "others", "both", "cannot_tell"]
ALL_MODELS = "all"


@dataclass(frozen=True, slots=True)
class ArmCount:
    """Of the replays of one arm: how many were flagged again, how many judged, how many failed or not judged."""

    flagged: int = 0
    judged: int = 0
    missing: int = 0

    def __add__(self, other: ArmCount) -> ArmCount:
        return ArmCount(self.flagged + other.flagged, self.judged + other.judged, self.missing + other.missing)


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """One flagged turn and what became of it when it was spoken again; arms that could not differ are not there."""

    judge: str
    transcript: str
    scenario: str | None
    turn: int
    speaker: str
    model: str
    arms: Mapping[Arm, ArmCount]


@dataclass(frozen=True, slots=True)
class SwapEffect:
    """How much less often the turn is flagged when one side has the swap model.

    `arm` is the side swapped. `control` and `swapped` are shares of replays flagged, over the `conversations` that have
    both; `drop` is their difference with its 95 % interval. `p` is one-sided, of the hypothesis that swapping takes no
    flag away; `p_adjusted` after Holm over all judges, models and sides.
    """

    arm: Arm
    conversations: int
    control: float
    swapped: float
    drop: float
    ci_low: float
    ci_high: float
    p: float
    p_adjusted: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """What is said of one judge's flags on turns of one model ("all" where the run has but one).

    `again` is the share of control replays that are flagged again, with its interval; None where none was judged.
    `cause` is the side whose swap takes flags away for certain; "cannot_tell" where neither does, which is not to say
    that neither is the cause.
    """

    judge: str
    model: str
    conversations: int
    again: float | None
    again_interval: Interval | None
    effects: tuple[SwapEffect, ...]
    cause: Cause
    missing: int


def count_cases(
    cases: Iterable[Case], replays: Iterable[Replay], flags: Mapping[tuple[str, str], bool | None]
) -> tuple[CaseCounts, ...]:
    """The counts of each case, in their order; a replay that is not there or has no verdict is missing."""
    by_place: dict[tuple[str, int], list[Replay]] = defaultdict(list)
    for one in replays:
        by_place[one.recording.id, one.turn].append(one)
    return tuple(_counted(case, by_place[case.recording.id, case.turn], flags) for case in cases)


def _counted(case: Case, replays: Sequence[Replay], flags: Mapping[tuple[str, str], bool | None]) -> CaseCounts:
    arms: dict[Arm, ArmCount] = {}
    for one in replays:
        arms[one.arm] = arms.get(one.arm, ArmCount()) + _count(flags.get((one.id, case.judge)))
    scenario = case.recording.scenario.id if case.recording.scenario else None
    return CaseCounts(case.judge, case.recording.id, scenario, case.turn, case.speaker, case.model, arms)


def _count(flag: bool | None) -> ArmCount:
    return ArmCount(missing=1) if flag is None else ArmCount(flagged=int(flag), judged=1)


def attribute(counts: Sequence[CaseCounts], *, seed: int = 0) -> tuple[Attribution, ...]:
    """One attribution a judge and model, Holm's correction over all of them."""
    found = [_attribution(key, group, seed=seed) for key, group in _groups(counts).items()]
    adjusted = iter(holm([effect.p for one in found for effect in one.effects]))
    return tuple(_decided(one, [next(adjusted) or 0.0 for _ in one.effects]) for one in found)


def _groups(counts: Iterable[CaseCounts]) -> dict[tuple[str, str], list[CaseCounts]]:
    counts = tuple(counts)
    has_several = len({one.model for one in counts}) > 1
    groups: dict[tuple[str, str], list[CaseCounts]] = defaultdict(list)
    for one in counts:
        groups[one.judge, one.model if has_several else ALL_MODELS].append(one)
    return dict(sorted(groups.items()))


def _attribution(key: tuple[str, str], counts: Sequence[CaseCounts], *, seed: int) -> Attribution:
    judge, model = key
    control = _by_unit(counts, "control")
    effects = [_effect(counts, arm, seed=derive_seed("attribution", judge, model, arm, seed)) for arm in ARMS[1:]]
    return Attribution(
        judge=judge,
        model=model,
        conversations=len(counts),
        again=control.rate,
        again_interval=rate_interval(control.flagged, control.judged),
        effects=tuple(effect for effect in effects if effect),
        cause="cannot_tell",
        missing=sum(arm.missing for one in counts for arm in one.arms.values()),
    )


def _effect(counts: Sequence[CaseCounts], arm: Arm, *, seed: int) -> SwapEffect | None:
    both = [one for one in counts if _judged(one, "control") and _judged(one, arm)]
    found = paired_difference(_by_unit(both, "control"), _by_unit(both, arm), seed=seed) if both else None
    return _as_effect(arm, len(both), found) if found else None


def _as_effect(arm: Arm, conversations: int, found: RateDifference) -> SwapEffect:
    return SwapEffect(
        arm=arm,
        conversations=conversations,
        control=found.candidate_rate,
        swapped=found.baseline_rate,
        drop=found.difference,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        p=found.p_worse,
        p_adjusted=found.p_worse,
    )


def _judged(counts: CaseCounts, arm: Arm) -> int:
    return counts.arms.get(arm, ArmCount()).judged


def _by_unit(counts: Sequence[CaseCounts], arm: Arm) -> TurnCounts:
    """Flagged and judged replays of an arm, summed over each conversation or scenario."""
    is_by_scenario = unit_of(one.scenario for one in counts) == "scenario"
    sums: dict[str, ArmCount] = defaultdict(ArmCount)
    for one in counts:
        unit = one.scenario if is_by_scenario and one.scenario else one.transcript
        sums[unit] += one.arms.get(arm, ArmCount())
    flagged = np.array([total.flagged for total in sums.values()], dtype=np.int64)
    return TurnCounts(flagged, np.array([total.judged for total in sums.values()], dtype=np.int64))


def _decided(found: Attribution, adjusted: Sequence[float]) -> Attribution:
    effects = tuple(replace(one, p_adjusted=p) for one, p in zip(found.effects, adjusted, strict=True))
    certain = {one.arm for one in effects if one.p_adjusted < ALPHA}
    cause: Cause = "both" if len(certain) == 2 else "cannot_tell"
    if certain == {"speaker"}:
        cause = "speaker"
    elif certain == {"others"}:
        cause = "others"
    return replace(found, effects=effects, cause=cause)
