"""Speaks prefixes again and keeps each as it ends, so that none is paid for twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from analysis.attribution.cases import Case, Replay
from judges.judge import Judge
from judges.panel import judge_transcripts
from sims.backends.backend import Backend
from sims.cell import Cell
from sims.conversation import speak_again
from sims.errors import UsageError
from sims.manifest import Manifest
from sims.run_folder import RunFolder
from sims.runner import PASSING, close_backends, hold_all
from sims.seeds import derive_seed
from sims.transcript import Transcript


def missing_replays(folder: RunFolder, replays: Sequence[Replay]) -> list[Replay]:
    """Those that the folder does not hold yet; what failed in passing counts as not there."""
    written = folder.recover()
    kept = {identity for identity, one in written.items() if one.stop_reason not in PASSING}
    return [replay for replay in replays if replay.id not in kept]


def cells_of(manifest: Manifest, cases: Iterable[Case]) -> dict[str, Cell]:
    """The cell of the run's grid behind the recording of each case, by transcript id.

    Raises:
        UsageError: a recording belongs to no cell of the run, or its scenario has changed.
    """
    recordings = {case.recording.id: case.recording for case in cases}
    cells = {cell.id: cell for cell in manifest.grid if cell.id in recordings}
    for identity, recording in recordings.items():
        cell = cells.get(identity)
        if cell is None or recording.scenario is None or recording.scenario.hash != cell.scenario.content_hash:
            raise UsageError(f"{identity!r} was not made by the scenarios in run.json, so it cannot be spoken again")
    return cells


async def speak_all(
    folder: RunFolder,
    replays: Sequence[Replay],
    cells: Mapping[str, Cell],
    *,
    backend_of: Callable[[str], Backend],
    timeout_s: float,
    max_connections: int,
    on_done: Callable[[Transcript], None] = lambda transcript: None,
) -> None:
    """Speak these replays and append each to the folder's transcripts as it ends. The caller holds the folder's lock.

    Raises:
        KeyboardInterrupt: it was interrupted; what had ended is on disk.
    """
    casts = {replay.id: _cell(replay, cells[replay.recording.id]) for replay in replays}
    models = sorted({model for cell in casts.values() for model in cell.models.values()})
    backends = {model: backend_of(model) for model in models}
    with folder.appending() as writer:

        def keep(transcript: Transcript) -> None:
            writer.write(transcript)
            on_done(transcript)

        async def hold(one: Replay) -> Transcript:
            prefix = one.recording.turns[: one.turn + 1]
            spoken = await speak_again(casts[one.id], backends, prefix, again=one.again, timeout_s=timeout_s)
            return replace(spoken, id=one.id)

        try:
            await hold_all(iter(replays), hold, max_connections=max_connections, on_done=keep)
        finally:
            await close_backends(backends)


def _cell(replay: Replay, cell: Cell) -> Cell:
    """The cell with models swapped; every replay has seeds of its own, the same in all arms."""
    swap = dict.fromkeys(replay.swapped, replay.swap_model)
    seed = derive_seed("attribution", cell.run_seed, replay.turn, replay.seed, replay.number)
    return replace(cell, models={**cell.models, **swap}, run_seed=seed)


def spoken_again(folder: RunFolder, replays: Sequence[Replay]) -> dict[str, Transcript]:
    """The newest transcript of each replay that the folder holds, by its id."""
    wanted = {replay.id for replay in replays}
    return {spoken.id: spoken for spoken in folder.transcripts if spoken.id in wanted} if wanted else {}


def flags_again(
    spoken: Mapping[str, Transcript], replays: Sequence[Replay], judges: Sequence[Judge]
) -> dict[tuple[str, str], bool | None]:
    """Whether each judge flags the last turn of each replay, by (replay id, judge); None where it could not say.

    The judges have learnt from the run, and see a replay under the recording's id, so that none judges it by what it
    learnt from that very conversation.
    """
    return dict(_flags(spoken, {replay.id: replay for replay in replays}, judges))


def _flags(
    spoken: Mapping[str, Transcript], wanted: Mapping[str, Replay], judges: Sequence[Judge]
) -> Iterator[tuple[tuple[str, str], bool | None]]:
    for identity, transcript in sorted(spoken.items()):
        replay = wanted[identity]
        judged = replace(transcript, id=replay.recording.id)
        for verdict in judge_transcripts([judged], judges):
            has_score = len(verdict.turn_scores) > replay.turn and verdict.turn_scores[replay.turn] is not None
            is_said = not transcript.has_failed and verdict.unjudged is None and has_score
            yield (identity, verdict.judge), replay.turn in verdict.flagged_turns if is_said else None


def still_flagged(cases: Iterable[Case], judges: Sequence[Judge]) -> list[Case]:
    """The cases whose judge flags the turn although the recording is cut behind it."""
    by_name = {judge.name: judge for judge in judges}
    return [case for case in cases if _is_flagged_when_cut(case, by_name[case.judge])]


def _is_flagged_when_cut(case: Case, judge: Judge) -> bool:
    cut = replace(case.recording, turns=case.recording.turns[: case.turn + 1])
    return any(case.turn in verdict.flagged_turns for verdict in judge_transcripts([cut], [judge]))
