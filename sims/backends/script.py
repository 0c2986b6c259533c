"""A backend that plays given lines: for tests, for teaching, for turns that must be the same every time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sims.backends.backend import Reply, Request, Scene
from sims.errors import CallRejected, UsageError
from sims.transcript import Usage

NAME = "offline/script"
_SHAPES = 'expected {"speaker": ["line", ...]}, ["line", ...], or JSON Lines of {"speaker": ..., "text": ...}'


class ScriptBackend:
    """Plays lines in order: the speaker's own, or one list from which every speaker starts at the first line.

    The next line is found by how many turns the speaker has generated so far; turns whose words the scenario
    fixes are not counted.
    """

    def __init__(self, lines: Mapping[str, Sequence[str]] | Sequence[str], *, model: str = NAME) -> None:
        self._by_speaker = {name: tuple(own) for name, own in lines.items()} if isinstance(lines, Mapping) else None
        self._common = () if isinstance(lines, Mapping) else tuple(lines)
        self._model = model

    @classmethod
    def from_file(cls, path: str | Path, *, model: str | None = None) -> ScriptBackend:
        """The backend that plays a file.

        The file is JSON, an object of lists by speaker or one list for all, or (`.jsonl`) one
        `{"speaker": ..., "text": ...}` a line, in the order of speaking.

        Raises:
            UsageError: the file cannot be read or has another shape; names the file and, where known, the line.
        """
        return cls(_read(Path(path)), model=model or f"{NAME}?file={path}")

    @property
    def model(self) -> str:
        """The model string as the user wrote it."""
        return self._model

    async def reply(self, request: Request) -> Reply:
        """The speaker's next line.

        Raises:
            CallRejected: the lines have run out, there are none for this speaker, or no conversation is given.
        """
        if request.scene is None:
            raise CallRejected(f"{NAME} plays lines in conversations and cannot answer other prompts")
        text = self._line(request.scene)
        return Reply(text=text, usage=Usage(0, len(text.split())), cost_usd=0.0)

    def _line(self, scene: Scene) -> str:
        name = scene.me.name
        lines = self._common if self._by_speaker is None else self._by_speaker.get(name, ())
        spoken = sum(turn.speaker == name and not turn.meta.get("fixed") for turn in scene.turns)
        if spoken < len(lines):
            return lines[spoken]
        if self._by_speaker is not None and name not in self._by_speaker:
            raise CallRejected(f"{self._model}: no lines for {name!r}; there are lines for {sorted(self._by_speaker)}")
        raise CallRejected(
            f"{self._model}: {name!r} has used all {len(lines)} lines by turn {len(scene.turns)};"
            " add lines, or lower stop.max_turns"
        )


def _read(path: Path) -> dict[str, list[str]] | list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the script cannot be read: {_why(error)}") from error
    if not text.strip():
        raise UsageError(f"{path}: the script is empty; {_SHAPES}")
    return _by_line(path, text) if path.suffix == ".jsonl" else _at_once(path, text)


def _at_once(path: Path, text: str) -> dict[str, list[str]] | list[str]:
    data = _decode(path, text, first_line=1)
    if isinstance(data, list) and data and _are_texts(data):
        return data
    if isinstance(data, dict) and data and all(isinstance(own, list) and _are_texts(own) for own in data.values()):
        return data
    raise UsageError(f"{path}: this is not a script; {_SHAPES}")


def _by_line(path: Path, text: str) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        data = _decode(path, row, first_line=number)
        if not isinstance(data, dict) or set(data) != {"speaker", "text"} or not _are_texts(list(data.values())):
            raise UsageError(f'{path}:{number}: expected {{"speaker": ..., "text": ...}}, found {row.strip()[:80]}')
        lines.setdefault(data["speaker"], []).append(data["text"])
    return lines


def _decode(path: Path, text: str, *, first_line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = error.lineno + first_line - 1
        raise UsageError(f"{path}:{line}:{error.colno}: not JSON: {error.msg}; {_SHAPES}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: nested too deeply; {_SHAPES}") from error


def _are_texts(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 text (byte {error.start})"
    return error.strerror or str(error)
