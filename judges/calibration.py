"""A threshold of the user's own: fitted to their labels for a wanted precision, measured on other folds of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from judges.card import JudgeCard, Measurement, Source, load_card
from judges.folds import FOLDS
from judges.labels import Labelled, LabelSet, Unit
from judges.measuring.card_row import card_row
from judges.measuring.figures import Figure, Floats, Items, Statistic, auc, figure, precision, recall
from judges.verdict import Verdict
from sims.errors import UsageError
from sims.seeds import stable_hash

MIN_LABELS = 100
MIN_CONVERSATIONS = 30
MIN_POSITIVE_CONVERSATIONS = 10
"""With fewer labels, conversations, or conversations with a positive, 95 % intervals may cover less than they say."""
MIN_FLAGS = 5
"""A threshold that fewer labelled items reach has its precision by luck."""
_FOLD_FLAGS = MIN_FLAGS * (FOLDS - 1) // FOLDS
"""The same for the labels outside a fold."""

Outcome = Literal["PASS", "REGRESSED", "INCONCLUSIVE"]


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

    `threshold` is the lowest score of a positive from which flagging reaches `wanted_precision` on all labels, with
    `MIN_FLAGS` or more of them flagged; None where no score does. `precision`, `recall` and `kappa` (Cohen's, against
    the labels) are of decisions cross-fitted by conversation; `auc` needs no threshold. Figures are None where they are
    not defined.
    `precision_worst` and `recall_worst` bound the figure, low and high, over all that the unscored items could be.
    `people_kappa` and `people_alpha` (Krippendorff's) are the agreement between annotators, the ceiling; None with one
    annotator. `ties` counts what annotators split evenly on: it has no label and is left out of all but that agreement.
    """

    unit: Unit
    wanted_precision: float
    threshold: float | None
    labels: int
    positives: int
    conversations: int
    positive_conversations: int
    ties: int
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
    def outcome(self) -> Outcome:
        """Whether the threshold keeps its word on labels it was not fitted to.

        PASS where the held-out precision is what was wanted or more; REGRESSED where there is no threshold, or the
        whole interval lies below what was wanted; INCONCLUSIVE where only the value does, or nothing was flagged.
        """
        if self.threshold is None:
            return "REGRESSED"
        if self.precision is None:
            return "INCONCLUSIVE"
        if self.precision.value >= self.wanted_precision:
            return "PASS"
        return "REGRESSED" if self.precision.ci_high < self.wanted_precision else "INCONCLUSIVE"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the figures less sure than their intervals say."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        yield from self._shortfalls()
        if self.labels < MIN_LABELS:
            yield f"{self.labels} labels: below {MIN_LABELS}, intervals may under-cover"
        if self.conversations < MIN_CONVERSATIONS or self.positive_conversations < MIN_POSITIVE_CONVERSATIONS:
            yield (
                f"{self.conversations} labelled conversations, {self.positive_conversations} of them with a positive:"
                f" below {MIN_CONVERSATIONS} or {MIN_POSITIVE_CONVERSATIONS}, intervals may under-cover"
            )
        if self.ties:
            yield f"{self.ties} {self.unit}s on which the annotators split evenly have no label and are left out"
        if self.unscored:
            yield f"{self.unscored} labelled {self.unit}s have no score and are missing; see the worst-case bounds"

    def _shortfalls(self) -> Iterator[str]:
        if self.threshold is not None and self.precision is None:
            yield "nothing is flagged on held-out conversations, so the precision there is not known"
        elif self.precision and self.precision.value < self.wanted_precision:
            held_out = f"{self.precision.value:.3f} [{self.precision.ci_low:.3f}, {self.precision.ci_high:.3f}]"
            yield f"the precision on held-out conversations is {held_out}, below the {self.wanted_precision:g} wanted"


def labelled_scores(labels: LabelSet, verdicts: Mapping[str, Verdict]) -> LabelledScores:
    """The labels beside the judge's scores; `verdicts` by transcript id."""
    scored, missing = [], [0, 0]
    for item in labels.decided:
        score = item_score(item, verdicts[item.transcript])
        if score is None:
            missing[item.label] += 1
        else:
            scored.append(Scored(score, item.label, item.transcript))
    unjudged = {item.transcript for item in labels.decided if verdicts[item.transcript].unjudged}
    return LabelledScores(labels.unit, tuple(scored), missing[1], missing[0], len(unjudged))


def item_score(item: Labelled, verdict: Verdict) -> float | None:
    """The score of the labelled turn, or the highest of the conversation; None where there is none."""
    if item.turn is not None:
        return verdict.turn_scores[item.turn]
    return max((score for score in verdict.turn_scores if score is not None), default=None)


def fit_threshold(scored: Sequence[Scored], *, wanted_precision: float, min_flags: int = MIN_FLAGS) -> float | None:
    """The lowest score of a positive from which flagging reaches the wanted precision with so many flags; None: none.

    A lower score of negatives would find nothing more.
    """
    lowest, flagged, right, right_at_last = None, 0, 0, 0
    ordered = sorted(scored, key=lambda one: -one.score)
    for place, one in enumerate(ordered):
        flagged, right = flagged + 1, right + one.label
        is_last_of_equals = place + 1 == len(ordered) or ordered[place + 1].score < one.score
        if not is_last_of_equals:
            continue
        if flagged >= min_flags and right > right_at_last and right >= wanted_precision * flagged:
            lowest = one.score
        right_at_last = right
    return lowest


def cross_fitted(scored: Sequence[Scored], *, wanted_precision: float, min_flags: int = _FOLD_FLAGS) -> list[bool]:
    """The decision on each item by a threshold fitted to other conversations; no threshold flags nothing."""
    fold = _folds({one.conversation for one in scored})
    thresholds = {
        number: fit_threshold(
            [one for one in scored if fold[one.conversation] != number],
            wanted_precision=wanted_precision,
            min_flags=min_flags,
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
        labels=len(labels.decided),
        positives=sum(item.label for item in labels.decided),
        conversations=len({item.transcript for item in labels.decided}),
        positive_conversations=len({item.transcript for item in labels.decided if item.label}),
        ties=len(labels.items) - len(labels.decided),
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
            f"{len(found.scored)} of {len(labels.decided)} labelled {labels.unit}s have a score, in fewer than two"
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
    """Cohen's kappa of two rows of 0 and 1; nan where one of them is constant, as it then is 0 whatever the other."""
    from sklearn.metrics import cohen_kappa_score

    if len(np.unique(first)) < 2 or len(np.unique(second)) < 2:
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
            what = f"labelled {found.unit}s"
            yield card_row(what, data, metric, one, trained_on=trained_on, people=people, target=target)


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
