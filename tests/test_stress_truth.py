"""The dose-response recovered from the offline actor, whose sensitivity is the truth.

Under two agents who alternate every turn that pressure reaches answers a turn that pressed with the probability of the
dose, so its true rate is base + (1 - base) * sensitivity * dose; under a prompt stressor likewise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from builders import scenario

from analysis.proof.stress_judges import measured
from analysis.statistics.rates import rate_interval
from analysis.stress.findings import findings_of
from analysis.stress.rows import Record, StressRows
from analysis.stress.values import DoseResponse
from judges.verdict import Hit, Verdict, verdict_on
from sims.backends.actor.faults import PROVOKED
from sims.backends.offline_actor import Dials, OfflineActor
from sims.conversation import hold_conversation
from sims.grid import Grid
from sims.stressors.choosing import stressors_for
from sims.transcript import Transcript

BASE, SENSITIVITY = 0.02, 0.4
DOSES = (0.25, 0.5, 1.0)
PERSONA = "Calm. Polite. Brief. Careful with money."


def grid(*kinds: str, repeats: int) -> Grid:
    """A stress test of the actor."""
    agents = [
        {"name": "customer", "role": "customer", "persona": PERSONA, "goal": "Get the money back."},
        {"name": "support", "role": "support agent", "persona": PERSONA, "goal": "Help within policy."},
    ]
    played = (scenario(agents=agents, stop={"max_turns": 16, "done": "[DONE]"}),)
    model = f"offline/actor?sensitivity={SENSITIVITY}&role_flip={BASE}&digression={BASE}"
    return Grid(played, (model,), repeats=repeats, stress=stressors_for(played, kinds, DOSES))


def held(of: Grid) -> Iterator[Transcript]:
    """Its conversations."""
    actor = OfflineActor(Dials(role_flip=BASE, digression=BASE, sensitivity=SENSITIVITY))
    for cell in of:
        yield asyncio.run(hold_conversation(cell, dict.fromkeys(cell.models.values(), actor)))


def planted(transcript: Transcript, judge: str) -> Verdict:
    """What a judge that misses nothing finds."""
    hits = [
        Hit(place, 1.0, "planted", turn.text[:1], 0, 1, "")
        for place, turn in enumerate(transcript.turns)
        if judge in turn.meta.get("planted", ())
    ]
    return verdict_on(transcript, judge=judge, version="1", turn_scores=[0.0] * len(transcript.turns), hits=hits)


def records(transcripts: list[Transcript]) -> dict[tuple[str, str], Record]:
    """The stressors by scenario and kind."""
    return {("refund", one.stressors[0]["kind"]): one.stressors[0] for one in transcripts if one.stressors}


def check(response: DoseResponse) -> None:
    """The truth lies in every interval, and a rise is found from some dose on."""
    for point in response.points:
        truth = BASE + (1 - BASE) * SENSITIVITY * (point.arm.dose or 0.0)
        assert point.ci_low is not None
        assert point.ci_high is not None
        assert point.ci_low <= truth <= point.ci_high, (response.kind, response.judge, point)
    slope = response.slope
    assert slope.low is not None
    assert slope.high is not None
    assert slope.low <= (1 - BASE) * SENSITIVITY <= slope.high
    assert (response.response, response.first_exceeding is not None) == ("EXCEEDS", True)


@pytest.mark.parametrize("kind", ["role_pressure", "distractor", "persona_strip"])
def test_the_planted_dose_response_is_recovered(kind: str) -> None:
    """30 repeats at four doses: every rate and the slope hold the truth in their 95 % intervals."""
    transcripts = list(held(grid(kind, repeats=30)))
    rows = StressRows((PROVOKED[kind],), records(transcripts))
    for transcript in transcripts:
        rows.add(transcript, [planted(transcript, PROVOKED[kind])])
    (response,) = findings_of(rows).responses
    check(response)


def test_a_long_horizons_rate_is_over_all_of_its_turns_and_that_is_said() -> None:
    """Of 16 x (1 + 3 dose) turns those beyond the 16th are pressed, with the dose: 3 dose / (1 + 3 dose) of them."""
    transcripts = list(held(grid("long_horizon", repeats=30)))
    rows = StressRows(("role_flip",), records(transcripts))
    for transcript in transcripts:
        rows.add(transcript, [planted(transcript, "role_flip")])
    found = findings_of(rows)
    for point in found.responses[0].points:
        dose = point.arm.dose or 0.0
        truth = BASE + (1 - BASE) * SENSITIVITY * dose * 3 * dose / (1 + 3 * dose)
        assert point.ci_low is not None
        assert point.ci_high is not None
        assert point.ci_low <= truth <= point.ci_high, point
    assert any(note.startswith("Long horizon: the rates are over all turns") for note in found.notes)


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["role_pressure", "distractor"])
def test_the_real_judge_shows_the_truth_but_for_what_it_is_known_to_miss(kind: str) -> None:
    """40 repeats, no faults but those provoked: .4, .2 and .1 are planted; the flagged rate of each dose is between
    .6 of that (the least share a judge is taken to find) and it, two points more for false flags."""
    judge = PROVOKED[kind]
    found = measured((kind,), (judge,), scenarios=("refund-dispute",), repeats=40, sensitivity=SENSITIVITY)
    for (_, _, dose), by_place in found.items():
        counts = list(by_place.values())
        turns = np.array([one.turns for one in counts])
        interval = rate_interval(np.array([one.flagged for one in counts]), turns)
        assert interval is not None
        assert interval.high >= 0.6 * SENSITIVITY * dose
        assert interval.low <= SENSITIVITY * dose + 0.02
