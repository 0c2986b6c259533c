"""The audit of free-form texts: what was read, and every question answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.datatypes.texts.columns import TextsColumns
from analysis.datatypes.texts.contrasts import Contrast, contrasts
from analysis.datatypes.texts.flips import Flip, flips, flips_by_category
from analysis.datatypes.texts.samples import LeftOut, Samples, paired_samples, unpaired_samples
from analysis.datatypes.texts.telling_apart import ToldApart, told_apart


@dataclass(frozen=True, slots=True)
class TextsAudit:
    """How a model's texts differ from people's.

    `human_texts` and `llm_texts` count those that were measured, `clusters` the different clusters they come in.
    `flips` and `flips_by_category` are of pairs only. `words_cut` and `identical` are as in `Samples`.
    """

    is_paired: bool
    human_texts: int
    llm_texts: int
    clusters: int
    left_human: LeftOut
    left_llm: LeftOut
    words_cut: int | None
    identical: int
    contrasts: tuple[Contrast, ...]
    flips: tuple[Flip, ...]
    flips_by_category: tuple[Flip, ...]
    told_apart: ToldApart
    told_apart_at_equal_length: ToldApart


def audit_texts(paths: Sequence[Path], columns: TextsColumns, *, seed: int = 0) -> TextsAudit:
    """The audit of pairs, a person's and a model's text in each row.

    Raises:
        UsageError: the files cannot be read, or hold fewer than two pairs of English texts.
    """
    return audit_samples(paired_samples(paths, columns), seed=seed)


def audit_text_files(human: Sequence[Path], llm: Sequence[Path], columns: TextsColumns, *, seed: int = 0) -> TextsAudit:
    """The audit of files of people's texts against files of a model's, unpaired.

    Texts of one cluster (a prompt that both sides have) are set against each other where `columns.cluster` is given.

    Raises:
        UsageError: the files cannot be read, or hold fewer than two English texts on a side.
    """
    return audit_samples(unpaired_samples(human, llm, columns), seed=seed)


def audit_samples(samples: Samples, *, seed: int = 0) -> TextsAudit:
    """The audit of texts that have been measured; `seed` deals the folds of the classifier."""
    return TextsAudit(
        is_paired=samples.is_paired,
        human_texts=len(samples.human),
        llm_texts=len(samples.llm),
        clusters=len({*samples.human.clusters, *samples.llm.clusters}),
        left_human=samples.left_human,
        left_llm=samples.left_llm,
        words_cut=samples.words_cut,
        identical=samples.identical,
        contrasts=contrasts(samples),
        flips=flips(samples),
        flips_by_category=flips_by_category(samples),
        told_apart=told_apart(samples, seed=seed),
        told_apart_at_equal_length=told_apart(samples, is_cut=True, seed=seed),
    )
