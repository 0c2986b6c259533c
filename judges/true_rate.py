"""The true rate of flagged turns or dialogues, from few labels and many unlabelled conversations.

A judge's own rate is off by its errors. The prediction-powered estimate (Angelopoulos, Duchi and Zrnic, PPI++, arXiv
2311.01453) takes the judge's rate on the unlabelled conversations and corrects it by what the labelled ones show of
its errors; its interval is valid however bad the judge, and the narrower the better it is. The unit is the
conversation: each counts with the share of its turns that is flagged (labelled), or as 0 or 1.

It assumes that the labelled conversations, and the labelled turns within them, were chosen at random from the same
population as the others. The judge's decisions are those at its shipped threshold, which no label has moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judges.labels import LabelSet, Unit
from judges.verdict import Verdict
from sims.errors import UsageError

MIN_LABELS = 100
MIN_POSITIVE_CONVERSATIONS = 20
_LEVEL = 0.05
_NORMAL = 1.959964
"""The quantile of the normal distribution that ppi-python takes for a 95 % interval."""

_NO_ERROR = 1e-9
"""A standard error below this is rounding."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in [0, 1] with its 95 % interval."""

    value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True)
class TrueRate:
    """Estimates of the mean rate over conversations, and how many conversations stand behind them.

    `positive` counts the labelled ones with a positive label. `estimate` is the prediction-powered one; `labels_only`
    uses the labelled ones alone, judged or not; `naive` is the judge's own rate on the unlabelled, with an interval
    that knows nothing of the judge's errors. `rogan_gladen`
    corrects the naive rate by sensitivity and specificity on the labels, as a cross-check; None where the judge is no
    better than chance there. `worst_low` and `worst_high` bound the estimate's interval over what the `unjudged` ones
    (conversations without a verdict, labelled or not) could be.
    """

    unit: Unit
    labelled: int
    positive: int
    unlabelled: int
    unjudged: int
    estimate: Rate
    labels_only: Rate
    naive: Rate
    rogan_gladen: float | None
    worst_low: float
    worst_high: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the intervals less sure than they say."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        if self.labelled < MIN_LABELS:
            yield f"{self.labelled} labelled conversations: below {MIN_LABELS}, intervals may under-cover"
        if self.positive < MIN_POSITIVE_CONVERSATIONS:
            yield (
                f"{self.positive} labelled conversations have a positive: below {MIN_POSITIVE_CONVERSATIONS}, little is"
                " known of what the judge misses"
            )


def true_rate(labels: LabelSet, labelled: Mapping[str, Verdict], unlabelled: Sequence[Verdict]) -> TrueRate:
    """The true rate, from the verdicts on labelled conversations (by id) and on unlabelled ones.

    Raises:
        UsageError: fewer than two labelled or two unlabelled conversations are judged, or ppi-python is missing.
    """
    items = _items(labels, labelled)
    pairs = [np.mean(of_one, axis=0).tolist() for of_one in items.values()]
    others = np.array([_predicted(one, labels.unit) for one in unlabelled if one.judged_turns])
    if len(pairs) < 2 or len(others) < 2:
        raise UsageError(
            f"{len(pairs)} labelled and {len(others)} unlabelled conversations are judged; a rate needs two of each"
        )
    truth, predicted = np.array(pairs).T
    unjudged = len({item.transcript for item in labels.decided}) - len(pairs) + len(unlabelled) - len(others)
    judged = len(pairs) + len(others)
    estimate = prediction_powered(truth, predicted, others)
    return TrueRate(
        unit=labels.unit,
        labelled=len(pairs),
        positive=sum(any(label for label, _ in of_one) for of_one in items.values()),
        unlabelled=len(others),
        unjudged=unjudged,
        estimate=estimate,
        labels_only=mean_rate(_labelled_rates(labels)),
        naive=mean_rate(others),
        rogan_gladen=rogan_gladen(float(others.mean()), [pair for of_one in items.values() for pair in of_one]),
        worst_low=round(estimate.ci_low * judged / (judged + unjudged), 6),
        worst_high=round((estimate.ci_high * judged + unjudged) / (judged + unjudged), 6),
    )


def _items(labels: LabelSet, verdicts: Mapping[str, Verdict]) -> dict[str, list[tuple[int, int]]]:
    """For each labelled conversation that was judged: label and decision (0 or 1) of each labelled item.

    A turn that the judge does not score counts as not flagged, here as in the unlabelled conversations.
    """
    grouped: dict[str, list[tuple[int, int]]] = {}
    for item in labels.decided:
        verdict = verdicts[item.transcript]
        if verdict.judged_turns:
            flagged = item.turn in verdict.flagged_turns if item.turn is not None else bool(verdict.flagged_turns)
            grouped.setdefault(item.transcript, []).append((item.label, int(flagged)))
    return grouped


def _labelled_rates(labels: LabelSet) -> Floats:
    """The share of positive labels of each labelled conversation, judged or not."""
    grouped: dict[str, list[int]] = {}
    for item in labels.decided:
        grouped.setdefault(item.transcript, []).append(item.label)
    return np.array([np.mean(of_one) for of_one in grouped.values()])


def _predicted(verdict: Verdict, unit: Unit) -> float:
    if unit == "dialogue":
        return float(bool(verdict.flagged_turns))
    return len(verdict.flagged_turns) / len(verdict.turn_scores)


def prediction_powered(truth: Floats, predicted: Floats, unlabelled: Floats) -> Rate:
    """The prediction-powered mean of `truth`, given predictions for it and for the unlabelled; clipped to [0, 1].

    Constant predictions say nothing, so they get no weight. The interval is that of `_by_count`, from the library's
    variance. By simulation of 100 labelled and 1,000 unlabelled conversations (500 samples each) it covers a share of
    dialogues of .02, .05 and .1 in .97, .97 and .93 of the samples, and a rate of turns of .02 and .1 in .98 and .97;
    with 30 labelled and 500 others a rate of turns of .1 in .94.

    Raises:
        UsageError: ppi-python is not installed.
    """
    try:
        import ppi_py
    except ImportError as error:
        raise UsageError(
            "the estimate of the true rate needs ppi-python; install it with: pip install 'simstress[calibration]'"
        ) from error
    is_constant = np.ptp(np.concatenate([predicted, unlabelled])) == 0
    weight = 0.0 if is_constant else None
    value = ppi_py.ppi_mean_pointestimate(truth, predicted, unlabelled, lam=weight)
    low, high = ppi_py.ppi_mean_ci(truth, predicted, unlabelled, alpha=_LEVEL, lam=weight)
    count = len(truth)
    deviation = np.asarray(high - low).item() / 2 / _NORMAL * np.sqrt(count / (count - 1))
    return _by_count(np.asarray(value).item(), deviation, count, most=count + len(unlabelled))


def mean_rate(values: Floats) -> Rate:
    """The mean over conversations, each with a rate in [0, 1], with the interval of `_by_count`."""
    return _by_count(float(values.mean()), float(values.std(ddof=1)) / np.sqrt(len(values)), len(values))


def _by_count(rate: float, error: float, count: int, *, most: float = float("inf")) -> Rate:
    """The rate with Clopper and Pearson's interval for as many draws as give it its standard error; clipped to [0, 1].

    A normal interval around a rare fault is too narrow where few positives were seen and has no width where none was.
    A rate r with the standard error e is worth r (1 - r) / e^2 draws of 0 or 1, e widened from the normal distribution
    to Student's t; never fewer than the `count` of labelled conversations, as each is worth one draw or more, and no
    more than `most`: where the few positives seen were all predicted, e is far too small.
    """
    from scipy.special import betaincinv

    rate = float(np.clip(rate, 0, 1))
    widened = error * float(_student(count)) / _NORMAL
    draws = float(np.clip(rate * (1 - rate) / widened**2, count, most)) if widened > _NO_ERROR else count
    hits, misses = rate * draws, (1 - rate) * draws
    low = float(betaincinv(hits, misses + 1, _LEVEL / 2)) if rate > 0 else 0.0
    high = float(betaincinv(hits + 1, misses, 1 - _LEVEL / 2)) if rate < 1 else 1.0
    return Rate(round(rate, 6), round(low, 6), round(high, 6))


def _student(count: int) -> float:
    from scipy import stats

    return float(stats.t.ppf(1 - _LEVEL / 2, count - 1))


def rogan_gladen(naive: float, items: Sequence[tuple[int, int]]) -> float | None:
    """(naive + specificity - 1) / (sensitivity + specificity - 1), clipped to [0, 1].

    Sensitivity and specificity come from `items`, pairs of label and decision. None where one of them is not defined
    or their sum is at most 1. Rogan and Gladen (1978), American Journal of Epidemiology 107.
    """
    on_positives = [decision for label, decision in items if label]
    on_negatives = [1 - decision for label, decision in items if not label]
    if not on_positives or not on_negatives:
        return None
    sensitivity, specificity = sum(on_positives) / len(on_positives), sum(on_negatives) / len(on_negatives)
    if sensitivity + specificity <= 1:
        return None
    return round(float(np.clip((naive + specificity - 1) / (sensitivity + specificity - 1), 0, 1)), 6)
