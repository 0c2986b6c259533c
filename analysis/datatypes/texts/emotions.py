"""How often texts have each emotion, by a model's scores cut at .5, as arXiv 2401.14698 does; flips where paired."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.datatypes.texts.contrasts import Known, effect_of
from analysis.datatypes.texts.flips import flip_p
from analysis.datatypes.texts.samples import Samples
from analysis.statistics.clusters import Estimate, cluster_numbers, share_of
from analysis.statistics.common import ALPHA, Counts, holm

EMOTION_CUT = 0.5
"""The paper's: a text has an emotion of at least this score."""


@dataclass(frozen=True, slots=True)
class EmotionShift:
    """The shares of people's and of the model's texts that have an emotion.

    `gained` is the share of pairs where the model's text has it and the person's has not, `lost` the reverse; None of
    unpaired texts. `p` is of both shares being equal: of pairs as for a `Flip`, else as for a `Contrast`.
    `p_adjusted` is after Holm over the emotions.
    """

    emotion: str
    human: Estimate
    llm: Estimate
    gained: Estimate | None
    lost: Estimate | None
    p: float | None
    p_adjusted: float | None = None

    @property
    def differs(self) -> bool:
        """Whether one side has it more often, significantly."""
        return self.p_adjusted is not None and self.p_adjusted < ALPHA


def emotion_shifts(samples: Samples) -> tuple[EmotionShift, ...]:
    """One for each emotion that the model knows, as it orders them; none without a model."""
    every = cluster_numbers([*samples.human.clusters, *samples.llm.clusters])
    found = [_shift(samples, emotion, every) for emotion in samples.human.emotions]
    adjusted = holm([one.p for one in found])
    return tuple(replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True))


def _shift(samples: Samples, emotion: str, clusters: Counts) -> EmotionShift:
    human, llm = (side.emotions[emotion] >= EMOTION_CUT for side in (samples.human, samples.llm))
    ours, theirs = clusters[: len(human)], clusters[len(human) :]
    shares = share_of(human, ours), share_of(llm, theirs)
    if not samples.is_paired:
        found = effect_of(Known(human.astype(np.float64), llm.astype(np.float64), ours, theirs), is_paired=False)
        return EmotionShift(emotion, *shares, None, None, found.p)
    gained, lost = llm & ~human, human & ~llm
    p = flip_p(gained, lost, ours)
    return EmotionShift(emotion, *shares, share_of(gained, ours), share_of(lost, ours), p)
