"""Fits the limits of the repetition judge: `python -m judges.fitting.repetition DATA_DIR`."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from judges.fitting.human_limits import human_parts, lowest_limit, turn_counts, write_figures
from judges.repetition import LENGTHS, NAME, earlier_likenesses, length_class
from judges.text_features import words
from sims.transcript import Transcript

PER_THOUSAND = 1.25
"""Of all turns, in each length class: the four together stay under .5 %."""
GRID = [percent / 100 for percent in range(70, 101, 5)] + [1.01]
"""From .7: people write few long turns, so that a lower limit would rest on too little; who confirms repeats half."""


def scores_by_length(corpus: Sequence[Transcript]) -> dict[int, list[float]]:
    """The scores of the turns that have one, by length class."""
    found: dict[int, list[float]] = defaultdict(list)
    for transcript in corpus:
        said = [words(turn.text) for turn in transcript.turns]
        for mine, likeness in zip(said, earlier_likenesses(transcript, said), strict=True):
            if likeness:
                found[length_class(len(mine))].append(likeness.score)
    return found


def main(data: Path) -> None:
    """Fit and write the limits."""
    corpora = human_parts(data)
    scores = {name: scores_by_length(corpus) for name, corpus in corpora.items()}
    turns = turn_counts(corpora)
    limits = [
        lowest_limit(
            {name: of[place] for name, of in scores.items()}, turns=turns, per_thousand=PER_THOUSAND, grid=GRID
        )
        for place in range(len(LENGTHS))
    ]
    write_figures(NAME, corpora, {"limits": limits})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
