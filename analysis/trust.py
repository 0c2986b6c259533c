"""How far the flags of a judge can be trusted here: its card in a phrase, and what the flag rate found is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from analysis.findings import FlagRate
from judges.card import JudgeCard, load_card

_NONE: Mapping[str, JudgeCard] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Trust:
    """A judge's card in figures, beside the flag rate found.

    `figure` is the card's first figure of `metric`, measured on `what`. `alarms_low` and `alarms_high` are shares of
    people's turns that the judge flags, in the corpora where that is least and most often, and `alarms_limit` is the
    upper bound of the latter; None where the card does not say. `flag_rate` is the share of turns flagged
    here, and `exceeds` says whether its whole interval lies above `alarms_limit`. `precision` is the share of these
    flags that are true if false alarms come as often as that limit; None where it cannot be told, or where nothing is
    flagged. It cannot where more is flagged than the card's recall allows even if every turn were at fault: the recall
    here is then not the card's. Where the card knows no recall of turns, `precision` is a lower bound.
    """

    judge: str
    metric: str
    what: str
    figure: float
    alarms_low: float | None
    alarms_high: float | None
    alarms_limit: float | None
    flag_rate: float | None
    exceeds: bool
    precision: float | None
    is_lower_bound: bool


def trust_in(rates: Iterable[FlagRate], *, own_cards: Mapping[str, JudgeCard] = _NONE) -> Iterator[Trust]:
    """What the cards say of each judge's rate, in their order: the user's own, else the shipped one.

    Judges without a card are left out.
    """
    for rate in rates:
        card = own_cards.get(rate.judge) or load_card(rate.judge)
        if card is not None and card.headline is not None:
            yield trust_by(card, rate)


def trust_by(card: JudgeCard, rate: FlagRate) -> Trust:
    """What a card says of a flag rate.

    The precision follows Rogan & Gladen (1978): with a share a of clean turns flagged and recall s, a flag rate r comes
    from a prevalence p = (r - a) / (s - a), so the share s p / r of the flags is true. Without a recall, no more than
    a share a of the turns are false alarms, so at least (r - a) / r is true.

    Raises:
        ValueError: the card has no figure but false alarms.
    """
    if card.headline is None:
        raise ValueError(f"the card of {card.judge} has no figure to name")
    alarms = [one.value / 1000 for one in card.false_alarms]
    worst = max(card.false_alarms, key=lambda one: one.value, default=None)
    limit = worst.ci_high / 1000 if worst else None
    exceeds = limit is not None and rate.ci_low is not None and rate.ci_low > limit
    recall = card.recall.value if card.recall else None
    return Trust(
        judge=rate.judge,
        metric=card.headline.metric,
        what=card.headline.what,
        figure=card.headline.value,
        alarms_low=min(alarms, default=None),
        alarms_high=max(alarms, default=None),
        alarms_limit=limit,
        flag_rate=rate.rate,
        exceeds=exceeds,
        precision=_precision(rate.rate or 0.0, limit or 0.0, recall) if exceeds else None,
        is_lower_bound=recall is None,
    )


def _precision(flagged: float, false_alarms: float, recall: float | None) -> float | None:
    if recall is None:
        return (flagged - false_alarms) / flagged
    if recall <= false_alarms or flagged > recall:
        return None
    return recall * (flagged - false_alarms) / ((recall - false_alarms) * flagged)
