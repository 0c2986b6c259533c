"""What the paper reads off its figures: by rows, as if all were independent, and by the clusters that are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from analysis.paper.agreement import behaviour_gap
from analysis.paper.cobbler import INSTRUCTIONS, locality_gap, top_locality_gap
from analysis.paper.labels import disagreement_difference
from analysis.paper.preferences import longer_difference
from analysis.paper.printed import SAME_PAIRS, of_correlations, of_counts
from analysis.paper.sources import Found
from analysis.paper.values import Contrast, Decision, Reading
from analysis.statistics.clusters import Estimate
from analysis.statistics.common import ALPHA, holm

_PAIRS = 5_250
_FREE = "by instruction the correlations are free of the order of models"


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A reading that takes a file.

    Without it `printed` are two correlations to compare by rows, and `before` is what clusters gave on the whole file.
    """

    key: str
    family: str
    words: str
    claimed: Literal[-1, 1]
    unit: str
    sources: tuple[str, ...]
    measure: Callable[[Found], Contrast]
    is_share: bool = True
    printed: tuple[float, float] | None = None
    before: Estimate | None = None
    note: str = ""


def readings(found: Mapping[str, Found]) -> tuple[Reading, ...]:
    """The comparisons, from the files at hand or from print; the p-values corrected by Holm within each family."""
    drawn = [*_printed(), *(_compared(one, found) for one in _COMPARISONS)]
    families = (list(group) for _, group in groupby(drawn, key=lambda one: one.family))
    return tuple(one for family in families for one in _decided(family))


def _decided(family: Sequence[Reading]) -> Iterator[Reading]:
    by_rows = holm([one.by_rows.p if one.by_rows else None for one in family])
    by_clusters = holm([one.by_clusters.p if one.by_clusters else None for one in family])
    for one, p_rows, p_clusters in zip(family, by_rows, by_clusters, strict=True):
        first, second = _decision(one.by_rows, p_rows, one.claimed), _decision(one.by_clusters, p_clusters, one.claimed)
        is_both = one.by_rows is not None and one.by_clusters is not None
        yield replace(
            one,
            p_rows_adjusted=p_rows,
            p_clusters_adjusted=p_clusters,
            decision=first if one.by_clusters is None else second,
            is_changed=first != second if is_both else None,
        )


def _decision(found: Estimate | None, p: float | None, claimed: int) -> Decision:
    """By the corrected p; by the interval where that is all there is."""
    if found is None or found.value is None:
        return "needs file"
    is_told = found.excludes_zero if p is None else p < ALPHA
    if not is_told:
        return "cannot be told"
    return "holds" if found.value * claimed > 0 else "turned round"


def _compared(one: _Comparison, found: Mapping[str, Found]) -> Reading:
    source = next((source for source in one.sources if source in found), None)
    seen = _before(one) if source is None else one.measure(found[source])
    return Reading(
        key=one.key,
        family=one.family,
        words=one.words,
        claimed=one.claimed,
        unit=one.unit,
        basis="these files" if source else "measured before",
        by_rows=seen.by_rows if seen else None,
        by_clusters=seen.by_clusters if seen else None,
        note=one.note,
        is_share=one.is_share,
    )


def _printed() -> Iterator[Reading]:
    """From what the notebooks print, nothing counted anew; a puzzle is in one group only, so rows are dialogues."""
    for key, words, ours, others in (
        ("spp-digression", "SPP: with a digression, fewer puzzles are solved", (35, 66), (97, 134)),
        ("spp-digression-human", "SPP: the same among human-like dialogues", (14, 26), (38, 56)),
        ("spp-digression-machine", "SPP: the same among the others", (21, 40), (59, 78)),
        ("spp-human-like-digress", "SPP: human-like dialogues digress less", (26, 82), (40, 118)),
    ):
        note = "printed counts, nothing recounted; the labels are of a judge that saw the answer, some set by hand"
        found = of_counts(ours, others)
        yield Reading(key, "SPP", words, -1, "dialogues", "printed", found, None, note, is_share=True)
    yield Reading(
        "p2c-locality",
        "P2C",
        "P2C: the lexicon explains GPT-3 more than people",
        1,
        "pairs",
        "printed",
        of_correlations(0.1529, -0.0529, pairs=5_000),
        None,
        f"printed r, nothing recounted; {SAME_PAIRS} Sentences stand in several pairs, which no printed figure counts",
    )


def _before(one: _Comparison) -> Contrast | None:
    if one.printed is None or one.before is None:
        return None
    return Contrast(of_correlations(*one.printed, pairs=one.before.n), one.before)


_COMPARISONS = (
    _Comparison(
        "cobbler-locality",
        "CoBBLEr",
        "CoBBLEr: entailment explains GPT-4 more than people",
        1,
        "instructions",
        ("cobbler",),
        locality_gap,
        is_share=False,
        printed=(0.06545, 0.03337),
        before=Estimate(0.024, -0.024, 0.073, _PAIRS, INSTRUCTIONS),
        note=f"printed r .06545 and .03337, by pairs p = .099; {_FREE}",
    ),
    _Comparison(
        "cobbler-locality-top",
        "CoBBLEr",
        "CoBBLEr: the same in the tenth with the greatest difference",
        1,
        "instructions",
        ("cobbler",),
        top_locality_gap,
        is_share=False,
        printed=(0.264, 0.124),
        before=Estimate(0.152, -0.006, 0.324, _PAIRS // 10, INSTRUCTIONS),
        note=f"printed r .264 and .124, by pairs p = .019; {_FREE}",
    ),
    _Comparison(
        "label-variation",
        "labels",
        "people disagree on more texts than GPT-3 with itself",
        1,
        "texts",
        ("labels", "labels_part"),
        disagreement_difference,
    ),
    _Comparison(
        "longer-answers",
        "MT-bench",
        "MT-bench: GPT-4 prefers the longer answer more often than people",
        1,
        "questions",
        ("mtbench", "mtbench_part"),
        longer_difference,
    ),
    _Comparison(
        "abceval-judge",
        "ABC-Eval",
        "ABC-Eval, irrelevant turns: GPT-3.5 agrees less with people (F1) than they do among themselves",
        -1,
        "dialogues",
        ("abceval_part",),
        behaviour_gap,
    ),
)
