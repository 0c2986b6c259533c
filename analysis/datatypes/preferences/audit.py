"""The audit of preferences: agreement, biases and locality, of pairs or of rankings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from analysis.datatypes.preferences.agreement import Agreement, agreement
from analysis.datatypes.preferences.biases import Biases, biases
from analysis.datatypes.preferences.ceiling import Ceiling, ceiling
from analysis.datatypes.preferences.columns import PreferenceColumns, pair_files
from analysis.datatypes.preferences.cues import cue_table
from analysis.datatypes.preferences.locality import Locality, locality
from analysis.datatypes.preferences.pairs import LeftOut, Pair, check_votes, votes_of
from analysis.datatypes.preferences.rankings import (
    RankAgreement,
    RankedPairs,
    RankingColumns,
    RankingFiles,
    rank_agreement,
    unplaced,
)
from analysis.datatypes.preferences.steadiness import LengthPart, length_part
from judges.language import foreign_language

LANGUAGE_PAIRS = 500


@dataclass(frozen=True, slots=True)
class PreferenceAudit:
    """What was found. `rows` are votes counted, in `clusters` questions; `different_pairs` the pairs voted on.

    `guess` says how numbers were read as choices, "" where nothing was guessed. `ranks` is None for pairs, and
    `ceiling` where no two people voted on the same pair. `by_character` is how many pairs are in a script written
    without spaces, whose length is counted in characters; `is_english` whether the first texts are English at all.
    `length_part` is None where it is no figure. `is_cluster_named` says whether a column of clusters was named.
    """

    form: Literal["pairs", "rankings"]
    rows: int
    clusters: int
    is_cluster_named: bool
    different_pairs: int
    left_out: LeftOut
    guess: str
    is_english: bool
    by_character: int
    agreement: Agreement
    ceiling: Ceiling | None
    biases: Biases
    locality: Locality
    length_part: LengthPart | None
    ranks: RankAgreement | None


def audit_preferences(
    paths: Sequence[Path], columns: PreferenceColumns | RankingColumns, *, seed: int = 0
) -> PreferenceAudit:
    """The audit of the files. `seed` decides which answer of a ranking stands first, which no figure rests on.

    Raises:
        UsageError: the files cannot be read as the columns say, or there is nothing in them to compare.
    """
    if isinstance(columns, RankingColumns):
        return _audit_rankings(RankingFiles(tuple(paths), columns), seed=seed)
    pairs = pair_files(paths, columns)
    return _audit(pairs, guess=pairs.codings.guess, ranks=None, is_cluster_named=columns.cluster is not None)


def _audit_rankings(rankings: RankingFiles, *, seed: int) -> PreferenceAudit:
    rankings.check_raters()
    questions, answers = unplaced(rankings)
    ranks = rank_agreement(rankings, best=rankings.columns.best)
    is_cluster_named = rankings.columns.cluster is not None
    found = _audit(RankedPairs(rankings, seed), guess="", ranks=ranks, is_cluster_named=is_cluster_named)
    return replace(found, left_out=replace(found.left_out, questions=questions, answers=answers))


def _audit(
    pairs: Iterable[Pair], *, guess: str, ranks: RankAgreement | None, is_cluster_named: bool
) -> PreferenceAudit:
    votes = check_votes(votes_of(pairs), has_order=ranks is None)
    cues = cue_table(pairs)
    return PreferenceAudit(
        form="pairs" if ranks is None else "rankings",
        rows=len(votes),
        clusters=int(votes.clusters.max()) + 1,
        is_cluster_named=is_cluster_named,
        different_pairs=int(votes.pairs.max()) + 1,
        left_out=votes.left_out,
        guess=guess,
        is_english=_is_english(pairs),
        by_character=int(cues.by_character.sum()),
        agreement=agreement(votes),
        ceiling=ceiling(votes) if ranks is None else None,
        biases=biases(votes, cues, has_order=ranks is None),
        locality=locality(votes, cues),
        length_part=length_part(votes, cues),
        ranks=ranks,
    )


def _is_english(pairs: Iterable[Pair]) -> bool:
    """Whether the first texts are in English, or nothing tells that they are not."""
    return foreign_language(text for pair in islice(pairs, LANGUAGE_PAIRS) for text in (pair.a, pair.b)) is None
