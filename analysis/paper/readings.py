"""What the paper reads off its figures, and what is left once conversations, texts and instructions are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import atanh, sqrt
from typing import Literal, TypeAlias

import numpy as np
from scipy import stats

from analysis.paper.agreement import behaviour_gap
from analysis.paper.cobbler import locality_gap, top_locality_gap
from analysis.paper.labels import disagreement_difference
from analysis.paper.preferences import longer_difference
from analysis.paper.sources import Found
from analysis.paper.values import Decision, Reading
from analysis.statistics.clusters import Estimate
from analysis.statistics.common import ALPHA, holm

Counted: TypeAlias = tuple[int, int]
"""How many of how many."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A reading that takes a file.

    Without it `printed` are two correlations over so many pairs, `before` the interval that was measured before.
    """

    key: str
    section: str
    words: str
    claimed: Literal[-1, 1]
    unit: str
    sources: tuple[str, ...]
    measure: Callable[[Found], Estimate]
    is_share: bool = True
    printed: tuple[float, float, int] | None = None
    before: str = ""


def readings(found: Mapping[str, Found]) -> tuple[Reading, ...]:
    """The comparisons, from the published counts or the files at hand; the p-values corrected by Holm over all."""
    drawn = [*_published(), *(_compared(one, found) for one in _COMPARISONS)]
    adjusted = holm([one.difference.p if one.difference else None for one in drawn])
    return tuple(replace(one, p_adjusted=p, decision=_decision(one, p)) for one, p in zip(drawn, adjusted, strict=True))


def _decision(reading: Reading, p: float | None) -> Decision:
    if reading.difference is None or reading.difference.value is None:
        return "needs file"
    if p is None or p >= ALPHA:
        return "cannot be told"
    return "holds" if reading.difference.value * reading.claimed > 0 else "turned round"


def _compared(one: _Comparison, found: Mapping[str, Found]) -> Reading:
    source = next((source for source in one.sources if source in found), None)
    difference = None if source is None else one.measure(found[source])
    counted = one.unit if difference is None else f"{difference.clusters:,} {one.unit}"
    note = _by_pairs(*one.printed, one.before) if difference is None and one.printed else ""
    return Reading(one.key, one.section, one.words, one.claimed, counted, difference, note, is_share=one.is_share)


def _published() -> Iterator[Reading]:
    """From counts that the notebooks print; a puzzle is in one group only, so its dialogue is the unit already."""
    judged = "printed counts; labels of a judge that saw the answer, 15 set by hand"
    for key, words, ours, others in (
        ("spp-digression", "SPP: with a digression, fewer puzzles are solved", (35, 66), (97, 134)),
        ("spp-digression-human", "SPP: the same among human-like dialogues", (14, 26), (38, 56)),
        ("spp-digression-machine", "SPP: the same among the others", (21, 40), (59, 78)),
        ("spp-human-like-digress", "SPP: human-like dialogues digress less", (26, 82), (40, 118)),
    ):
        yield _of_counts(key, words, ours, others, note=judged)
    difference = _of_correlations(0.1529, -0.0529, pairs=5_000)
    words = "P2C: the lexicon explains GPT-3 more than people"
    note = "from the printed r; 5,000 pairs share sentences, so the interval is too narrow"
    yield Reading("p2c-locality", "preferences", words, 1, "5,000 pairs", difference, note)


def _by_pairs(one: float, other: float, pairs: int, before: str) -> str:
    p = _of_correlations(one, other, pairs=pairs).p or 0.0
    return f"printed r by {pairs:,} pairs: p = {p:.2g}; by instruction, measured before on the whole file: {before}"


_COMPARISONS = (
    _Comparison(
        "cobbler-locality",
        "preferences",
        "CoBBLEr: entailment explains GPT-4 more than people",
        1,
        "instructions",
        ("cobbler",),
        locality_gap,
        is_share=False,
        printed=(0.06545, 0.03337, 5_250),
        before="−0.024 to +0.073",
    ),
    _Comparison(
        "cobbler-locality-top",
        "preferences",
        "CoBBLEr: the same in the tenth with the greatest difference",
        1,
        "instructions",
        ("cobbler",),
        top_locality_gap,
        is_share=False,
        printed=(0.264, 0.124, 525),
        before="−0.006 to +0.324",
    ),
    _Comparison(
        "label-variation",
        "task labels",
        "people disagree on more texts than GPT-3 with itself",
        1,
        "texts",
        ("labels", "labels_part"),
        disagreement_difference,
    ),
    _Comparison(
        "longer-answers",
        "preferences",
        "MT-bench: GPT-4 prefers the longer answer more often than people",
        1,
        "questions",
        ("mtbench", "mtbench_part"),
        longer_difference,
    ),
    _Comparison(
        "abceval-judge",
        "other data sets",
        "ABC-Eval, irrelevant turns: GPT-3.5 agrees less with people (F1) than they do among themselves",
        -1,
        "dialogues",
        ("abceval_part",),
        behaviour_gap,
    ),
)


def _of_counts(key: str, words: str, ours: Counted, others: Counted, *, note: str) -> Reading:
    """The difference of two shares, claimed to be negative: Newcombe's interval from Wilson's, Fisher's exact p."""
    (hits, n), (other_hits, m) = ours, others
    one, other = hits / n, other_hits / m
    (low, high), (other_low, other_high) = _wilson(ours), _wilson(others)
    difference = Estimate(
        one - other,
        one - other - sqrt((one - low) ** 2 + (other_high - other) ** 2),
        one - other + sqrt((high - one) ** 2 + (other - other_low) ** 2),
        n + m,
        n + m,
        float(stats.fisher_exact(np.array([[hits, n - hits], [other_hits, m - other_hits]])).pvalue),
    )
    return Reading(key, "simulation", words, -1, f"{n + m} dialogues", difference, note, is_share=True)


def _wilson(counted: Counted) -> tuple[float, float]:
    found = stats.binomtest(*counted).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def _of_correlations(one: float, other: float, *, pairs: int) -> Estimate:
    """The difference of two printed correlations by Fisher's scale, as if they and their pairs were independent."""
    gap, error = atanh(one) - atanh(other), sqrt(2 / (pairs - 3))
    reach = float(stats.norm.ppf(1 - ALPHA / 2)) * error
    p = float(2 * stats.norm.sf(abs(gap) / error))
    return Estimate(one - other, one - other - reach, one - other + reach, pairs, pairs, p)
