"""What is read of each conversation, once, as the folders stream past.

Of a conversation only numbers are kept: its arm, the place it is paired by, and one number a measure. That is about
a kilobyte and, for exact percentiles, four bytes a reply with a measured latency.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.features.catalogue import conversation_features
from analysis.judged_folder import JudgedFolder
from analysis.outcomes import ConversationKey, Outcome, judge_versions, judged_conversations, key_of, placing
from analysis.providers.bills import cost_usd_of, known_usd, tokens_of
from analysis.providers.values import ANY_JUDGE, COST, TOKENS, Measure
from analysis.statistics.common import Counts
from sims.transcript import Transcript

NO_MODEL = "(no model on record)"
CUT = "max_tokens"
"""The stop reason of a conversation that is short because a limit of tokens cut it."""


@dataclass
class MeanColumn:
    """The values of one measure, with the conversations they belong to."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, row: int, value: float) -> None:
        """Note one conversation's value."""
        self.rows.append(row)
        self.values.append(value)


@dataclass
class RateColumn:
    """The turns that one judge judged and flagged, with the conversations they belong to."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    flagged: array[int] = field(default_factory=lambda: array("q"))
    judged: array[int] = field(default_factory=lambda: array("q"))
    turns: array[int] = field(default_factory=lambda: array("q"))
    is_missing: array[int] = field(default_factory=lambda: array("b"))

    def add(self, row: int, *, flagged: int, judged: int, turns: int, is_missing: bool) -> None:
        """Note what was found in one conversation."""
        self.rows.append(row)
        self.flagged.append(flagged)
        self.judged.append(judged)
        self.turns.append(turns)
        self.is_missing.append(is_missing)


@dataclass
class ServiceCount:
    """How one arm's calls went."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    failed_usd: float = 0.0
    latencies_s: array[float] = field(default_factory=lambda: array("f"))

    def add(self, transcript: Transcript, *, start: int) -> None:
        """Count one conversation, of its turns those from `start` on."""
        self.counts["conversations"] += 1
        if transcript.has_failed:
            self.failures[transcript.stop_reason or ""] += 1
            self.failed_usd += known_usd(transcript, start)
        elif (tokens := tokens_of(transcript, start=start)) is not None:
            self.counts["counted"] += 1
            self.counts["prompt"] += tokens[0]
            self.counts["completion"] += tokens[1]
        unused = transcript.meta.get("unused_reply") or {}
        self.counts["truncated"] += unused.get("finish_reason") == "length"
        self.counts["cut"] += transcript.stop_reason == CUT
        self.counts["aborted"] += transcript.stop_reason == "aborted"
        for turn in transcript.turns[start:]:
            self.counts["turns"] += 1
            self.counts["truncated"] += turn.finish_reason == "length"
            self.counts["retried"] += (turn.attempts or 1) > 1
            if turn.is_generated:
                self.counts["unpriced"] += turn.cost_usd is None
                self.counts["uncounted"] += turn.usage is None
            if turn.latency_s is not None and not turn.cached:
                self.latencies_s.append(turn.latency_s)


@dataclass
class Readings:
    """Everything a comparison needs. A row is a conversation: `arm_of` and `place_of` tell whose, and its pair.

    `heats` are the temperatures of each arm. Turns before `start` count for nobody, since there is a branch that went
    on from there; `too_short` conversations end before, and `further` ones are branches of a recording that another is
    here of: both are left out.
    """

    start: int = 0
    too_short: int = 0
    further: int = 0
    starts: set[int] = field(default_factory=set)
    recordings: set[tuple[int, str]] = field(default_factory=set)

    arms: list[str] = field(default_factory=list)
    places: dict[ConversationKey, int] = field(default_factory=dict)
    arm_of: array[int] = field(default_factory=lambda: array("q"))
    place_of: array[int] = field(default_factory=lambda: array("q"))
    rates: dict[Measure, RateColumn] = field(default_factory=dict)
    means: dict[Measure, MeanColumn] = field(default_factory=dict)
    services: list[ServiceCount] = field(default_factory=list)
    heats: list[set[float | None]] = field(default_factory=list)
    hashes: dict[str, set[str]] = field(default_factory=dict)
    versions: dict[str, set[str]] = field(default_factory=dict)

    def add(self, arm: int, transcript: Transcript, outcomes: Sequence[Outcome]) -> None:
        """Take in one conversation, unless it is left out; arms are numbered in the order they come."""
        if arm == len(self.services):
            self.services.append(ServiceCount())
            self.heats.append(set())
        if self._is_left_out(arm, transcript):
            return
        row, start = len(self.arm_of), max(self.start, transcript.beginning)
        self.starts.add(start)
        self.arm_of.append(arm)
        place = replace(key_of(transcript), model="")
        self.place_of.append(self.places.setdefault(place, len(self.places)))
        if transcript.scenario:
            self.hashes.setdefault(transcript.scenario.id, set()).add(transcript.scenario.hash)
        self.services[arm].add(transcript, start=start)
        self.heats[arm].add(place.temperature)
        self._add_outcomes(row, outcomes)
        for measure, value in (*_service_values(transcript, start), *_feature_values(transcript)):
            self.means.setdefault(measure, MeanColumn()).add(row, value)

    def _is_left_out(self, arm: int, transcript: Transcript) -> bool:
        of = transcript.branched_of
        is_further = of is not None and (arm, of) in self.recordings
        is_too_short = of is None and self.start > 0 and len(transcript.turns) <= self.start
        self.further += is_further
        self.too_short += is_too_short
        if of is not None:
            self.recordings.add((arm, of))
        return is_further or is_too_short

    def _add_outcomes(self, row: int, outcomes: Sequence[Outcome]) -> None:
        for one in outcomes:
            self.versions.setdefault(one.judge, set()).add(one.version)
            self._rate(one.judge).add(
                row,
                flagged=len(one.flagged),
                judged=one.judged_turns,
                turns=one.turns,
                is_missing=one.missing is not None,
            )
        if outcomes:
            self._rate(ANY_JUDGE).add(
                row,
                flagged=len({turn for one in outcomes for turn in one.flagged}),
                judged=outcomes[0].turns,
                turns=outcomes[0].turns,
                is_missing=False,
            )

    def finish(self) -> None:
        """What can be said only once all conversations are there: who stands against whom, what some judge misses."""
        self._join_places()
        self._miss_any()

    def _join_places(self) -> None:
        """Let conversations of different arms share a place by the rule of the gate (`placing`)."""
        keys = list(self.places)
        held: list[set[ConversationKey]] = [set() for _ in self.services]
        for arm, place in zip(self.arm_of, self.place_of, strict=True):
            held[arm].add(keys[place])
        place_for, joined = placing(*held), dict[ConversationKey, int]()
        numbers = [joined.setdefault(place_for(key), len(joined)) for key in keys]
        self.place_of = array("q", (numbers[place] for place in self.place_of))
        self.places = joined

    def _miss_any(self) -> None:
        """What one judge misses is missing for all together; judges that judged nothing at all play no part."""
        any_judge = self.rates.get(Measure("judge", ANY_JUDGE))
        if any_judge is None:
            return
        telling = [column for column in self.rates.values() if column is not any_judge and any(column.judged)]
        missed = {row for column in telling for row, lacks in zip(column.rows, column.is_missing, strict=True) if lacks}
        for number, row in enumerate(any_judge.rows):
            if row in missed or not telling:
                any_judge.is_missing[number] = 1
                any_judge.flagged[number] = any_judge.judged[number] = 0

    def _rate(self, judge: str) -> RateColumn:
        return self.rates.setdefault(Measure("judge", judge), RateColumn())

    @property
    def scenario_of_place(self) -> list[str]:
        """The scenario of each place, "" where it is not known."""
        return [place.scenario for place in self.places]

    def arms_and_places(self, rows: array[int]) -> tuple[Counts, Counts]:
        """The arms and the places of some rows."""
        chosen = np.asarray(rows, dtype=np.int64)
        return np.asarray(self.arm_of, dtype=np.int64)[chosen], np.asarray(self.place_of, dtype=np.int64)[chosen]


def read_folders(folders: Sequence[JudgedFolder]) -> Readings:
    """The readings of all conversations (of a stress test, of the control), each folder read once, as a stream.

    An arm is a model label of a folder: named by the label where there is one folder, by the folder where it holds one
    label, by both otherwise. With branched conversations among others, the turns of all count from where the branch
    went on; the folders are read twice then.

    Raises:
        UsageError: a folder has no verdicts, or they do not fit its transcripts.
    """
    readings = _read(folders, start=0)
    return readings if len(readings.starts) < 2 else _read(folders, start=max(readings.starts))


def _read(folders: Sequence[JudgedFolder], *, start: int) -> Readings:
    readings, found = Readings(start), dict[tuple[int, str], int]()
    for number, folder in enumerate(folders):
        for transcript, outcomes in judged_conversations(folder, judge_versions(folder), start=start):
            if transcript.is_arm:
                continue
            arm = found.setdefault((number, label_of(transcript)), len(found))
            readings.add(arm, transcript, outcomes)
    readings.arms = _arm_names(folders, list(found))
    readings.finish()
    return readings


def label_of(transcript: Transcript) -> str:
    """What the choice of models is called that held this conversation."""
    return key_of(transcript).model or NO_MODEL


def _arm_names(folders: Sequence[JudgedFolder], found: Sequence[tuple[int, str]]) -> list[str]:
    if len(folders) == 1:
        return [label for _, label in found]
    names = [folder.path.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        names = [str(folder.path) for folder in folders]
    labels = Counter(number for number, _ in found)
    return [names[number] if labels[number] == 1 else f"{names[number]}, {label}" for number, label in found]


def _feature_values(transcript: Transcript) -> Iterator[tuple[Measure, float]]:
    """The features of a conversation that did not break off: half of one is not a short one."""
    for side in () if transcript.has_failed else conversation_features(transcript):
        for name, value in side.values.items():
            if value is not None:
                yield Measure("feature", name, side.side), value


def _service_values(transcript: Transcript, start: int) -> Iterator[tuple[Measure, float]]:
    """What a conversation took that did not break off: a refusal is not a cheap conversation."""
    if transcript.has_failed:
        return
    cost_usd, tokens = cost_usd_of(transcript, start=start), tokens_of(transcript, start=start)
    if cost_usd is not None:
        yield COST, cost_usd
    if tokens is not None:
        yield TOKENS, sum(tokens)
