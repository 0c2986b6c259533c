"""What the conversations of a stress test say of it themselves: the faults an actor planted, settings not taken.

Where faults were planted, the truth is known, and a judge that stress confuses can be told from speakers that it moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.judged_folder import JudgedFolder
from analysis.outcomes import judged_turns, with_verdicts
from analysis.providers.readings import label_of
from analysis.stress.values import CONTROL_DOSE, Arm, DosePoint, DoseResponse, StressFindings
from analysis.wording import counted, plain
from judges.verdict import Verdict
from sims.backends.actor.faults import PROVOKED
from sims.stressors.reach import is_reached
from sims.transcript import Transcript, Turn

FAULTS = frozenset(PROVOKED.values())
"""What the offline actor plants: the judges of these names can be held against it."""
_READ = "At every rise the judge may be the one that stress confuses: read the turns it flags before you believe it."
_TOLD = 3
_FIGURES = ("turns", "planted", "found", "false")

_Key = tuple[str, Arm]


@dataclass(frozen=True, slots=True)
class Planted:
    """Faults of a judge's kind in the turns that it judged and the stress can reach, of one arm.

    `found` of the planted were flagged; `false` flags are on turns without that fault.
    """

    judge: str
    arm: Arm
    turns: int
    planted: int
    found: int
    false: int

    @property
    def missed(self) -> int:
        """How many planted faults were not flagged."""
        return self.planted - self.found


@dataclass(frozen=True, slots=True)
class Recorded:
    """`planted` by judge, kind and dose, empty where nobody planted anything; `not_taken` counts the turns under a
    changed temperature whose model does not take one, of `heated` such turns.
    """

    planted: tuple[Planted, ...] = ()
    not_taken: int = 0
    heated: int = 0

    def of(self, judge: str, arm: Arm) -> Planted | None:
        """What was planted in an arm for that judge; None where nothing is recorded."""
        return next((one for one in self.planted if (one.judge, one.arm) == (judge, arm)), None)

    def beside(self, responses: Iterable[DoseResponse]) -> tuple[Planted, ...]:
        """The arms of these responses, in their order; without those in which nothing was planted or flagged at all."""
        rows = {(one.judge, one.arm): one for one in self.planted}
        cases = ([rows.get((one.judge, point.arm)) for point in one.points] for one in responses)
        some = (case for case in cases if any(row and (row.planted or row.false) for row in case))
        return tuple(row for case in some for row in case if row)


def recorded_in(folder: JudgedFolder) -> Recorded:
    """What is recorded in a judged stress test; its transcripts are read twice, as streams."""
    counts, setting = Counter[tuple[_Key, str]](), Counter[str]()
    records = _records(folder)
    for transcript, verdicts in with_verdicts(folder):
        _count_settings(transcript, setting)
        for arm, record in _arms_of(transcript, records):
            for verdict in verdicts:
                if _fault_of(verdict.judge) and verdict.is_applicable:
                    _count(transcript, verdict, arm=arm, record=record, counts=counts)
    keys = sorted({key for key, _ in counts}, key=lambda key: (key[0], key[1].kind, key[1].model, key[1].rank))
    planted = (Planted(*key, *(counts[key, figure] for figure in _FIGURES)) for key in keys)
    return Recorded(tuple(planted), setting["not_taken"], setting["heated"])


def _records(folder: JudgedFolder) -> dict[tuple[str, str], Mapping[str, Any]]:
    """A stressor of each scenario and kind."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for transcript in folder.transcripts:
        for record in transcript.stressors if transcript.is_arm else ():
            found.setdefault((_scenario(transcript), record["kind"]), record)
    return found


def _arms_of(
    transcript: Transcript, records: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[tuple[Arm, Mapping[str, Any]]]:
    """The arm of a conversation; of one without stressors, the control of every kind held in its scenario."""
    model = label_of(transcript)
    if transcript.is_arm:
        for record in transcript.stressors[:1]:
            yield Arm(model, record["kind"], record.get("dose")), record
    elif not transcript.stressors:
        for (scenario, kind), record in records.items():
            if scenario == _scenario(transcript):
                yield Arm(model, kind, CONTROL_DOSE), record


def _scenario(transcript: Transcript) -> str:
    return transcript.scenario.id if transcript.scenario else ""


def _fault_of(judge: str) -> str | None:
    """The fault that a judge looks for, of those that are planted; `role_flip:llm` looks for role_flip."""
    name = judge.partition(":")[0]
    return name if name in FAULTS else None


def _count(
    transcript: Transcript,
    verdict: Verdict,
    *,
    arm: Arm,
    record: Mapping[str, Any],
    counts: Counter[tuple[_Key, str]],
) -> None:
    key, speakers = (verdict.judge, arm), transcript.speakers
    for place in judged_turns(transcript, verdict):
        turn = transcript.turns[place]
        if _is_told(turn) and is_reached(record, speakers, speaker=turn.speaker, turn=place):
            is_planted = _fault_of(verdict.judge) in turn.meta.get("planted", ())
            is_flagged = place in verdict.flagged_turns
            counts[key, "turns"] += 1
            counts[key, "planted"] += is_planted
            counts[key, "found"] += is_planted and is_flagged
            counts[key, "false"] += is_flagged and not is_planted


def _is_told(turn: Turn) -> bool:
    """Whether the actor said the turn in its own words, and wrote down what it is."""
    return ("planted" in turn.meta or "act" in turn.meta) and turn.is_generated and not turn.meta.get("stressed")


def _count_settings(transcript: Transcript, setting: Counter[str]) -> None:
    if transcript.is_arm and any(record["kind"] == "temperature" for record in transcript.stressors):
        spoken = [turn for turn in transcript.turns if turn.is_generated]
        setting["heated"] += len(spoken)
        setting["not_taken"] += sum("temperature" in turn.meta.get("not_taken", ()) for turn in spoken)


def cautions(found: StressFindings, recorded: Recorded | None) -> tuple[str, ...]:
    """Sentences on rises that may be the judge's own, and on temperatures that were not taken."""
    told = recorded or Recorded()
    rising = [(one, max(one.points, key=_difference)) for one in found.responses if one.response == "EXCEEDS"]
    pairs = [(one, told.of(one.judge, point.arm)) for one, point in rising]
    doubtful = [(one, planted) for one, planted in pairs if planted and planted.false > planted.found]
    return (
        *(_doubt_words(one, planted, found) for one, planted in doubtful[:_TOLD]),
        *((_READ,) if any(planted is None for _, planted in pairs) else ()),
        *(_not_taken(told) if told.not_taken else ()),
    )


def _difference(point: DosePoint) -> float:
    return -1.0 if point.difference is None else point.difference


def _doubt_words(one: DoseResponse, planted: Planted, found: StressFindings) -> str:
    flags = planted.found + planted.false
    model = f", {one.model}" if len(found.models) > 1 else ""
    dose = "" if planted.arm.dose is None else f", dose {planted.arm.dose:g}"
    return (
        f"Here the judge is confused, not the speakers: of its {counted(flags, 'flag')} for {plain(one.judge)} under"
        f" {plain(one.kind)}{dose}{model}, {planted.false:,} are on turns where nothing of the kind was planted."
    )


def _not_taken(told: Recorded) -> Sequence[str]:
    of = f"{told.not_taken:,} of {counted(told.heated, 'turn')} under temperature"
    return (f"{of} did not take it: the model accepts none, so these were not under stress.",)
