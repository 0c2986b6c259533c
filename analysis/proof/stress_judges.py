"""What judges find of the faults that the offline actor plants under stress, by kind of stress, dose and judge."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, product

import numpy as np

from analysis.judge_tools import PLAIN
from analysis.outcomes import judged_turns
from analysis.proof.markdown import markdown_table, percent
from analysis.statistics.rates import TurnCounts, paired_difference
from judges.judge import Judge
from judges.panel import judge_transcripts
from judges.verdict import Verdict
from sims.backends.actor.faults import PROVOKED
from sims.backends.offline_actor import Dials, OfflineActor
from sims.conversation import hold_conversation
from sims.grid import Grid
from sims.scenario import Scenario
from sims.scenario_file import find_scenario, load_scenarios
from sims.stressors.choosing import DOSES, KINDS, stressors_for
from sims.stressors.reach import is_reached
from sims.transcript import Transcript

SCENARIOS = ("refund-dispute", "coffee-order", "doctor-interview")
JUDGES = ("role_flip", "digression", "formality", "metaphor")
"""The judges of the faults that the actor can plant."""
SENSITIVITY = 0.6
REPEATS = 20
MOST_FALSE = 0.02
"""False flags above the control's from which a judge does not serve under a kind: the margin of a stress test."""
LEAST_FOUND = 0.5
"""The share of planted turns that a judge has to find at the full dose."""
LEAST_KEPT = 0.9
"""The same against its share at the least dose: below, the response to the dose reads flatter than it is."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Turns of one conversation, or of several, that a stressor reached and a judge judged.

    `planted` carry the judge's fault, `found` of them are flagged; `false` are flagged and carry none.
    """

    turns: int
    planted: int
    found: int
    false: int

    @property
    def flagged(self) -> int:
        """All that the judge flags."""
        return self.found + self.false

    @property
    def missed(self) -> int:
        """Planted and not flagged."""
        return self.planted - self.found

    @property
    def share(self) -> float | None:
        """Found of the planted, in [0, 1]; None where nothing is planted."""
        return self.found / self.planted if self.planted else None


Cell = tuple[str, str, float]
"""A kind of stress, a judge, and a dose; dose 0 is the control, over the turns that the kind reaches."""
Found = Mapping[str, Counted]
"""By the id of the undisturbed conversation; a dose that changes nothing in a scenario is not held there."""


def measured(
    kinds: Sequence[str] = KINDS,
    judges: Sequence[str] = JUDGES,
    *,
    scenarios: Sequence[str] = SCENARIOS,
    repeats: int = REPEATS,
    sensitivity: float = SENSITIVITY,
) -> dict[Cell, dict[str, Counted]]:
    """What is found by cell and place; the judges learn from the control."""
    played = load_scenarios([find_scenario(name) for name in scenarios])
    actor = OfflineActor(Dials(sensitivity=sensitivity))
    control = list(_held(played, (), actor, repeats))
    prepared = PLAIN.prepared(judges, control)
    undisturbed = list(_judged(control, prepared))
    found: dict[Cell, dict[str, Counted]] = {}
    for kind in kinds:
        arms = list(_judged(_held(played, (kind,), actor, repeats), prepared))
        records = {of.scenario.id: of.stressors[0] for of, _ in arms if of.scenario and of.stressors}
        for transcript, verdicts in [*undisturbed, *arms]:
            record = records.get(transcript.scenario.id if transcript.scenario else "")
            if record is None:
                continue
            dose = transcript.stressors[0]["dose"] if transcript.stressors else 0.0
            place = str(transcript.meta.get("twin", transcript.id))
            for verdict in verdicts:
                found.setdefault((kind, verdict.judge, dose), {})[place] = _counted(transcript, verdict, record)
    return found


def _held(
    played: tuple[Scenario, ...], kinds: Sequence[str], actor: OfflineActor, repeats: int
) -> Iterator[Transcript]:
    """The conversations of the kinds' arms, without the control; without kinds, the control."""
    grid = Grid(played, (actor.model,), repeats=repeats, stress=stressors_for(played, kinds) if kinds else ())
    for cell in grid:
        if cell.arm or not kinds:
            yield asyncio.run(hold_conversation(cell, dict.fromkeys(cell.models.values(), actor)))


def _judged(
    transcripts: Iterable[Transcript], judges: Sequence[Judge]
) -> Iterator[tuple[Transcript, tuple[Verdict, ...]]]:
    held = list(transcripts)
    verdicts = judge_transcripts(held, judges)
    for transcript, (_, own) in zip(held, groupby(verdicts, key=lambda one: one.transcript), strict=True):
        yield transcript, tuple(own)


def _counted(transcript: Transcript, verdict: Verdict, record: Mapping[str, object]) -> Counted:
    turns = transcript.turns
    reached = {
        place
        for place in judged_turns(transcript, verdict)
        if is_reached(record, transcript.speakers, speaker=turns[place].speaker, turn=place)
    }
    planted = {place for place in reached if verdict.judge in turns[place].meta.get("planted", ())}
    flagged = reached.intersection(verdict.flagged_turns)
    return Counted(len(reached), len(planted), len(flagged & planted), len(flagged - planted))


def total(found: Found) -> Counted:
    """The sum over conversations."""
    rows = [(0, 0, 0, 0), *((one.turns, one.planted, one.found, one.false) for one in found.values())]
    return Counted(*(sum(column) for column in zip(*rows, strict=True)))


def falls(low: Found, high: Found) -> bool:
    """Whether the rate of found faults falls from a low dose to a high one, beyond its 95 % interval.

    Over the places held under both.
    """
    places = [place for place in low if place in high]
    difference = paired_difference(_rate(high, places), _rate(low, places), seed=0, draws=100)
    return difference is not None and difference.ci_high < 0


def _rate(found: Found, places: Sequence[str]) -> TurnCounts:
    flagged = np.array([found[place].found for place in places], dtype=np.int64)
    return TurnCounts(flagged, np.array([found[place].turns for place in places], dtype=np.int64))


def why_not(cell: Mapping[float, Found]) -> str:
    """Why a judge is no instrument under a kind, given what it finds by dose; empty where it is one."""
    return "; ".join((*_too_many_false(cell), *_too_few_found(cell)))


def _too_many_false(cell: Mapping[float, Found]) -> Iterator[str]:
    false = {dose: one.false / max(1, one.turns - one.planted) for dose, one in _sums(cell).items()}
    worst = max(false, key=lambda dose: false[dose])
    if false[worst] - false[0.0] > MOST_FALSE:
        yield f"{percent(false[worst])} % false at dose {worst:g}"


def _too_few_found(cell: Mapping[float, Found]) -> Iterator[str]:
    doses = sorted(cell)[1:]
    for low, high in pairwise(doses):
        if falls(cell[low], cell[high]):
            yield f"finds less at dose {high:g} than at {low:g}"
    sums = _sums(cell)
    least, most = sums[doses[0]].share, sums[doses[-1]].share
    if least is not None and most is not None and most < max(LEAST_FOUND, LEAST_KEPT * least):
        yield f"finds {percent(least)} % at dose {doses[0]:g}, {percent(most)} % at {doses[-1]:g}"


def _sums(cell: Mapping[float, Found]) -> dict[float, Counted]:
    return {dose: total(cell[dose]) for dose in sorted(cell)}


def tables(*, repeats: int = REPEATS) -> Iterator[str]:
    """The tables as Markdown, a line each."""
    found = measured(repeats=repeats)
    yield f"### Planted and found: {repeats} conversations each of {', '.join(SCENARIOS)} an arm\n"
    head = ("stress", "judge", "dose", "turns", "planted", "found", "missed", "false", "found, %")
    yield from markdown_table(head, _planted_rows(found))
    yield "\n### Nothing planted: % of turns flagged, all of them false, at dose 0 and at each dose\n"
    yield from markdown_table(("stress", "judge", *map(str, (0, *DOSES))), _quiet_rows(found))
    yield "\n### Which judge is an instrument under which kind\n"
    yield from markdown_table(("stress", *JUDGES), _instrument_rows(found))


def _planted_rows(found: Mapping[Cell, Found]) -> Iterator[tuple[str, ...]]:
    for kind, dose in product(KINDS, (0.0, *DOSES)):
        one = total(found.get((kind, PROVOKED[kind], dose), {}))
        counts = (one.turns, one.planted, one.found, one.missed, one.false)
        share = "" if one.share is None else percent(one.share)
        yield kind, PROVOKED[kind], f"{dose:g}", *map(str, counts), share


def _quiet_rows(found: Mapping[Cell, Found]) -> Iterator[tuple[str, ...]]:
    for kind, judge in product(KINDS, JUDGES):
        if PROVOKED[kind] != judge:
            sums = (total(found.get((kind, judge, dose), {})) for dose in (0.0, *DOSES))
            yield kind, judge, *(percent(one.flagged / max(1, one.turns)) for one in sums)


def _instrument_rows(found: Mapping[Cell, Found]) -> Iterator[tuple[str, ...]]:
    for kind in KINDS:
        cells = (
            {dose: found[kind, judge, dose] for dose in (0.0, *DOSES) if (kind, judge, dose) in found}
            for judge in JUDGES
        )
        yield kind, *(why_not(cell) or "yes" for cell in cells)
