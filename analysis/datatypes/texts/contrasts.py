"""Feature by feature: how a model's texts differ from people's, as they stand and at equal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.datatypes.texts.features import FEATURES
from analysis.datatypes.texts.reach import least_p
from analysis.datatypes.texts.samples import Samples
from analysis.datatypes.texts.signed_ranks import signed_rank_p
from analysis.statistics.clusters import Estimate, cluster_numbers, mean_of, statistic_of
from analysis.statistics.common import ALPHA, Counts, Values, holm
from analysis.statistics.delta import Group, delta, shift_test
from analysis.statistics.units import Unit

SUSPECT = 0.94
"""An effect beyond this (an AUC of .97) by one feature alone mostly comes of how the texts were prepared."""

KEPT = 0.5
"""With less than this share of an effect left at equal length, the effect goes with length."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """How one feature of the model's texts differs from people's.

    `difference` is model less human, in the feature's unit, its interval over clusters. `effect` is Cliff's delta in
    [-1, 1]: the chance that a model's text has more of it than a person's, less the chance that it has less; pairs and
    clusters count in its interval. Its p is that of a rank test (of pairs Wilcoxon's signed ranks of their differences,
    averaged by cluster), or that of the effect where it is greater; never below what so many clusters can show
    (`reach.least_p`), where approximations go beyond it. `p_adjusted` is after Holm over features.
    `at_equal_length` is the same effect with the texts cut to equal length; its value is None where the feature speaks
    of the whole text, or too few texts are long enough.
    """

    feature: str
    human_mean: float | None
    llm_mean: float | None
    difference: Estimate
    effect: Estimate
    p_adjusted: float | None
    at_equal_length: Estimate

    @property
    def differs(self) -> bool:
        """Whether the difference is significant among all features."""
        return self.p_adjusted is not None and self.p_adjusted < ALPHA

    @property
    def share_at_equal_length(self) -> float | None:
        """How much of the effect is there at equal length: 1 all of it, negative the reverse; None where not known."""
        cut, whole = self.at_equal_length.value, self.effect.value
        return cut / whole if cut is not None and whole else None

    @property
    def stays_at_equal_length(self) -> bool:
        """Whether at least half of the effect is there at equal length."""
        return self.share_at_equal_length is not None and self.share_at_equal_length >= KEPT

    @property
    def goes_with_length(self) -> bool:
        """Whether it differs as the texts stand and less than half of that is left at equal length."""
        return self.differs and self.share_at_equal_length is not None and not self.stays_at_equal_length

    @property
    def is_suspect(self) -> bool:
        """Whether it alone nearly separates the two."""
        return self.effect.value is not None and abs(self.effect.value) > SUSPECT


def contrasts(samples: Samples) -> tuple[Contrast, ...]:
    """One for each feature, in the order of the catalogue."""
    found = [_contrast(samples, name) for name in FEATURES]
    adjusted = holm([one.effect.p for one in found])
    return tuple(replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The figures of one feature that are known, with their clusters numbered over both sides."""

    human: Values
    llm: Values
    human_clusters: Counts
    llm_clusters: Counts

    @property
    def is_clustered(self) -> bool:
        """Whether any two texts have anything in common."""
        both = np.concatenate([self.human_clusters, self.llm_clusters])
        return len(np.unique(both)) < len(both)


def _contrast(samples: Samples, feature: str) -> Contrast:
    known = _known(samples, feature, is_cut=False)
    means = [float(values.mean()) if len(values) else None for values in (known.human, known.llm)]
    return Contrast(
        feature=feature,
        human_mean=means[0],
        llm_mean=means[1],
        difference=_difference(known, is_paired=samples.is_paired),
        effect=effect_of(known, is_paired=samples.is_paired),
        p_adjusted=None,
        at_equal_length=effect_of(_known(samples, feature, is_cut=True), is_paired=samples.is_paired),
    )


def _known(samples: Samples, feature: str, *, is_cut: bool) -> Known:
    human, llm = (side.column(feature, is_cut=is_cut) for side in (samples.human, samples.llm))
    ours, theirs = ~np.isnan(human), ~np.isnan(llm)
    if samples.is_paired:
        ours = theirs = ours & theirs
    numbers = cluster_numbers([*_taken(samples.human.clusters, ours), *_taken(samples.llm.clusters, theirs)])
    return Known(human[ours], llm[theirs], numbers[: ours.sum()], numbers[ours.sum() :])


def _taken(names: Sequence[str], kept: npt.NDArray[np.bool_]) -> list[str]:
    return [name for name, is_kept in zip(names, kept, strict=True) if is_kept]


def _difference(known: Known, *, is_paired: bool) -> Estimate:
    if is_paired:
        return mean_of(known.llm - known.human, known.human_clusters)
    values = np.concatenate([known.llm, known.human])
    is_llm = np.arange(len(values)) < len(known.llm)

    def of_rows(rows: Counts) -> float | None:
        ours, theirs = values[rows[~is_llm[rows]]], values[rows[is_llm[rows]]]
        return float(theirs.mean() - ours.mean()) if len(ours) and len(theirs) else None

    return statistic_of(of_rows, np.concatenate([known.llm_clusters, known.human_clusters]))


def effect_of(known: Known, *, is_paired: bool) -> Estimate:
    """Cliff's delta and its p, as in a `Contrast`; no value where a side has none."""
    n = len(known.human) + len(known.llm)
    clusters = len(np.unique(np.concatenate([known.human_clusters, known.llm_clusters])))
    human, llm = _group(known.human, known.human_clusters), _group(known.llm, known.llm_clusters)
    unit: Unit = "scenario" if known.is_clustered else "conversation"
    found = delta(llm, human, unit=unit)
    if found is None:
        return Estimate(None, None, None, n, clusters)
    ranks = _signed_ranks(known) if is_paired else shift_test(llm, human, found, unit=unit)
    if ranks is None:
        p = None
    else:
        p = max(ranks, found.p_differs, least_p(known.human_clusters, known.llm_clusters, is_paired=is_paired))
    return Estimate(found.effect, found.interval.low, found.interval.high, n, clusters, p)


def _signed_ranks(known: Known) -> float:
    """The two-sided p of the signs of the clusters' mean differences being a coin's.

    Alone it would also find differences that are skewed about a mean of zero.
    """
    sums = np.bincount(known.human_clusters, weights=known.llm - known.human)
    means = sums / np.bincount(known.human_clusters)
    return signed_rank_p(means)


def _group(values: Values, clusters: Counts) -> Group:
    return Group(values, tuple(str(number) for number in clusters))
