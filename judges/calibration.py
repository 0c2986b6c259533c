"""A threshold of the user's own: fitted to their labels for a wanted precision, measured on other folds of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from judges.card import JudgeCard, Measurement, Source, load_card
from judges.folds import FOLDS
from judges.labels import Labelled, LabelSet, Unit
from judges.measuring.figures import Figure, Floats, Items, Statistic, auc, figure, precision, recall
from judges.verdict import Verdict
from sims.errors import UsageError
from sims.seeds import stable_hash

MIN_LABELS = 100
MIN_POSITIVES = 5
"""With fewer labels or positives, 95 % intervals cover less than they say (.84 to .91 in simulation)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A labelled turn or conversation with the judge's score; a conversation scores as its highest turn."""

    score: float
    label: int
    conversation: str


@dataclass(frozen=True, slots=True)
class LabelledScores:
    """The labelled items that the judge scored, and how many positives and negatives it did not score."""

    unit: Unit
    scored: tuple[Scored, ...]
    missing_positives: int
    missing_negatives: int
    unjudged_conversations: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold and how well it does on labels that it was not fitted to.

    `threshold` is the lowest score from which flagging reaches `wanted_precision` on all labels; None where no score
    does. `precision`, `recall` and `kappa` (Cohen's, against the labels) are of decisions cross-fitted by
    conversation; `auc` needs no threshold. Figures are None where they are not defined. `precision_worst` and
    `recall_worst` bound the figure, low and high, over all that the unscored items could be. `people_kappa` and
    `people_alpha` (Krippendorff's) are the agreement between annotators, the ceiling; None with one annotator.
    """

    unit: Unit
    wanted_precision: float
    threshold: float | None
    labels: int
    positives: int
    conversations: int
    unscored: int
    unjudged_conversations: int
    precision: Figure | None
    recall: Figure | None
    auc: Figure | None
    kappa: Figure | None
    precision_worst: tuple[float, float] | None
    recall_worst: tuple[float, float] | None
    people_kappa: Figure | None
    people_alpha: float | None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the figures less sure than their intervals say."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        if self.labels < MIN_LABELS or self.positives < MIN_POSITIVES:
            found = f"{self.labels} labels, {self.positives} of them positive"
            yield f"{found}: below {MIN_LABELS} labels or {MIN_POSITIVES} positives, intervals under-cover"
        if self.unscored:
            yield f"{self.unscored} labelled {self.unit}s have no score and are missing; see the worst-case bounds"


def labelled_scores(labels: LabelSet, verdicts: Mapping[str, Verdict]) -> LabelledScores:
    """The labels beside the judge's scores; `verdicts` by transcript id."""
    scored, missing = [], [0, 0]
    for item in labels.items:
        score = item_score(item, verdicts[item.transcript])
        if score is None:
            missing[item.label] += 1
        else:
            scored.append(Scored(score, item.label, item.transcript))
    unjudged = {item.transcript for item in labels.items if verdicts[item.transcript].unjudged}
    return LabelledScores(labels.unit, tuple(scored), missing[1], missing[0], len(unjudged))


def item_score(item: Labelled, verdict: Verdict) -> float | None:
    """The score of the labelled turn, or the highest of the conversation; None where there is none."""
    if item.turn is not None:
        return verdict.turn_scores[item.turn]
    return max((score for score in verdict.turn_scores if score is not None), default=None)


def fit_threshold(scored: Sequence[Scored], *, wanted_precision: float) -> float | None:
    """The lowest score from which flagging reaches the wanted precision; None where none does."""
    lowest, flagged, right = None, 0, 0
    ordered = sorted(scored, key=lambda one: -one.score)
    for place, one in enumerate(ordered):
        flagged, right = flagged + 1, right + one.label
        is_last_of_equals = place + 1 == len(ordered) or ordered[place + 1].score < one.score
        if is_last_of_equals and right and right >= wanted_precision * flagged:
            lowest = one.score
    return lowest


def cross_fitted(scored: Sequence[Scored], *, wanted_precision: float) -> list[bool]:
    """The decision on each item by a threshold fitted to other conversations; no threshold flags nothing."""
    fold = _folds({one.conversation for one in scored})
    thresholds = {
        number: fit_threshold(
            [one for one in scored if fold[one.conversation] != number], wanted_precision=wanted_precision
        )
        for number in set(fold.values())
    }
    return [(threshold := thresholds[fold[one.conversation]]) is not None and one.score >= threshold for one in scored]


def _folds(conversations: set[str]) -> dict[str, int]:
    """Five folds (fewer conversations: one each) of even size, by a hash of the id."""
    ordered = sorted(conversations, key=lambda name: stable_hash("calibration", name))
    return {name: place % FOLDS for place, name in enumerate(ordered)}


def calibrate(labels: LabelSet, verdicts: Mapping[str, Verdict], *, wanted_precision: float) -> Calibration:
    """A threshold for the wanted precision, with figures on held-out folds; `verdicts` by transcript id.

    Raises:
        UsageError: fewer than two conversations have a scored label, or all labels are the same.
    """
    found = labelled_scores(labels, verdicts)
    _check_enough(labels, found)
    decided = cross_fitted(found.scored, wanted_precision=wanted_precision)
    rows = [(float(flag), float(one.label), one.conversation) for flag, one in zip(decided, found.scored, strict=True)]
    right = sum(flag and one.label == 1 for flag, one in zip(decided, found.scored, strict=True))
    positives = sum(one.label for one in found.scored)
    return Calibration(
        unit=labels.unit,
        wanted_precision=wanted_precision,
        threshold=fit_threshold(found.scored, wanted_precision=wanted_precision),
        labels=len(labels.items),
        positives=sum(item.label for item in labels.items),
        conversations=len({item.transcript for item in labels.items}),
        unscored=found.missing_positives + found.missing_negatives,
        unjudged_conversations=found.unjudged_conversations,
        precision=_figure(rows, precision),
        recall=_figure(rows, recall),
        auc=_figure([(one.score, float(one.label), one.conversation) for one in found.scored], auc),
        kappa=_figure(rows, cohen_kappa),
        precision_worst=_worst(right, sum(decided), found.missing_positives, found.missing_negatives),
        recall_worst=_worst(right, positives + found.missing_positives, found.missing_positives, 0, in_all=True),
        people_kappa=people_kappa(labels),
        people_alpha=people_alpha(labels),
    )


def _check_enough(labels: LabelSet, found: LabelledScores) -> None:
    if len({one.conversation for one in found.scored}) < 2:
        raise UsageError(
            f"{len(found.scored)} of {len(labels.items)} labelled {labels.unit}s have a score, in fewer than two"
            " conversations; a threshold is measured on conversations it was not fitted to, so label more"
        )
    if len({one.label for one in found.scored}) < 2:
        only = found.scored[0].label
        raise UsageError(f"all {len(found.scored)} scored labels are {only}; a threshold needs some of both, 0 and 1")


def _worst(
    right: int, among: int, missing_positives: int, missing_negatives: int, *, in_all: bool = False
) -> tuple[float, float] | None:
    """The share `right / among` at its lowest and highest, whatever the judge had said of the missing items.

    `in_all` says that `among` holds the missing positives already (recall); else each flagged one adds to it.
    """
    low_of = among if in_all else among + missing_negatives
    high_of = among if in_all else among + missing_positives
    if not low_of or not high_of:
        return None
    return round(right / low_of, 4), round((right + missing_positives) / high_of, 4)


def _figure(rows: Sequence[tuple[float, float, str]], statistic: Statistic) -> Figure | None:
    try:
        return figure(Items.of(rows), statistic) if rows else None
    except ValueError:
        return None


def cohen_kappa(first: Floats, second: Floats) -> float:
    """Cohen's kappa of two rows of 0 and 1; nan where both are constant."""
    from sklearn.metrics import cohen_kappa_score

    if len(np.unique(np.concatenate([first, second]))) < 2:
        return float("nan")
    return float(cohen_kappa_score(first > 0.5, second > 0.5))


def people_kappa(labels: LabelSet) -> Figure | None:
    """Cohen's kappa between two annotators on what both labelled; None with fewer or more than two."""
    if len(labels.annotators) != 2:
        return None
    one, other = labels.annotators
    both = [item for item in labels.items if len(item.votes) == 2]
    return _figure([(item.votes[one], item.votes[other], item.transcript) for item in both], cohen_kappa)


def people_alpha(labels: LabelSet) -> float | None:
    """Krippendorff's alpha (nominal) among all annotators; None where no item has two labels or all are the same."""
    import krippendorff

    names = labels.annotators
    values = {vote for item in labels.items for vote in item.votes.values()}
    if len(values) < 2 or not any(len(item.votes) > 1 for item in labels.items):
        return None
    table = [[item.votes.get(name, np.nan) for item in labels.items] for name in names]
    alpha = krippendorff.alpha(reliability_data=np.array(table, dtype=float), level_of_measurement="nominal")
    return round(float(alpha), 4)


def own_card(found: Calibration, *, judge: str, version: str, fingerprint: str, data: str) -> JudgeCard:
    """The card of the user's own: the threshold as `flag_at`, and what was measured; `data` names their labels.

    Raises:
        UsageError: there is no threshold to put on it.
    """
    if found.threshold is None:
        raise UsageError(f"no score of {judge} reaches a precision of {found.wanted_precision:g} on these labels")
    shipped = load_card(judge)
    return JudgeCard(
        judge=judge,
        version=version,
        fingerprint=fingerprint,
        finds=shipped.finds if shipped else f"what people labelled 1 in {data}",
        unit=shipped.unit if shipped else "the judge's own score",
        threshold=f"the lowest score with a precision of {found.wanted_precision:g} or more on all labels",
        flag_at=found.threshold,
        measurements=tuple(_measurements(found, data)),
        blind_spots=(*(shipped.blind_spots if shipped else ()), *found.warnings),
        sources=(
            Source(data=data, origin="the user's own", licence="the user's own", used_for="fitting and measuring"),
        ),
    )


def _measurements(found: Calibration, data: str) -> Iterator[Measurement]:
    figures: tuple[tuple[str, Figure | None, str, float | None, float | None], ...] = (
        ("precision", found.precision, "other folds", None, found.wanted_precision),
        ("recall", found.recall, "other folds", None, None),
        ("AUC", found.auc, "nothing", None, None),
        ("Cohen's kappa", found.kappa, "other folds", found.people_kappa.value if found.people_kappa else None, None),
    )
    for metric, one, trained_on, people, target in figures:
        if one is not None:
            yield Measurement(
                what=f"labelled {found.unit}s",
                data=data,
                metric=metric,
                value=one.value,
                ci_low=one.ci_low,
                ci_high=one.ci_high,
                n=one.n,
                clusters=one.clusters,
                trained_on=trained_on,
                people=people,
                target=target,
            )


def calibration_record(found: Calibration) -> dict[str, Any]:
    """The calibration as one flat JSON object: a figure as its value, `_ci_low` and `_ci_high`."""
    record: dict[str, Any] = {}
    for key in Calibration.__dataclass_fields__:
        value = getattr(found, key)
        if isinstance(value, Figure):
            record |= {key: value.value, f"{key}_ci_low": value.ci_low, f"{key}_ci_high": value.ci_high}
        else:
            record[key] = list(value) if isinstance(value, tuple) else value
    return record | {"warnings": list(found.warnings)}
