"""What is read of a stress test as its transcripts stream past: of each conversation, judge and arm, counts only."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from analysis.judged_folder import JudgedFolder
from analysis.outcomes import ConversationKey, judge_versions, judged_turns, key_of, with_verdicts
from analysis.providers.readings import label_of
from analysis.stress.episodes import Episode, episodes_of
from analysis.stress.plan import planned, record_of
from analysis.stress.values import CONTROL_DOSE, Arm
from judges.verdict import Verdict
from sims.cell import Cell
from sims.errors import UsageError
from sims.stressors.reach import is_reached
from sims.transcript import Transcript

Record: TypeAlias = Mapping[str, Any]
"""A stressor as transcripts tell it."""
Verdicts: TypeAlias = Mapping[str, Verdict]
"""The verdicts on a conversation, by judge."""


def _numbers() -> array[int]:
    return array("q")


@dataclass
class ArmColumn:
    """What one judge found in the conversations of one arm, an entry each; only turns that the kind can reach count.

    `turns` counts what the models said there, `judged` the turns of them with a score. `onset` is the number of the
    first flagged turn and `last` that of the last judged one, counted from 1; 0 where there is none. `episodes` go with
    `episode_places`. `shared` counts the flagged turns that other judges flagged as well, by judge.
    """

    places: array[int] = field(default_factory=_numbers)
    flagged: array[int] = field(default_factory=_numbers)
    judged: array[int] = field(default_factory=_numbers)
    turns: array[int] = field(default_factory=_numbers)
    is_missing: array[int] = field(default_factory=_numbers)
    onset: array[int] = field(default_factory=_numbers)
    last: array[int] = field(default_factory=_numbers)
    episodes: list[Episode] = field(default_factory=list)
    episode_places: array[int] = field(default_factory=_numbers)
    shared: Counter[str] = field(default_factory=Counter)

    def add(
        self, place: int, transcript: Transcript, *, verdicts: Verdicts, judge: str, reached: frozenset[int]
    ) -> None:
        """Take in one conversation, with the verdicts of all judges on it."""
        verdict = verdicts.get(judge)
        judged = sorted(reached & judged_turns(transcript, verdict)) if verdict else []
        hits = set(judged).intersection(verdict.flagged_turns) if verdict else set()
        for other in verdicts.values() if hits else ():
            self.shared[other.judge] += 0 if other.judge == judge else len(hits.intersection(other.flagged_turns))
        self.places.append(place)
        self.flagged.append(len(hits))
        self.judged.append(len(judged))
        self.turns.append(len(reached))
        self.is_missing.append(transcript.has_failed or verdict is None or verdict.missing_for is not None)
        self.onset.append(min(hits, default=-1) + 1)
        self.last.append(max(judged, default=-1) + 1)
        found = list(episodes_of((transcript.turns[turn].speaker, turn in hits) for turn in judged))
        self.episodes.extend(found)
        self.episode_places.extend([place] * len(found))

    def add_unheld(self, place: int) -> None:
        """Take in that a conversation was planned and never held."""
        self.places.append(place)
        self.is_missing.append(True)
        for numbers in (self.flagged, self.judged, self.turns, self.onset, self.last):
            numbers.append(0)


@dataclass
class StressRows:
    """All that the statistics need. `columns` are by judge and arm; the control has an arm a kind (`Arm`).

    `places` are what the arms are paired by: scenario, temperature and repeat. `tally` counts conversations that notes
    speak of. `inapplicable` are the judges and scenarios of which some conversation had nothing to judge.
    """

    judges: tuple[str, ...]
    records: Mapping[tuple[str, str], Record]
    places: dict[ConversationKey, int] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)
    columns: dict[tuple[str, Arm], ArmColumn] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    inapplicable: set[tuple[str, str]] = field(default_factory=set)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of stress, in the order they first appear."""
        return tuple(dict.fromkeys(kind for _, kind in self.records))

    def arms(self, judge: str, model: str, kind: str) -> list[Arm]:
        """The arms of a model under a kind that the judge has conversations of; the control first, then by dose."""
        mine = (arm for name, arm in self.columns if (name, arm.model, arm.kind) == (judge, model, kind))
        return sorted(mine, key=lambda arm: arm.rank)

    def add(self, transcript: Transcript, verdicts: Sequence[Verdict]) -> None:
        """Take in one conversation; one that is no part of the stress test is counted and left out."""
        if transcript.stressors and not transcript.is_arm:
            self.tally["foreign"] += 1
            return
        self.tally["aborted"] += transcript.stop_reason == "aborted"
        self.models.setdefault(label_of(transcript))
        place = self.places.setdefault(_place(transcript), len(self.places))
        by_judge = {verdict.judge: verdict for verdict in verdicts}
        for arm, record in self._arms_of(transcript):
            reached = _reached(transcript, record)
            for judge in self.judges:
                verdict = by_judge.get(judge)
                if verdict is not None and not verdict.is_applicable:
                    self.inapplicable.add((judge, _scenario(transcript)))
                    continue
                column = self.columns.setdefault((judge, arm), ArmColumn())
                column.add(place, transcript, verdicts=by_judge, judge=judge, reached=reached)

    def add_unheld(self, cell: Cell) -> None:
        """Take in a conversation that was planned and never held: missing, to every judge that can judge its like."""
        self.tally["unheld"] += 1
        self.models.setdefault(cell.label)
        place = self.places.setdefault(_place_of(cell), len(self.places))
        for arm, _ in self._arms(cell.label, cell.scenario.id, record_of(cell)):
            for judge in self.judges:
                if (judge, cell.scenario.id) not in self.inapplicable:
                    self.columns.setdefault((judge, arm), ArmColumn()).add_unheld(place)

    def _arms_of(self, transcript: Transcript) -> Iterator[tuple[Arm, Record]]:
        own = transcript.stressors[0] if transcript.stressors else None
        return self._arms(label_of(transcript), _scenario(transcript), own)

    def _arms(self, model: str, scenario: str, own: Record | None) -> Iterator[tuple[Arm, Record]]:
        """The arm of a conversation under a stressor of its own; else the control of every kind of its scenario."""
        if own is not None:
            yield Arm(model, own["kind"], own.get("dose")), own
            return
        for (named, kind), record in self.records.items():
            if named == scenario:
                yield Arm(model, kind, CONTROL_DOSE), record


def read_rows(folder: JudgedFolder) -> StressRows:
    """The rows of a judged stress test; the transcripts are read twice, as streams.

    What the run was to hold and did not is missing.

    Raises:
        UsageError: it is no stress test, there are no verdicts, or they do not fit the transcripts.
    """
    rows = StressRows(tuple(judge_versions(folder)), _records(folder))
    held: set[str] = set()
    for transcript, verdicts in with_verdicts(folder):
        held.add(transcript.id)
        rows.add(transcript, verdicts)
    for cell in planned(folder):
        if cell.id not in held:
            rows.add_unheld(cell)
    return rows


def _records(folder: JudgedFolder) -> dict[tuple[str, str], Record]:
    """The stressors by scenario and kind, in order of appearance: whom and from when on each kind reaches."""
    found: dict[tuple[str, str], Record] = {}
    for transcript in folder.transcripts:
        if transcript.is_arm and transcript.stressors:
            if len(transcript.stressors) > 1:
                raise UsageError(
                    f"{folder.path}: {transcript.id!r} is under {len(transcript.stressors)} stressors at once, so none"
                    " can be told from the others; hold one at a time with: simstress stress"
                )
            found.setdefault((_scenario(transcript), transcript.stressors[0]["kind"]), transcript.stressors[0])
    for cell in planned(folder):
        kinds = (stressor.kind for stressor in cell.scenario.stressors if cell.arm)
        if any((cell.scenario.id, kind) not in found for kind in kinds) and (record := record_of(cell)):
            found[cell.scenario.id, record["kind"]] = record
    if not found:
        raise UsageError(
            f"{folder.path}: no conversation here is part of a stress test; make one with simstress stress"
        )
    return found


def _scenario(transcript: Transcript) -> str:
    return transcript.scenario.id if transcript.scenario else ""


def _place_of(cell: Cell) -> ConversationKey:
    return ConversationKey(cell.scenario.id, "", cell.temperature, cell.repeat, "")


def _place(transcript: Transcript) -> ConversationKey:
    """What the conversations of all arms and models have in common that are held side by side."""
    key = replace(key_of(transcript), model="")
    return replace(key, id=str(transcript.meta.get("twin") or transcript.id)) if key.id else key


def _reached(transcript: Transcript, record: Record) -> frozenset[int]:
    """The turns that can show what the stressor does: a model's own words, where the stressor reaches."""
    speakers = transcript.speakers
    return frozenset(
        number
        for number, turn in enumerate(transcript.turns)
        if turn.is_generated
        and not turn.meta.get("stressed")
        and is_reached(record, speakers, speaker=turn.speaker, turn=number)
    )
