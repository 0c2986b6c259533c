"""Label flips of paired texts, as the paper counts them: the model's text has what the person's has not, or lacks it.

Source: arXiv 2401.14698, section 9, and its authors' repository. There classifiers' scores are cut at .5; here the
cuts are those of `ATTRIBUTES`. Both texts are cut to equal length first, since a longer text has more of everything.
Flips are counted within each row, never by place after a merge. A cut-off makes a flip of the least difference where
a text lies near it: read the contrasts of the same features beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.datatypes.texts.reach import least_p
from analysis.datatypes.texts.samples import Samples
from analysis.statistics.clusters import Estimate, cluster_numbers, mean_of, share_of
from analysis.statistics.common import ALPHA, Counts, Values, holm

Marks = npt.NDArray[np.bool_]

SENTIMENT_CUT = 0.05
"""VADER's own: above it a text is positive, below its negative it is negative, between neither."""
FORMALITY_CUT = 0.0
"""The middle of the scale."""
METAPHOR_CUT = 0.15
"""The paper's: the shares of the two texts differ by more."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """When a text of a feature's figure has the attribute and when it has its opposite, in words for the reader."""

    feature: str
    gained: str
    lost: str


@dataclass(frozen=True, slots=True)
class Flip:
    """How often an attribute differs between the two texts of a pair.

    `gained` is the share of pairs where the model's text has it and the person's has its opposite, `lost` the reverse.
    `p` is of both being equally frequent: McNemar's exact test, or where pairs share clusters a t test over clusters.
    `p_adjusted` is after Holm over the attributes (and categories) listed together.
    """

    attribute: str
    category: str | None
    pairs: int
    gained: Estimate
    lost: Estimate
    p: float | None
    p_adjusted: float | None = None

    @property
    def is_one_sided(self) -> bool:
        """Whether flips go one way more than the other, significantly."""
        return self.p_adjusted is not None and self.p_adjusted < ALPHA


ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType(
    {
        "sentiment": Attribute("sentiment", "negative becomes positive", "positive becomes negative"),
        "formality": Attribute("formality", "informal becomes formal", "formal becomes informal"),
        "metaphor": Attribute("metaphor", "share of metaphor rises by over .15", "it falls by over .15"),
    }
)
"""By name."""


def flips(samples: Samples) -> tuple[Flip, ...]:
    """One for each attribute, over all pairs; none for unpaired texts."""
    every = np.ones(len(samples.human), dtype=np.bool_)
    return _adjusted(_flip(samples, name, every, category=None) for name in ATTRIBUTES) if samples.is_paired else ()


def flips_by_category(samples: Samples) -> tuple[Flip, ...]:
    """One for each category and attribute, categories by their name; pairs without a label are in none."""
    labels = samples.human.labels
    categories = sorted({label for label in labels if label is not None})
    if not samples.is_paired:
        return ()
    members = {category: np.array([label == category for label in labels]) for category in categories}
    return _adjusted(_flip(samples, name, of, category=one) for one, of in members.items() for name in ATTRIBUTES)


def _adjusted(found: Iterable[Flip]) -> tuple[Flip, ...]:
    every = tuple(found)
    adjusted = holm([one.p for one in every])
    return tuple(replace(one, p_adjusted=p) for one, p in zip(every, adjusted, strict=True))


def _flip(samples: Samples, attribute: str, among: Marks, *, category: str | None) -> Flip:
    feature = ATTRIBUTES[attribute].feature
    human, llm = (side.column(feature, is_cut=True) for side in (samples.human, samples.llm))
    kept = among & ~np.isnan(human) & ~np.isnan(llm)
    names = [name for name, is_kept in zip(samples.human.clusters, kept, strict=True) if is_kept]
    clusters = cluster_numbers(names)
    gained, lost = _flipped(attribute, human[kept], llm[kept])
    p = flip_p(gained, lost, clusters)
    return Flip(attribute, category, int(kept.sum()), share_of(gained, clusters), share_of(lost, clusters), p)


def _flipped(attribute: str, human: Values, llm: Values) -> tuple[Marks, Marks]:
    """Which pairs gained the attribute, and which lost it."""
    if attribute == "metaphor":
        return llm - human > METAPHOR_CUT, human - llm > METAPHOR_CUT
    (ours, ours_not), (theirs, theirs_not) = (_states(attribute, side) for side in (human, llm))
    return ours_not & theirs, ours & theirs_not


def _states(attribute: str, values: Values) -> tuple[Marks, Marks]:
    """Which texts have the attribute, and which its opposite."""
    if attribute == "sentiment":
        return values > SENTIMENT_CUT, values < -SENTIMENT_CUT
    has_it = values > FORMALITY_CUT
    return has_it, ~has_it


def flip_p(gained: Marks, lost: Marks, clusters: Counts) -> float | None:
    """The p of both ways being equally frequent: McNemar's exact test, or a t test over clusters that pairs share.

    Of clusters it is never below that of all of them going one way by a coin. None where there is no pair.
    """
    if not len(gained):
        return None
    if len(np.unique(clusters)) < len(clusters):
        p = mean_of(gained.astype(np.float64) - lost, clusters).p
        return None if p is None else max(p, least_p(clusters, clusters, is_paired=True))
    discordant = int(gained.sum() + lost.sum())
    return float(stats.binomtest(int(gained.sum()), discordant).pvalue) if discordant else 1.0
