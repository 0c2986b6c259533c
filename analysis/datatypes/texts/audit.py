"""The audit of free-form texts: what was read, and every question answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.datatypes.texts.columns import TextsColumns
from analysis.datatypes.texts.contrasts import Contrast, contrasts
from analysis.datatypes.texts.emotion_model import EmotionModel
from analysis.datatypes.texts.emotions import EmotionShift, emotion_shifts
from analysis.datatypes.texts.flips import Flip, flips, flips_by_category
from analysis.datatypes.texts.reach import can_show, clusters_needed, least_p
from analysis.datatypes.texts.samples import Samples, paired_samples, unpaired_samples
from analysis.datatypes.texts.sides import LeftOut, Oddities
from analysis.datatypes.texts.telling_apart import ToldApart, told_apart
from analysis.statistics.clusters import cluster_numbers


@dataclass(frozen=True, slots=True)
class TextsAudit:
    """How a model's texts differ from people's.

    `human_texts` and `llm_texts` count those that were measured, `clusters` the different clusters they come in.
    `least_p` is the least p that any outcome with so many clusters could have, `clusters_needed` how many it takes for
    one that is significant among all features, on each side where unpaired. `flips` and `flips_by_category` are of
    pairs only, `emotions` there with an emotion model only. All else up to `odd_llm` is as in `Samples`.
    """

    is_paired: bool
    human_texts: int
    llm_texts: int
    clusters: int
    left_human: LeftOut
    left_llm: LeftOut
    words_cut: int | None
    identical: int
    are_copies_joined: bool
    odd_human: Oddities
    odd_llm: Oddities
    least_p: float
    clusters_needed: int
    contrasts: tuple[Contrast, ...]
    flips: tuple[Flip, ...]
    flips_by_category: tuple[Flip, ...]
    emotions: tuple[EmotionShift, ...]
    told_apart: ToldApart
    told_apart_at_equal_length: ToldApart

    @property
    def can_differ(self) -> bool:
        """Whether any outcome with so many clusters would be significant among all features."""
        return can_show(self.least_p, tests=sum(one.effect.p is not None for one in self.contrasts))


def audit_texts(
    paths: Sequence[Path], columns: TextsColumns, *, seed: int = 0, emotion_model: EmotionModel | None = None
) -> TextsAudit:
    """The audit of pairs, a person's and a model's text in each row; emotions where there is a model of them.

    Raises:
        UsageError: the files cannot be read, or hold fewer than two pairs of English texts.
    """
    return audit_samples(paired_samples(paths, columns, emotion_model=emotion_model), seed=seed)


def audit_text_files(
    human: Sequence[Path],
    llm: Sequence[Path],
    columns: TextsColumns,
    *,
    seed: int = 0,
    emotion_model: EmotionModel | None = None,
) -> TextsAudit:
    """The audit of files of people's texts against files of a model's, unpaired.

    Texts of one cluster (a prompt that both sides have) are set against each other where `columns.cluster` is given.

    Raises:
        UsageError: the files cannot be read, or hold fewer than two English texts on a side.
    """
    return audit_samples(unpaired_samples(human, llm, columns, emotion_model=emotion_model), seed=seed)


def audit_samples(samples: Samples, *, seed: int = 0) -> TextsAudit:
    """The audit of texts that have been measured; `seed` deals the folds of the classifier."""
    names = [*samples.human.clusters, *samples.llm.clusters]
    numbers, found = cluster_numbers(names), contrasts(samples)
    least = least_p(numbers[: len(samples.human)], numbers[len(samples.human) :], is_paired=samples.is_paired)
    return TextsAudit(
        is_paired=samples.is_paired,
        human_texts=len(samples.human),
        llm_texts=len(samples.llm),
        clusters=len(set(names)),
        left_human=samples.left_human,
        left_llm=samples.left_llm,
        words_cut=samples.words_cut,
        identical=samples.identical,
        are_copies_joined=samples.are_copies_joined,
        odd_human=samples.odd_human,
        odd_llm=samples.odd_llm,
        least_p=least,
        clusters_needed=clusters_needed(len(found), is_paired=samples.is_paired),
        contrasts=found,
        flips=flips(samples),
        flips_by_category=flips_by_category(samples),
        emotions=emotion_shifts(samples),
        told_apart=told_apart(samples, seed=seed),
        told_apart_at_equal_length=told_apart(samples, is_cut=True, seed=seed),
    )
