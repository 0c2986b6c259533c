"""Task labels: how much annotators vary, how often the majority and the minority of people and model meet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import stdev
from types import MappingProxyType

import krippendorff
import numpy as np

from analysis.datatypes.labels.matching import majority, minority
from analysis.paper.rows import rows_in
from analysis.paper.sources import Found
from analysis.paper.values import Contrast, Measured, Measures
from analysis.statistics.clusters import Estimate, cluster_numbers, mean_of, share_of, statistic_of
from analysis.statistics.common import Counts
from sims.errors import UsageError

DATASET_BY_VOTES: Mapping[int, str] = MappingProxyType({5: "schem", 4: "sentiment", 3: "sbic-ghc"})
"""The files do not name the data set of a row; the number of people who labelled it does, but for SBIC and GHC."""

_BY_VOTES = "the rows with as many human votes as the data set has"
_OTHER_MODEL = "the labels here are GPT-3's, the figure is of ChatGPT"
_DATASETS: Mapping[str, str] = MappingProxyType(
    {"schem5labels": "schem", "sentiment": "sentiment", "sbic": "sbic", "ghc": "ghc"}
)
_MODELS: Mapping[str, str] = MappingProxyType(
    {
        "baize": "baize",
        "koala": "koala",
        "llama2": "llama2",
        "llama": "llama2",
        "vicuna": "vicuna",
        "open_ai_gpt35turbo": "chatgpt",
        "chatgpt": "chatgpt",
    }
)
"""What the notebook calls the models; it draws these five and leaves out others."""


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
        cells = _matches(f"{name}-chatgpt", [item for item in items if len(item.human) == votes])
        figures |= {key: replace(one, note=_BY_VOTES, not_comparable=_OTHER_MODEL) for key, one in cells.items()}
        figures |= _spread(f"{name}-human", [item for item in items if len(item.human) == votes], "human")
    for side in ("human", "llm"):
        figures[f"labels-some-disagreement-{side}"] = Measured(_some_disagreement(items, side), "texts")
        figures[f"labels-mean-sd-{side}"] = Measured(_mean_sd(items, side), "texts")
    return figures


def dataset_figures(found: Found) -> Measures:
    """The figures of the file that names data set and model of each row: the cells of the notebook; texts are the unit.

    Raises:
        UsageError: the file is not of the notebook's form.
    """
    cells: dict[tuple[str, str], list[LabelledText]] = defaultdict(list)
    for row in rows_in(found.path):
        dataset, model = (row.text(name).strip().lower() for name in ("dataset_name", "model_name"))
        human, llm = row.numbers("human_annots"), row.numbers("model_annots")
        if dataset in _DATASETS and model in _MODELS and min(len(human), len(llm)) > 1:
            cells[_DATASETS[dataset], _MODELS[model]].append(LabelledText(row.text("text"), human, llm))
    figures: dict[str, Measured] = {}
    for (dataset, model), items in cells.items():
        figures |= _matches(f"{dataset}-{model}", items)
        figures |= _spread(f"{dataset}-human", items, "human") if model == "chatgpt" else {}
    return figures


def read_labels(found: Found) -> list[LabelledText]:
    """The texts with labels of at least two people and two of the model.

    Raises:
        UsageError: the file is not of its form, no row has a text, or all labels are the same.
    """
    names = ("human_annots", "model_annots") if found.path.name.lower().startswith("mismatch") else ("human", "llm")
    items = []
    for row in rows_in(found.path):
        human, llm = (row.numbers(name) for name in names)
        if min(len(human), len(llm)) > 1:
            items.append(LabelledText(row.text("text"), human, llm))
    if not any(item.text.strip() for item in items):
        raise UsageError(f"{found.path}: no row has a text and two labels of either side")
    if len({label for item in items for label in (*item.human, *item.llm)}) == 1:
        raise UsageError(f"{found.path}: all labels are the same; nothing can be told from them")
    return items


def disagreement_difference(found: Found) -> Contrast:
    """The share of texts that people disagree on less that of the model, over the same texts."""
    items = read_labels(found)
    gaps = np.array([(len(set(one.human)) > 1) - (len(set(one.llm)) > 1) for one in items], dtype=np.float64)
    return Contrast(mean_of(gaps, np.arange(len(gaps))), mean_of(gaps, _texts(items)))


def _matches(cell: str, items: Sequence[LabelledText]) -> Measures:
    if not items:
        return {}
    texts = _texts(items)
    words = [(tuple(map(str, one.human)), tuple(map(str, one.llm))) for one in items]
    same_majority = np.array([bool(majority(human) & majority(llm)) for human, llm in words])
    same_minority = np.array([bool(minority(human) & minority(llm)) for human, llm in words])
    return {
        f"labels-majority-{cell}": Measured(share_of(same_majority, texts), "texts"),
        f"labels-minority-{cell}": Measured(share_of(same_minority, texts), "texts"),
        **_spread(cell, items, "llm"),
    }


def _spread(cell: str, items: Sequence[LabelledText], side: str) -> Measures:
    return {f"labels-sd-{cell}": Measured(_mean_sd(items, side), "texts")} if items else {}


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
    if len(names) < 2:
        raise UsageError(f"{found.path}: all ratings are {names}; nothing can be told from them")
    table = np.array([[count[name] for name in names] for count in counts])

    def alpha(rows: Counts) -> float | None:
        part = table[rows]
        if (part.sum(axis=0) > 0).sum() < 2:
            return None
        return float(krippendorff.alpha(value_counts=part, level_of_measurement="nominal"))

    found_alpha = statistic_of(alpha, np.arange(len(table)), scale="correlation")
    return {"dices-alpha": Measured(found_alpha, "conversations")}
