"""What judges catch of planted faults, and what they flag in the same conversations left clean.

One kind of fault at one dose is planted in a share of the conversations (30 % unless told otherwise), in rounds: in
each at most a tenth of the batch is at fault and all others are clean, so that the judges learn from a batch like those
they meet in use (with 30 % at once, inverted endings of short dialogues become usual and are missed). Every original is
judged in one of the rounds, those at fault in the round of their fault. Which conversations, turns and words are chosen
depends on the seed and the ids only, and is the same for every dose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from judges.injections import Planted
from judges.judge import Judge
from judges.measuring.figures import Figure, Items, Statistic, auc, figure, per_thousand, recall
from judges.panel import judge_transcripts, prepare_judges
from judges.planting.donors import Donors
from judges.planting.fault import Fault, Ground
from judges.verdict import Verdict
from sims.errors import UsageError
from sims.seeds import generator, stable_hash
from sims.transcript import Transcript

NO_FAULT = "none"
"""The name of the fault of a judge that none is for."""
PLANTED_SHARE = 0.3
ROUND_SHARE = 0.1
"""The largest share of a batch that is at fault at once."""
NEAR_TURNS = 1
"""A hit at most so many turns away tells where the fault is."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A fault at a dose, and how many conversations the judges learn from (None: all there are)."""

    fault: Fault
    dose: float
    reference_size: int | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """What judges learn from together: each conversation once, those of `at_fault` with it; `originals` are clean."""

    batch: tuple[Transcript, ...]
    originals: tuple[Transcript, ...]
    at_fault: tuple[Transcript, ...]


@dataclass(frozen=True, slots=True)
class PlantedBatch:
    """The conversations of one trial: `clean` as they were, and those of `planted`, by id, at fault.

    `wanted` is how many were to be at fault; fewer are where too few offer a place.
    """

    trial: Trial
    clean: tuple[Transcript, ...]
    planted: Mapping[str, Planted]
    wanted: int

    @property
    def rounds(self) -> Iterator[Round]:
        """The batches as the judges meet them, each with another tenth at fault."""
        size = max(1, int(ROUND_SHARE * len(self.clean)))
        ids = tuple(self.planted)
        count = max(1, -(-len(ids) // size))
        others = [one for one in self.clean if one.id not in self.planted]
        for number in range(count):
            chosen = set(ids[number::count])
            batch = tuple(self.planted[one.id].transcript if one.id in chosen else one for one in self.clean)
            originals = (*(one for one in self.clean if one.id in chosen), *others[number::count])
            yield Round(batch, originals, tuple(one for one in batch if one.id in chosen))

    @property
    def size(self) -> float | None:
        """The mean size of the fault in its unit; None where nothing could be planted."""
        sizes = [planted.size or 0 for planted in self.planted.values()]
        return round(sum(sizes) / len(sizes), 2) if sizes else None


@dataclass(frozen=True, slots=True)
class Detection:
    """How one judge did in one trial. Shares are in [0, 1]; a figure is None where too little was judged for one.

    `recall`: conversations with a new hit, one that their clean copy does not have, on a planted turn (of a stretch,
    any). `near`: of the new hits, those at most one turn from a planted one; of a fault that inverts a stretch, of the
    conversations with new hits, those whose first is at most one turn from where it begins and, unless it goes on to
    the end of the conversation, whose last is at most one from where it ends. `auc`: scores of the planted turns
    against the same turns left clean; below .5 where the fault lowers the score. `false_alarms`: flagged turns a
    thousand judged turns of the clean originals. `unjudged` planted conversations (`why_unjudged`: by reason) are left
    out of `recall`; `recall_worst_low` and `recall_worst_high` count them as missed, and as found. `learnt_from` counts
    the conversations that the judge was prepared on, `planted` the conversations at fault, and `wanted` how many there
    should have been.
    """

    judge: str
    version: str
    fault: str
    dose: float
    size: float | None
    unit: str
    learnt_from: int
    wanted: int
    planted: int
    unjudged: int
    why_unjudged: Mapping[str, int]
    recall: Figure | None
    recall_worst_low: float | None
    recall_worst_high: float | None
    near: Figure | None
    auc: Figure | None
    false_alarms: Figure | None


def trials_for(faults: Sequence[Fault], doses: Sequence[float], reference_sizes: Sequence[int | None]) -> list[Trial]:
    """Every fault at every dose (one that is not graded: once) with every number of conversations to learn from.

    Raises:
        UsageError: a dose is not in (0, 1].
    """
    for dose in doses:
        if not 0 < dose <= 1:
            raise UsageError(f"the dose {dose:g} is not in (0, 1]; 1 is the most that a fault does, 0.25 a quarter")
    return [
        Trial(fault, dose, size)
        for fault in faults
        for size in reference_sizes
        for dose in (sorted(doses) if fault.is_graded else (1.0,))
    ]


def planted_batch(
    transcripts: Sequence[Transcript], trial: Trial, donors: Donors, *, share: float = PLANTED_SHARE, seed: int = 0
) -> PlantedBatch:
    """The batch of a trial: the fault planted in `share` of the conversations, as far as they offer a place for it.

    Those are chosen which offer a place for the highest dose, so that every dose has the same. Each planted transcript
    names fault, dose, size and turns in `meta["planted"]`.
    """
    wanted = round(share * len(transcripts))
    planted: dict[str, Planted] = {}
    for one in sorted(transcripts, key=lambda one: stable_hash("planted", seed, trial.fault.name, one.id)):
        if len(planted) >= wanted:
            break
        found = [
            trial.fault.plant(one, Ground(dose, generator("place", seed, trial.fault.name, one.id), donors))
            for dose in dict.fromkeys((1.0, trial.dose))
        ]
        if found[0] and found[-1]:
            planted[one.id] = _noted(found[-1], trial)
    return PlantedBatch(trial, tuple(transcripts), planted, wanted)


def _noted(planted: Planted, trial: Trial) -> Planted:
    note = {
        "fault": trial.fault.name,
        "dose": trial.dose,
        "size": planted.size,
        "unit": trial.fault.unit,
        "turns": sorted(planted.turns),
    }
    one = planted.transcript
    return replace(planted, transcript=replace(one, meta={**one.meta, "planted": [note]}))


def detections(batch: PlantedBatch, judges: Sequence[Judge]) -> Iterator[Detection]:
    """How each judge does on a batch.

    With a `reference_size` the judges learn from so many of the batch's conversations, chosen by a hash of the id;
    0 leaves them unprepared, as for a single transcript.
    """
    size = batch.trial.reference_size
    for judge in judges:
        learnt_from = len(batch.clean) if size is None else min(size, len(batch.clean))
        verdicts, clean = _verdicts(batch, judge, learnt_from)
        yield _detection(batch, judge, verdicts, clean, learnt_from=learnt_from)


def _verdicts(batch: PlantedBatch, judge: Judge, learnt_from: int) -> tuple[list[Verdict], dict[str, Verdict]]:
    """The verdicts on the conversations at fault, and those on all originals, by id."""
    at_fault: list[Verdict] = []
    clean: dict[str, Verdict] = {}
    for one in batch.rounds:
        prepared = _prepared(judge, one.batch, learnt_from)
        at_fault += judge_transcripts(one.at_fault, [prepared])
        clean |= {verdict.transcript: verdict for verdict in judge_transcripts(one.originals, [prepared])}
    return at_fault, clean


def _prepared(judge: Judge, transcripts: Sequence[Transcript], size: int) -> Judge:
    return prepare_judges([judge], transcripts, sample_size=size)[0] if size else judge


def _detection(
    batch: PlantedBatch,
    judge: Judge,
    verdicts: Sequence[Verdict],
    clean: Mapping[str, Verdict],
    *,
    learnt_from: int,
) -> Detection:
    judged = [_Case(batch.planted[one.transcript], one, clean[one.transcript]) for one in verdicts if not one.unjudged]
    missing = len(verdicts) - len(judged)
    found = sum(case.is_found for case in judged)
    return Detection(
        judge=judge.name,
        version=judge.version,
        fault=batch.trial.fault.name,
        dose=batch.trial.dose,
        size=batch.size,
        unit=batch.trial.fault.unit,
        learnt_from=learnt_from,
        wanted=batch.wanted,
        planted=len(verdicts),
        unjudged=missing,
        why_unjudged=dict(sorted(Counter(one.unjudged.reason for one in verdicts if one.unjudged).items())),
        recall=_figure([(case.is_found, 1, case.name) for case in judged], recall),
        recall_worst_low=round(found / len(verdicts), 4) if verdicts else None,
        recall_worst_high=round((found + missing) / len(verdicts), 4) if verdicts else None,
        near=_figure([row for case in judged for row in case.placed(is_stretch=batch.trial.fault.is_stretch)], recall),
        auc=_figure([row for case in judged for row in case.scores], auc),
        false_alarms=_figure([row for verdict in clean.values() for row in _alarms(verdict)], per_thousand),
    )


def clean_detection(transcripts: Sequence[Transcript], judge: Judge) -> Detection:
    """The false alarms of a judge that no fault is for, on the conversations as they are; it learns from them all."""
    (prepared,) = prepare_judges([judge], transcripts)
    verdicts = {verdict.transcript: verdict for verdict in judge_transcripts(transcripts, [prepared])}
    nothing = Fault(NO_FAULT, "nothing is planted", "nothing", "", (judge.name,), lambda *_: None, is_graded=False)
    batch = PlantedBatch(Trial(nothing, 1.0), tuple(transcripts), {}, wanted=0)
    return _detection(batch, judge, [], verdicts, learnt_from=len(transcripts))


@dataclass(frozen=True, slots=True)
class _Case:
    """A conversation at fault, the verdict on it and the one on its clean copy."""

    planted: Planted
    verdict: Verdict
    clean: Verdict

    @property
    def name(self) -> str:
        return self.verdict.transcript

    @property
    def is_found(self) -> bool:
        return not self.planted.turns.isdisjoint(self.new_hits)

    @property
    def new_hits(self) -> frozenset[int]:
        return frozenset(self.verdict.flagged_turns) - frozenset(self.clean.flagged_turns)

    def placed(self, *, is_stretch: bool) -> Iterator[tuple[float, float, str]]:
        """Whether a new hit, or the first and last of them, is where the fault is; 0 or 1 for the `recall` of place."""
        if not is_stretch:
            for hit in sorted(self.new_hits):
                yield min(abs(hit - turn) for turn in self.planted.turns) <= NEAR_TURNS, 1.0, self.name
        elif self.new_hits:
            yield self._begins_near and self._ends_near, 1.0, self.name

    @property
    def _begins_near(self) -> bool:
        return abs(min(self.new_hits) - min(self.planted.turns)) <= NEAR_TURNS

    @property
    def _ends_near(self) -> bool:
        end = max(self.planted.turns)
        is_tail = end == len(self.verdict.turn_scores) - 1
        return is_tail or abs(max(self.new_hits) - end) <= NEAR_TURNS

    @property
    def scores(self) -> Iterator[tuple[float, float, str]]:
        """The scores of the planted turns (label 1) and of the same turns left clean (0), where there are both."""
        for turn in sorted(self.planted.turns):
            with_fault, without = self.verdict.turn_scores[turn], self.clean.turn_scores[turn]
            if with_fault is not None and without is not None:
                yield with_fault, 1.0, self.name
                yield without, 0.0, self.name


def _alarms(verdict: Verdict) -> Iterator[tuple[float, float, str]]:
    flagged = set(verdict.flagged_turns)
    for turn, score in enumerate(verdict.turn_scores):
        if score is not None:
            yield float(turn in flagged), 0.0, verdict.transcript


def _figure(rows: Sequence[tuple[float, float, str]], statistic: Statistic) -> Figure | None:
    """The figure with its interval; None where fewer than two conversations give one."""
    if len({cluster for _, _, cluster in rows}) < 2:
        return None
    try:
        return figure(Items.of(rows), statistic)
    except ValueError:
        return None


def detection_record(row: Detection) -> dict[str, Any]:
    """The row as one flat JSON object: a figure as its value, `_ci_low`, `_ci_high` and `_n`."""
    record: dict[str, Any] = {}
    names = {"near": "within_one_turn", "false_alarms": "false_alarms_per_1000"}
    for key in Detection.__dataclass_fields__:
        value = getattr(row, key)
        if key not in _FIGURES:
            record[key] = value
            continue
        name = names.get(key, key)
        record[name] = value.value if value else None
        record[f"{name}_ci_low"] = value.ci_low if value else None
        record[f"{name}_ci_high"] = value.ci_high if value else None
        record[f"{name}_n"] = value.n if value else 0
    return record


_FIGURES = frozenset({"recall", "near", "auc", "false_alarms"})
