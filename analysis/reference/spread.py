"""How the values of a feature are spread over conversations, people's beside others', ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.features.catalogue import FEATURES, Feature
from analysis.reference.profile import FeatureFigures, ReferenceProfile
from analysis.statistics.common import Values, values_from_quantiles

BINS = 32
TAIL = 0.01
"""The share of the values at either end that is drawn at the edge, so that a few do not squeeze the others."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Values of `n` conversations: the 5th, 50th and 95th percentile, and the share of conversations in each bin.

    Percentiles are None, and shares empty, where n is 0. `missing` conversations have no value.
    """

    n: int
    missing: int
    low: float | None
    median: float | None
    high: float | None
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FeatureSpread:
    """One feature of one side: how people are spread, and how the conversations beside them, over the same bins.

    `least` and `most` are the ends of the bins; what lies beyond is in the last one. `here` is None where there
    are no conversations beside the people.
    """

    feature: Feature
    margin: float | None
    least: float
    most: float
    people: Spread
    here: Spread | None


def spreads(profile: ReferenceProfile, features: pd.DataFrame | None = None) -> Mapping[str, tuple[FeatureSpread, ...]]:
    """By side of the profile, each of its features in the order of reports; `features` is a `feature_table`."""
    return {
        side: tuple(
            _spread_of(FEATURES[name], figures, _column(features, side, name))
            for name, figures in of_side.items()
            if name in FEATURES
        )
        for side, of_side in profile.sides.items()
    }


def _column(features: pd.DataFrame | None, side: str, feature: str) -> pd.Series | None:
    if features is None or not (chosen := features["side"] == side).any():
        return None
    return features.loc[chosen, feature]


def _spread_of(feature: Feature, figures: FeatureFigures, column: pd.Series | None) -> FeatureSpread:
    people = values_from_quantiles(figures.quantiles, figures.n) if figures.n else np.empty(0)
    here = None if column is None else column.dropna().to_numpy(dtype=np.float64)
    least, most = _ends([people] if here is None else [people, here])
    return FeatureSpread(
        feature,
        figures.margin,
        least,
        most,
        _spread(people, figures.missing, least, most),
        None if here is None or column is None else _spread(here, int(column.isna().sum()), least, most),
    )


def _ends(groups: list[Values]) -> tuple[float, float]:
    ends = [np.quantile(group, [TAIL, 1 - TAIL]) for group in groups if len(group)]
    if not ends:
        return 0.0, 1.0
    least, most = float(min(low for low, _ in ends)), float(max(high for _, high in ends))
    return (least, most) if least < most else (least - 0.5, most + 0.5)


def _spread(values: Values, missing: int, least: float, most: float) -> Spread:
    if not len(values):
        return Spread(0, missing, None, None, None, ())
    low, median, high = (float(value) for value in np.quantile(values, [0.05, 0.5, 0.95]))
    counts, _ = np.histogram(np.clip(values, least, most), BINS, (least, most))
    return Spread(len(values), missing, low, median, high, tuple(float(count) / len(values) for count in counts))
