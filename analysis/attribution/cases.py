"""The flagged turns that are asked about, and what is spoken again for each."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from judges.verdict import Verdict
from sims.errors import UsageError
from sims.seeds import stable_hash
from sims.transcript import Transcript

Arm: TypeAlias = Literal["control", "speaker", "others"]
ARMS: tuple[Arm, ...] = get_args(Arm)


@dataclass(frozen=True, slots=True)
class Case:
    """The first turn of a conversation that a judge flags and a model spoke; one a judge and conversation."""

    judge: str
    recording: Transcript
    turn: int

    @property
    def speaker(self) -> str:
        """Who spoke the flagged turn."""
        return self.recording.turns[self.turn].speaker

    @property
    def model(self) -> str:
        """The model that spoke it."""
        return self.recording.participant(self.speaker).model or ""


@dataclass(frozen=True, slots=True)
class Replay:
    """One prefix to be spoken again: the recording up to `turn`, its last turn always anew.

    "control" speaks only the last turn again, by its own model. "speaker" has every turn of that speaker spoken by
    the swap model, with the others' turns as recorded. "others" has every turn of the others before it spoken by the
    swap model, with the speaker's turns as recorded but for the last, which its own model speaks anew.
    """

    recording: Transcript
    turn: int
    arm: Arm
    number: int
    swap_model: str
    seed: int

    @property
    def id(self) -> str:
        """The identity by which an attribution is resumed; the control is the same for every swap model."""
        arm = self.arm if self.arm == "control" else f"{self.arm}={self.swap_model}"
        return f"{self.recording.id}:t{self.turn}:{arm}:s{self.seed}:{self.number}"

    @property
    def speaker(self) -> str:
        """Who speaks the last turn."""
        return self.recording.turns[self.turn].speaker

    @property
    def swapped(self) -> frozenset[str]:
        """The speakers who get the swap model."""
        names = frozenset(self.recording.speakers)
        return {"control": frozenset[str](), "speaker": frozenset({self.speaker})}.get(self.arm, names - {self.speaker})

    @property
    def again(self) -> frozenset[int]:
        """The turns that are spoken anew; fixed turns never are, nor those that a branched run went on from."""
        swapped = self.swapped
        spoken = (place for place in range(self.turn) if _is_spoken(self.recording, place))
        return frozenset({self.turn, *(at for at in spoken if self.recording.turns[at].speaker in swapped)})

    @property
    def is_telling(self) -> bool:
        """Whether anything differs from the control: somebody who is swapped spoke, under another model."""
        before = {self.recording.turns[place].speaker for place in self.again} & self.swapped
        return self.arm == "control" or any(
            self.recording.participant(name).model != self.swap_model for name in before
        )


def _is_spoken(recording: Transcript, place: int) -> bool:
    return recording.turns[place].is_generated


def find_cases(
    transcripts: Iterable[Transcript],
    verdicts_on: Callable[[str], Sequence[Verdict]],
    judges: Collection[str],
    *,
    most: int,
) -> list[Case]:
    """At most `most` cases a judge, chosen by a stable hash, in the order of judge and conversation; one pass.

    Of a stress test only the control is asked about: what the arms show is the stressor's doing too. Of a branched run
    only the turns that were spoken in it are.

    Raises:
        UsageError: there are no verdicts of one of the judges.
    """
    return sorted(_cases(transcripts, verdicts_on, judges, most), key=lambda case: (case.judge, case.recording.id))


def _cases(
    transcripts: Iterable[Transcript],
    verdicts_on: Callable[[str], Sequence[Verdict]],
    judges: Collection[str],
    most: int,
) -> Iterator[Case]:
    """Keeps the `most` cases of each judge whose hash is lowest while the conversations stream past."""
    kept: dict[str, list[tuple[int, str, Case]]] = {}
    seen: set[str] = set()
    for transcript in transcripts:
        for verdict in verdicts_on(transcript.id):
            seen.add(verdict.judge)
            if transcript.is_arm:
                continue
            turn = _first_spoken(transcript, verdict.flagged_turns)
            if verdict.judge not in judges or turn is None:
                continue
            heap = kept.setdefault(verdict.judge, [])
            heapq.heappush(
                heap, (-stable_hash("case", transcript.id), transcript.id, Case(verdict.judge, transcript, turn))
            )
            if len(heap) > most:
                heapq.heappop(heap)
    for judge in judges:
        if judge not in seen:
            there = ", ".join(sorted(seen)) or "no judge"
            raise UsageError(f"there are no verdicts of {judge} here, only of {there}; judge the run again with it")
    return (case for heap in kept.values() for _, _, case in heap)


def _first_spoken(transcript: Transcript, flagged: Iterable[int]) -> int | None:
    return next((turn for turn in sorted(flagged) if _is_spoken(transcript, turn)), None)


def replays_for(cases: Iterable[Case], *, swap: Callable[[str], str], times: int, seed: int = 0) -> list[Replay]:
    """Everything to be spoken again for these cases, each once though two judges flag the same turn.

    `swap` says which model takes the place of a side's own. An arm that cannot differ from the control, because that
    side never spoke or has the swap model already, is left out.
    """
    places = {(case.recording.id, case.turn): case for case in cases}
    replays = (
        Replay(case.recording, case.turn, arm, number, swap(_model_of(case, arm)), seed)
        for _, case in sorted(places.items())
        for arm in ARMS
        for number in range(times)
    )
    return [replay for replay in replays if replay.is_telling]


def _model_of(case: Case, arm: Arm) -> str:
    """The model of the side that an arm swaps; of several others, that of the first."""
    if arm != "others":
        return case.model
    return next((who.model or "" for who in case.recording.participants if who.name != case.speaker), "")
