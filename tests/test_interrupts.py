"""A run that is stopped from outside: what was said is kept, and the run that goes on comes to the same bytes."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import Saying, scenario

from sims import interrupts
from sims.backends.backend import Reply, Request
from sims.backends.offline_actor import OfflineActor
from sims.grid import Grid
from sims.manifest import RunSettings, new_manifest
from sims.prompt import PROMPT_VERSION
from sims.run_folder import RunFolder
from sims.runner import run
from sims.scenario import Scenario
from sims.scenario_file import load_scenarios, shipped_scenarios
from sims.seeds import generator
from sims.transcript import Transcript
from simstress.cli.app import run_app

MODEL = "offline/actor?role_flip=0.1"
EVERY_POLICY: tuple[dict[str, Any], ...] = (
    {"policy": "alternate"},
    {"policy": "random"},
    {"policy": "addressed"},
    {"policy": "moderator", "moderator": "support"},
    {"policy": "model"},
    {"policy": "script", "lines": [{"speaker": "support"}, {"speaker": "customer", "text": "Hm."}] * 4},
)


class Pausing(OfflineActor):
    """The offline actor with a moment's wait before each reply, in which the call of a given number is interrupted."""

    def __init__(self, at: int | None = None, *, with_signals: int = 0, pause_s: float = 0.0) -> None:
        super().__init__(model=MODEL)
        self._at, self._signals, self._pause_s, self.calls = at, with_signals, pause_s, 0

    async def reply(self, request: Request) -> Reply:
        """The actor's reply, later."""
        self.calls += 1
        if self.calls == self._at:
            os.kill(os.getpid(), self._signals)
        for _ in range(4):  # the loop takes a few rounds to hear of a signal
            await asyncio.sleep(self._pause_s / 4)
        return await super().reply(request)


def every_policy() -> tuple[Scenario, ...]:
    """A scenario for each way to take turns, and the shipped ones."""
    own = [
        scenario(id=f"by-{turns['policy']}-{place}", turns=turns, stop={"max_turns": 9, "max_tokens": 70 + 40 * place})
        for place, turns in enumerate(EVERY_POLICY)
    ]
    return (*own, *load_scenarios(shipped_scenarios().values()))


def started(path: Path, *, scenarios: tuple[Scenario, ...] = (), repeats: int = 2) -> RunFolder:
    """A run folder before its first conversation."""
    folder = RunFolder(path)
    grid = Grid(scenarios or (scenario(),), models=(MODEL,), repeats=repeats)
    folder.create(new_manifest(grid, name=path.name, settings=RunSettings()))
    return folder


async def finished(folder: RunFolder) -> bytes:
    """The transcripts of the folder after its run has come to its end."""
    await run(folder, {MODEL: Pausing()}, max_connections=4)
    assert folder.read_manifest().status == "complete"
    return folder.transcript_file.read_bytes()


async def test_interrupts_at_random_places_lead_to_the_bytes_of_the_run_that_nobody_stopped(tmp_path: Path) -> None:
    """SIGTERM at random calls until nothing is left, under every turn policy and stop rule: conversations cut short
    are kept, each goes on after its last turn, no call is made twice but those that were cut off.
    """
    scenarios = every_policy()
    whole = await finished(started(tmp_path / "whole", scenarios=scenarios))
    folder = started(tmp_path / "run", scenarios=scenarios)
    draws, stops, cut_short, calls = generator("interrupts"), 0, 0, 0
    while folder.read_manifest().status != "complete":
        backend = Pausing(draws.randint(5, 40), with_signals=signal.SIGTERM)
        try:
            await run(folder, {MODEL: backend}, max_connections=7)
        except KeyboardInterrupt:
            assert folder.read_manifest().status == "stopped"
            stops += 1
            cut_short += sum(one.stop_reason == "cancelled" and bool(one.turns) for one in folder.transcripts)
        calls += backend.calls
    assert folder.transcript_file.read_bytes() == whole
    assert stops > 8
    assert cut_short > 20
    turns = sum(not turn.meta.get("fixed") for held in folder.transcripts for turn in held.turns)
    assert turns <= calls <= turns + 7 * stops


async def test_the_first_interrupt_says_what_happens_and_waits_as_long_as_the_grace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Three conversations of 6 turns of 0.1 s with a grace of 0.25 s: none ends, all three are kept as they are."""
    monkeypatch.setattr(interrupts, "GRACE_S", 0.25)
    folder = started(tmp_path / "run", repeats=20)
    with caplog.at_level(logging.WARNING), pytest.raises(KeyboardInterrupt):
        await run(folder, {MODEL: Pausing(2, with_signals=signal.SIGINT, pause_s=0.1)}, max_connections=3)
    held = list(folder.transcripts)
    assert [one.stop_reason for one in held] == ["cancelled"] * 3
    assert all(1 <= len(one.turns) < 5 for one in held)
    assert "the 3 in flight have 0.25 s to end; Ctrl-C again stops them now" in caplog.messages[0]
    assert len(caplog.messages) == 2
    assert (await finished(folder)).count(b"\n") == 20


async def test_what_ends_within_the_grace_is_whole_and_the_grace_is_not_waited_for(tmp_path: Path) -> None:
    """Two in flight end; no other begins; the interrupt does not come back ten seconds later."""
    folder = started(tmp_path / "run", repeats=20)
    with pytest.raises(KeyboardInterrupt):
        await run(folder, {MODEL: Pausing(3, with_signals=signal.SIGINT)}, max_connections=2)
    assert [one.has_failed for one in folder.transcripts] == [False, False]


async def test_an_interrupt_among_the_last_conversations_ends_the_command_and_not_the_run(tmp_path: Path) -> None:
    """All have begun and end well: the run is complete, and still whoever pressed Ctrl-C is not made to wait on."""
    folder = started(tmp_path / "run", repeats=2)
    with pytest.raises(KeyboardInterrupt):
        await run(folder, {MODEL: Pausing(3, with_signals=signal.SIGINT)}, max_connections=2)
    assert folder.read_manifest().status == "complete"


async def test_a_run_stopped_before_its_first_turn_goes_on(tmp_path: Path) -> None:
    """SIGTERM in the first call: a conversation without a word is not written down; then the same bytes."""
    whole = await finished(started(tmp_path / "whole"))
    folder = started(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        await run(folder, {MODEL: Pausing(1, with_signals=signal.SIGTERM)}, max_connections=1)
    assert (folder.transcript_file.read_bytes(), folder.read_manifest().status) == (b"", "stopped")
    assert await finished(folder) == whole


async def test_changed_prompts_begin_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation begun under another version of the prompts is not gone on with."""
    folder = started(tmp_path / "run", repeats=1)
    with pytest.raises(KeyboardInterrupt):
        await run(folder, {MODEL: Pausing(4, with_signals=signal.SIGTERM)}, max_connections=1)
    assert [len(one.turns) for one in folder.transcripts] == [3]
    monkeypatch.setattr("sims.runner.PROMPT_VERSION", "another")
    await run(folder, {MODEL: Saying("Anew. [DONE]", model=MODEL)}, max_connections=1)
    assert [turn.text for one in folder.transcripts for turn in one.turns] == ["Anew. [DONE]"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_whoever_listened_before_listens_again(tmp_path: Path, number: signal.Signals) -> None:
    """After a run a signal goes where it went before."""
    heard: list[int] = []
    before: Callable[..., object] | int | None = signal.signal(number, lambda received, frame: heard.append(received))
    try:
        await finished(started(tmp_path / "run"))
        os.kill(os.getpid(), number)
    finally:
        signal.signal(number, before)
    assert heard == [number]


async def test_in_a_thread_no_signal_is_listened_for(tmp_path: Path) -> None:
    """Signals reach the main thread only; a run elsewhere works all the same."""
    folder = started(tmp_path / "run")

    def hold() -> list[Transcript]:
        asyncio.run(run(folder, {MODEL: Pausing()}, max_connections=2))
        return list(folder.transcripts)

    assert len(await asyncio.to_thread(hold)) == 2


def test_resuming_says_that_the_prompts_have_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run begun with other prompts: one line before anything is held."""
    folder = started(tmp_path / "run")
    folder.write_manifest(folder.read_manifest().model_copy(update={"prompt_version": "0"}))
    assert run_app(["run", "--resume", str(folder.path), "--no-judge"]) == 0
    told = capsys.readouterr().err.splitlines()[0]
    assert (
        told == f"{folder.path}: begun with version 0 of the prompts; conversations from here on have {PROMPT_VERSION}"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_judging_says_how_to_go_on(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All conversations are held; Ctrl-C or SIGTERM then ends the command with 130 and one hint; resuming judges."""

    def interrupted(*_: object, **__: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(1)  # until the signal is heard
        raise AssertionError("nobody was interrupted")

    folder = started(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr("analysis.assessment.judge_folder", interrupted)
        assert run_app(["run", "--resume", str(folder.path)]) == 130
    told = capsys.readouterr().err
    assert f"stopped; what was said so far is kept, go on with: simstress run --resume {folder.path}" in told
    assert told.count("stopped;") == 1
    assert folder.read_manifest().status == "complete"


def test_sigterm_is_heard_where_ctrl_c_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A background job of a shell ignores SIGINT, and still SIGTERM ends it with 130; then it is as before."""
    monkeypatch.setattr("analysis.assessment.judge_folder", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    ctrl_c = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run_app(["run", "--resume", str(started(tmp_path / "run").path)]) == 130
    finally:
        signal.signal(signal.SIGINT, ctrl_c)
    assert signal.getsignal(signal.SIGTERM) == before
