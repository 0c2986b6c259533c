"""Full disks, folders that cannot be read or written, clocks that jump, two processes: one line each, nothing lost."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_disks import files_no_larger_than

from sims.errors import OutputError
from sims.run_folder import RunFolder
from sims.transcript_file import TRANSCRIPTS
from sims.transcript_writer import TranscriptWriter
from simstress.cli.app import run_app

RUN = ("run", "refund-dispute", "--model", "offline/actor?role_flip=0.1", "--repeats", "12", "--no-judge", "--out")
RESUME = ("run", "--no-judge", "--resume")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that met no trouble."""
    out = tmp_path_factory.mktemp("whole") / "run"
    assert run_app([*RUN, str(out)]) == 0
    return out


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line in which a command that ends with exit code 2 says what is wrong."""
    capsys.readouterr()
    code = run_app(arguments)
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("simstress: error: ")]
    assert (code, len(error)) == (2, 1), error
    return error[0].removeprefix("simstress: error: ")


def bytes_of(run: Path) -> bytes:
    """The transcripts of a run."""
    return (run / "transcripts.jsonl").read_bytes()


def status(run: Path) -> object:
    """How far run.json says that the run came."""
    return json.loads((run / "run.json").read_bytes())["status"]


@contextlib.contextmanager
def small_disk(path: Path, *, kilobytes: int) -> Iterator[Path]:
    """A file system of its own; the test is skipped where none may be mounted."""
    path.mkdir()
    mount = shutil.which("mount") or "mount"
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield path
    finally:
        subprocess.run([shutil.which("umount") or "umount", str(path)], check=True)


def remount(path: Path, options: str) -> None:
    """The same file system, otherwise."""
    subprocess.run([shutil.which("mount") or "mount", "-o", f"remount,{options}", str(path)], check=True)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_disk_that_is_full_ends_the_run_with_whole_lines_that_go_on(
    share: float, tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Room for a share of the transcripts: one line says so, what is there is whole, resume comes to the same bytes."""
    out = tmp_path / "run"
    assert run_app([*RUN, str(out), "--repeats", "1"]) == 0
    shutil.copy(whole / "run.json", out)
    with files_no_larger_than(max(len(bytes_of(out)) + 9, int(share * len(bytes_of(whole))))):
        told = complaint(capsys, *RESUME, str(out))
    assert told == (
        f"{out}/transcripts.jsonl: cannot be written: File too large;"
        " the conversations before are safe, continue with --resume"
    )
    assert bytes_of(out).endswith(b"\n")
    assert set(bytes_of(out).splitlines()) <= set(bytes_of(whole).splitlines())
    assert status(out) == "running"
    assert run_app([*RESUME, str(out)]) == 0
    assert (bytes_of(out), status(out)) == (bytes_of(whole), "complete")


def test_a_full_disk_before_the_first_conversation_leaves_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No room for run.json: one line, and no half of it is left."""
    out = tmp_path / "run"
    with files_no_larger_than(100):
        assert complaint(capsys, *RUN, str(out)) == f"{out}/run.json: cannot be written: File too large"
    assert [path.name for path in out.iterdir()] == [".lock"]
    assert run_app([*RUN, str(out)]) == 0


def test_no_room_to_put_the_transcripts_in_order_loses_none(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All are held, and the disk has no room for the ordered copy: it is taken away, resume puts them in order."""

    def has_no_room(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    out = tmp_path / "run"
    shutil.copytree(whole, out)
    scrambled = b"".join(reversed(bytes_of(whole).splitlines(keepends=True)))
    (out / "transcripts.jsonl").write_bytes(scrambled)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", has_no_room)
        assert "No space left on device" in complaint(capsys, *RESUME, str(out))
    assert bytes_of(out) == scrambled
    assert not list(out.glob("*.part"))
    assert run_app([*RESUME, str(out)]) == 0
    assert bytes_of(out) == bytes_of(whole)


def test_a_line_that_finds_no_room_leaves_those_before_and_lets_shorter_ones_in(tmp_path: Path, whole: Path) -> None:
    """A transcript too many is taken back whole; another that fits is still kept."""
    first, second, *_ = TRANSCRIPTS.read(whole / "transcripts.jsonl")
    small = TRANSCRIPTS.load(
        {"id": "s", "source": "s", "kind": "llm", "participants": [], "turns": []}, path="", line=1
    )
    path = tmp_path / "transcripts.jsonl"
    with path.open("ab", buffering=0) as stream:
        writer = TranscriptWriter(stream, path)
        writer.write(first)
        with files_no_larger_than(path.stat().st_size + 300):
            with pytest.raises(OutputError, match="cannot be written"):
                writer.write(second)
            writer.write(small)
    assert list(TRANSCRIPTS.read(path)) == [first, small]


def test_a_real_disk_that_fills_up_and_one_that_cannot_be_written(
    tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tmpfs of 60 kB for 12 conversations of more: stopped; read-only: refused, but it can be judged from elsewhere;
    larger and writable: the bytes of the unhurt run.
    """
    with small_disk(tmp_path / "disk", kilobytes=60) as disk:
        out = disk / "run"
        assert "cannot be written: No space left on device" in complaint(capsys, *RUN, str(out))
        held = len(RunFolder(out).recover())
        assert 0 < held < 12
        remount(disk, "ro")
        assert "cannot be written: Read-only file system" in complaint(capsys, *RESUME, str(out))
        assert "cannot be written: Read-only file system" in complaint(capsys, *RUN, str(disk / "other"))
        judged = ("judge", str(out), "--judges", "formality", "--out", str(tmp_path / "judged"))
        assert run_app(judged) == 0
        assert len((tmp_path / "judged" / "verdicts.jsonl").read_text().splitlines()) == held
        remount(disk, "rw,size=4m")
        assert run_app([*RESUME, str(out)]) == 0
        assert bytes_of(out) == bytes_of(whole)


def test_a_clock_that_jumps_back_changes_nothing(tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of day is an hour earlier whenever somebody asks: the run ends, with the same bytes."""
    hours = itertools.count()
    now_s = time.time()
    monkeypatch.setattr(time, "time", lambda: now_s - 3600.0 * next(hours))
    assert run_app([*RUN, str(tmp_path / "run")]) == 0
    assert bytes_of(tmp_path / "run") == bytes_of(whole)


def test_a_second_process_is_refused_and_changes_nothing(
    tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While one works in the folder: no resuming, not even with other settings, no judging, no new run there."""
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    before = (out / "run.json").read_bytes()
    refused = f"{out}: another process is running here; wait for it to end"
    with RunFolder(out).locked():
        assert complaint(capsys, *RESUME, str(out)) == refused
        assert complaint(capsys, *RESUME, str(out), "--timeout-s", "5") == refused
        assert complaint(capsys, "judge", str(out), "--out", str(tmp_path / "judged")) == refused
        assert "a run is already there" in complaint(capsys, *RUN, str(out))
    assert (out / "run.json").read_bytes() == before
    assert not (tmp_path / "judged").exists()
    with RunFolder(tmp_path / "new").locked():
        assert "another process" in complaint(capsys, *RUN, str(tmp_path / "new"))


def test_folders_that_cannot_be_read_are_told(tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in place of the folder, a folder in place of the transcripts."""
    (tmp_path / "file").write_text("x")
    assert "there is no run here (no readable run.json): Not a directory" in complaint(
        capsys, *RESUME, str(tmp_path / "file")
    )
    (tmp_path / "run").mkdir()
    shutil.copy(whole / "run.json", tmp_path / "run")
    (tmp_path / "run" / "transcripts.jsonl").mkdir()
    told = complaint(capsys, *RESUME, str(tmp_path / "run"))
    assert told == f"{tmp_path}/run/transcripts.jsonl: cannot be read and written: Is a directory"


@pytest.mark.parametrize("damage", ['{"id": "refund-dispute', '{"kind": "llm"}', "[1]"])
def test_a_damaged_line_is_named_with_what_to_do_about_it(
    damage: str, tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The third of twelve lines is damaged: resume says which, and once it is deleted comes to the same bytes."""
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    lines = bytes_of(whole).splitlines(keepends=True)
    lines[2] = damage.encode() + b"\n"
    (out / "transcripts.jsonl").write_bytes(b"".join(lines))
    told = complaint(capsys, *RESUME, str(out))
    assert told.startswith(f"{out}/transcripts.jsonl:3: a line is damaged")
    assert "delete the line" in told
    (out / "transcripts.jsonl").write_bytes(b"".join(lines[:2] + lines[3:]))
    assert run_app([*RESUME, str(out)]) == 0
    assert bytes_of(out) == bytes_of(whole)


def test_a_conversation_that_cannot_be_gone_on_with_is_named(
    tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An interrupted one whose turns have been damaged."""
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    first, *others = bytes_of(whole).splitlines(keepends=True)
    record = json.loads(first) | {"stop_reason": "cancelled", "turns": [{"speaker": "nobody", "text": "x"}]}
    (out / "transcripts.jsonl").write_bytes(json.dumps(record).encode() + b"\n" + b"".join(others))
    told = complaint(capsys, *RESUME, str(out))
    assert f"{out}/transcripts.jsonl:1: turn 0: speaker 'nobody'" in told
    assert "delete the line, and run --resume holds its conversation from the start" in told


def test_a_run_killed_while_it_was_resumed_tells_readers_what_mends_it(
    tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two lines of one conversation, the newer one whole: judging says how to go on, and after that judges it once."""
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    first, *others = bytes_of(whole).splitlines(keepends=True)
    record = json.loads(first)
    begun = record | {"stop_reason": "cancelled", "turns": record["turns"][:2]}
    (out / "transcripts.jsonl").write_bytes(json.dumps(begun).encode() + b"\n" + b"".join(others) + first)
    told = complaint(capsys, "judge", str(out), "--out", str(tmp_path / "judged"))
    assert "occurs twice" in told
    assert told.endswith(f"if the run was killed, simstress run --resume {out} mends it")
    assert run_app([*RESUME, str(out)]) == 0
    assert bytes_of(out) == bytes_of(whole)
