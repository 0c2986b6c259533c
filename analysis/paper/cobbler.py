"""CoBBLEr: does the answer that a reference entails more win? In the authors' order of models, and free of any."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import TypeAlias

import numpy as np

from analysis.paper.contrasts import contrast
from analysis.paper.rows import PublishedRow, rows_in
from analysis.paper.sources import Found
from analysis.paper.values import Contrast, Measured, Measures
from analysis.statistics.clusters import Estimate, statistic_of
from analysis.statistics.common import Counts, Values, random_numbers
from sims.errors import UsageError

RATERS = ("gpt4", "chatgpt", "human")
INSTRUCTIONS = 50
BINS = 10
RANDOM_ORDERS = 300
TIE = 2

_PRINTED_ORDER = (
    "gpt4", "vicuna", "koala", "llama", "falcon", "instructgpt", None, "baize", None, "chatgpt",
    "alpaca", "mpt", "openassist", None, "cohere",
)  # fmt: skip
"""The authors' order of models as far as the ten rows that cobbler_cleaned.ipynb prints give it away.

It was an os.listdir, shuffled with seed 42; the pairs of it, shuffled with seed 42, are the printed rows.
"""
_OPEN = ("dolly", "redpajama", "wizardlm")
_PUBLISHED_GPT4 = 0.06545353159557292
"""Printed by the notebook; of the six orders that the rows leave open, the nearest to it is taken."""

Scores: TypeAlias = dict[tuple[int, str], float]
"""By instruction and model."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the files hold: the greatest entailment among an answer's sentences, and each rater's points."""

    entailment: Scores
    points: Mapping[str, Scores]


@dataclass(frozen=True, slots=True)
class Duels:
    """All pairs of answers: what the first has more of than the second, in entailment and by each rater."""

    entailment: Values
    points: Mapping[str, Values]
    instruction: Counts


def cobbler_figures(found: Found) -> Measures:
    """Pearson's r of the codes (0 first, 1 second, 2 tie) in the authors' order, and the correlation free of the order.

    Also both for deciles of the difference in entailment. The instruction is the unit.

    Raises:
        UsageError: a file is not of the published form, or lacks a model or an instruction.
    """
    answers = _answers(found)
    ordered = [_duels(answers, order) for order in _orders()]
    duels = min(ordered, key=lambda one: abs((_coded(one, "gpt4", _all(one)) or 0.0) - _PUBLISHED_GPT4))
    return {**_whole(duels), **_deciles(duels), "cobbler-gpt4-orders": _over_orders(answers)}


def _over_orders(answers: Answers) -> Measured:
    """GPT-4's r of codes over random orders of the models: how far the order alone moves it."""
    dice = random_numbers("orders of models")
    models = sorted(_orders()[0])
    duels = _duels(answers, models)
    places = (dice.permutation(len(models)) for _ in range(RANDOM_ORDERS))
    found = np.array([_coded(_turned(duels, place), "gpt4", _all(duels)) or 0.0 for place in places])
    spread = f"{RANDOM_ORDERS} random orders: SD {found.std(ddof=1):.3f}, {found.min():.3f} to {found.max():.3f}"
    estimate = Estimate(float(found.mean()), None, None, RANDOM_ORDERS, RANDOM_ORDERS)
    return Measured(estimate, "orders", spread, not_comparable=f"other orders than before; {spread}")


def _turned(duels: Duels, place: Counts) -> Duels:
    """The same pairs, each turned round where its second model has the earlier place."""
    signs = np.tile([1.0 if place[a] < place[b] else -1.0 for a, b in combinations(range(len(place)), 2)], INSTRUCTIONS)
    return Duels(
        signs * duels.entailment, {rater: signs * gains for rater, gains in duels.points.items()}, duels.instruction
    )


def locality_gap(found: Found) -> Contrast:
    """GPT-4's correlation less people's over all pairs, free of the order of models; by instruction."""
    duels = _duels(_answers(found), _orders()[0])
    return _gap(duels, _all(duels))


def top_locality_gap(found: Found) -> Contrast:
    """The same over the tenth of the pairs whose entailment differs most."""
    duels = _duels(_answers(found), _orders()[0])
    return _gap(duels, _bins(duels)[0])


def _gap(duels: Duels, rows: Counts) -> Contrast:
    def gap(part: Counts) -> float | None:
        ours, theirs = _free(duels, "gpt4", rows[part]), _free(duels, "human", rows[part])
        return None if ours is None or theirs is None else ours - theirs

    return contrast(gap, _dense(duels.instruction[rows]))


def _orders() -> list[tuple[str, ...]]:
    """The six orders that the printed rows allow."""
    orders = []
    for names in permutations(_OPEN):
        rest = iter(names)
        orders.append(tuple(name or next(rest) for name in _PRINTED_ORDER))
    return orders


def _duels(answers: Answers, order: Sequence[str]) -> Duels:
    places = [(number, a, b) for number in range(1, INSTRUCTIONS + 1) for a, b in combinations(order, 2)]

    def gains(values: Scores) -> Values:
        return np.array([values[number, a] - values[number, b] for number, a, b in places])

    return Duels(
        gains(answers.entailment),
        {rater: gains(points) for rater, points in answers.points.items()},
        np.array([number - 1 for number, _, _ in places]),
    )


def _whole(duels: Duels) -> Measures:
    rows = _all(duels)
    figures = {}
    for rater in RATERS:
        figures[f"cobbler-{rater}"] = _measured(duels, rater, rows, _coded)
        figures[f"cobbler-{rater}-free"] = _measured(duels, rater, rows, _free)
    return figures


def _deciles(duels: Duels) -> Measures:
    bins = _bins(duels)
    named = {f"decile-{number}": bins[number - 1] for number in (1, 2, BINS)}
    figures = {
        f"cobbler-{rater}-{name}": _measured(duels, rater, rows, _coded)
        for rater in RATERS
        for name, rows in named.items()
    }
    return figures | {f"cobbler-{rater}-decile-1-free": _measured(duels, rater, bins[0], _free) for rater in RATERS}


Statistic = Callable[[Duels, str, Counts], float | None]


def _measured(duels: Duels, rater: str, rows: Counts, statistic: Statistic) -> Measured:
    found = statistic_of(
        lambda part: statistic(duels, rater, rows[part]), _dense(duels.instruction[rows]), scale="correlation"
    )
    return Measured(found, "instructions")


def _coded(duels: Duels, rater: str, rows: Counts) -> float | None:
    """Pearson's r of the codes, as the notebook has it; it changes with the order of the models."""
    one, other = _codes(duels.entailment[rows]), _codes(duels.points[rater][rows])
    if not one.std() or not other.std():
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _free(duels: Duels, rater: str, rows: Counts) -> float | None:
    """The correlation of the signs, each pair taken both ways round: no order of the models can change it."""
    one, other = np.sign(duels.entailment[rows]), np.sign(duels.points[rater][rows])
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale else None


def _codes(gains: Values) -> Values:
    return np.where(gains > 0, 0.0, np.where(gains < 0, 1.0, float(TIE)))


def _bins(duels: Duels) -> list[Counts]:
    """The pairs in tenths, those that differ most in entailment first; the last takes the rest."""
    order = np.argsort(-np.abs(duels.entailment), kind="stable")
    size = len(order) // BINS
    return [order[place * size : (place + 1) * size if place < BINS - 1 else None] for place in range(BINS)]


def _all(duels: Duels) -> Counts:
    return np.arange(len(duels.entailment))


def _dense(clusters: Counts) -> Counts:
    return np.unique(clusters, return_inverse=True)[1]


def _answers(found: Found) -> Answers:
    return Answers(_entailment(found.path), {rater: _points(found.parts[f"{rater}.json"]) for rater in RATERS})


def _entailment(path: Path) -> Scores:
    found = {}
    for row in rows_in(path):
        found[int(row.number("example_idx")), row.text("model")] = max(row.numbers("roberta_entail"))
    return _complete(found, path)


def _points(path: Path) -> Scores:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: not a file of rankings: {error}") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path}: expected an object with example_1, example_2, ...")
    found = {}
    for number in range(1, INSTRUCTIONS + 1):
        for ranking in PublishedRow(str(path), values).list(f"example_{number}.rankings"):
            one = PublishedRow(f"{path}, example_{number}", ranking if isinstance(ranking, dict) else {})
            found[number, one.text("model")] = one.number("point")
    return _complete(found, path)


def _complete(found: Scores, path: Path) -> Scores:
    for number in range(1, INSTRUCTIONS + 1):
        for model in _orders()[0]:
            if (number, model) not in found:
                raise UsageError(f"{path}: instruction {number} has nothing for the model {model!r}")
    return found
