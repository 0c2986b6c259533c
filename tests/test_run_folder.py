"""A run on disk: nothing lost, nothing twice, the same bytes however it was interrupted."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from builders import Saying, scenario
from filelock import FileLock

from sims.backends.backend import Reply, Request
from sims.errors import CallRejected, OutputError, UsageError
from sims.grid import Grid
from sims.manifest import RunSettings, new_manifest
from sims.run_folder import RunFolder, replace_file
from sims.runner import hold_cells, run
from sims.seeds import generator
from sims.transcript import Transcript

MODEL = "offline/test"


class Killed(BaseException):
    """The process ends here, as far as the run can tell."""


class Talking:
    """A backend whose words follow from the request alone, as a provider with a seed would have it."""

    model = MODEL

    def __init__(self, calls_allowed: int | None = None) -> None:
        self._left = calls_allowed

    async def reply(self, request: Request) -> Reply:
        """Words made of the seed; a kill when the calls allowed are used up."""
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Killed
        return Reply(f"I say {request.seed}.")


def started(path: Path, repeats: int = 20) -> RunFolder:
    """A run folder of one scenario, before its first conversation."""
    folder = RunFolder(path)
    grid = Grid((scenario(),), models=(MODEL,), repeats=repeats)
    folder.create(new_manifest(grid, name=path.name, settings=RunSettings()))
    return folder


async def finished(folder: RunFolder, max_connections: int = 4) -> bytes:
    """The transcripts of the folder after its run has come to its end."""
    await run(folder, {MODEL: Talking()}, max_connections=max_connections)
    return folder.transcript_file.read_bytes()


async def test_the_bytes_do_not_depend_on_concurrency(tmp_path: Path) -> None:
    """One conversation at a time or thirty: the same file."""
    one = await finished(started(tmp_path / "one"), max_connections=1)
    many = await finished(started(tmp_path / "many"), max_connections=30)
    assert one == many
    assert one.count(b"\n") == 20


async def test_a_run_cut_anywhere_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    """The file is cut at 25 random bytes, as a kill leaves it; what is whole is kept, the rest is held again."""
    whole = await finished(started(tmp_path / "whole"))
    for place in generator("cuts").sample(range(len(whole)), 25):
        folder = started(tmp_path / f"cut-{place}")
        folder.transcript_file.write_bytes(whole[:place])
        assert await finished(folder) == whole


async def test_a_finished_conversation_is_never_held_again(tmp_path: Path) -> None:
    """Resuming a complete run calls nobody."""
    folder = started(tmp_path / "run")
    await finished(folder)
    silent = Saying(AssertionError("called again"), model=MODEL)
    await run(folder, {MODEL: silent}, max_connections=3)
    assert silent.requests == []


async def test_what_was_finished_before_an_interrupt_is_on_disk(tmp_path: Path) -> None:
    """Interrupted at call 40 of 6 a conversation, one at a time: six conversations are there."""
    folder = started(tmp_path / "run")
    with pytest.raises(Killed):
        await run(folder, {MODEL: Talking(calls_allowed=40)}, max_connections=1)
    assert len(folder.recover()) == 6
    assert folder.read_manifest().status == "running"
    assert (await finished(folder)).count(b"\n") == 20
    assert folder.read_manifest().status == "complete"


async def test_failed_calls_are_held_again_only_when_asked(tmp_path: Path) -> None:
    """After an outage: resume keeps failures, retry_errors goes on after the last good turn, to the unhurt bytes."""

    class Failing(Talking):
        async def reply(self, request: Request) -> Reply:
            if request.scene and len(request.scene.turns) == request.scene.repeat % 4:
                raise CallRejected("outage")
            return await super().reply(request)

    whole = await finished(started(tmp_path / "whole"))
    folder = started(tmp_path / "run")
    await run(folder, {MODEL: Failing()}, max_connections=1)
    hurt = folder.transcript_file.read_bytes()
    assert [len(held.turns) for held in folder.transcripts] == [0, 1, 2, 3] * 5
    assert (await finished(folder), folder.read_manifest().status) == (hurt, "errors")
    again = Talking(calls_allowed=20 * 6 - (0 + 1 + 2 + 3) * 5)
    await run(folder, {MODEL: again}, max_connections=3, retry_errors=True)
    assert (folder.transcript_file.read_bytes(), folder.read_manifest().status) == (whole, "complete")


async def test_the_first_interrupt_lets_conversations_end(tmp_path: Path) -> None:
    """SIGINT during the third call: the conversations in flight end and are kept, no new one begins, resume goes on."""

    class Interrupting(Talking):
        calls = 0

        async def reply(self, request: Request) -> Reply:
            self.calls += 1
            if self.calls == 3:
                os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.001)
            return await super().reply(request)

    folder = started(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        await run(folder, {MODEL: Interrupting()}, max_connections=2)
    assert len(folder.recover()) == 2
    assert (await finished(folder)).count(b"\n") == 20


async def test_an_interrupt_comes_through_when_nothing_waits(tmp_path: Path) -> None:
    """Conversations that never wait, as the offline actor's: one SIGINT after the third, and most are not begun."""
    folder = started(tmp_path / "run")

    def interrupt(transcript: Transcript) -> None:
        if transcript.repeat == 3:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        await run(folder, {MODEL: Saying("Hello.", model=MODEL)}, max_connections=2, on_done=interrupt)
    assert 4 <= len(folder.recover()) < 12


async def test_some_cells_are_held_and_read_by_id(tmp_path: Path) -> None:
    """Cells 5 and 2 of 20: both are read in the order asked for, a third is passed over; the newest of one counts."""
    folder = started(tmp_path / "run")
    cells = list(folder.read_manifest().grid)
    for line in ("Hello.", "Again."):
        backend = Saying(line, *[CallRejected("outage")] * 50, model=MODEL)
        await hold_cells(folder, [cells[5], cells[2]], {MODEL: backend}, max_connections=1, retry_errors=True)
    held = list(folder.held([cells[5].id, "not held", cells[2].id]))
    assert [transcript.repeat for transcript in held] == [5, 2]
    assert [[turn.text for turn in transcript.turns] for transcript in held] == [["Hello.", "Again."], []]


async def test_the_totals_are_counted(tmp_path: Path) -> None:
    """20 conversations of 6 turns, all at their turn limit, none failed; nobody told a cost."""
    folder = started(tmp_path / "run")
    await finished(folder)
    totals = folder.read_manifest().totals
    assert totals is not None
    assert (totals.conversations, totals.turns, totals.stop_reasons) == (20, 120, {"max_turns": 20})
    assert (totals.failed_conversations, totals.turns_without_cost) == (0, 120)


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """A run is there: say how to continue it."""
    started(tmp_path / "run")
    with pytest.raises(OutputError, match="--resume"):
        started(tmp_path / "run")


def test_a_second_process_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    """While somebody holds the lock, nobody else gets in."""
    folder = started(tmp_path / "run")
    with FileLock(folder.path / ".lock"), pytest.raises(UsageError, match="another process"), folder.locked():
        pass


@pytest.mark.parametrize("content", [None, "", "{}", "[1]", '{"schema": "simstress/run@1", "name": 3}'])
def test_a_folder_without_a_readable_manifest_is_refused(tmp_path: Path, content: str | None) -> None:
    """Missing and malformed manifests are told in one line."""
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(UsageError) as caught:
        RunFolder(tmp_path).read_manifest()
    assert "\n" not in str(caught.value)


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """A file stands where a folder is wanted."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        started(tmp_path / "file" / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    """A failing write leaves the old content."""
    path = tmp_path / "f"
    replace_file(path, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_file(path, "\ud800")
    assert path.read_text() == "old"
