"""CoBBLEr's rankings alone, without entailment: do models prefer the answers that people prefer?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from analysis.paper.rows import PublishedRow, rows_in
from analysis.paper.sources import Found
from analysis.paper.values import Measured, Measures
from analysis.statistics.clusters import cluster_numbers, share_of
from sims.errors import UsageError


def ranking_figures(found: Found) -> Measures:
    """How often GPT-4, and ChatGPT, prefer the same of two answers as people do, ties left out; by instruction."""
    agreed: dict[str, list[tuple[bool, int]]] = {"gpt4": [], "chatgpt": []}
    for place, row in enumerate(rows_in(found.path)):
        for rater, votes in agreed.items():
            votes += [(same, place) for same in _same_choices(row, rater)]
    if not all(agreed.values()):
        raise UsageError(f"{found.path}: there is no pair of answers that people and a model both decided")
    return {
        f"cobbler-agreement-{rater}": Measured(
            share_of(np.array([same for same, _ in votes]), cluster_numbers(place for _, place in votes)),
            "instructions",
            "ties left out",
        )
        for rater, votes in agreed.items()
    }


def _same_choices(row: PublishedRow, rater: str) -> list[bool]:
    human, model = (_rater_points(row, name) for name in ("human", rater))
    both = sorted(set(human) & set(model))
    gains = [(human[a] - human[b], model[a] - model[b]) for a, b in combinations(both, 2)]
    return [(one > 0) == (other > 0) for one, other in gains if one and other]


def _rater_points(row: PublishedRow, rater: str) -> Mapping[str, float]:
    return PublishedRow(f"{row.place}, points.{rater}", row.mapping(f"points.{rater}")).all_numbers()
