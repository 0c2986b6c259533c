"""At which turn artifacts begin, and where they begin earlier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.providers.means import FLIPS, flip_test
from analysis.providers.pairing import Places
from analysis.statistics.common import ALPHA, Counts, Values, holm
from analysis.stress.ladders import Ladder, swaps_for
from analysis.stress.rows import ArmColumn
from analysis.stress.survival import median_time, survival_steps
from analysis.stress.values import Arm, Onset, OnsetContrast, OnsetStep
from sims.seeds import derive_seed


@dataclass(frozen=True, slots=True, eq=False)
class _Beginnings:
    """The turn of the first flag, an entry a conversation; where there is none, the last turn that was judged."""

    places: Counts
    times: Counts
    is_onset: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, column: ArmColumn) -> _Beginnings:
        """Those of a column, without the conversations of which no turn was judged."""
        onset, last, places = (
            np.asarray(turns, dtype=np.int64) for turns in (column.onset, column.last, column.places)
        )
        seen = last > 0
        return cls(places[seen], np.where(onset > 0, onset, last)[seen], onset[seen] > 0)

    def at(self, places: Counts) -> _Beginnings:
        """The entries of some of the places, in their order."""
        order = np.argsort(self.places)
        chosen = order[np.searchsorted(self.places, places, sorter=order)]
        return _Beginnings(places, self.times[chosen], self.is_onset[chosen])


def onsets(ladders: Sequence[Ladder], pairing: Places) -> Iterator[Onset]:
    """The survival curve of every arm on every judge, with the interval of `survival_steps`."""
    for ladder in ladders:
        for arm, column in zip(ladder.arms, ladder.columns, strict=True):
            yield _onset(arm, column, judge=ladder.judge, pairing=pairing)


def _onset(arm: Arm, column: ArmColumn, *, judge: str, pairing: Places) -> Onset:
    found = _Beginnings.of(column)
    units = pairing.unit_of_place[found.places] if pairing.unit == "scenario" else None
    steps = survival_steps(found.times, found.is_onset, units=units)
    is_clean = np.asarray(column.onset, dtype=np.int64) == 0
    failed = np.asarray(column.is_missing, dtype=np.bool_) & (np.asarray(column.last, dtype=np.int64) > 0)
    return Onset(
        arm=arm,
        judge=judge,
        conversations=len(found.times),
        onsets=int(found.is_onset.sum()),
        broken_off=int((failed & is_clean).sum()),
        steps=tuple(OnsetStep(step.time, step.share, step.low, step.high, step.at_risk) for step in steps),
        median_turn=median_time(steps),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Contrast:
    """Two arms of a judge: by unit, by how much the flags of `arm` come earlier than those of `other`."""

    judge: str
    arm: Arm
    other: Arm
    pairs: int
    sums: Values

    @classmethod
    def of(cls, one: tuple[Arm, ArmColumn], other: tuple[Arm, ArmColumn], *, judge: str, pairing: Places) -> _Contrast:
        ours, theirs = (_Beginnings.of(column) for _, column in (one, other))
        both = np.intersect1d(ours.places, theirs.places)
        scores = logrank_scores(*_joined(ours.at(both), theirs.at(both)))
        sums = pairing.sums(scores[: len(both)] - scores[len(both) :], both)
        return cls(judge, one[0], other[0], len(both), sums)

    def p(self, *, tests: int, seed: int) -> float | None:
        """The two-sided p; None where there are under two pairs."""
        if self.pairs < 2:
            return None
        key = derive_seed("onset", self.judge, self.arm.model, self.other.model, self.arm.kind, self.arm.dose, seed)
        sums = self.sums[self.sums != 0][:, None]  # a unit without a difference is the same flipped
        p = float(flip_test(sums, seed=key)[0])
        draws = swaps_for(p, tests=tests)
        return p if draws == FLIPS else float(flip_test(sums, seed=key, draws=draws)[0])


def logrank_scores(times: Counts, is_onset: npt.NDArray[np.bool_]) -> Values:
    """For each conversation: its onset (1 or 0) less what the hazard of all would have let expect up to its time.

    Their sum over one of two groups is the numerator of the log-rank test, observed less expected onsets. Summed over
    all of them they are 0.
    """
    ends, number = np.unique(times[is_onset], return_counts=True)
    at_risk = len(times) - np.searchsorted(np.sort(times), ends)
    hazard = np.concatenate([[0.0], np.cumsum(number / at_risk)])
    return np.asarray(is_onset - hazard[np.searchsorted(ends, times, side="right")], dtype=np.float64)


def onset_contrasts(ladders: Sequence[Ladder], pairing: Places, *, seed: int) -> tuple[OnsetContrast, ...]:
    """Each arm against its control, and every two models in the same arm; p corrected after Holm over all of these.

    The test is the log-rank test with its p from swapping the two conversations of a place (or all of a scenario) at
    random: the scores stay as they are, so that the sums over pairs change their signs (`flip_test`). What the two of a
    place have in common does no harm. Source: Mantel (1966); O'Brien & Fleming (1987) for pairs.
    Simulated size: docs/stress-statistics.md. Blind spot: hazards that cross.
    """
    found = [*_against_control(ladders, pairing), *_between_models(ladders, pairing)]
    p_values = [one.p(tests=len(found), seed=seed) for one in found]
    return tuple(
        OnsetContrast(one.judge, one.arm, one.other, _earlier(one, adjusted), p, adjusted, one.pairs)
        for one, p, adjusted in zip(found, p_values, holm(p_values), strict=True)
    )


def _against_control(ladders: Sequence[Ladder], pairing: Places) -> Iterator[_Contrast]:
    for ladder in ladders:
        control, *others = zip(ladder.arms, ladder.columns, strict=True)
        for arm in others if control[0].is_control else ():
            yield _Contrast.of(arm, control, judge=ladder.judge, pairing=pairing)


def _between_models(ladders: Sequence[Ladder], pairing: Places) -> Iterator[_Contrast]:
    for one, other in combinations(ladders, 2):
        if (one.judge, one.kind) != (other.judge, other.kind):
            continue
        theirs = dict(zip(other.arms, other.columns, strict=True))
        for arm, column in zip(one.arms, one.columns, strict=True):
            if arm.is_control:  # of every kind the same conversations: no question of stress
                continue
            same = replace(arm, model=other.model)
            if same in theirs:
                yield _Contrast.of((arm, column), (same, theirs[same]), judge=one.judge, pairing=pairing)


def _joined(ours: _Beginnings, theirs: _Beginnings) -> tuple[Counts, npt.NDArray[np.bool_]]:
    return np.concatenate([ours.times, theirs.times]), np.concatenate([ours.is_onset, theirs.is_onset])


def _earlier(contrast: _Contrast, p_adjusted: float | None) -> Literal["arm", "other", "cannot tell"]:
    if p_adjusted is None or p_adjusted >= ALPHA:
        return "cannot tell"
    return "arm" if contrast.sums.sum() > 0 else "other"
