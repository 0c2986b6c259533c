"""Conversations that a watching judge stopped: how many, where, what that saved, and whether its verdict holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
from scipy import stats

from analysis.statistics.clusters import Estimate, share_of
from analysis.statistics.units import unit_numbers, unit_of
from judges.verdict import Verdict
from sims.transcript import Transcript

_Place = tuple[str, str]
"""A scenario and a choice of models."""


@dataclass(frozen=True, slots=True)
class Aborted:
    """The conversations that one judge stopped, of those that did not fail.

    `share` has the conversation as its unit, or the scenario. `median_turn` is where they were stopped, counted from 0.
    `confirmed` of them the judge's verdict flags there in the end, having learnt from all; None where it has no
    verdicts. `let_pass` counts those that went on though that verdict flags a turn of theirs. `turns_saved` is about
    how many turns were not spoken, by the length of others of the same scenario and models (`turns_to_come`), None
    where none came to its end; `saved_usd` what they would have cost at the mean price of a turn, None where a price is
    not known.
    """

    judge: str
    count: int
    conversations: int
    share: Estimate
    median_turn: float
    confirmed: int | None
    let_pass: int
    turns_saved: float | None
    saved_usd: float | None


@dataclass
class AbortedCounter:
    """Adds up conversations; `found` is the sum so far."""

    _stopped_by: list[str | None] = field(default_factory=list)
    _scenarios: list[str | None] = field(default_factory=list)
    _recordings: list[str | None] = field(default_factory=list)
    _stops: dict[str, list[tuple[_Place, int]]] = field(default_factory=dict)
    _lengths: dict[_Place, Counter[int]] = field(default_factory=dict)
    _verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _cost_usd: float = 0.0
    _priced: int = 0
    _unpriced: int = 0

    def add(self, transcript: Transcript, verdicts: Sequence[Verdict]) -> None:
        """Count one conversation; one that failed says nothing of where a judge would have stopped it."""
        self._add_money(transcript)
        if transcript.has_failed:
            return
        stop = stopped_by(transcript)
        place = (transcript.scenario.id if transcript.scenario else "", str(transcript.meta.get("model", "")))
        self._scenarios.append(place[0] or None)
        self._recordings.append(transcript.branched_of)
        self._stopped_by.append(stop["judge"] if stop else None)
        if stop:
            self._stops.setdefault(stop["judge"], []).append((place, stop["turn"]))
        else:
            self._lengths.setdefault(place, Counter())[len(transcript.turns)] += 1
        self._add_verdicts(stop, verdicts, start=transcript.beginning)

    def _add_verdicts(self, stop: Mapping[str, Any] | None, verdicts: Sequence[Verdict], *, start: int) -> None:
        for verdict in verdicts:
            is_watcher = stop is not None and stop["judge"] == verdict.judge
            self._verdicts["seen" if is_watcher else "other", verdict.judge] += 1
            if is_watcher and stop is not None:
                self._verdicts["confirmed", verdict.judge] += stop["turn"] in verdict.flagged_turns
            elif stop is None:
                self._verdicts["let pass", verdict.judge] += any(turn >= start for turn in verdict.flagged_turns)

    def _add_money(self, transcript: Transcript) -> None:
        for turn in transcript.turns:
            if turn.is_generated:
                self._priced += turn.cost_usd is not None
                self._unpriced += turn.cost_usd is None
                self._cost_usd += turn.cost_usd or 0.0

    def found(self) -> tuple[Aborted, ...]:
        """What each judge stopped, in the order of their first stops; none where nobody stopped any."""
        units = unit_numbers(self._scenarios, unit_of(self._scenarios), branched_of=self._recordings)
        return tuple(self._found(judge, stops, units) for judge, stops in self._stops.items())

    def _found(self, judge: str, stops: Sequence[tuple[_Place, int]], units: np.ndarray) -> Aborted:
        turns_saved = self._turns_saved(stops)
        return Aborted(
            judge=judge,
            count=len(stops),
            conversations=len(self._stopped_by),
            share=share_of(np.array([by == judge for by in self._stopped_by]), units),
            median_turn=median(turn for _, turn in stops),
            confirmed=self._verdicts["confirmed", judge] if self._verdicts["seen", judge] else None,
            let_pass=self._verdicts["let pass", judge],
            turns_saved=turns_saved,
            saved_usd=self._saved_usd(turns_saved),
        )

    def _turns_saved(self, stops: Sequence[tuple[_Place, int]]) -> float | None:
        known = [
            turns
            for place, lengths in self._lengths.items()
            if (cut := [turn + 1 for where, turn in stops if where == place])
            for turns in turns_to_come(cut, sorted(lengths.elements()))
        ]
        return sum(known) * len(stops) / len(known) if known else None

    def _saved_usd(self, turns: float | None) -> float | None:
        if turns is None or self._unpriced or not self._priced:
            return None
        return turns * self._cost_usd / self._priced


def turns_to_come(cut: Sequence[int], whole: Sequence[int]) -> list[float]:
    """How many turns conversations cut after so many would have gone on for, given the lengths of those not cut.

    The means beyond each cut of the Kaplan-Meier estimate of the length, for which the cut ones are censored: long
    conversations are likelier to be cut, so that those not cut are shorter. Nothing is said beyond the longest of them.

    >>> turns_to_come([2], [4, 6])
    [3.0]
    """
    data = stats.CensoredData.right_censored([*cut, *whole], [True] * len(cut) + [False] * len(whole))
    going_on = stats.ecdf(data).sf.evaluate(np.arange(max(whole) + 1))
    return [float(going_on[spoken:-1].sum() / going_on[spoken]) if spoken < max(whole) else 0.0 for spoken in cut]


def stopped_by(transcript: Transcript) -> Mapping[str, Any] | None:
    """What a watching judge saw in the last turn; None where nobody stopped the conversation."""
    seen = transcript.meta.get("aborted")
    if transcript.stop_reason != "aborted" or not isinstance(seen, dict) or not isinstance(seen.get("judge"), str):
        return None
    return seen if seen.get("turn") in range(len(transcript.turns)) else None
