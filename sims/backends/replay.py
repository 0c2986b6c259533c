"""A backend that plays a recorded run, so that it can be judged, continued or shown again without a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims.backends.backend import Reply, Request, Scene
from sims.errors import CallRejected, ReplyRefused, UsageError
from sims.transcript import StopReason, Transcript, Turn
from sims.transcript_file import TRANSCRIPTS

NAME = "replay"
_Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Recording:
    """What is kept of a recorded conversation: its turns and how it ended."""

    turns: tuple[Turn, ...]
    stop_reason: StopReason | None
    error: str | None


class ReplayBackend:
    """Answers with the recorded turn of the same scenario, repeat, place and speaker.

    Words, finish reason, token counts and meta are as recorded, so that a replayed run is judged like the
    original; its turns carry `meta["replayed"]`. Where a stressor changed the words, the speaker's own are
    played, on which the scenario's stressors act again; of a stress test the undisturbed conversations are
    played. Nothing is charged and no time is measured: cost and latency are those of the replay. A recorded
    refusal, empty reply or failure comes again at the same place.
    """

    def __init__(self, recordings: Mapping[_Place, Recording], *, model: str = NAME) -> None:
        self._recordings, self._model = recordings, model

    @classmethod
    def from_run(
        cls, run_dir: str | Path, *, recorded_model: str | None = None, model: str | None = None
    ) -> ReplayBackend:
        """The backend that plays the `transcripts.jsonl` of a run folder.

        `recorded_model` picks the conversations of one model where the run has several.

        Raises:
            UsageError: the folder has no transcripts, none of that model, or several for one scenario and repeat.
            TranscriptError: the file has a line that is no transcript.
        """
        folder = Path(run_dir)
        path = next((file for file in _files(folder) if file.is_file()), None)
        if path is None:
            raise UsageError(f"replay: {folder} holds no transcripts.jsonl; name the folder of a finished run")
        recordings = _collect(TRANSCRIPTS.read(path), path=path, recorded_model=recorded_model)
        return cls(recordings, model=model or f"{NAME}?run={run_dir}")

    @property
    def model(self) -> str:
        """The model string as the user wrote it."""
        return self._model

    async def reply(self, request: Request) -> Reply:
        """The recorded turn.

        Raises:
            ReplyRefused: the recorded conversation was refused here.
            CallRejected: nothing is recorded for this place, or another agent spoke there.
        """
        if request.scene is None:
            raise CallRejected(f"{NAME} plays recorded conversations and cannot answer other prompts")
        recording = self._recording(request.scene)
        place = len(request.scene.turns)
        if place >= len(recording.turns):
            return _after_the_end(recording, request.scene)
        turn = recording.turns[place]
        if turn.speaker != request.scene.me.name:
            raise CallRejected(
                f"{self._model}: turn {place} of {_where(request.scene)} was spoken by {turn.speaker!r}, not"
                f" {request.scene.me.name!r}; replay with the scenario and the seed of the recording"
            )
        meta = {key: value for key, value in turn.meta.items() if key not in ("stressed", "own_text")}
        return Reply(
            text=turn.own_text,
            finish_reason=turn.finish_reason,
            usage=turn.usage,
            cost_usd=0.0,
            meta={**meta, "replayed": True},
        )

    def speaker_at(self, scenario_id: str, repeat: int, place: int) -> str | None:
        """Who spoke the turn at that place of the recording; None where nothing is recorded."""
        recording = self._recordings.get((scenario_id, repeat))
        return recording.turns[place].speaker if recording and place < len(recording.turns) else None

    def _recording(self, scene: Scene) -> Recording:
        found = self._recordings.get((scene.scenario_id, scene.repeat))
        if found is None:
            known = sorted({scenario for scenario, _ in self._recordings})
            raise CallRejected(
                f"{self._model}: {_where(scene)} is not recorded; the recording has scenarios {known}"
                f" with repeats up to {max(repeat for _, repeat in self._recordings)}"
            )
        return found


def _files(folder: Path) -> tuple[Path, ...]:
    return (folder / "transcripts.jsonl", folder / "transcripts.jsonl.gz")


def _collect(transcripts: Iterable[Transcript], *, path: Path, recorded_model: str | None) -> dict[_Place, Recording]:
    kept: dict[_Place, Recording] = {}
    labels: dict[_Place, str] = {}
    seen: set[str] = set()
    for transcript in transcripts:
        label = _label(transcript.meta)
        seen.add(label)
        is_wanted = recorded_model in (None, label) and "twin" not in transcript.meta
        if transcript.scenario is None or not is_wanted:
            continue
        place = (transcript.scenario.id, transcript.repeat or 0)
        if place in kept:
            raise UsageError(_ambiguous(path, place, labels[place], label))
        labels[place] = label
        kept[place] = Recording(transcript.turns, transcript.stop_reason, transcript.error)
    if not kept:
        raise UsageError(_nothing(path, recorded_model, seen))
    return kept


def _label(meta: Mapping[str, Any]) -> str:
    return str(meta.get("model", ""))


def _ambiguous(path: Path, place: _Place, first: str, second: str) -> str:
    start = f"replay: {path} holds several conversations of {place[0]!r}, repeat {place[1]}"
    if first != second:
        return f"{start}, by {first} and {second}; pick one with replay?run=...&model={first}"
    return f"{start}, by {first} at several temperatures; replay needs a run with one"


def _nothing(path: Path, recorded_model: str | None, seen: set[str]) -> str:
    if recorded_model is not None and recorded_model not in seen:
        return f"replay: {path} holds nothing by {recorded_model!r}; it holds {', '.join(sorted(seen))}"
    return f"replay: {path} holds no simulated conversation; only runs of simstress can be replayed"


def _where(scene: Scene) -> str:
    return f"scenario {scene.scenario_id!r}, repeat {scene.repeat}"


def _after_the_end(recording: Recording, scene: Scene) -> Reply:
    """What came after the last recorded turn: a refusal, an empty reply, a failure, or nothing."""
    if recording.stop_reason == "refused":
        raise ReplyRefused(recording.error or "refused, as recorded")
    if recording.stop_reason == "empty_reply":
        return Reply(text="", cost_usd=0.0, meta={"replayed": True})
    detail = f": {recording.error}" if recording.error else ""
    raise CallRejected(
        f"the recording of {_where(scene)} ends after {len(recording.turns)} turns"
        f" ({recording.stop_reason or 'no reason recorded'}){detail}"
    )
