"""The audit of preferences: agreement, biases and locality, of pairs or of rankings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
)


@dataclass(frozen=True, slots=True)
class PreferenceAudit:
    """What was found. `rows` are votes counted, in `clusters` questions; `different_pairs` the pairs voted on.

    `guess` says how numbers were read as choices, "" where nothing was guessed. `ranks` is None for pairs, and
    `ceiling` where no two people voted on the same pair.
    """

    form: Literal["pairs", "rankings"]
    rows: int
    clusters: int
    different_pairs: int
    left_out: LeftOut
    guess: str
    agreement: Agreement
    ceiling: Ceiling | None
    biases: Biases
    locality: Locality
    ranks: RankAgreement | None


def audit_preferences(
    paths: Sequence[Path], columns: PreferenceColumns | RankingColumns, *, seed: int = 0
) -> PreferenceAudit:
    """The audit of the files. `seed` decides which answer of a ranking stands first, which no figure rests on.

    Raises:
        UsageError: the files cannot be read as the columns say, or there is nothing in them to compare.
    """
    if isinstance(columns, RankingColumns):
        rankings = RankingFiles(tuple(paths), columns)
        return _audit(RankedPairs(rankings, seed), guess="", ranks=rank_agreement(rankings))
    pairs = pair_files(paths, columns)
    return _audit(pairs, guess=pairs.coding.guess, ranks=None)


def _audit(pairs: Iterable[Pair], *, guess: str, ranks: RankAgreement | None) -> PreferenceAudit:
    votes = check_votes(votes_of(pairs))
    cues = cue_table(pairs)
    return PreferenceAudit(
        form="pairs" if ranks is None else "rankings",
        rows=len(votes),
        clusters=int(votes.clusters.max()) + 1,
        different_pairs=int(votes.pairs.max()) + 1,
        left_out=votes.left_out,
        guess=guess,
        agreement=agreement(votes),
        ceiling=ceiling(votes) if ranks is None else None,
        biases=biases(votes, cues, has_order=ranks is None),
        locality=locality(votes, cues),
        ranks=ranks,
    )
