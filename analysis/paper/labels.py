"""Task labels: how much annotators vary, how often the majority and the minority of people and model meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev
from types import MappingProxyType

import krippendorff
import numpy as np

from analysis.datatypes.labels.matching import majority, minority
from analysis.paper.rows import rows_in
from analysis.paper.sources import Found
from analysis.paper.values import Measured, Measures
from analysis.statistics.clusters import Estimate, cluster_numbers, mean_of, share_of, statistic_of
from analysis.statistics.common import Counts

DATASET_BY_VOTES: Mapping[int, str] = MappingProxyType({5: "schem", 4: "sentiment", 3: "sbic-ghc"})
"""The files do not name the data set of a row; the number of people who labelled it does, but for SBIC and GHC."""

_BY_VOTES = "the rows with as many human votes as the data set has; labels of GPT-3, the printed cell is of ChatGPT"


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with the labels of people and of the model."""

    text: str
    human: tuple[float, ...]
    llm: tuple[float, ...]


def label_figures(found: Found) -> Measures:
    """The figures of the file of people and GPT-3, its published form (CSV) or ours; texts are the unit."""
    items = read_labels(found)
    figures: dict[str, Measured] = {}
    for votes, name in DATASET_BY_VOTES.items():
        figures |= _matches(name, [item for item in items if len(item.human) == votes])
    for side in ("human", "llm"):
        figures[f"labels-some-disagreement-{side}"] = Measured(_some_disagreement(items, side), "texts")
        figures[f"labels-mean-sd-{side}"] = Measured(_mean_sd(items, side), "texts")
    return figures


def read_labels(found: Found) -> list[LabelledText]:
    """The texts with labels of at least two people and two of the model."""
    names = ("human_annots", "model_annots") if found.path.name.lower().startswith("mismatch") else ("human", "llm")
    items = []
    for row in rows_in(found.path):
        human, llm = (row.numbers(name) for name in names)
        if min(len(human), len(llm)) > 1:
            items.append(LabelledText(row.text("text"), human, llm))
    return items


def disagreement_difference(found: Found) -> Estimate:
    """The share of texts that people disagree on less that of the model, over the same texts."""
    items = read_labels(found)
    gaps = np.array([(len(set(one.human)) > 1) - (len(set(one.llm)) > 1) for one in items], dtype=np.float64)
    return mean_of(gaps, _texts(items))


def _matches(name: str, items: Sequence[LabelledText]) -> Measures:
    if not items:
        return {}
    texts = _texts(items)
    words = [(tuple(map(str, one.human)), tuple(map(str, one.llm))) for one in items]
    same_majority = np.array([bool(majority(human) & majority(llm)) for human, llm in words])
    same_minority = np.array([bool(minority(human) & minority(llm)) for human, llm in words])
    return {
        f"labels-majority-{name}-chatgpt": Measured(share_of(same_majority, texts), "texts", _BY_VOTES),
        f"labels-minority-{name}-chatgpt": Measured(share_of(same_minority, texts), "texts", _BY_VOTES),
        f"labels-sd-{name}-human": Measured(_mean_sd(items, "human"), "texts"),
        f"labels-sd-{name}-chatgpt": Measured(_mean_sd(items, "llm"), "texts", _BY_VOTES),
    }


def _some_disagreement(items: Sequence[LabelledText], side: str) -> Estimate:
    return share_of(np.array([len(set(_labels(item, side))) > 1 for item in items]), _texts(items))


def _mean_sd(items: Sequence[LabelledText], side: str) -> Estimate:
    return mean_of(np.array([stdev(_labels(item, side)) for item in items]), _texts(items))


def _labels(item: LabelledText, side: str) -> tuple[float, ...]:
    return item.human if side == "human" else item.llm


def _texts(items: Sequence[LabelledText]) -> Counts:
    return cluster_numbers(item.text for item in items)


def safety_figures(found: Found) -> Measures:
    """Krippendorff's alpha (nominal) of the DICES-990 ratings; conversations are the unit."""
    counts = [Counter(str(one) for one in row.list("ratings")) for row in rows_in(found.path)]
    names = sorted({name for count in counts for name in count})
    table = np.array([[count[name] for name in names] for count in counts])

    def alpha(rows: Counts) -> float | None:
        part = table[rows]
        if (part.sum(axis=0) > 0).sum() < 2:
            return None
        return float(krippendorff.alpha(value_counts=part, level_of_measurement="nominal"))

    found_alpha = statistic_of(alpha, np.arange(len(table)), scale="correlation")
    return {"dices-alpha": Measured(found_alpha, "conversations")}
