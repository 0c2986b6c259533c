"""Conversations against people, or against other conversations: one shift a feature and side, with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.features import feature_names
from analysis.findings import Decision, Shift
from analysis.noise_floor import noise_floor
from analysis.reference import ReferenceProfile, margin_from
from analysis.speech import CONVERSATION
from analysis.statistics import (
    ALPHA,
    Interval,
    Values,
    cliffs_delta,
    conversations_needed,
    delta_interval,
    holm,
    rank_test,
    values_from_quantiles,
)
from sims.errors import UsageError
from sims.seeds import derive_seed

EFFECT_NAME = "cliffs_delta"
LEAST_CONVERSATIONS = 2
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

    values: Values
    mean: float | None
    margin: float | None


@dataclass(frozen=True, slots=True)
class _Pair:
    """One feature of one side, here and in the reference."""

    feature: str
    role: str
    values: Values
    reference: _Reference


@dataclass(frozen=True, slots=True)
class _Measured:
    """What can be said of a pair before multiplicity is corrected."""

    pair: _Pair
    effect: float | None = None
    interval: Interval | None = None
    p: float | None = None


def compare_to_profile(
    features: pd.DataFrame, profile: ReferenceProfile, *, roles: Mapping[str, str] | None = None, seed: int = 0
) -> tuple[Shift, ...]:
    """How far each feature of each side lies from the people of a profile.

    `features` is a table of `feature_table`. `roles` says which of its sides is compared with which of the profile's;
    left out, sides of the same name are compared, "conversation" among them.

    The effect is Cliff's delta over conversations, its interval resamples the conversations of both groups, p is of
    the Mann-Whitney test, and Holm's correction runs over all features and sides of this call. The decision is
    EQUIVALENT where the interval lies within the margin (95th percentile of the human-human noise floor), else
    SHIFTED where it excludes zero and the adjusted p is below .05, else UNDECIDED. With fewer than two
    conversations on either side nothing is said. `needed_n` is for UNDECIDED only, see `conversations_needed`.

    Of the people, only n and 101 quantiles are known; n values are read off these. Blind spot: repeats of one
    scenario are taken as separate conversations, so the interval speaks of these scenarios, not of others.

    Raises:
        UsageError: no side that speaks is in both, or `roles` names a side that is not there.
    """

    def people(side: str, feature: str) -> _Reference:
        figures = profile.sides[side].get(feature)
        if figures is None or not figures.n:
            return _Reference(np.empty(0), None, None)
        return _Reference(values_from_quantiles(figures.quantiles, figures.n), figures.mean, figures.margin)

    matched = _matched_sides(_sides(features), list(profile.sides), roles, what=f"the profile {profile.name!r}")
    return _shifts(_pairs(features, matched, people), name=profile.name, seed=seed)


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

    Raises:
        UsageError: no side that speaks is in both, or `roles` names a side that is not there.
    """

    def others(side: str, feature: str) -> _Reference:
        values = _values(reference, side, feature)
        floor = noise_floor(values)
        mean = float(values.mean()) if len(values) else None
        return _Reference(values, mean, margin_from(floor) if floor else None)

    matched = _matched_sides(_sides(features), _sides(reference), roles, what=name)
    return _shifts(_pairs(features, matched, others), name=name, seed=seed)


def corrected_together(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    """The shifts of several comparisons with p corrected after Holm over all of them, and decided anew."""
    adjusted = holm([shift.p for shift in shifts])
    return tuple(_decided(shift, p_adjusted) for shift, p_adjusted in zip(shifts, adjusted, strict=True))


def _decided(shift: Shift, p_adjusted: float | None) -> Shift:
    known = shift.ci_low is not None and shift.ci_high is not None
    interval = Interval(shift.ci_low or 0.0, shift.ci_high or 0.0) if known else None
    return replace(shift, p_adjusted=p_adjusted, decision=_decision(interval, p_adjusted, shift.margin))


def records(shifts: Iterable[Shift]) -> list[dict[str, Any]]:
    """One plain record a shift for `compare --json`, with the keys `RECORD_KEYS`; six significant digits."""
    return [{key: _plain(getattr(shift, key)) for key in RECORD_KEYS} for shift in shifts]


def _plain(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


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
        return dict(roles)
    matched = {side: side for side in here if side in there} if here else {side: side for side in there}
    if here and not set(matched) - {CONVERSATION}:
        raise UsageError(
            f"the conversations have the sides {_listed(here)}, {what} has {_listed(there)}: none in common; "
            "choose another reference, or say which side is compared with which"
        )
    return matched


def _check_side(side: str, known: Sequence[str], what: str) -> None:
    if known and side not in known:
        raise UsageError(f"no side {side!r} in {what}; it has {_listed(known)}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name for name in names if name != CONVERSATION) or "none"


def _pairs(
    features: pd.DataFrame, matched: Mapping[str, str], reference: Callable[[str, str], _Reference]
) -> list[_Pair]:
    return [
        _Pair(feature, side, _values(features, side, feature), reference(other, feature))
        for side, other in matched.items()
        for feature in feature_names(side)
    ]


def _values(features: pd.DataFrame, side: str, feature: str) -> Values:
    """The values of one feature of one side, in ascending order, so that results do not hang on the rows' order."""
    column = features.loc[features["side"] == side, feature].dropna()
    return np.sort(column.to_numpy(dtype=np.float64))


def _shifts(pairs: Sequence[_Pair], *, name: str, seed: int) -> tuple[Shift, ...]:
    measured = [_measure(pair, seed=seed) for pair in pairs]
    adjusted = holm([found.p for found in measured])
    tests = sum(found.p is not None for found in measured)
    return tuple(_shift(found, p, name=name, tests=tests) for found, p in zip(measured, adjusted, strict=True))


def _measure(pair: _Pair, *, seed: int) -> _Measured:
    x, y = pair.values, pair.reference.values
    if min(len(x), len(y)) < LEAST_CONVERSATIONS:
        return _Measured(pair)
    interval = delta_interval(x, y, seed=derive_seed("shift", pair.feature, pair.role, seed))
    return _Measured(pair, cliffs_delta(x, y), interval, rank_test(x, y))


def _shift(found: _Measured, p_adjusted: float | None, *, name: str, tests: int) -> Shift:
    pair, margin = found.pair, found.pair.reference.margin
    decision = _decision(found.interval, p_adjusted, margin)
    needed = conversations_needed(pair.values, pair.reference.values, margin=margin, tests=tests)
    return Shift(
        feature=pair.feature,
        role=pair.role,
        n=len(pair.values),
        n_reference=len(pair.reference.values),
        effect=found.effect,
        effect_name=EFFECT_NAME,
        ci_low=found.interval.low if found.interval else None,
        ci_high=found.interval.high if found.interval else None,
        p=found.p,
        p_adjusted=p_adjusted,
        decision=decision,
        needed_n=needed if decision == "UNDECIDED" else None,
        profile=name,
        margin=margin,
        mean=float(pair.values.mean()) if len(pair.values) else None,
        reference_mean=pair.reference.mean,
    )


def _decision(interval: Interval | None, p_adjusted: float | None, margin: float | None) -> Decision:
    if interval is None or p_adjusted is None:
        return "UNDECIDED"
    if margin is not None and interval.is_within(margin):
        return "EQUIVALENT"
    return "SHIFTED" if interval.excludes_zero() and p_adjusted < ALPHA else "UNDECIDED"
