"""A replayed run says what the recorded one said, and the replay says clearly where it cannot."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from builders import Saying, scenario, transcript

from sims.backends.backend import Backend, Request
from sims.backends.offline_actor import Dials, OfflineActor
from sims.backends.replay import ReplayBackend
from sims.cell import Cell
from sims.conversation import hold_conversation
from sims.errors import CallRejected, TranscriptError, UsageError
from sims.transcript import Transcript
from sims.transcript_file import TRANSCRIPTS


def hold(backend: Backend, *, repeat: int = 0, temperature: float | None = None, **more: Any) -> Transcript:
    """One conversation with this backend."""
    of = scenario(**({"stop": {"max_turns": 20, "done": "[DONE]"}} | more))
    cell = Cell(of, backend.model, {agent.name: backend.model for agent in of.agents}, temperature, repeat, 1)
    return asyncio.run(hold_conversation(cell, {backend.model: backend}))


def record(folder: Path, transcripts: Iterable[Transcript]) -> Path:
    """A run folder that holds these transcripts."""
    lines = "".join(TRANSCRIPTS.dump(one) + "\n" for one in transcripts)
    (folder / "transcripts.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_a_replay_repeats_the_recorded_run(tmp_path: Path) -> None:
    """Words, counts, finish reasons, meta and stop reason are the recorded ones; turns are marked as replayed."""
    original = [hold(OfflineActor(Dials(role_flip=0.2)), repeat=repeat) for repeat in range(5)]
    backend = ReplayBackend.from_run(record(tmp_path, original))
    for repeat, before in enumerate(original):
        after = hold(backend, repeat=repeat)
        assert [(t.speaker, t.text, t.usage, t.finish_reason) for t in after.turns] == [
            (t.speaker, t.text, t.usage, t.finish_reason) for t in before.turns
        ]
        assert [dict(t.meta) for t in after.turns] == [{**t.meta, "replayed": True} for t in before.turns]
        assert after.stop_reason == before.stop_reason
        assert {t.cost_usd for t in after.turns} == {0.0}


def test_a_stressed_run_is_stressed_once(tmp_path: Path) -> None:
    """What a stressor added is not recorded as the speaker's words: it is added again, and the turns are the same."""
    stressors = [{"kind": "distractor", "dose": 0.6}, {"kind": "typos", "dose": 0.3}]
    original = hold(OfflineActor(), stressors=stressors)
    again = hold(ReplayBackend.from_run(record(tmp_path, [original])), stressors=stressors)
    assert any("stressed" in turn.meta for turn in original.turns)
    assert [turn.text for turn in again.turns] == [turn.text for turn in original.turns]
    assert [dict(turn.meta) for turn in again.turns] == [{**turn.meta, "replayed": True} for turn in original.turns]


def test_of_a_stress_test_the_control_is_played(tmp_path: Path) -> None:
    """The disturbed conversations at the same place neither make it ambiguous nor are taken for it."""
    plain = hold(OfflineActor())
    arm = dataclasses.replace(plain, id="x+typos=1", meta={**plain.meta, "twin": plain.id}, turns=plain.turns[:1])
    again = hold(ReplayBackend.from_run(record(tmp_path, [arm, plain])))
    assert [turn.text for turn in again.turns] == [turn.text for turn in plain.turns]


@pytest.mark.parametrize("reason", ["refused", "empty_reply", "backend_error"])
def test_recorded_failures_come_again(tmp_path: Path, reason: str) -> None:
    """A conversation that broke off after two turns breaks off there again, for the same reason."""
    whole = hold(OfflineActor())
    broken = dataclasses.replace(whole, turns=whole.turns[:2], stop_reason=reason, error="the provider's words")
    again = hold(ReplayBackend.from_run(record(tmp_path, [broken])))
    assert (again.stop_reason, len(again.turns)) == (reason, 2)
    if reason != "empty_reply":
        assert "the provider's words" in str(again.error)


def test_an_unrecorded_repeat_is_named(tmp_path: Path) -> None:
    """The message says which repeat is missing and what there is."""
    backend = ReplayBackend.from_run(record(tmp_path, [hold(OfflineActor())]))
    done = hold(backend, repeat=3)
    assert done.stop_reason == "backend_error"
    assert "scenario 'refund', repeat 3 is not recorded; the recording has scenarios ['refund']" in str(done.error)


def test_a_recording_that_is_too_short_says_so(tmp_path: Path) -> None:
    """With the marker gone from the scenario the conversation runs past the recording's end."""
    backend = ReplayBackend.from_run(record(tmp_path, [hold(OfflineActor())]))
    done = hold(backend, stop={"max_turns": 40})
    assert "ends after" in str(done.error)
    assert "(agent_done)" in str(done.error)


def test_another_order_of_speakers_is_noticed(tmp_path: Path) -> None:
    """Where the recording has another speaker, the words are not put into the wrong mouth."""
    backend = ReplayBackend.from_run(record(tmp_path, [hold(OfflineActor())]))
    done = hold(backend, opening={"speaker": "support"})
    assert "turn 0 of scenario 'refund', repeat 0 was spoken by 'customer', not 'support'" in str(done.error)


def test_several_models_need_a_choice(tmp_path: Path) -> None:
    """Two models for one scenario and repeat are ambiguous until one is named."""
    runs = [hold(OfflineActor(Dials(digression=rate)), repeat=0) for rate in (0.0, 0.5)]
    record(tmp_path, runs)
    with pytest.raises(UsageError, match="pick one with replay"):
        ReplayBackend.from_run(tmp_path)
    chosen = ReplayBackend.from_run(tmp_path, recorded_model="offline/actor?digression=0.5")
    assert [turn.text for turn in hold(chosen).turns] == [turn.text for turn in runs[1].turns]
    with pytest.raises(UsageError, match="holds nothing by 'openai/x'; it holds offline/actor"):
        ReplayBackend.from_run(tmp_path, recorded_model="openai/x")


def test_several_temperatures_are_ambiguous(tmp_path: Path) -> None:
    """One model at two temperatures cannot be told apart by scenario and repeat."""
    runs = [hold(OfflineActor(), temperature=heat) for heat in (0.0, 1.0)]
    with pytest.raises(UsageError, match="several temperatures"):
        ReplayBackend.from_run(record(tmp_path, runs))


def test_folders_without_a_run_are_refused(tmp_path: Path) -> None:
    """No file, an empty file, and a file of imported dialogues each get their own message."""
    with pytest.raises(UsageError, match=r"holds no transcripts\.jsonl"):
        ReplayBackend.from_run(tmp_path)
    (tmp_path / "transcripts.jsonl").touch()
    with pytest.raises(TranscriptError, match="empty"):
        ReplayBackend.from_run(tmp_path)
    with pytest.raises(UsageError, match="no simulated conversation"):
        ReplayBackend.from_run(record(tmp_path, [transcript(("a", "hello"))]))


def test_prompts_outside_conversations_are_rejected(tmp_path: Path) -> None:
    """Without a scene there is nothing to look up."""
    backend = ReplayBackend.from_run(record(tmp_path, [hold(OfflineActor())]))
    with pytest.raises(CallRejected, match="plays recorded conversations"):
        asyncio.run(backend.reply(Request(messages=())))


def test_speakers_that_a_model_picked_are_those_of_the_recording(tmp_path: Path) -> None:
    """A model picked Cem before Ben; the replay asks no model and has the same order."""
    agents = [{"name": name, "role": "member"} for name in ("Ana", "Ben", "Cem")]
    more: dict[str, Any] = {
        "agents": agents,
        "turns": {"policy": "model", "model": "a/picker"},
        "stop": {"max_turns": 5},
    }
    of = scenario(**more)
    cell = Cell(of, "a/x", {agent.name: "a/x" for agent in of.agents}, None, 0, 1)
    backends = {"a/x": Saying("Well.", model="a/x"), "a/picker": Saying("Cem", "Ana", "Ben", "Ana", model="a/picker")}
    original = asyncio.run(hold_conversation(cell, backends))
    again = hold(ReplayBackend.from_run(record(tmp_path, [original])), **more)
    assert [turn.speaker for turn in again.turns] == ["Ana", "Cem", "Ana", "Ben", "Ana"]
    assert again.stop_reason == original.stop_reason == "max_turns"
