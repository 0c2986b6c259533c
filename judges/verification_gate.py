"""Whether judges find planted faults as often, and flag clean turns as rarely, as is asked of them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Literal

from judges.measuring.figures import Figure
from judges.verification import Detection

USUAL_ALARM_LIMIT = 100.0
"""Flags in 1,000 clean turns above which no recall is worth anything: whoever flags every turn finds every fault."""

Outcome = Literal["PASS", "REGRESSED", "INCONCLUSIVE"]


def gate_rows(rows: Sequence[Detection], *, spared: Container[str] = ()) -> list[Detection]:
    """What a gate looks at: of each judge, fault (but the `spared`) and number learnt from, the highest dose."""
    highest: dict[tuple[str, str, int], Detection] = {}
    for row in rows:
        if row.fault in spared:
            continue
        key = (row.judge, row.fault, row.learnt_from)
        if key not in highest or row.dose > highest[key].dose:
            highest[key] = row
    return list(highest.values())


def gate_outcome(row: Detection, *, min_recall: float | None, max_false_alarms: float | None) -> Outcome:
    """REGRESSED where an interval lies wholly beyond its limit, PASS where all lie within, else INCONCLUSIVE.

    A recall asked for without a limit of false alarms has `USUAL_ALARM_LIMIT`. What could not be measured is
    INCONCLUSIVE, and so is a recall that the unjudged conversations could turn.
    """
    outcomes: list[Outcome] = []
    if min_recall is not None:
        outcomes.append(_recall_outcome(row, min_recall))
    limit = USUAL_ALARM_LIMIT if max_false_alarms is None else max_false_alarms
    outcomes.append(_alarm_outcome(row.false_alarms, limit))
    return worst_outcome(outcomes)


def worst_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """REGRESSED before INCONCLUSIVE before PASS; PASS of none."""
    order: tuple[Outcome, ...] = ("REGRESSED", "INCONCLUSIVE", "PASS")
    return min(outcomes, key=order.index, default="PASS")


def _recall_outcome(row: Detection, limit: float) -> Outcome:
    if row.recall is None:
        return "INCONCLUSIVE"
    if row.recall.ci_high < limit:
        return "REGRESSED" if (row.recall_worst_high or 0) < limit else "INCONCLUSIVE"
    is_sure = row.recall.ci_low >= limit and (row.recall_worst_low or 0) >= limit
    return "PASS" if is_sure else "INCONCLUSIVE"


def _alarm_outcome(alarms: Figure | None, limit: float) -> Outcome:
    if alarms is None:
        return "INCONCLUSIVE"
    if alarms.ci_low > limit:
        return "REGRESSED"
    return "PASS" if alarms.ci_high <= limit else "INCONCLUSIVE"
