"""The dose-response recovered from the offline actor, whose sensitivity is the truth.

Under two agents who alternate every turn that pressure reaches answers a turn that pressed with the probability of the
dose, so its true rate is base + (1 - base) * sensitivity * dose; under a prompt stressor likewise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from builders import scenario

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
