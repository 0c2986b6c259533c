"""Conversations against people, or against other conversations: one shift a feature and side, with its uncertainty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.features.catalogue import feature_names
from analysis.features.speech import CONVERSATION
from analysis.figures import rounded
from analysis.findings import Decision, Shift
from analysis.reference.noise_floor import noise_floor
from analysis.reference.profile import ReferenceProfile, margin_from
from analysis.statistics.common import ALPHA, Interval, Values, holm, values_from_quantiles
from analysis.statistics.delta import Group, conversations_needed, delta, no_scenarios, shift_test
from analysis.statistics.distance import distance_floor, standardised_distance
from analysis.statistics.units import Unit, unit_between
from sims.errors import UsageError
from sims.seeds import derive_seed

EFFECT_NAME = "cliffs_delta"
LEAST_TO_FORETELL = 10
"""From fewer conversations than this nothing is foretold about more."""
RECORD_KEYS = (
    "feature",
    "role",
    "n",
    "n_reference",
    "effect",
    "effect_name",
    "ci_low",
    "ci_high",
    "p",
    "p_adjusted",
    "decision",
    "needed_n",
)


@dataclass(frozen=True, slots=True)
class _Reference:
    """What one feature is compared with: a value a conversation, and the margin of what counts as alike."""

    group: Group
    mean: float | None
    margin: float | None


@dataclass(frozen=True, slots=True)
class _Pair:
    """One feature of one side, here and in the reference."""

    feature: str
    role: str
    group: Group
    reference: _Reference
    unit: Unit

    @property
    def values(self) -> tuple[Values, Values]:
        return self.group.values, self.reference.group.values


def compare_to_profile(
    features: pd.DataFrame, profile: ReferenceProfile, *, roles: Mapping[str, str] | None = None, seed: int = 0
) -> tuple[Shift, ...]:
    """How far each feature of each side lies from the people of a profile.

    `features` is a table of `feature_table`. `roles` says which of its sides is compared with which of the profile's;
    left out, sides of the same name are compared; "conversation" always is, over the conversations that have a side
    which is compared.

    The effect is Cliff's delta over conversations, with the interval of `Delta.interval`. What varies is decided by
    `unit_between`: conversations within their scenario, or from ten repeated scenarios on whole scenarios. The test
    is that of `shift_test`. Both its p and the p of the equivalence test
    against the margin (95th percentile of the human-human noise floor) are corrected after Holm, each over all
    features and sides of this call; `Shift` says what is decided from them. With fewer than two conversations on either
    side nothing is said. `needed_n` is for UNDECIDED only and asks for ten on either side, see `conversations_needed`.
    `seed` is for the distance's floor.

    Of the people, only n and 101 quantiles are known; n values are read off these.

    Raises:
        UsageError: no side that speaks is in both, or `roles` names a side that is not there.
    """

    def people(side: str, feature: str) -> _Reference:
        figures = profile.sides[side].get(feature)
        if figures is None or not figures.n:
            return _Reference(no_scenarios(np.empty(0)), None, None)
        values = values_from_quantiles(figures.quantiles, figures.n)
        return _Reference(no_scenarios(values), figures.mean, figures.margin)

    matched = _matched_sides(_sides(features), list(profile.sides), roles, what=f"the profile {profile.name!r}")
    unit = unit_between(_scenarios(features), ())
    return _shifts(_pairs(features, matched, people, unit=unit), name=profile.name, seed=seed)


def compare_tables(
    features: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    name: str,
    roles: Mapping[str, str] | None = None,
    seed: int = 0,
) -> tuple[Shift, ...]:
    """How far each feature of each side lies from other conversations, which stand where the people do.

    As `compare_to_profile`, with the noise floor taken from the reference itself; `name` is what the shifts call it.
    Conversations are exchanged within the scenarios that are in both, and a scenario in both counts as a pair where the
    scenario is the unit.

    Raises:
        UsageError: no side that speaks is in both, or `roles` names a side that is not there.
    """

    def others(side: str, feature: str) -> _Reference:
        group = _group(by_side[side], feature)
        floor = noise_floor(group.values)
        return _Reference(group, _mean(group.values), margin_from(floor) if floor else None)

    matched = _matched_sides(_sides(features), _sides(reference), roles, what=name)
    by_side = _by_side(reference, matched.values())
    unit = unit_between(_scenarios(features), _scenarios(reference))
    return _shifts(_pairs(features, matched, others, unit=unit), name=name, seed=seed)


def corrected_together(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    """The shifts of several comparisons with both p corrected after Holm over all of them, and decided anew."""
    differs, alike = holm([shift.p for shift in shifts]), holm([shift.p_alike for shift in shifts])
    corrected = [
        replace(shift, p_adjusted=p, p_alike_adjusted=p_alike)
        for shift, p, p_alike in zip(shifts, differs, alike, strict=True)
    ]
    tests = sum(shift.p is not None for shift in shifts)
    return tuple(
        replace(shift, decision=decision, needed_n=_needed(shift, tests=tests) if decision == "UNDECIDED" else None)
        for shift, decision in zip(corrected, map(_decision, corrected), strict=True)
    )


def records(shifts: Iterable[Shift]) -> list[dict[str, Any]]:
    """One plain record a shift for `compare --json`, with the keys `RECORD_KEYS`; six significant digits."""
    return [{key: rounded(getattr(shift, key)) for key in RECORD_KEYS} for shift in shifts]


def _sides(features: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(features["side"]))


def _matched_sides(
    here: Sequence[str], there: Sequence[str], roles: Mapping[str, str] | None, *, what: str
) -> dict[str, str]:
    """Which side here is compared with which side there."""
    if roles is not None:
        for side, other in roles.items():
            _check_side(side, here, "the conversations")
            _check_side(other, there, what)
        whole = {CONVERSATION: CONVERSATION} if CONVERSATION in here and CONVERSATION in there else {}
        return whole | dict(roles)
    matched = {side: side for side in here if side in there} if here else {side: side for side in there}
    if here and not set(matched) - {CONVERSATION}:
        raise UsageError(
            f"the conversations have the sides {_listed(here)}, {what} has {_listed(there)}: none in common; "
            f"choose another reference, or say which side is compared with which: {_role_option(here, there)}"
        )
    return matched


def _check_side(side: str, known: Sequence[str], what: str) -> None:
    if known and side not in known:
        raise UsageError(f"no side {side!r} in {what}; it has {_listed(known)}")


def _role_option(here: Sequence[str], there: Sequence[str]) -> str:
    side, other = (next(name for name in (*names, "SIDE") if name != CONVERSATION) for names in (here, there))
    return f"simstress compare --role {side}={other}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name for name in names if name != CONVERSATION) or "none"


def _scenarios(features: pd.DataFrame) -> list[str | None]:
    """The scenario of each conversation."""
    return [_scenario(scenario) for scenario in features.drop_duplicates("transcript")["scenario"]]


def _scenario(cell: Any) -> str | None:
    return None if pd.isna(cell) else str(cell)


def _pairs(
    features: pd.DataFrame,
    matched: Mapping[str, str],
    reference: Callable[[str, str], _Reference],
    *,
    unit: Unit,
) -> list[_Pair]:
    by_side = _by_side(features, matched)
    return [
        _Pair(feature, side, _group(by_side[side], feature), reference(other, feature), unit)
        for side, other in matched.items()
        for feature in feature_names(side)
    ]


def _by_side(features: pd.DataFrame, compared: Iterable[str]) -> defaultdict[str, pd.DataFrame]:
    """The rows of each side, none for a side that is not there; of conversations those that have a side compared."""
    speaks = features["side"].isin(set(compared) - {CONVERSATION})
    has_side = features["transcript"].isin(features["transcript"][speaks])
    rows = {str(side): rows for side, rows in features[has_side].groupby("side", sort=False)}
    return defaultdict(lambda: features.iloc[:0], rows)


def _group(rows: pd.DataFrame, feature: str) -> Group:
    """The values of one feature of one side, in an order of their own, so that results do not hang on the rows'."""
    is_known = rows[feature].notna().to_numpy()
    values = rows[feature].to_numpy(dtype=np.float64, na_value=np.nan)[is_known]
    scenarios = [_scenario(cell) for cell in rows["scenario"].to_numpy()[is_known]]
    order = sorted(range(len(values)), key=lambda place: (values[place], scenarios[place] or ""))
    return Group(values[order], tuple(scenarios[place] for place in order))


def _mean(values: Values) -> float | None:
    return float(values.mean()) if len(values) else None


def _shifts(pairs: Sequence[_Pair], *, name: str, seed: int) -> tuple[Shift, ...]:
    return corrected_together([_measured(pair, name=name, seed=seed) for pair in pairs])


def _measured(pair: _Pair, *, name: str, seed: int) -> Shift:
    """What can be said of a pair before multiplicity is corrected."""
    found = delta(pair.group, pair.reference.group, unit=pair.unit)
    values, people = pair.values
    margin = pair.reference.margin
    interval = found.interval if found else None
    floor_seed = derive_seed("shift", pair.feature, pair.role, seed)
    return Shift(
        feature=pair.feature,
        role=pair.role,
        n=len(values),
        n_reference=len(people),
        effect=found.effect if found else None,
        effect_name=EFFECT_NAME,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        p=shift_test(pair.group, pair.reference.group, found, unit=pair.unit) if found else None,
        p_adjusted=None,
        decision="UNDECIDED",
        needed_n=None,
        profile=name,
        margin=margin,
        mean=_mean(values),
        reference_mean=pair.reference.mean,
        distance=standardised_distance(values, people),
        distance_floor=distance_floor(people, len(values), seed=floor_seed),
        p_alike=found.p_alike(margin) if found and margin is not None else None,
        unit=pair.unit,
        share_here=found.share_here if found else None,
        scenarios=found.scenarios if found else None,
        of_these_scenarios=pair.unit == "conversation" and _repeats(pair.group.scenarios),
    )


def _repeats(scenarios: Sequence[str | None]) -> bool:
    known = [scenario for scenario in scenarios if scenario is not None]
    return len(set(known)) < len(known)


def _needed(shift: Shift, *, tests: int) -> int | None:
    """How many conversations would decide, None where none would or where there are too few to tell."""
    if shift.share_here is None or min(shift.n, shift.n_reference) < LEAST_TO_FORETELL or shift.has_few_scenarios:
        return None
    p_alike = None if shift.is_apart else shift.p_alike
    return conversations_needed(shift.n, shift.share_here, p=shift.p, p_alike=p_alike, tests=tests)


def _decision(shift: Shift) -> Decision:
    if shift.ci_low is None or shift.ci_high is None or shift.has_few_scenarios:
        return "UNDECIDED"
    if shift.p_alike_adjusted is not None and shift.p_alike_adjusted < ALPHA / 2 and not shift.is_apart:
        return "EQUIVALENT"
    is_clear = shift.p_adjusted is not None and shift.p_adjusted < ALPHA
    return "SHIFTED" if is_clear and Interval(shift.ci_low, shift.ci_high).excludes_zero() else "UNDECIDED"
