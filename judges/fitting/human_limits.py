"""How far people go: limits that judges are given from the fitting parts of all human dialogues at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from judges.fitting.corpora import read_corpus
from judges.fitting.splits import fitting_part
from sims.transcript import Transcript

HUMAN_CORPORA = (
    "human_assistance_mirrorbench",
    "human_meetings_qmsum",
    "human_personachat",
    "human_personachat_tiage",
    "human_service_sgd",
    "human_switchboard",
    "human_taskmaster4",
)
_WEIGHTS = Path(__file__).parents[1] / "weights"

Corpora = Mapping[str, Sequence[Transcript]]


def human_parts(data: Path) -> dict[str, list[Transcript]]:
    """The fitting part of every human corpus, by name."""
    return {name: fitting_part(read_corpus(data, name)) for name in HUMAN_CORPORA}


def turn_counts(corpora: Corpora) -> dict[str, int]:
    """How many turns each corpus has."""
    return {name: sum(len(transcript.turns) for transcript in corpus) for name, corpus in corpora.items()}


def lowest_limit(
    scores: Mapping[str, Sequence[float]], *, turns: Mapping[str, int], per_thousand: float, grid: Sequence[float]
) -> float:
    """The lowest value of the grid that at most `per_thousand` of the turns of each corpus reach.

    `scores` are those of the turns that can have one; the rate is of all `turns`. The last value of the grid where
    none is high enough.
    """
    for limit in grid:
        reached = (1000 * sum(score >= limit for score in scores[name]) / turns[name] for name in scores)
        if max(reached, default=0.0) <= per_thousand:
            return limit
    return grid[-1]


def write_figures(judge: str, corpora: Corpora, figures: Mapping[str, Any]) -> None:
    """`weights/<judge>.json`: the figures and what they were fitted on."""
    sources = {
        name: {"conversations": len(corpus), "turns": turn_counts(corpora)[name]} for name, corpus in corpora.items()
    }
    stored = {"schema": f"simstress/{judge.replace('_', '-')}-figures@1", **figures, "sources": sources}
    path = _WEIGHTS / f"{judge}.json"
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(f"{path.name}: {dict(figures)}")
