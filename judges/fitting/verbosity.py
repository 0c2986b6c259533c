"""Fits the limits of the verbosity judge: `python -m judges.fitting.verbosity DATA_DIR`."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from judges.fitting.human_limits import human_parts, lowest_limit, turn_counts, write_figures
from judges.verbosity import NAME, Length, drift_of, habit_of, is_long, lengths_by_speaker
from sims.transcript import Transcript

PER_THOUSAND = 1.5
"""Of all turns; bursts and drifts together stay under .5 %."""
BURST_GRID = tuple(tenth / 10 for tenth in range(20, 81))
DRIFT_GRID = tuple(tenth / 10 for tenth in range(30, 151))


def speakers_of(corpus: Sequence[Transcript]) -> Iterator[list[Length]]:
    """The turns with words of every speaker of every conversation."""
    for transcript in corpus:
        yield from lengths_by_speaker(transcript).values()


def burst_scores(corpus: Sequence[Transcript]) -> list[float]:
    """z of the turns that are long enough to be a burst."""
    habits = [(own, habit) for own in speakers_of(corpus) if (habit := habit_of(own))]
    return [habit.z(length) for own, habit in habits for length in own if is_long(length, habit)]


def drift_scores(corpus: Sequence[Transcript]) -> list[float]:
    """|t| of the speakers whose turns change steeply enough to be a drift; each would be one hit."""
    drifts = (drift_of(own) for own in speakers_of(corpus))
    return [abs(drift.t) for drift in drifts if drift and drift.is_steep]


def main(data: Path) -> None:
    """Fit and write the limits."""
    corpora = human_parts(data)
    turns = turn_counts(corpora)
    bursts = {name: burst_scores(corpus) for name, corpus in corpora.items()}
    drifts = {name: drift_scores(corpus) for name, corpus in corpora.items()}
    limits = {
        "burst": lowest_limit(bursts, turns=turns, per_thousand=PER_THOUSAND, grid=BURST_GRID),
        "drift": lowest_limit(drifts, turns=turns, per_thousand=PER_THOUSAND, grid=DRIFT_GRID),
    }
    habits = [habit.spread for corpus in corpora.values() for own in speakers_of(corpus) if (habit := habit_of(own))]
    write_figures(NAME, corpora, {"limits": limits, "median_spread": round(statistics.median(habits), 3)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
