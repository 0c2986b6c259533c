"""SPP's puzzles by our own judges: the paper's figures on digression and human-likeness, from a judged folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from analysis.paper.rows import rows_in
from analysis.paper.simulation import Puzzle
from analysis.paper.sources import Found
from analysis.paper.values import Measured, Measures
from analysis.statistics.clusters import Estimate, share_of
from judges.verdict import SCHEMA
from sims.errors import UsageError

DIGRESSION, HUMAN_LIKENESS = "spp_digression:llm", "human_likeness:llm"
OUR_JUDGE = "by our judge: another model, asked otherwise than the paper's"
DIGRESSIONS = ("procedural", "repetitive", "transitional", "off-topic", "misleading", "closing", "constructive")

Kinds: TypeAlias = Mapping[str, str]
"""What a judge called each transcript."""

_LIKENESS: Mapping[str, str] = MappingProxyType({"human": "human-like", "machine": "artificial"})
_COUNTED: Mapping[str, str] = MappingProxyType({"human-like": "human-like", "not-human-like": "artificial"})


def judged_figures(puzzles: Sequence[Puzzle], found: Found) -> Measures:
    """The figures that the verdicts allow; none where no verdict is on these puzzles. The dialogue is the unit.

    Only dialogues that the judges concerned could judge are counted; the note says how many of them there are.

    Raises:
        UsageError: a row is no verdict, or two verdicts of one judge on a puzzle differ.
    """
    kinds = _kinds(found, {one.transcript for one in puzzles})
    digressed, likeness = kinds[DIGRESSION], kinds[HUMAN_LIKENESS]
    figures = {**_digression(puzzles, digressed), **_likeness(puzzles, likeness)}
    return {**figures, **_crossed([one for one in puzzles if one.transcript in likeness], digressed, likeness)}


def _kinds(found: Found, puzzles: set[str]) -> Mapping[str, Kinds]:
    kinds: dict[str, dict[str, str]] = {DIGRESSION: {}, HUMAN_LIKENESS: {}}
    for path in filter(_holds_verdicts, (found.path, *found.others)):
        for row in rows_in(path):
            judge, transcript = row.word("judge"), row.word("transcript")
            if judge in kinds and transcript in puzzles and row.values.get("unjudged") is None:
                kind = row.text("meta.kind")
                if kinds[judge].setdefault(transcript, kind) != kind:
                    raise row.fault("meta.kind", f"another verdict of {judge} on {transcript} says otherwise")
    return kinds


def _holds_verdicts(path: Path) -> bool:
    """Whether the first row is a verdict of ours: others may use the name, and a judged folder may be empty yet."""
    try:
        return next(rows_in(path)).values.get("schema") == SCHEMA
    except UsageError:
        return False


def _digression(puzzles: Sequence[Puzzle], kinds: Kinds) -> Measures:
    known = [one for one in puzzles if one.transcript in kinds]
    does = [one for one in known if kinds[one.transcript] != "none"]
    return {
        "spp-digressions": _share([kinds[one.transcript] != "none" for one in known]),
        "spp-accuracy-digression": _accuracy(does),
        "spp-accuracy-no-digression": _accuracy([one for one in known if one not in does]),
    }


def _likeness(puzzles: Sequence[Puzzle], kinds: Kinds) -> Measures:
    known = [one for one in puzzles if one.transcript in kinds]
    return {"spp-human-like": _share([kinds[one.transcript] == "human-like" for one in known])}


def _crossed(puzzles: Sequence[Puzzle], digressed: Kinds, likeness: Kinds) -> Measures:
    known = [one for one in puzzles if one.transcript in digressed]
    figures: dict[str, Measured] = {}
    for name, kind in _LIKENESS.items():
        ours = [one for one in known if likeness[one.transcript] == kind]
        does = [one for one in ours if digressed[one.transcript] != "none"]
        figures[f"spp-{name}-digression"] = _accuracy(does)
        figures[f"spp-{name}-none"] = _accuracy([one for one in ours if one not in does])
        figures[f"spp-{name}-off-topic"] = _accuracy([one for one in does if digressed[one.transcript] == "off-topic"])
    for way in DIGRESSIONS:
        for name, kind in _COUNTED.items():
            hits = [digressed[one.transcript] == way and likeness[one.transcript] == kind for one in known]
            figures[f"spp-{way}-{name}"] = _count(hits)
    return figures


def _accuracy(puzzles: Sequence[Puzzle]) -> Measured:
    return _share([one.is_right for one in puzzles])


def _share(hits: Sequence[bool]) -> Measured:
    flags = np.array(hits, dtype=bool)
    return Measured(share_of(flags, np.arange(len(flags))), "dialogues", not_comparable=OUR_JUDGE)


def _count(hits: Sequence[bool]) -> Measured:
    """A count, as the notebook prints it; it has no interval."""
    value = float(sum(hits)) if hits else None
    return Measured(Estimate(value, None, None, len(hits), len(hits)), "dialogues", not_comparable=OUR_JUDGE)
